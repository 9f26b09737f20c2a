/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-model.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/cli.h"
#include "app/data-dir.h"

char *
rg_cli_model_path (char *given)
{
  return given != NULL ? given : rg_data_dir_build ("model");
}

void
rg_cli_model_name_file (GError **error, const char *path)
{
  static const char *const names[] = { RG_MODEL_CONFIG, RG_MODEL_WEIGHTS, RG_MODEL_TOKENIZER, RG_MODEL_PREPROCESSOR };

  if (error == NULL || *error == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *message = (*error)->message, *place = strstr (message, names[i]);

      /* It stands at the beginning, or behind the sentence that says what to do. */
      if (place != NULL && (place == message || g_str_has_prefix (place - 1, " ")) && (place - message < 2 || place[-2] == '.'))
        {
          g_autofree char *file = g_build_filename (path, place, NULL);

          (*error)->message = g_strdup_printf ("%.*s%s", (int) (place - message), message, file);
          g_free (message);
          return;
        }
    }
}

RgModel *
rg_cli_model_load (const char *path, RgPreprocessConfig *preprocess, GCancellable *cancellable, GError **error)
{
  RgModel *model = rg_model_folder_load (path, NULL, preprocess, &(RgLoadWatch){ .cancellable = cancellable }, error);

  if (model == NULL)
    rg_cli_model_name_file (error, path);

  return model;
}

gboolean
rg_cli_model_check_images (char **images, GError **error)
{
  guint n = images != NULL ? g_strv_length (images) : 0;

  if (n == 1)
    return TRUE;

  return n == 0 ? rg_cli_fail_usage (error, _ ("--image FILE is missing")) : rg_cli_fail_usage (error, _ ("this model takes one picture, not %u"), n);
}
