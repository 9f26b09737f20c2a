/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/gguf-pair.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/families/side.h"

static const RgBlockNames vision_block_names = {
  .norm = "ln1",
  .qkv = { "attn_q", "attn_k", "attn_v" },
  .out = "attn_out",
  .mlp_norm = "ln2",
  .up = "ffn_up",
  .down = "ffn_down",
};

/* Files of older converters have the MLP's two maps the other way round. */
static const RgBlockNames older_vision_block_names = {
  .norm = "ln1",
  .qkv = { "attn_q", "attn_k", "attn_v" },
  .out = "attn_out",
  .mlp_norm = "ln2",
  .up = "ffn_down",
  .down = "ffn_up",
};

#define VISION_NAMES(block_names)     \
  {                                   \
    .prefix = "v",                    \
    .patch = "patch_embd",            \
    .places = "position_embd.weight", \
    .layers = "blk",                  \
    .last_norm = "post_ln",           \
    .block = block_names,             \
  }

static const RgVisionNames vision_names = VISION_NAMES (&vision_block_names);
static const RgVisionNames older_vision_names = VISION_NAMES (&older_vision_block_names);

static const RgProjectorNames idefics3_projector_names = {
  .prefix = "mm.model",
  .up = "fc",
};

static const RgBlockNames text_block_names = {
  .norm = "attn_norm",
  .qkv = { "attn_q", "attn_k", "attn_v" },
  .out = "attn_output",
  .mlp_norm = "ffn_norm",
  .gate = "ffn_gate",
  .up = "ffn_up",
  .down = "ffn_down",
};

static const RgTextNames text_names = {
  .prefix = "",
  .embedding = "token_embd.weight",
  .layers = "blk",
  .last_norm = "output_norm",
  .scores_map = "output",
  .block = &text_block_names,
};

#define IDEFICS3(names)                                      \
  {                                                          \
    .model_type = "idefics3",                                \
    .name = "SmolVLM",                                       \
    .conversation = RG_CONVERSATION_CHAT,                    \
    .vision = names,                                         \
    .projector = &idefics3_projector_names,                  \
    .text = &text_names,                                     \
    .aliases = { { "output.weight", "token_embd.weight" } }, \
  }

/* By clip.projector_type, today's and older files; @model_type is what a folder of the same family calls itself. */
static const RgFamily families[][2] = {
  { IDEFICS3 (&vision_names), IDEFICS3 (&older_vision_names) },
};

static gboolean
set_unsupported (const RgGguf *file, const char *what, const char *found, GError **error)
{
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: %s “%s” is not supported yet"), rg_gguf_get_name (file), what, found);

  return FALSE;
}

/* Keys of a language model begin with its architecture. */
static gboolean
get_int (const RgGguf *file, const char *architecture, const char *name, RgConfigNeed need, gint64 max, gint64 *value, GError **error)
{
  g_autofree char *key = g_strconcat (architecture, ".", name, NULL);

  return rg_gguf_get_int (file, key, need, 1, max, value, error);
}

static gboolean
get_double (const RgGguf *file, const char *architecture, const char *name, double min, double max, double *value, GError **error)
{
  g_autofree char *key = g_strconcat (architecture, ".", name, NULL);

  return rg_gguf_get_double (file, key, RG_CONFIG_OPTIONAL, min, max, value, error);
}

static gboolean
read_text (RgTextConfig *config, const RgGguf *file, GError **error)
{
  g_autofree char *architecture = NULL;
  RgSide side = { .epsilon = 1e-5, .activation = "silu" };
  gint64 n_kv_heads = 0, head_dim = 0, max_positions = 2048;
  const RgStoredTensor *words = rg_gguf_find (file, "token_embd.weight");
  double base = 10000;

  if (!rg_gguf_get_string (file, "general.architecture", RG_CONFIG_REQUIRED, &architecture, error))
    return FALSE;
  if (strcmp (architecture, "llama") != 0)
    return set_unsupported (file, _ ("the language model"), architecture, error);

  if (!get_int (file, architecture, "embedding_length", RG_CONFIG_REQUIRED, 16384, &side.width, error) ||
      !get_int (file, architecture, "feed_forward_length", RG_CONFIG_REQUIRED, 65536, &side.mlp_width, error) ||
      !get_int (file, architecture, "attention.head_count", RG_CONFIG_REQUIRED, 256, &side.n_heads, error) ||
      !get_int (file, architecture, "block_count", RG_CONFIG_REQUIRED, RG_MAX_LAYERS, &side.n_layers, error) ||
      !get_int (file, architecture, "attention.head_count_kv", RG_CONFIG_OPTIONAL, side.n_heads, &n_kv_heads, error) ||
      !get_int (file, architecture, "attention.key_length", RG_CONFIG_OPTIONAL, 1024, &head_dim, error) ||
      !get_int (file, architecture, "context_length", RG_CONFIG_OPTIONAL, 1 << 20, &max_positions, error) ||
      !get_double (file, architecture, "attention.layer_norm_rms_epsilon", 1e-12, 1, &side.epsilon, error) ||
      !get_double (file, architecture, "rope.freq_base", 1, 1e9, &base, error) ||
      !rg_side_set_block (side, architecture, &config->block, error))
    return FALSE;

  if (words == NULL || words->n_dims != 2)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: there are no word vectors (token_embd.weight)"), rg_gguf_get_name (file));
      return FALSE;
    }

  config->n_layers = side.n_layers;
  config->vocabulary_size = words->shape[0];
  config->max_positions = max_positions;
  config->last_norm = TRUE;
  config->scores = RG_SCORES_MAP;
  config->block.norm = RG_NORM_RMS;
  config->block.gated = TRUE;
  config->block.biases = RG_BIAS_NONE;
  config->block.rotary_base = base;
  config->block.rotary_pairs = TRUE;
  config->block.head_dim = head_dim > 0 ? head_dim : config->block.head_dim;
  config->block.n_kv_heads = n_kv_heads > 0 ? n_kv_heads : config->block.n_heads;
  if (config->block.n_heads % config->block.n_kv_heads == 0 && config->block.head_dim % 2 == 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u heads of width %u with %u heads of keys do not fit together"), rg_gguf_get_name (file), config->block.n_heads, config->block.head_dim, config->block.n_kv_heads);

  return FALSE;
}

