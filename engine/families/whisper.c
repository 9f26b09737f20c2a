/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whisper (Radford et al., 2022): an encoder of sound, whose spectrogram stands for the picture, and a decoder with
 * cross-attention in every block that writes down what is spoken. Values of config.json all have defaults, those of whisper-tiny. */
#include "engine/families/family.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/families/side.h"

/* Its own code's: files have no key for it. */
#define EPSILON 1e-5

/* Vocabularies of models that know English alone are smaller. */
#define MULTILINGUAL_SIZE 51865

/* However many are muted, some are left. */
#define LEAST_SIZE (RG_MAX_MUTED + RG_MAX_ENDS + 1)

static const RgBlockNames block_names = {
  .norm = "self_attn_layer_norm",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .out = "self_attn.out_proj",
  .cross_norm = "encoder_attn_layer_norm",
  .cross_q = "encoder_attn.q_proj",
  .cross_kv = { "encoder_attn.k_proj", "encoder_attn.v_proj" },
  .cross_out = "encoder_attn.out_proj",
  .mlp_norm = "final_layer_norm",
  .up = "fc1",
  .down = "fc2",
};

static const RgVisionNames encoder_names = {
  .prefix = "model.encoder",
  .convolutions = { "conv1", "conv2" },
  .places = "embed_positions.weight",
  .layers = "layers",
  .last_norm = "layer_norm",
  .block = &block_names,
};

static const RgTextNames decoder_names = {
  .prefix = "model.decoder",
  .embedding = "embed_tokens.weight",
  .places = "embed_positions.weight",
  .layers = "layers",
  .last_norm = "layer_norm",
  .block = &block_names,
};

/* @part: "encoder" or "decoder" */
static gboolean
read_side (const RgConfig *file, const char *part, guint *n_layers, RgBlockConfig *block, GError **error)
{
  g_autofree char *layers = g_strconcat (part, "_layers", NULL), *heads = g_strconcat (part, "_attention_heads", NULL), *inner = g_strconcat (part, "_ffn_dim", NULL);
  RgSide side = { 384, 1536, 6, 4, EPSILON, "gelu" };

  if (!rg_side_get_int (file, RG_SIDE_WHOLE, "d_model", 16384, &side.width, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, layers, RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, heads, 256, &side.n_heads, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, inner, 65536, &side.mlp_width, error) ||
      !rg_config_get_string (file, "activation_function", RG_CONFIG_OPTIONAL, &side.activation, error) ||
      !rg_side_set_block (side, RG_SIDE_WHOLE, block, error))
    return FALSE;

  *n_layers = side.n_layers;
  block->biases = RG_BIAS_ALL | RG_BIAS_NO_KEYS;

  return TRUE;
}

/* Ids that are never chosen; of old they stand in config.json. */
static gboolean
read_muted (const RgConfig *file, const char *path, guint n_tokens, guint32 *ids, guint max, guint *n, GError **error)
{
  g_autoptr (GArray) list = NULL;

  if (rg_config_get_length (file, path) == 0)
    return TRUE;
  if (!rg_config_get_ints (file, path, RG_CONFIG_OPTIONAL, -1, n_tokens - 1, max, &list, error))
    return FALSE;

  *n = 0;
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, gint64, i) >= 0)
      ids[(*n)++] = g_array_index (list, gint64, i);

  return TRUE;
}

static gboolean
read_generation (const RgConfig *file, RgModelConfig *config, GError **error)
{
  guint n_tokens = config->text.vocabulary_size;
  gboolean is_multilingual = config->n_languages > 0;

  if (!rg_config_get_boolean (file, "is_multilingual", RG_CONFIG_OPTIONAL, &is_multilingual, error))
    return FALSE;
  config->n_languages = is_multilingual; /* find_tokens() counts them */

  return read_muted (file, "suppress_tokens", n_tokens, config->muted, RG_MAX_MUTED, &config->n_muted, error) &&
         read_muted (file, "begin_suppress_tokens", n_tokens, config->first_muted, RG_MAX_ENDS, &config->n_first_muted, error);
}

static gboolean
read_whisper (const RgConfig *file, RgModelConfig *config, GError **error)
{
  gint64 n_bands = 80, n_tokens = MULTILINGUAL_SIZE, n_rows = 1500, max_positions = 448, start = 50258, end = 50257;

  if (!read_side (file, "encoder", &config->vision.n_layers, &config->vision.block, error) ||
      !read_side (file, "decoder", &config->text.n_layers, &config->text.block, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "num_mel_bins", 512, &n_bands, error) ||
      !rg_config_get_int (file, "vocab_size", RG_CONFIG_OPTIONAL, LEAST_SIZE, 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "max_source_positions", 1 << 14, &n_rows, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "max_target_positions", 1 << 16, &max_positions, error) ||
      !rg_config_get_int (file, "decoder_start_token_id", RG_CONFIG_OPTIONAL, 0, n_tokens - 1, &start, error) ||
      !rg_config_get_int (file, "eos_token_id", RG_CONFIG_OPTIONAL, 0, n_tokens - 1, &end, error))
    return FALSE;

  config->vision.patch_size = 2;
  config->vision.image_size = 2 * n_rows;
  config->vision.n_bands = n_bands;
  config->vision.last_norm = TRUE;
  config->text.vocabulary_size = n_tokens;
  config->text.max_positions = max_positions;
  config->text.learned_places = config->text.last_norm = TRUE;
  config->text.block.cross = TRUE;
  rg_side_set_identity (config);
  config->n_languages = n_tokens >= MULTILINGUAL_SIZE;
  config->bos = start;
  rg_model_config_add_end (config, end);

  return read_generation (file, config, error);
}

/* <|startoftranscript|> language <|transcribe|> <|notimestamps|>; the languages stand between the first and <|translate|>. */
static gboolean
find_tokens (RgTokenizer *tokenizer, RgModelConfig *config, GError **error)
{
  guint32 translate, transcribe, plain;

  if (!rg_tokenizer_find (tokenizer, "<|translate|>", &translate) || !rg_tokenizer_find (tokenizer, "<|transcribe|>", &transcribe) ||
      !rg_tokenizer_find (tokenizer, "<|notimestamps|>", &plain) || translate <= config->bos + 1 || MAX (MAX (translate, transcribe), plain) >= config->text.vocabulary_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s lacks the tokens that tell Whisper what to do, such as “%s”"), "tokenizer.json", "<|transcribe|>");
      return FALSE;
    }

  config->n_start = 0;
  if (config->n_languages > 0)
    {
      config->first_language = config->bos + 1;
      config->n_languages = translate - config->first_language;
      config->start[config->n_start++] = transcribe;
    }
  config->start[config->n_start++] = plain;

  return TRUE;
}

const RgFamily rg_family_whisper = {
  .model_type = "whisper",
  .name = "Whisper",
  .conversation = RG_CONVERSATION_TRANSCRIPT,
  .read = read_whisper,
  .read_generation = read_generation,
  .find_tokens = find_tokens,
  .vision = &encoder_names,
  .text = &decoder_names,
};
