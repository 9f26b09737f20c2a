/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BLIP (Li et al., 2022). As it describes pictures: a ViT, and a BERT whose blocks also attend to the picture and which scores the
 * next token by weights of its own. As it answers questions: a second such BERT reads the question, looking at the picture, and
 * the first one writes the answer, looking at what that one made of the question. Values of config.json all have defaults, those
 * of blip-image-captioning-base. */
#include "engine/families/bert.h"
#include "engine/families/family.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/families/side.h"

static const RgBlockNames vision_block_names = {
  .norm = "layer_norm1",
  .qkv = { "self_attn.qkv" },
  .out = "self_attn.projection",
  .mlp_norm = "layer_norm2",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
};

static const RgVisionNames vision_names = {
  .prefix = "vision_model",
  .patch = "embeddings.patch_embedding",
  .class_token = "embeddings.class_embedding",
  .places = "embeddings.position_embedding",
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &vision_block_names,
};

static const RgTextNames text_names = {
  .prefix = "text_decoder.bert",
  .embedding = "embeddings.word_embeddings.weight",
  .places = "embeddings.position_embeddings.weight",
  .first_norm = "embeddings.LayerNorm",
  .layers = "encoder.layer",
  .scores = "text_decoder.cls.predictions",
  .transform = "transform.dense",
  .scores_norm = "transform.LayerNorm",
  .scores_map = "decoder",
  .block = &rg_bert_block_names,
};

static const RgTextNames question_names = {
  .prefix = "text_encoder",
  .embedding = "embeddings.word_embeddings.weight",
  .places = "embeddings.position_embeddings.weight",
  .first_norm = "embeddings.LayerNorm",
  .layers = "encoder.layer",
  .block = &rg_bert_block_names,
};

static gboolean
read_blip (const RgConfig *file, RgModelConfig *config, GError **error)
{
  const RgSide vision = { 768, 3072, 12, 12, 1e-5, "gelu" }, text = { 768, 3072, 12, 12, 1e-12, "gelu" };
  RgTextConfig *decoder = &config->text;
  gint64 image_size = 384, patch_size = 16, n_tokens = 30524, max_positions = 512, start = 30522, end = 102;

  if (!rg_side_read (file, "vision_config", vision, &config->vision.n_layers, &config->vision.block, error) ||
      !rg_side_read (file, "text_config", text, &decoder->n_layers, &decoder->block, error) ||
      !rg_side_get_int (file, "vision_config", "image_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, "vision_config", "patch_size", 1024, &patch_size, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error) ||
      !rg_side_get_int (file, "text_config", "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, "text_config", "max_position_embeddings", 1 << 16, &max_positions, error) ||
      !rg_config_get_int (file, "text_config.bos_token_id", RG_CONFIG_OPTIONAL, 0, n_tokens - 1, &start, error) ||
      !rg_config_get_int (file, "text_config.sep_token_id", RG_CONFIG_OPTIONAL, 0, n_tokens - 1, &end, error))
    return FALSE;

  config->vision.patch_bias = config->vision.class_token = config->vision.last_norm = TRUE;
  decoder->vocabulary_size = n_tokens;
  decoder->max_positions = max_positions;
  decoder->learned_places = decoder->first_norm = TRUE;
  decoder->scores = RG_SCORES_TRANSFORM;
  decoder->block.norm_last = decoder->block.cross = TRUE;
  decoder->block.memory_width = config->vision.block.width;
  rg_side_set_identity (config);
  config->bos = start;
  rg_model_config_add_end (config, end);

  return TRUE;
}

/* Both BERTs are of one size, and so is what they look at. */
static gboolean
read_blip_vqa (const RgConfig *file, RgModelConfig *config, GError **error)
{
  if (!read_blip (file, config, error))
    return FALSE;

  if (config->text.block.width != config->vision.block.width)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: an encoder of width %zu before a decoder of width %zu is not supported"), config->vision.block.width, config->text.block.width);
      return FALSE;
    }

  config->question_encoder = config->text;
  config->question_encoder.sees_all = TRUE;
  config->question_encoder.scores = RG_SCORES_WORDS; /* nobody asks for any */

  return TRUE;
}

#define BLIP(title, how, reads)                                                                                          \
  .model_type = "blip", .name = title, .conversation = how, .read = reads, .vision = &vision_names, .text = &text_names, \
  .aliases = {                                                                                                           \
    { "text_decoder.cls.predictions.decoder.weight", "text_decoder.bert.embeddings.word_embeddings.weight" },            \
    { "text_decoder.cls.predictions.decoder.bias", "text_decoder.cls.predictions.bias" },                                \
  }

const RgFamily rg_family_blip = {
  BLIP ("BLIP", RG_CONVERSATION_CAPTION, read_blip),
};

const RgFamily rg_family_blip_vqa = {
  BLIP ("BLIP", RG_CONVERSATION_QUESTION, read_blip_vqa),
  .architecture = "BlipForQuestionAnswering",
  .question_encoder = &question_names,
};
