/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "app/cli-model.h"
#include "app/cli-models.h"

/* What a model is, as numbers. */
typedef struct
{
  RgModelConfig config;
  guint64 n_parameters, file_bytes, state_bytes;
} Facts;

static guint64
get_file_size (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 ? status.st_size : 0;
}

static Facts
find_facts (const RgModel *model, const char *path)
{
  Facts facts = { .config = *rg_model_get_config (model), .n_parameters = rg_parameters_count (rg_model_get_parameters (model)), .file_bytes = get_file_size (path) };
  const RgTextConfig *text = &facts.config.text;

  /* Keys and values of a full conversation and of one picture. */
  facts.state_bytes = sizeof (float) * text->n_layers * rg_block_config_cache_width (&text->block) * (text->max_positions + 1 + rg_model_get_n_patches (model));

  return facts;
}

static void
print_json (const Facts *facts, const RgModel *model, const char *path)
{
  const RgModelConfig *config = &facts->config;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "path", path);
  rg_cli_json_string (builder, "family", "regard");
  rg_cli_json_int (builder, "parameters", facts->n_parameters);
  rg_cli_json_int (builder, "file_bytes", facts->file_bytes);
  rg_cli_json_int (builder, "memory_bytes", facts->file_bytes + facts->state_bytes);
  rg_cli_json_int (builder, "image_size", config->vision.image_size);
  rg_cli_json_int (builder, "patch_size", config->vision.patch_size);
  rg_cli_json_int (builder, "image_tokens", rg_model_get_n_patches (model));
  rg_cli_json_int (builder, "vision_layers", config->vision.n_layers);
  rg_cli_json_int (builder, "vision_width", config->vision.block.width);
  rg_cli_json_int (builder, "text_layers", config->text.n_layers);
  rg_cli_json_int (builder, "text_width", config->text.block.width);
  rg_cli_json_int (builder, "heads", config->text.block.n_heads);
  rg_cli_json_int (builder, "vocabulary", config->text.vocabulary_size);
  rg_cli_json_int (builder, "positions", config->text.max_positions);
  json_builder_set_member_name (builder, "unsupported");
  json_builder_begin_array (builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

static void
print_text (const Facts *facts, const RgModel *model, const char *path)
{
  const RgModelConfig *config = &facts->config;
  g_autofree char *file_size = g_format_size (facts->file_bytes);
  g_autofree char *memory = g_format_size (facts->file_bytes + facts->state_bytes);
  g_autofree char *n_parameters = g_strdup_printf ("%" G_GUINT64_FORMAT, facts->n_parameters);
  guint encoder_width = (guint) config->vision.block.width, decoder_width = (guint) config->text.block.width;

  printf (_ ("%s: a model of the family “regard”\n"), path);
  printf (_ ("  parameters   %s\n"), n_parameters);
  printf (_ ("  weights      %s, memory for answering about %s\n"), file_size, memory);
  if (config->vision.image_size == 0)
    printf (_ ("  sees         pictures in their shape, %u × %u pixels as one image token\n"), rg_model_config_get_token_size (config), rg_model_config_get_token_size (config));
  else
    printf (_ ("  sees         %u × %u pixels as %u patches\n"), config->vision.image_size, config->vision.image_size, rg_model_get_n_patches (model));
  printf (_ ("  encoder      %u layers of width %u\n"), config->vision.n_layers, encoder_width);
  printf (_ ("  decoder      %u layers of width %u with cross-attention of %u heads\n"), config->text.n_layers, decoder_width, config->text.block.n_heads);
  printf (_ ("  text         %u tokens in the vocabulary, %u positions\n"), config->text.vocabulary_size, config->text.max_positions);
}

/* What the files' headers tell. The bundled kind is loaded as well, which tells more, and proves it. */
static gboolean
print_description (const RgModelDescription *model, gboolean json)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  RgMachineSpeed speed;
  RgFit fit;

  if (model == NULL || g_strcmp0 (model->model_type, "regard") == 0)
    return FALSE;

  speed = rg_machine_speed_measure (NULL);
  fit = rg_fit_estimate (model, &speed);
  if (!json)
    {
      rg_cli_print_model (model, &fit);
      return TRUE;
    }
  rg_cli_json_model (builder, model, &fit);
  rg_cli_print_json (builder);

  return TRUE;
}

gboolean
rg_cli_info (char ***arguments, GError **error)
{
  g_autofree char *projector = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "projector", 0, 0, G_OPTION_ARG_FILENAME, &projector, N_ ("the vision half (mmproj) of a GGUF model, where it is not beside it"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgModel) model = NULL;
  g_autoptr (RgModelDescription) description = NULL;
  g_autofree char *path = NULL;
  RgPreprocessConfig preprocess;
  Facts facts;

  if (!rg_cli_parse ("info", _ ("[PATH]"), _ ("Says what a model is (the bundled one without a path), or why it cannot be used."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 1, error))
    return FALSE;

  path = rg_cli_model_path (g_strdup ((*arguments)[0]));
  description = rg_model_description_read (path, projector, NULL, NULL);
  if (print_description (description, json))
    return TRUE;

  model = rg_cli_model_load (path, &preprocess, NULL, error);
  if (model == NULL)
    return FALSE;

  facts = find_facts (model, path);
  if (json)
    print_json (&facts, model, path);
  else
    print_text (&facts, model, path);

  return TRUE;
}