static gboolean
read_activation (const RgGguf *file, const char **activation, GError **error)
{
  gboolean gelu = FALSE, silu = FALSE;

  if (!rg_gguf_get_boolean (file, "clip.use_gelu", RG_CONFIG_OPTIONAL, &gelu, error) ||
      !rg_gguf_get_boolean (file, "clip.use_silu", RG_CONFIG_OPTIONAL, &silu, error))
    return FALSE;

  *activation = gelu ? "gelu_pytorch_tanh" : silu ? "silu"
                                                  : "quick_gelu";

  return TRUE;
}

static gboolean
read_vision (RgModelConfig *config, const RgGguf *file, GError **error)
{
  RgSide side = { .epsilon = 1e-6 };
  gint64 image_size, patch_size, scale = 1;
  guint patches;

  if (!get_int (file, "clip.vision", "embedding_length", RG_CONFIG_REQUIRED, 16384, &side.width, error) ||
      !get_int (file, "clip.vision", "feed_forward_length", RG_CONFIG_REQUIRED, 65536, &side.mlp_width, error) ||
      !get_int (file, "clip.vision", "attention.head_count", RG_CONFIG_REQUIRED, 256, &side.n_heads, error) ||
      !get_int (file, "clip.vision", "block_count", RG_CONFIG_REQUIRED, RG_MAX_LAYERS, &side.n_layers, error) ||
      !get_int (file, "clip.vision", "image_size", RG_CONFIG_REQUIRED, 4096, &image_size, error) ||
      !get_int (file, "clip.vision", "patch_size", RG_CONFIG_REQUIRED, 1024, &patch_size, error) ||
      !get_int (file, "clip.vision", "projector.scale_factor", RG_CONFIG_OPTIONAL, 64, &scale, error) ||
      !get_double (file, "clip.vision", "attention.layer_norm_epsilon", 1e-12, 1, &side.epsilon, error) ||
      !read_activation (file, &side.activation, error) ||
      !rg_side_set_block (side, "clip.vision", &config->vision.block, error) ||
      !rg_side_set_patches (&config->vision, image_size, patch_size, error))
    return FALSE;

  patches = image_size / patch_size;
  if (patches % scale != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u patches on a side do not divide into squares of %u"), rg_gguf_get_name (file), patches, (guint) scale);
      return FALSE;
    }

  config->vision.n_layers = side.n_layers;
  config->vision.patch_bias = config->vision.last_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .merge = RG_MERGE_SHUFFLE,
    .merge_size = scale,
    .n_maps = 1,
  };

  return TRUE;
}

/* The first map makes rows wider: in older files it is called "down". */
static gboolean
is_older (const RgGguf *file)
{
  const RgStoredTensor *down = rg_gguf_find (file, "v.blk.0.ffn_down.weight");

  return down != NULL && down->n_dims == 2 && down->shape[0] > down->shape[1];
}

static gboolean
find_family (RgModelConfig *config, const RgGguf *file, GError **error)
{
  g_autofree char *type = NULL;

  if (!rg_gguf_get_string (file, "clip.projector_type", RG_CONFIG_REQUIRED, &type, error))
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i][0].model_type, type) == 0)
      {
        config->family = &families[i][is_older (file)];
        return TRUE;
      }

  return set_unsupported (file, _ ("the projector"), type, error);
}

static gboolean
read_end (RgModelConfig *config, const RgGguf *file, const char *key, GError **error)
{
  gint64 id = -1;

  if (!rg_gguf_get_int (file, key, RG_CONFIG_OPTIONAL, 0, config->text.vocabulary_size - 1, &id, error))
    return FALSE;
  if (id >= 0)
    rg_model_config_add_end (config, id);

  return TRUE;
}

gboolean
rg_gguf_pair_read (RgModelConfig *config, const RgGguf *text, const RgGguf *vision, GError **error)
{
  gint64 width = 0;

  *config = (RgModelConfig){ 0 };
  if (!find_family (config, vision, error) ||
      !read_text (&config->text, text, error) ||
      !read_vision (config, vision, error) ||
      !read_end (config, text, "tokenizer.ggml.eos_token_id", error) ||
      !read_end (config, text, "tokenizer.ggml.eot_token_id", error) ||
      !get_int (vision, "clip.vision", "projection_dim", RG_CONFIG_OPTIONAL, 1 << 20, &width, error))
    return FALSE;

  if (width == 0 || width == config->text.block.width)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes image tokens of width %u, but %s reads %u: these two files are not for each other"), rg_gguf_get_name (vision), (guint) width, rg_gguf_get_name (text), (guint) config->text.block.width);

  return FALSE;
}
