/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PaliGemma (Beyer et al., 2024): a SigLIP encoder, one map, and a Gemma that sees picture and question as a whole before it
 * answers. Its original counts positions from 1, which rotary positions do not notice: they know differences only. */
#include "engine/families/dual-encoder.h"
#include "engine/families/family.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>

#include "engine/error.h"

static const RgProjectorNames projector_names = {
  .prefix = "multi_modal_projector",
  .up = "linear",
};

static const RgTextNames text_names = {
  .prefix = "language_model.model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .block = &rg_language_block_names,
};

/* The original divides image tokens by the root of this width, for Gemma to multiply them with that of its own. */
static gboolean
check_width (const RgConfig *file, gint64 width, GError **error)
{
  gint64 divided = width;

  if (!rg_config_get_int (file, "hidden_size", RG_CONFIG_OPTIONAL, 1, 1 << 20, &divided, error))
    return FALSE;
  if (divided == width)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: hidden_size: %u is not the width of the language model, %u"), (guint) divided, (guint) width);

  return FALSE;
}

static gboolean
read_paligemma (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide siglip = { 768, 3072, 12, 12, 1e-6, "gelu_pytorch_tanh" };
  gint64 image_token = 256000;

  if (!rg_side_check_type (file, "vision_config", "siglip_vision_model", error) ||
      !rg_side_read_vision (file, siglip, 224, 16, &config->vision, error) ||
      !rg_gemma_read (file, "text_config", &config->text, error) ||
      !check_width (file, config->text.block.width, error) ||
      !rg_config_get_int (file, "image_token_index", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  config->vision.patch_bias = config->vision.last_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .merge_size = 1,
    .n_maps = 1,
    .bias = TRUE,
  };
  config->text.sees_prompt = TRUE;
  config->image_token = image_token;

  return TRUE;
}

const RgFamily rg_family_paligemma = {
  .model_type = "paligemma",
  .name = "PaliGemma",
  .conversation = RG_CONVERSATION_CHAT,
  .read = read_paligemma,
  .vision = &rg_dual_tower_names,
  .projector = &projector_names,
  .text = &text_names,
  .aliases = { RG_ALIASES_OF_TODAY },
};
