/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model-config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/families/family.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"
#include "engine/model-folder.h"

#define GENERATION_CONFIG "generation_config.json"
#define END_PATH "eos_token_id"

void
rg_model_config_add_end (RgModelConfig *config, guint32 id)
{
  for (guint i = 0; i < config->n_ends; i++)
    if (config->ends[i] == id)
      return;

  if (config->n_ends < RG_MAX_ENDS)
    config->ends[config->n_ends++] = id;
}

guint
rg_model_config_get_token_size (const RgModelConfig *config)
{
  return config->vision.patch_size * config->projector.merge_size;
}

gboolean
rg_model_config_reads_whole (const RgModelConfig *config)
{
  return config->text.sees_prompt || config->question_encoder.n_layers > 0;
}

/* One id, or a list of them; where there is none, nothing is added. */
static gboolean
read_ends (const RgConfig *file, RgModelConfig *config, GError **error)
{
  gint64 last = config->text.vocabulary_size - 1, id = -1;
  g_autoptr (GArray) ids = NULL;

  if (rg_config_get_length (file, END_PATH) > 0)
    {
      if (!rg_config_get_ints (file, END_PATH, RG_CONFIG_OPTIONAL, 0, last, RG_MAX_ENDS, &ids, error))
        return FALSE;
      for (guint i = 0; i < ids->len; i++)
        rg_model_config_add_end (config, g_array_index (ids, gint64, i));
      return TRUE;
    }

  if (!rg_config_get_int (file, END_PATH, RG_CONFIG_OPTIONAL, 0, last, &id, error))
    return FALSE;
  if (id >= 0)
    rg_model_config_add_end (config, id);

  return TRUE;
}

/* What ends an answer stands in a file of its own, in models of today. */
static gboolean
read_generation (RgModelConfig *config, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, GENERATION_CONFIG, NULL);
  g_autoptr (RgConfig) file = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  file = rg_config_open (path, error);

  return file != NULL && read_ends (file, config, error) &&
         (config->family->read_generation == NULL || config->family->read_generation (file, config, error));
}

gboolean
rg_model_config_read (RgModelConfig *config, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_CONFIG, NULL);
  g_autoptr (RgConfig) file = rg_config_open (path, error);
  const char *model_type, *architecture = NULL;

  *config = (RgModelConfig){ 0 };
  if (file == NULL || !rg_family_get_model_type (file, &model_type, error) ||
      !rg_config_get_string (file, "architectures[0]", RG_CONFIG_OPTIONAL, &architecture, error))
    return FALSE;

  config->family = rg_family_find (model_type, architecture);
  if (config->family == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: Regard cannot run models of the type “%s” yet"), path, model_type);
      return FALSE;
    }

  return config->family->read (file, config, error) &&
         (config->family->conversation == RG_CONVERSATION_TRAINED || read_generation (config, dir, error));
}

static char *
format_stem (const RgVisionConfig *vision)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < vision->n_stem; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", vision->stem[i]);

  return g_string_free (text, FALSE);
}

gboolean
rg_model_config_write (const RgModelConfig *config, const char *dir, GError **error)
{
  const RgVisionConfig *vision = &config->vision;
  const RgTextConfig *text = &config->text;
  g_autofree char *config_path = g_build_filename (dir, RG_MODEL_CONFIG, NULL);
  g_autofree char *preprocessor_path = g_build_filename (dir, RG_MODEL_PREPROCESSOR, NULL);
  g_autofree char *stem = format_stem (vision);
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  const char *base = g_ascii_formatd (buffer, sizeof buffer, "%.9g", text->block.rotary_base); /* a point in every language, every digit */
  g_autofree char *model = g_strdup_printf (
      "{\n"
      "  \"architectures\": [\"RegardForVisualQuestionAnswering\"],\n"
      "  \"model_type\": \"regard\",\n"
      "  \"vision_config\": {\n"
      "    \"image_size\": %u,\n    \"patch_size\": %u,\n    \"stem_channels\": [%s],\n    \"num_residual_convolutions\": %u,\n"
      "    \"hidden_size\": %" G_GSIZE_FORMAT ",\n    \"intermediate_size\": %" G_GSIZE_FORMAT ",\n"
      "    \"num_hidden_layers\": %u,\n    \"num_attention_heads\": %u\n"
      "  },\n"
      "  \"text_config\": {\n"
      "    \"vocab_size\": %u,\n    \"max_position_embeddings\": %u,\n    \"rope_theta\": %s,\n"
      "    \"hidden_size\": %" G_GSIZE_FORMAT ",\n    \"intermediate_size\": %" G_GSIZE_FORMAT ",\n"
      "    \"num_hidden_layers\": %u,\n    \"num_attention_heads\": %u\n"
      "  },\n"
      "  \"tie_word_embeddings\": true,\n"
      "  \"torch_dtype\": \"float32\"\n"
      "}\n",
      vision->image_size, vision->patch_size, stem, vision->n_residual, vision->block.width, vision->block.mlp_width, vision->n_layers, vision->block.n_heads,
      text->vocabulary_size, text->max_positions, base, text->block.width, text->block.mlp_width, text->n_layers, text->block.n_heads);
  RgPreprocessConfig preprocess = rg_preprocess_config_default (vision->image_size, vision->patch_size);

  return rg_atomic_write (config_path, model, strlen (model), error) &&
         rg_preprocess_config_save (&preprocess, preprocessor_path, error);
}
