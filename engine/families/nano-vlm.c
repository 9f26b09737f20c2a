/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nanoVLM (Wiedmann et al., huggingface.co/blog/nanovlm, 2025): a SigLIP encoder and a small Llama, joined as in Idefics 3. The
 * first releases have no marks in the text: image tokens, then the question; later ones write turns, and have tokens of their own
 * for an image token, the overview of a picture and the places of its tiles. The folder holds weights and sizes alone: the
 * tokenizer.json of its language model has to be put beside them; it need not know those tokens. */
#include "engine/families/family.h"
#include "engine/families/side.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

/* A square of eight places, an overview and an image. */
#define MAX_EXTRA_TOKENS (2 + 8 * 8)

static const RgBlockNames vision_block_names = {
  .norm = "ln1",
  .qkv = { "attn.qkv_proj" },
  .out = "attn.out_proj",
  .mlp_norm = "ln2",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
};

static const RgVisionNames vision_names = {
  .prefix = "vision_encoder",
  .patch = "patch_embedding.conv",
  .places = "patch_embedding.position_embedding",
  .layers = "blocks",
  .last_norm = "layer_norm",
  .block = &vision_block_names,
};

static const RgProjectorNames projector_names = {
  .prefix = "MP",
  .up = "proj",
};

static const RgBlockNames text_block_names = {
  .norm = "norm1",
  .qkv = { "attn.q_proj", "attn.k_proj", "attn.v_proj" },
  .out = "attn.out_proj",
  .mlp_norm = "norm2",
  .gate = "mlp.gate_proj",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
};

static const RgTextNames text_names = {
  .prefix = "decoder",
  .embedding = "token_embedding.weight",
  .layers = "blocks",
  .last_norm = "norm",
  .scores_map = "decoder.head",
  .block = &text_block_names,
};

