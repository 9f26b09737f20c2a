/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ViT (Dosovitskiy et al., 2021) that GPT-2 (Radford et al., 2019) describes, with cross-attention in every block: Hugging
 * Face's "vision-encoder-decoder". GPT-2's matrices lie in the file as in × out; its word vectors are also its output. */
#include "engine/families/family.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/families/side.h"

static const RgBlockNames vit_block_names = {
  .norm = "layernorm_before",
  .qkv = { "attention.attention.query", "attention.attention.key", "attention.attention.value" },
  .out = "attention.output.dense",
  .mlp_norm = "layernorm_after",
  .up = "intermediate.dense",
  .down = "output.dense",
};

static const RgVisionNames vision_names = {
  .prefix = "encoder",
  .patch = "embeddings.patch_embeddings.projection",
  .class_token = "embeddings.cls_token",
  .places = "embeddings.position_embeddings",
  .layers = "encoder.layer",
  .last_norm = "layernorm",
  .block = &vit_block_names,
};

static const RgBlockNames gpt2_block_names = {
  .norm = "ln_1",
  .qkv = { "attn.c_attn" },
  .out = "attn.c_proj",
  .cross_norm = "ln_cross_attn",
  .cross_q = "crossattention.q_attn",
  .cross_kv = { "crossattention.c_attn" },
  .cross_out = "crossattention.c_proj",
  .mlp_norm = "ln_2",
  .up = "mlp.c_fc",
  .down = "mlp.c_proj",
  .in_out = TRUE,
};

static const RgTextNames text_names = {
  .prefix = "decoder.transformer",
  .embedding = "wte.weight",
  .places = "wpe.weight",
  .layers = "h",
  .last_norm = "ln_f",
  .block = &gpt2_block_names,
};

static gboolean
read_gpt2 (const RgConfig *file, RgTextConfig *config, GError **error)
{
  gint64 width = 768, n_layers = 12, n_heads = 12, max_positions = 1024, n_tokens = 50257, mlp_width = 0;
  const char *activation = "gelu_new";
  double epsilon = 1e-5;

  if (!rg_side_get_int (file, "decoder", "n_embd", 16384, &width, error) ||
      !rg_side_get_int (file, "decoder", "n_layer", RG_MAX_LAYERS, &n_layers, error) ||
      !rg_side_get_int (file, "decoder", "n_head", 256, &n_heads, error) ||
      !rg_side_get_int (file, "decoder", "n_positions", 1 << 16, &max_positions, error) ||
      !rg_side_get_int (file, "decoder", "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, "decoder", "n_inner", 65536, &mlp_width, error) ||
      !rg_config_get_double (file, "decoder.layer_norm_epsilon", RG_CONFIG_OPTIONAL, 1e-12, 1, &epsilon, error) ||
      !rg_config_get_string (file, "decoder.activation_function", RG_CONFIG_OPTIONAL, &activation, error) ||
      !rg_side_set_block ((RgSide){ width, mlp_width > 0 ? mlp_width : 4 * width, n_heads, n_layers, epsilon, activation }, "decoder", &config->block, error))
    return FALSE;

  config->n_layers = n_layers;
  config->vocabulary_size = n_tokens;
  config->max_positions = max_positions;
  config->learned_places = config->last_norm = TRUE;
  config->block.cross = TRUE;

  return TRUE;
}

static gboolean
read_vit_gpt2 (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide vit = { 768, 3072, 12, 12, 1e-12, "gelu" };
  gint64 image_size = 224, patch_size = 16, start = 50256, end = 50256;

  if (!rg_side_check_type (file, "encoder", "vit", error) ||
      !rg_side_check_type (file, "decoder", "gpt2", error) ||
      !rg_side_read (file, "encoder", vit, &config->vision.n_layers, &config->vision.block, error) ||
      !rg_side_get_int (file, "encoder", "image_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, "encoder", "patch_size", 1024, &patch_size, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error) ||
      !read_gpt2 (file, &config->text, error) ||
      !rg_config_get_int (file, "decoder_start_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &start, error) ||
      !rg_config_get_int (file, "eos_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &end, error))
    return FALSE;

  if (config->vision.block.width != config->text.block.width)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: an encoder of width %zu before a decoder of width %zu is not supported"), config->vision.block.width, config->text.block.width);
      return FALSE;
    }

  config->vision.patch_bias = config->vision.class_token = config->vision.last_norm = TRUE;
  rg_side_set_identity (config);
  config->bos = start;
  rg_model_config_add_end (config, end);

  return TRUE;
}

const RgFamily rg_family_vit_gpt2 = {
  .model_type = "vision-encoder-decoder",
  .name = "ViT-GPT2",
  .conversation = RG_CONVERSATION_CAPTION,
  .read = read_vit_gpt2,
  .vision = &vision_names,
  .text = &text_names,
};
