/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigLIP (Zhai et al., 2023), as Hugging Face's files keep it: config.json of "model_type": "siglip", whose values all have
 * defaults, those of base-patch16-224. A picture's vector is pooled by attention, a text's is that of its last place, which
 * is nearly always padding: the model was trained to gather the text there. */
#include "engine/families/dual-encoder.h"

#include "engine/families/side.h"

#define END 1 /* of a text, and what fills it up; what the files say of it was left over from CLIP */

static const RgVisionNames vision_names = {
  .prefix = "vision_model",
  .patch = "embeddings.patch_embedding",
  .places = "embeddings.position_embedding.weight",
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &rg_dual_block_names,
};

static gboolean
read_siglip (const RgConfig *file, RgDualConfig *config, GError **error)
{
  const RgSide side = { 768, 3072, 12, 12, 1e-6, "gelu_pytorch_tanh" };
  gint64 image_size = 224, patch_size = 16, n_tokens = 32000, max_positions = 64;

  if (!rg_side_read (file, "vision_config", side, &config->vision.n_layers, &config->vision.block, error) ||
      !rg_side_read (file, "text_config", side, &config->text.n_layers, &config->text.block, error) ||
      !rg_side_get_int (file, "vision_config", "image_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, "vision_config", "patch_size", 1024, &patch_size, error) ||
      !rg_side_get_int (file, "text_config", "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, "text_config", "max_position_embeddings", 1 << 16, &max_positions, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error))
    return FALSE;

  config->vision.patch_bias = config->vision.last_norm = TRUE;
  config->text.vocabulary_size = n_tokens;
  config->text.max_positions = max_positions;
  config->text.learned_places = config->text.sees_all = config->text.last_norm = TRUE;
  config->space_width = config->vision.block.width;
  config->row = RG_TEXT_ROW_LAST;
  config->end = config->pad = END;
  config->padded = TRUE;

  return TRUE;
}

const RgDualFamily rg_dual_family_siglip = {
  .model_type = "siglip",
  .read = read_siglip,
  .vision = &vision_names,
  .text = &rg_dual_text_names,
  .pool = "vision_model.head",
  .text_projection = "text_model.head",
  .projection_bias = TRUE,
  .logit_scale = "logit_scale",
  .logit_bias = "logit_bias",
};