static gboolean
read_vision (const RgConfig *file, RgModelConfig *config, GError **error)
{
  RgSide side = { 768, 3072, 12, 12, 1e-6, "gelu_pytorch_tanh" };
  gint64 image_size = 224, patch_size = 16;

  if (!rg_side_get_int (file, RG_SIDE_WHOLE, "vit_hidden_dim", 16384, &side.width, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vit_inter_dim", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vit_n_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vit_n_blocks", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vit_img_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vit_patch_size", 1024, &patch_size, error) ||
      !rg_config_get_double (file, "vit_ln_eps", RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_side_set_block (side, "vit", &config->vision.block, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error))
    return FALSE;

  config->vision.n_layers = side.n_layers;
  config->vision.patch_bias = config->vision.last_norm = TRUE;

  return TRUE;
}

static gboolean
read_text (const RgConfig *file, RgTextConfig *config, GError **error)
{
  RgSide side = { 576, 1536, 9, 30, 1e-5, "silu" };
  gint64 n_kv_heads = 3, n_tokens = 49152, max_positions = 8192;
  RgBlockConfig *block = &config->block;
  double base = 100000;

  if (!rg_side_get_int (file, RG_SIDE_WHOLE, "lm_hidden_dim", 16384, &side.width, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_inter_dim", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_n_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_n_kv_heads", 256, &n_kv_heads, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_n_blocks", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "lm_max_position_embeddings", 1 << 20, &max_positions, error) ||
      !rg_config_get_double (file, "lm_rms_eps", RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_config_get_double (file, "lm_re_base", RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_side_set_block (side, "lm", block, error))
    return FALSE;

  if (block->n_heads % n_kv_heads != 0 || block->head_dim % 2 != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: %u heads of width %u with %u heads of keys do not fit together"), "lm_n_heads", block->n_heads, block->head_dim, (guint) n_kv_heads);
      return FALSE;
    }

  config->n_layers = side.n_layers;
  config->vocabulary_size = n_tokens;
  config->max_positions = max_positions;
  config->last_norm = TRUE;
  config->scores = RG_SCORES_MAP;
  block->norm = RG_NORM_RMS;
  block->gated = TRUE;
  block->biases = RG_BIAS_NONE;
  block->n_kv_heads = n_kv_heads;
  block->rotary_base = base;

  return TRUE;
}

/* The n-th of the tokens that the model has of its own: the image's, the overview's where there is one, and those of places row by row
 * in a square. @key: (out): in config.json. Returns: (transfer full): as the text has it */
static char *
name_extra_token (guint n, gboolean has_overview, guint side, char **key)
{
  guint place = n - (has_overview ? 2 : 1);

  if (n == 0)
    {
      *key = g_strdup ("vlm_extra_tokens.image_token");
      return g_strdup ("<|image|>");
    }
  if (has_overview && n == 1)
    {
      *key = g_strdup ("vlm_extra_tokens.global_image_token");
      return g_strdup ("<|global_image|>");
    }
  *key = g_strdup_printf ("vlm_extra_tokens.r%uc%u", place / side + 1, place % side + 1);

  return g_strdup_printf ("<row_%u_col_%u>", place / side + 1, place % side + 1);
}

static gboolean
has_overview (const RgModelConfig *config)
{
  return strcmp (config->family->model_type, RG_FAMILY_NANO_VLM_OVERVIEW) == 0;
}

/* Tiles on a side that have tokens. */
static guint
find_side (const RgModelConfig *config)
{
  guint n_places = config->n_extra_tokens - (has_overview (config) ? 2 : 1), side = 0;

  while ((side + 1) * (side + 1) <= n_places)
    side++;

  return side;
}

static gboolean
read_extra_tokens (const RgConfig *file, RgModelConfig *config, GError **error)
{
  gint64 n = 1;

  if (strcmp (config->family->model_type, RG_FAMILY_NANO_VLM) == 0)
    return TRUE;
  if (!rg_config_get_int (file, "extra_token_amount", RG_CONFIG_OPTIONAL, has_overview (config) ? 2 : 1, MIN (MAX_EXTRA_TOKENS, config->text.vocabulary_size - 1), &n, error))
    return FALSE;
  config->n_extra_tokens = n;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = NULL, *expected = name_extra_token (i, has_overview (config), MAX (find_side (config), 1), &key);
      const char *token;

      if (!rg_config_get_string (file, key, RG_CONFIG_REQUIRED, &token, error))
        return FALSE;
      if (strcmp (token, expected) != 0)
        {
          g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: “%s” is not supported, only “%s”"), key, token, expected);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
read_nano_vlm (const RgConfig *file, RgModelConfig *config, GError **error)
{
  gint64 scale = 2, end = 0;
  gboolean has_class = FALSE;
  guint side;

  if (!read_vision (file, config, error) ||
      !read_text (file, &config->text, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "mp_pixel_shuffle_factor", 64, &scale, error) ||
      !rg_config_get_boolean (file, "vit_cls_flag", RG_CONFIG_OPTIONAL, &has_class, error) ||
      !rg_config_get_int (file, "lm_eos_token_id", RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &end, error) ||
      !read_extra_tokens (file, config, error))
    return FALSE;

  if (has_class)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: “%s” is not supported, only “%s”"), "vit_cls_flag", "true", "false");
      return FALSE;
    }

  side = config->vision.image_size / config->vision.patch_size;
  if (side % scale != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %u patches on a side do not divide into squares of %u"), side, (guint) scale);
      return FALSE;
    }

  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .merge = RG_MERGE_SHUFFLE,
    .merge_size = scale,
    .n_maps = 1,
  };
  if (config->n_extra_tokens == 0 || rg_config_has (file, "lm_eos_token_id"))
    rg_model_config_add_end (config, end);

  return TRUE;
}

/* Its values are the bytes' own, from 0 to 1. */
static gboolean
plan_view (const RgConfig *file, const RgModelConfig *config, RgPreprocessConfig *preprocess, GError **error)
{
  *preprocess = (RgPreprocessConfig){
    .image_size = config->vision.image_size,
    .patch_size = config->vision.patch_size,
    .merge_size = config->projector.merge_size,
    .n_frames = 1,
    .layout = RG_PIXEL_LAYOUT_PLANES,
    .filter = RG_FILTER_BILINEAR,
    .scale = 1 / 255.0,
    .std = { 1, 1, 1 },
  };
  rg_preprocess_config_add_step (preprocess, RG_STEP_RESIZE, config->vision.image_size);

  return TRUE;
}

static gboolean
plan_tiles (const RgConfig *file, const RgModelConfig *config, RgPreprocessConfig *preprocess, GError **error)
{
  guint tile = config->vision.image_size, side = find_side (config);
  gint64 longest = 4 * tile;
  RgPreprocessStep *step;
  gboolean grows = FALSE;

  if (!plan_view (file, config, preprocess, error) ||
      !rg_config_get_int (file, "max_img_size", RG_CONFIG_OPTIONAL, 1, 1 << 16, &longest, error) ||
      !rg_config_get_boolean (file, "resize_to_max_side_len", RG_CONFIG_OPTIONAL, &grows, error))
    return FALSE;
  if (longest % tile != 0 || longest / tile > side)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: max_img_size: %u pixels are not up to %u tiles of %u"), (guint) longest, side, tile);
      return FALSE;
    }

  preprocess->filter = RG_FILTER_BICUBIC;
  preprocess->n_steps = 0;
  step = rg_preprocess_config_add_step (preprocess, RG_STEP_COVER, tile);
  step->max_tiles = longest / tile;
  step->grows = grows;
  step = rg_preprocess_config_add_step (preprocess, RG_STEP_SPLIT, tile);
  step->overview = step->overview_first = has_overview (config);

  return TRUE;
}

/* Teaches the tokenizer what only the model knows. An answer ends with a turn, or with the text. */
static gboolean
find_tokens (RgTokenizer *tokenizer, RgModelConfig *config, GError **error)
{
  static const char *const ends[] = { "<|im_end|>", "<|endoftext|>" };
  guint32 first = config->text.vocabulary_size - config->n_extra_tokens, id;

  for (guint i = 0; i < config->n_extra_tokens; i++)
    {
      g_autofree char *key = NULL, *token = name_extra_token (i, has_overview (config), MAX (find_side (config), 1), &key);

      if (!rg_tokenizer_add_special (tokenizer, token, first + i))
        {
          g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("tokenizer.json is not the one that this model was trained with: the id %u is not free for “%s”"), first + i, token);
          return FALSE;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (rg_tokenizer_find (tokenizer, ends[i], &id))
      rg_model_config_add_end (config, id);

  return TRUE;
}

#define NANO_VLM(type, plan, finds)                                \
  {                                                                \
    .model_type = type,                                            \
    .name = "nanoVLM",                                             \
    .conversation = RG_CONVERSATION_CHAT,                          \
    .read = read_nano_vlm,                                         \
    .plan_pictures = plan,                                         \
    .find_tokens = finds,                                          \
    .vision = &vision_names,                                       \
    .projector = &projector_names,                                 \
    .text = &text_names,                                           \
    .aliases = {                                                   \
      { "decoder.head.weight", "decoder.token_embedding.weight" }, \
      { "decoder.token_embedding.weight", "decoder.head.weight" }, \
    },                                                             \
  }

const RgFamily rg_family_nano_vlm = NANO_VLM (RG_FAMILY_NANO_VLM, plan_view, NULL);
const RgFamily rg_family_nano_vlm_chat = NANO_VLM (RG_FAMILY_NANO_VLM_CHAT, plan_view, find_tokens);
const RgFamily rg_family_nano_vlm_tiles = NANO_VLM (RG_FAMILY_NANO_VLM_TILES, plan_tiles, find_tokens);
const RgFamily rg_family_nano_vlm_overview = NANO_VLM (RG_FAMILY_NANO_VLM_OVERVIEW, plan_tiles, find_tokens);
