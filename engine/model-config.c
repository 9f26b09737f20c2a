/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model-config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"

#define MODEL_TYPE "regard"

static gboolean
read_uint (RgConfig *file, const char *path, guint max, guint *value, GError **error)
{
  gint64 wide;

  if (!rg_config_get_int (file, path, RG_CONFIG_REQUIRED, 1, max, &wide, error))
    return FALSE;
  *value = wide;

  return TRUE;
}

/* Width, heads and MLP of "vision_config" or "text_config". */
static gboolean
read_block (RgConfig *file, const char *section, RgBlockConfig *block, guint *n_layers, GError **error)
{
  g_autofree char *width_path = g_strconcat (section, ".hidden_size", NULL);
  g_autofree char *mlp_path = g_strconcat (section, ".intermediate_size", NULL);
  g_autofree char *heads_path = g_strconcat (section, ".num_attention_heads", NULL);
  g_autofree char *layers_path = g_strconcat (section, ".num_hidden_layers", NULL);
  guint width, mlp_width, n_heads;

  if (!read_uint (file, width_path, 8192, &width, error) ||
      !read_uint (file, mlp_path, 65536, &mlp_width, error) ||
      !read_uint (file, heads_path, 256, &n_heads, error) ||
      !read_uint (file, layers_path, RG_MAX_LAYERS, n_layers, error))
    return FALSE;

  if (width % 4 != 0 || width % n_heads != 0 || width / n_heads % 2 != 0 || width / n_heads > 512)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: a width of %u does not divide into %u heads of even width"), RG_MODEL_CONFIG, section, width, n_heads);
      return FALSE;
    }

  *block = rg_block_config_new (width, n_heads, mlp_width);

  return TRUE;
}

static gboolean
read_vision (RgConfig *file, RgVisionConfig *vision, GError **error)
{
  g_autoptr (GArray) stem = NULL;
  gint64 n_residual;

  if (!read_uint (file, "vision_config.image_size", 4096, &vision->image_size, error) ||
      !read_uint (file, "vision_config.patch_size", 256, &vision->patch_size, error) ||
      !read_block (file, "vision_config", &vision->block, &vision->n_layers, error) ||
      !rg_config_get_ints (file, "vision_config.stem_channels", RG_CONFIG_REQUIRED, 1, 8192, RG_MAX_STEM, &stem, error) ||
      !rg_config_get_int (file, "vision_config.num_residual_convolutions", RG_CONFIG_REQUIRED, 0, RG_MAX_RESIDUAL, &n_residual, error))
    return FALSE;

  vision->n_residual = n_residual;
  vision->patch_bias = TRUE;
  vision->last_norm = TRUE;
  vision->n_stem = stem->len;
  for (guint i = 0; i < stem->len; i++)
    vision->stem[i] = g_array_index (stem, gint64, i);

  if (vision->patch_size != 1u << vision->n_stem || vision->image_size % vision->patch_size != 0 || vision->image_size / vision->patch_size > 128)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u convolutions of stride 2 on %u pixels do not give patches of %u pixels in a grid of at most 128 × 128"),
                   RG_MODEL_CONFIG, vision->n_stem, vision->image_size, vision->patch_size);
      return FALSE;
    }

  return TRUE;
}

gboolean
rg_model_config_read (RgModelConfig *config, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_CONFIG, NULL);
  g_autoptr (RgConfig) file = rg_config_open (path, error);
  const char *model_type;
  double base;

  *config = (RgModelConfig){ 0 };

  if (file == NULL || !rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, &model_type, error))
    return FALSE;

  if (g_strcmp0 (model_type, MODEL_TYPE) != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: Regard cannot run models of the type “%s” yet"), path, model_type);
      return FALSE;
    }

  if (!read_vision (file, &config->vision, error) ||
      !read_block (file, "text_config", &config->text.block, &config->text.n_layers, error) ||
      !read_uint (file, "text_config.vocab_size", 1 << 20, &config->text.vocabulary_size, error) ||
      !read_uint (file, "text_config.max_position_embeddings", 1 << 16, &config->text.max_positions, error) ||
      !rg_config_get_double (file, "text_config.rope_theta", RG_CONFIG_REQUIRED, 1, 1e9, &base, error))
    return FALSE;

  config->text.block.cross = TRUE;
  config->text.last_norm = TRUE;
  config->text.block.rotary_base = base;

  return TRUE;
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
      "  \"model_type\": \"" MODEL_TYPE "\",\n"
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
