/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled model's own family, described in MODEL.md: a ViT with a convolutional stem, and a decoder with cross-attention.
 * Its tokens of conversation are in its tokenizer. */
#include "engine/families/family.h"

#include <glib/gi18n.h>

#include "engine/error.h"

static gboolean
read_uint (const RgConfig *file, const char *path, guint max, guint *value, GError **error)
{
  gint64 wide;

  if (!rg_config_get_int (file, path, RG_CONFIG_REQUIRED, 1, max, &wide, error))
    return FALSE;
  *value = wide;

  return TRUE;
}

/* Width, heads and MLP of "vision_config" or "text_config". */
static gboolean
read_block (const RgConfig *file, const char *section, RgBlockConfig *block, guint *n_layers, GError **error)
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
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: a width of %u does not divide into %u heads of even width"), "config.json", section, width, n_heads);
      return FALSE;
    }

  *block = rg_block_config_new (width, n_heads, mlp_width);

  return TRUE;
}

static gboolean
read_vision (const RgConfig *file, RgVisionConfig *vision, GError **error)
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
                   "config.json", vision->n_stem, vision->image_size, vision->patch_size);
      return FALSE;
    }

  return TRUE;
}

static gboolean
read_regard (const RgConfig *file, RgModelConfig *config, GError **error)
{
  double base;

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

const RgFamily rg_family_regard = {
  .model_type = "regard",
  .name = "Regard",
  .conversation = RG_CONVERSATION_TRAINED,
  .read = read_regard,
  .vision = &rg_vision_names,
  .projector = &rg_projector_names,
  .text = &rg_text_names,
};
