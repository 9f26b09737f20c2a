/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idefics 3 (Laurençon et al., “Building and better understanding vision-language models”, 2024) and SmolVLM (Marafioti et
 * al., 2025), which is built the same: a SigLIP encoder that sees the picture in tiles and once as a whole, squares of its
 * patches side by side through one map, and a language model that has them in its text. */
#include "engine/families/dual-encoder.h"
#include "engine/families/family.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>

#include "engine/error.h"

static const RgVisionNames vision_names = {
  .prefix = "model.vision_model",
  .patch = "embeddings.patch_embedding",
  .places = "embeddings.position_embedding.weight",
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &rg_dual_block_names,
};

static const RgProjectorNames projector_names = {
  .prefix = "model.connector",
  .up = "modality_projection.proj",
};

static const RgTextNames text_names = {
  .prefix = "model.text_model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .scores_map = "lm_head",
  .block = &rg_language_block_names,
};

static gboolean
read_idefics3 (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide vision = { 1152, 3072, 16, 12, 1e-6, "gelu_pytorch_tanh" };
  gint64 scale = 2, image_token = 128257;
  guint side;

  if (!rg_side_read_vision (file, vision, 224, 32, &config->vision, error) ||
      !rg_language_model_read (file, "text_config", &config->text, error) ||
      !rg_config_get_int (file, "scale_factor", RG_CONFIG_OPTIONAL, 1, 64, &scale, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  side = config->vision.image_size / config->vision.patch_size;
  if (side % scale != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %u patches on a side do not divide into squares of %u"), side, (guint) scale);
      return FALSE;
    }

  config->vision.patch_bias = config->vision.last_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .merge = RG_MERGE_SHUFFLE,
    .merge_size = scale,
    .n_maps = 1,
  };
  config->image_token = image_token;

  return TRUE;
}

#define IDEFICS3(type, title)                                       \
  {                                                                 \
    .model_type = type,                                             \
    .name = title,                                                  \
    .conversation = RG_CONVERSATION_CHAT,                           \
    .read = read_idefics3,                                          \
    .vision = &vision_names,                                        \
    .projector = &projector_names,                                  \
    .text = &text_names,                                            \
    .aliases = {                                                    \
      { "lm_head.weight", "model.text_model.embed_tokens.weight" }, \
    },                                                              \
  }

const RgFamily rg_family_idefics3 = IDEFICS3 ("idefics3", "Idefics3");
const RgFamily rg_family_smolvlm = IDEFICS3 ("smolvlm", "SmolVLM");
