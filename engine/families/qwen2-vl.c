/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Qwen2-VL (Wang et al., “Qwen2-VL: Enhancing Vision-Language Model's Perception of the World at Any Resolution”, 2024): pictures
 * keep their shape, a patch knows its row and column by rotary positions, squares of four patches become one image token, and
 * the language model's rotary positions have an axis for rows and one for columns as well. Qwen2.5-VL (Bai et al., 2025): most
 * layers of the encoder see windows of the picture, and its blocks are built like the language model's. */
#include "engine/families/family.h"
#include "engine/families/language-model.h"
#include "engine/families/qwen2-vl.h"

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

static const RgBlockNames gated_block_names = {
  .norm = "norm1",
  .qkv = { "attn.qkv" },
  .out = "attn.proj",
  .mlp_norm = "norm2",
  .gate = "mlp.gate_proj",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
};

/* The merger's norm is of single patches, as one at the encoder's end would be. */
#define VISION_NAMES(names)      \
  {                              \
    .prefix = "visual",          \
    .patch = "patch_embed.proj", \
    .layers = "blocks",          \
    .last_norm = "merger.ln_q",  \
    .block = names,              \
  }

static const RgVisionNames vision_names = VISION_NAMES (&vision_block_names);
static const RgVisionNames gated_vision_names = VISION_NAMES (&gated_block_names);

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

/* What both have; @side: as far as their names agree. */
static gboolean
read_patches (const RgConfig *file, RgVisionConfig *vision, RgSide *side, GError **error)
{
  gint64 patch_size = 14, n_frames = 2, block_size = 2;

  if (!rg_side_get_int (file, VISION, "depth", RG_MAX_LAYERS, &side->n_layers, error) ||
      !rg_side_get_int (file, VISION, "num_heads", 256, &side->n_heads, error) ||
      !rg_side_get_int (file, VISION, "patch_size", 256, &patch_size, error) ||
      !rg_side_get_int (file, VISION, "temporal_patch_size", 16, &n_frames, error) ||
      !rg_side_get_int (file, VISION, "spatial_merge_size", 16, &block_size, error) ||
      !rg_config_get_string (file, VISION ".hidden_act", RG_CONFIG_OPTIONAL, &side->activation, error) ||
      !rg_side_set_block (*side, VISION, &vision->block, error))
    return FALSE;

  vision->n_layers = side->n_layers;
  vision->patch_size = patch_size;
  vision->n_frames = n_frames;
  vision->block_size = block_size;

  return TRUE;
}

/* "hidden_size" is the decoder's. */
static gboolean
read_vision_2 (const RgConfig *file, RgVisionConfig *vision, gint64 *out_width, GError **error)
{
  RgSide side = { 1280, 5120, 16, 32, 1e-6, "quick_gelu" };
  double ratio = 4;

  if (!rg_side_get_int (file, VISION, "embed_dim", 8192, &side.width, error) ||
      !rg_side_get_int (file, VISION, "hidden_size", 16384, out_width, error) ||
      !rg_config_get_double (file, VISION ".mlp_ratio", RG_CONFIG_OPTIONAL, 0.25, 16, &ratio, error))
    return FALSE;
  side.mlp_width = side.width * ratio;

  return read_patches (file, vision, &side, error);
}

/* Which layers see the whole picture. */
static gboolean
read_windows (const RgConfig *file, RgVisionConfig *vision, GError **error)
{
  const char *path = VISION ".fullatt_block_indexes";
  gint64 window_size = 112;
  g_autoptr (GArray) whole = NULL;

  if (!rg_side_get_int (file, VISION, "window_size", 4096, &window_size, error) ||
      (rg_config_has (file, path) && !rg_config_get_ints (file, path, RG_CONFIG_REQUIRED, 0, RG_MAX_LAYERS - 1, RG_MAX_LAYERS, &whole, error)))
    return FALSE;

  vision->window = window_size / vision->block_size / vision->patch_size;
  if (vision->window == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: windows of %u pixels have no room for %u patches of %u"), VISION, (guint) window_size, vision->block_size, vision->patch_size);
      return FALSE;
    }

  for (guint i = 7; whole == NULL && i < 32; i += 8)
    vision->whole_layers |= (guint64) 1 << i;
  for (guint i = 0; whole != NULL && i < whole->len; i++)
    vision->whole_layers |= (guint64) 1 << g_array_index (whole, gint64, i);

  return TRUE;
}

static gboolean
read_vision_2_5 (const RgConfig *file, RgVisionConfig *vision, gint64 *out_width, GError **error)
{
  RgSide side = { 3584, 3420, 16, 32, 1e-6, "silu" };

  if (!rg_side_get_int (file, VISION, "hidden_size", 8192, &side.width, error) ||
      !rg_side_get_int (file, VISION, "intermediate_size", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, VISION, "out_hidden_size", 16384, out_width, error) ||
      !read_patches (file, vision, &side, error) ||
      !read_windows (file, vision, error))
    return FALSE;

  vision->block.norm = RG_NORM_RMS;
  vision->block.gated = TRUE;

  return TRUE;
}

/* Half of a head's pairs for the row, half for the column. */
gboolean
rg_qwen2_vl_connect (RgModelConfig *config, gsize out_width, const char *file, GError **error)
{
  RgVisionConfig *vision = &config->vision;
  RgBlockConfig *block = &vision->block;

  if (block->head_dim % 4 != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: heads of width %u do not divide into rows and columns"), file, VISION, block->head_dim);
      return FALSE;
    }

  block->rotary_base = 10000;
  block->rotary_sections[0] = block->rotary_sections[1] = block->head_dim / 4;
  block->rotary_restarts = TRUE;
  vision->last_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = block->width,
    .out_width = out_width,
    .merge = RG_MERGE_BLOCKS,
    .merge_size = vision->block_size,
    .n_maps = 2,
    .inner_width = block->width * vision->block_size * vision->block_size,
    .bias = TRUE,
    .activation = RG_ACTIVATION_GELU_ERF,
  };

  return TRUE;
}

