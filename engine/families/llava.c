/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LLaVA 1.5 (Liu et al., “Improved Baselines with Visual Instruction Tuning”, 2023): the patches of a CLIP encoder, as they are
 * before its last block, through two maps into the text of a Llama. */
#include "engine/families/dual-encoder.h"
#include "engine/families/family.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

static const RgVisionNames vision_names = {
  .prefix = "vision_tower.vision_model",
  .patch = "embeddings.patch_embedding",
  .class_token = "embeddings.class_embedding",
  .places = "embeddings.position_embedding.weight",
  .first_norm = "pre_layrnorm", /* so spelled in the files */
  .layers = "encoder.layers",
  .block = &rg_dual_block_names,
};

static const RgProjectorNames projector_names = {
  .prefix = "multi_modal_projector",
  .up = "linear_1",
  .down = "linear_2",
};

static const RgTextNames text_names = {
  .prefix = "language_model.model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .scores_map = "language_model.lm_head",
  .block = &rg_language_block_names,
};

/* After how many blocks the encoder's rows are taken: the file counts what stands between blocks, from either end. */
static gboolean
read_depth (const RgConfig *file, RgVisionConfig *vision, GError **error)
{
  gint64 n_layers = vision->n_layers, layer = -2;
  const char *rows = "default";

  if (rg_config_get_length (file, "vision_feature_layer") > 0)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: vision_feature_layer: several layers side by side are not supported"));
      return FALSE;
    }
  if (!rg_config_get_int (file, "vision_feature_layer", RG_CONFIG_OPTIONAL, -n_layers, n_layers, &layer, error) ||
      !rg_config_get_string (file, "vision_feature_select_strategy", RG_CONFIG_OPTIONAL, &rows, error))
    return FALSE;
  if (strcmp (rows, "default") != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: “%s” is not supported, only “%s”"), "vision_feature_select_strategy", rows, "default");
      return FALSE;
    }

  vision->n_layers = layer < 0 ? n_layers + 1 + layer : layer;

  return TRUE;
}

static gboolean
read_projector (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const char *name = "gelu";
  gboolean bias = TRUE;
  RgActivation activation;

  if (!rg_config_get_string (file, "projector_hidden_act", RG_CONFIG_OPTIONAL, &name, error) ||
      !rg_config_get_boolean (file, "multimodal_projector_bias", RG_CONFIG_OPTIONAL, &bias, error) ||
      !rg_side_find_activation ("projector_hidden_act", name, &activation, error))
    return FALSE;

  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .skip_class = TRUE,
    .merge_size = 1,
    .n_maps = 2,
    .bias = bias,
    .activation = activation,
  };

  return TRUE;
}

static gboolean
read_llava (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide clip = { 768, 3072, 12, 12, 1e-5, "quick_gelu" };
  gint64 image_token = 32000;

  if (!rg_side_check_type (file, "vision_config", "clip_vision_model", error) ||
      !rg_side_read_vision (file, clip, 224, 32, &config->vision, error) ||
      !read_depth (file, &config->vision, error) ||
      !rg_language_model_read (file, "text_config", &config->text, error) ||
      !read_projector (file, config, error) ||
      !rg_config_get_int (file, "image_token_index", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &image_token, error))
    return FALSE;

  config->vision.class_token = config->vision.first_norm = TRUE;
  config->image_token = image_token;

  return TRUE;
}

const RgFamily rg_family_llava = {
  .model_type = "llava",
  .name = "LLaVA",
  .conversation = RG_CONVERSATION_CHAT,
  .read = read_llava,
  .vision = &vision_names,
  .projector = &projector_names,
  .text = &text_names,
  .aliases = { RG_ALIASES_OF_TODAY },
};
