/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP (Radford et al., 2021), as Hugging Face's files keep it: config.json of "model_type": "clip", whose values all have
 * defaults, those of ViT-B/32. */
#include "engine/families/dual-encoder.h"

#include "engine/families/side.h"

#define LEGACY_END 2 /* an end of 2, which no CLIP vocabulary has there, marks files from before that rule was mended */

static const RgVisionNames vision_names = {
  .prefix = "vision_model",
  .patch = "embeddings.patch_embedding",
  .class_token = "embeddings.class_embedding",
  .places = "embeddings.position_embedding.weight",
  .first_norm = "pre_layrnorm", /* so spelled in the files */
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &rg_dual_block_names,
};

static gboolean
read_clip (const RgConfig *file, RgDualConfig *config, GError **error)
{
  const RgSide vision = { 768, 3072, 12, 12, 1e-5, "quick_gelu" }, text = { 512, 2048, 8, 12, 1e-5, "quick_gelu" };
  gint64 image_size = 224, patch_size = 32, n_tokens = 49408, max_positions = 77, space_width = 512, end = 49407;

  if (!rg_side_read (file, "vision_config", vision, &config->vision.n_layers, &config->vision.block, error) ||
      !rg_side_read (file, "text_config", text, &config->text.n_layers, &config->text.block, error) ||
      !rg_side_get_int (file, "vision_config", "image_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, "vision_config", "patch_size", 1024, &patch_size, error) ||
      !rg_side_get_int (file, "text_config", "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, "text_config", "max_position_embeddings", 1 << 16, &max_positions, error) ||
      !rg_side_get_int (file, "text_config", "eos_token_id", 1 << 20, &end, error) ||
      !rg_config_get_int (file, "projection_dim", RG_CONFIG_OPTIONAL, 1, 16384, &space_width, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error))
    return FALSE;

  config->vision.class_token = config->vision.first_norm = config->vision.last_norm = TRUE;
  config->text.vocabulary_size = n_tokens;
  config->text.max_positions = max_positions;
  config->text.learned_places = config->text.last_norm = TRUE;
  config->space_width = space_width;
  config->end = end;
  config->row = end == LEGACY_END ? RG_TEXT_ROW_LARGEST : RG_TEXT_ROW_END;

  return TRUE;
}

const RgDualFamily rg_dual_family_clip = {
  .model_type = "clip",
  .read = read_clip,
  .vision = &vision_names,
  .text = &rg_dual_text_names,
  .visual_projection = "visual_projection",
  .text_projection = "text_projection",
  .logit_scale = "logit_scale",
};
