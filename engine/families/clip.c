/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP (Radford et al., 2021), as Hugging Face's files keep it: config.json of "model_type": "clip", whose values all have
 * defaults, those of ViT-B/32. */
#include "engine/families/dual-encoder.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

#define LEGACY_END 2 /* an end of 2, which no CLIP vocabulary has there, marks files from before that rule was mended */

static const RgBlockNames block_names = {
  .norm = "layer_norm1",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .out = "self_attn.out_proj",
  .mlp_norm = "layer_norm2",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
};

static const RgVisionNames vision_names = {
  .prefix = "vision_model",
  .patch = "embeddings.patch_embedding",
  .class_token = "embeddings.class_embedding",
  .places = "embeddings.position_embedding.weight",
  .first_norm = "pre_layrnorm", /* so spelled in the files */
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &block_names,
};

static const RgTextNames text_names = {
  .prefix = "text_model",
  .embedding = "embeddings.token_embedding.weight",
  .places = "embeddings.position_embedding.weight",
  .layers = "encoder.layers",
  .last_norm = "final_layer_norm",
  .block = &block_names,
};

/* One side's sizes, in "text_config" or "vision_config"; what is there before is the default. */
typedef struct
{
  gint64 width, mlp_width, n_heads, n_layers;
  double epsilon;
  const char *activation;
} Side;

static gboolean
get_int (const RgConfig *file, const char *section, const char *key, gint64 max, gint64 *value, GError **error)
{
  g_autofree char *path = g_strconcat (section, ".", key, NULL);

  return rg_config_get_int (file, path, RG_CONFIG_OPTIONAL, 1, max, value, error);
}

static gboolean
find_activation (const char *section, const char *name, RgActivation *activation, GError **error)
{
  static const struct
  {
    const char *name;
    RgActivation activation;
  } known[] = {
    { "quick_gelu", RG_ACTIVATION_GELU_QUICK },
    { "gelu", RG_ACTIVATION_GELU_ERF },
    { "gelu_new", RG_ACTIVATION_GELU_TANH },
    { "gelu_pytorch_tanh", RG_ACTIVATION_GELU_TANH },
    { "silu", RG_ACTIVATION_SILU },
    { "relu", RG_ACTIVATION_RELU },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].name, name) == 0)
      {
        *activation = known[i].activation;
        return TRUE;
      }

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s.hidden_act: the activation “%s” is not supported"), section, name);

  return FALSE;
}

static gboolean
read_side (const RgConfig *file, const char *section, Side side, guint *n_layers, RgBlockConfig *block, GError **error)
{
  g_autofree char *epsilon_path = g_strconcat (section, ".layer_norm_eps", NULL);
  g_autofree char *activation_path = g_strconcat (section, ".hidden_act", NULL);
  RgActivation activation;

  if (!get_int (file, section, "hidden_size", 16384, &side.width, error) ||
      !get_int (file, section, "intermediate_size", 65536, &side.mlp_width, error) ||
      !get_int (file, section, "num_attention_heads", 256, &side.n_heads, error) ||
      !get_int (file, section, "num_hidden_layers", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_config_get_double (file, epsilon_path, RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_config_get_string (file, activation_path, RG_CONFIG_OPTIONAL, &side.activation, error) ||
      !find_activation (section, side.activation, &activation, error))
    return FALSE;

  if (side.width % side.n_heads != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: a width of %u does not divide into %u heads"), section, (guint) side.width, (guint) side.n_heads);
      return FALSE;
    }

  *n_layers = side.n_layers;
  *block = rg_block_config_new (side.width, side.n_heads, side.mlp_width);
  block->epsilon = side.epsilon;
  block->activation = activation;
  block->biases = RG_BIAS_ALL;

  return TRUE;
}

static gboolean
read_clip (const RgConfig *file, RgDualConfig *config, GError **error)
{
  const Side vision = { 768, 3072, 12, 12, 1e-5, "quick_gelu" }, text = { 512, 2048, 8, 12, 1e-5, "quick_gelu" };
  gint64 image_size = 224, patch_size = 32, n_tokens = 49408, max_positions = 77, space_width = 512, end = 49407;

  if (!read_side (file, "vision_config", vision, &config->vision.n_layers, &config->vision.block, error) ||
      !read_side (file, "text_config", text, &config->text.n_layers, &config->text.block, error) ||
      !get_int (file, "vision_config", "image_size", 4096, &image_size, error) ||
      !get_int (file, "vision_config", "patch_size", 1024, &patch_size, error) ||
      !get_int (file, "text_config", "vocab_size", 1 << 20, &n_tokens, error) ||
      !get_int (file, "text_config", "max_position_embeddings", 1 << 16, &max_positions, error) ||
      !get_int (file, "text_config", "eos_token_id", 1 << 20, &end, error) ||
      !rg_config_get_int (file, "projection_dim", RG_CONFIG_OPTIONAL, 1, 16384, &space_width, error))
    return FALSE;

  if (image_size % patch_size != 0 || image_size / patch_size > 256)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: pictures of %u pixels do not divide into patches of %u"), (guint) image_size, (guint) patch_size);
      return FALSE;
    }

  config->vision.image_size = image_size;
  config->vision.patch_size = patch_size;
  config->vision.class_token = config->vision.first_norm = config->vision.last_norm = TRUE;
  config->text.vocabulary_size = n_tokens;
  config->text.max_positions = max_positions;
  config->text.learned_places = TRUE;
  config->space_width = space_width;
  config->end = end;
  config->legacy_end = end == LEGACY_END;

  return TRUE;
}

const RgDualFamily rg_dual_family_clip = {
  .model_type = "clip",
  .read = read_clip,
  .vision = &vision_names,
  .text = &text_names,
  .visual_projection = "visual_projection.weight",
  .text_projection = "text_projection.weight",
  .logit_scale = "logit_scale",
};
