/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-models.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "app/cli.h"
#include "app/data-dir.h"
#include "engine/library/model-places.h"

void
rg_cli_print_model (const RgModelDescription *model, const RgFit *fit)
{
  g_autofree char *file = g_format_size (model->file_bytes);
  g_autofree char *memory = g_format_size (model->memory_bytes);
  g_autofree char *n_parameters = g_strdup_printf ("%" G_GUINT64_FORMAT, model->n_parameters);

  printf ("%s\n", model->name);
  printf (_ ("  path         %s\n"), model->path);
  if (model->projector_path != NULL)
    printf (_ ("  vision half  %s\n"), model->projector_path);
  if (model->family != NULL)
    printf (_ ("  family       %s\n"), model->family);
  printf (_ ("  parameters   %s\n"), n_parameters);
  printf (_ ("  weights      %s, memory for answering about %s\n"), file, memory);
  if (model->weight_type != NULL)
    printf (_ ("  type         %s\n"), model->weight_type);
  if (model->n_image_tokens > 0 && model->listens)
    printf (ngettext ("  hears        a sound as at most %u token\n", "  hears        a sound as at most %u tokens\n", model->n_image_tokens), model->n_image_tokens);
  else if (model->n_image_tokens > 0)
    printf (ngettext ("  sees         a picture as at most %u image token\n", "  sees         a picture as at most %u image tokens\n", model->n_image_tokens), model->n_image_tokens);
  if (isfinite (fit->see_seconds))
    printf (model->listens ? _ ("  speed here   about %g s to listen to a sound\n") : _ ("  speed here   about %g s to look at a picture\n"), rg_fit_round (fit->see_seconds));
  if (isfinite (fit->words_per_second))
    printf (_ ("               at most about %g words a second\n"), rg_fit_round (fit->words_per_second));
  if (model->reason != NULL)
    printf (_ ("  in Regard    %s\n"), model->reason);
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
rg_cli_json_model (JsonBuilder *builder, const RgModelDescription *model, const RgFit *fit)
{
  json_builder_begin_object (builder);
  add_string (builder, "name", model->name);
  add_string (builder, "path", model->path);
  add_string (builder, "projector", model->projector_path);
  add_string (builder, "family", model->family);
  add_string (builder, "model_type", model->model_type);
  add_string (builder, "weight_type", model->weight_type);
  rg_cli_json_int (builder, "parameters", model->n_parameters);
  rg_cli_json_int (builder, "file_bytes", model->file_bytes);
  rg_cli_json_int (builder, "memory_bytes", model->memory_bytes);
  rg_cli_json_int (builder, "image_tokens", model->n_image_tokens);
  rg_cli_json_number (builder, "see_seconds", fit->see_seconds);
  rg_cli_json_number (builder, "words_per_second", fit->words_per_second);
  json_builder_set_member_name (builder, "unsupported");
  json_builder_begin_array (builder);
  if (model->reason != NULL)
    json_builder_add_string_value (builder, model->reason);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
collect (RgModelDescription *model, gpointer data)
{
  g_ptr_array_add (data, model);
}

gboolean
rg_cli_models (char ***arguments, GError **error)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify) rg_model_description_free);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autofree char *bundled = rg_data_dir_build ("model");
  RgModelDescription *first;
  RgMachineSpeed speed;

  if (!rg_cli_parse ("models", _ ("[FOLDER]"), _ ("Lists the models on this computer, those in FOLDER among them."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 1, error))
    return FALSE;

  speed = rg_machine_speed_measure (NULL);
  first = rg_model_description_read (bundled, NULL, NULL, NULL);
  if (first != NULL)
    collect (first, models);
  rg_model_places_scan ((*arguments)[0], collect, models, NULL);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  for (guint i = 0; i < models->len; i++)
    {
      RgFit fit = rg_fit_estimate (models->pdata[i], &speed);

      if (json)
        rg_cli_json_model (builder, models->pdata[i], &fit);
      else
        rg_cli_print_model (models->pdata[i], &fit);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  if (json)
    rg_cli_print_json (builder);
  else if (models->len == 0)
    printf ("%s\n", _ ("No models were found on this computer. Name a folder that holds some."));

  return TRUE;
}