typedef gboolean (*ReadVision) (const RgConfig *file, RgVisionConfig *vision, gint64 *out_width, GError **error);

static gboolean
read_all (const RgConfig *file, ReadVision read_vision, RgModelConfig *config, GError **error)
{
  const char *section = rg_config_has (file, "text_config.hidden_size") ? "text_config" : RG_SIDE_WHOLE;
  gint64 out_width = 3584, image_token = 151655;

  if (!read_vision (file, &config->vision, &out_width, error) ||
      !rg_qwen2_vl_connect (config, out_width, RG_MODEL_CONFIG, error) ||
      !rg_language_model_read (file, section, &config->text, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  if ((gsize) out_width != config->text.block.width)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: image tokens of width %u do not fit a language model of width %zu"), (guint) out_width, config->text.block.width);
      return FALSE;
    }

  config->image_token = image_token;

  return TRUE;
}

static gboolean
read_qwen2_vl (const RgConfig *file, RgModelConfig *config, GError **error)
{
  return read_all (file, read_vision_2, config, error);
}

static gboolean
read_qwen2_5_vl (const RgConfig *file, RgModelConfig *config, GError **error)
{
  return read_all (file, read_vision_2_5, config, error);
}

#define QWEN(type, title, reads, names)                                 \
  {                                                                     \
    .model_type = type,                                                 \
    .name = title,                                                      \
    .conversation = RG_CONVERSATION_CHAT,                               \
    .read = reads,                                                      \
    .vision = names,                                                    \
    .projector = &projector_names,                                      \
    .text = &text_names,                                                \
    .aliases = {                                                        \
      { "lm_head.weight", "model.embed_tokens.weight" },                \
      { "lm_head.weight", "model.language_model.embed_tokens.weight" }, \
      { "model.", "model.language_model." },                            \
      { "visual.", "model.visual." },                                   \
    },                                                                  \
  }

const RgFamily rg_family_qwen2_vl = QWEN ("qwen2_vl", "Qwen2-VL", read_qwen2_vl, &vision_names);
const RgFamily rg_family_qwen2_5_vl = QWEN ("qwen2_5_vl", "Qwen2.5-VL", read_qwen2_5_vl, &gated_vision_names);
