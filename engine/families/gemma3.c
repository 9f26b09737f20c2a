/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemma 3 (Gemma Team, “Gemma 3 technical report”, 2025): a SigLIP encoder, the means of squares of its patches through a norm and
 * one map, and a Gemma most of whose layers see only nearby tokens, while those of a picture see one another. Its processor can also
 * show crops of long pictures ("pan and scan"), but only to programs that ask for it: what the folder's file says of that does
 * not count in the original either. */
#include "engine/families/dual-encoder.h"
#include "engine/families/family.h"
#include "engine/families/gemma3.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/error.h"

static const RgProjectorNames projector_names = {
  .prefix = "multi_modal_projector",
  .merged_norm = "mm_soft_emb_norm",
  .up = "mm_input_projection",
  .in_out = TRUE,
};

static const RgBlockNames block_names = {
  .norm = "input_layernorm",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .q_norm = "self_attn.q_norm",
  .k_norm = "self_attn.k_norm",
  .out = "self_attn.o_proj",
  .out_norm = "post_attention_layernorm",
  .mlp_norm = "pre_feedforward_layernorm",
  .gate = "mlp.gate_proj",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
  .mlp_out_norm = "post_feedforward_layernorm",
};

static const RgTextNames text_names = {
  .prefix = "language_model.model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .block = &block_names,
};

gboolean
rg_gemma3_connect (RgModelConfig *config, RgNormKind norm, guint n_tokens, const char *file, GError **error)
{
  RgVisionConfig *vision = &config->vision;
  guint side = vision->image_size / vision->patch_size, tokens = sqrt (n_tokens);

  if (tokens == 0 || tokens * tokens != n_tokens || side % tokens != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u × %u patches do not make %u image tokens"), file, side, side, n_tokens);
      return FALSE;
    }

  vision->patch_bias = vision->last_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = vision->block.width,
    .out_width = config->text.block.width,
    .merge = RG_MERGE_MEAN,
    .merge_size = side / tokens,
    .merged_norm = TRUE,
    .merged_norm_kind = norm,
    .epsilon = vision->block.epsilon,
    .n_maps = 1,
  };
  config->text.mutual_image = TRUE;

  return TRUE;
}

static gboolean
read_gemma3 (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide siglip = { 768, 3072, 12, 12, 1e-6, "gelu_pytorch_tanh" };
  gint64 image_token = 262144, n_tokens = 256;

  if (!rg_side_check_type (file, "vision_config", "siglip_vision_model", error) ||
      !rg_side_read_vision (file, siglip, 224, 16, &config->vision, error) ||
      !rg_gemma3_read (file, "text_config", &config->text, error) ||
      !rg_config_get_int (file, "mm_tokens_per_image", RG_CONFIG_OPTIONAL, 1, 1 << 16, &n_tokens, error) ||
      !rg_config_get_int (file, "image_token_index", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  config->image_token = image_token;

  return rg_gemma3_connect (config, RG_NORM_RMS_FROM_ONE, n_tokens, RG_MODEL_CONFIG, error);
}

const RgFamily rg_family_gemma3 = {
  .model_type = "gemma3",
  .name = "Gemma 3",
  .conversation = RG_CONVERSATION_CHAT,
  .read = read_gemma3,
  .vision = &rg_dual_tower_names,
  .projector = &projector_names,
  .text = &text_names,
  .aliases = {
      { "multi_modal_projector.mm_input_projection.weight", "multi_modal_projector.mm_input_projection_weight" },
      { "multi_modal_projector.mm_input_projection.weight", "model.multi_modal_projector.mm_input_projection_weight" },
      RG_ALIASES_OF_TODAY },
};
