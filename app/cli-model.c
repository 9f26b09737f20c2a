/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-model.h"

#include <glib/gi18n.h>

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
    if (g_str_has_prefix ((*error)->message, names[i]))
      {
        g_autofree char *prefix = g_build_filename (path, G_DIR_SEPARATOR_S, NULL);

        g_prefix_error (error, "%s", prefix);
        return;
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
