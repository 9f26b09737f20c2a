/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Qwen2-VL (Wang et al., “Qwen2-VL: Enhancing Vision-Language Model's Perception of the World at Any Resolution”, 2024): pictures
 * keep their shape, a patch knows its row and column by rotary positions, squares of four patches become one image token, and
 * the language model's rotary positions have an axis for rows and one for columns as well. */
#include "engine/families/family.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>

#include "engine/error.h"

#define VISION "vision_config"

static const RgBlockNames vision_block_names = {
  .norm = "norm1",
  .qkv = { "attn.qkv" },
  .out = "attn.proj",
  .mlp_norm = "norm2",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
};

/* The merger's norm is of single patches, as one at the encoder's end would be. */
static const RgVisionNames vision_names = {
  .prefix = "visual",
  .patch = "patch_embed.proj",
  .layers = "blocks",
  .last_norm = "merger.ln_q",
  .block = &vision_block_names,
};

static const RgProjectorNames projector_names = {
  .prefix = "visual.merger",
  .up = "mlp.0",
  .down = "mlp.2",
};

static const RgTextNames text_names = {
  .prefix = "model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .scores_map = "lm_head",
  .block = &rg_language_block_names,
};

/* The sizes have names of their own, and "hidden_size" is the decoder's. */
static gboolean
read_vision (const RgConfig *file, RgVisionConfig *vision, gint64 *out_width, GError **error)
{
  RgSide side = { 1280, 5120, 16, 32, 1e-6, "quick_gelu" };
  gint64 patch_size = 14, n_frames = 2, block_size = 2;
  double ratio = 4;

  if (!rg_side_get_int (file, VISION, "embed_dim", 8192, &side.width, error) ||
      !rg_side_get_int (file, VISION, "depth", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_side_get_int (file, VISION, "num_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, VISION, "patch_size", 256, &patch_size, error) ||
      !rg_side_get_int (file, VISION, "temporal_patch_size", 16, &n_frames, error) ||
      !rg_side_get_int (file, VISION, "spatial_merge_size", 16, &block_size, error) ||
      !rg_side_get_int (file, VISION, "hidden_size", 16384, out_width, error) ||
      !rg_config_get_double (file, VISION ".mlp_ratio", RG_CONFIG_OPTIONAL, 0.25, 16, &ratio, error) ||
      !rg_config_get_string (file, VISION ".hidden_act", RG_CONFIG_OPTIONAL, &side.activation, error))
    return FALSE;

  side.mlp_width = side.width * ratio;
  if (!rg_side_set_block (side, VISION, &vision->block, error))
    return FALSE;

  vision->n_layers = side.n_layers;
  vision->patch_size = patch_size;
  vision->n_frames = n_frames;
  vision->block_size = block_size;
  vision->last_norm = TRUE;

  return TRUE;
}

/* Half of a head's pairs for the row, half for the column. */
static gboolean
set_places (RgBlockConfig *block, GError **error)
{
  if (block->head_dim % 4 != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: heads of width %u do not divide into rows and columns"), VISION, block->head_dim);
      return FALSE;
    }

  block->rotary_base = 10000;
  block->rotary_sections[0] = block->rotary_sections[1] = block->head_dim / 4;
  block->rotary_restarts = TRUE;

  return TRUE;
}

static gboolean
read_qwen2_vl (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const char *section = rg_config_has (file, "text_config.hidden_size") ? "text_config" : RG_SIDE_WHOLE;
  gint64 out_width = 3584, image_token = 151655;

  if (!read_vision (file, &config->vision, &out_width, error) ||
      !set_places (&config->vision.block, error) ||
      !rg_language_model_read (file, section, &config->text, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  if ((gsize) out_width != config->text.block.width)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: image tokens of width %u do not fit a language model of width %zu"), (guint) out_width, config->text.block.width);
      return FALSE;
    }

  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = out_width,
    .merge = RG_MERGE_BLOCKS,
    .merge_size = config->vision.block_size,
    .n_maps = 2,
    .inner_width = config->vision.block.width * config->vision.block_size * config->vision.block_size,
    .bias = TRUE,
    .activation = RG_ACTIVATION_GELU_ERF,
  };
  config->image_token = image_token;

  return TRUE;
}

const RgFamily rg_family_qwen2_vl = {
  .model_type = "qwen2_vl",
  .name = "Qwen2-VL",
  .conversation = RG_CONVERSATION_CHAT,
  .read = read_qwen2_vl,
  .vision = &vision_names,
  .projector = &projector_names,
  .text = &text_names,
  .aliases = {
      { "lm_head.weight", "model.embed_tokens.weight" },
  },
};
