/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/gguf-pair.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/families/gemma3.h"
#include "engine/families/language-model.h"
#include "engine/families/qwen2-vl.h"
#include "engine/families/side.h"

#define WINDOW_SIZE 112 /* of Qwen2.5-VL, in pixels, where the file is silent */

/* Of Gemma 3, likewise: each so many layers, one sees all; the base of positions in the others; and how many patches on a side
 * become an image token. */
#define LOCAL_PATTERN 6
#define LOCAL_BASE 10000
#define GEMMA3_MERGE 4
#define LARGEST_LAYERS 62

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

static const RgBlockNames gated_vision_block_names = {
  .norm = "ln1",
  .qkv = { "attn_q", "attn_k", "attn_v" },
  .out = "attn_out",
  .mlp_norm = "ln2",
  .gate = "ffn_gate",
  .up = "ffn_up",
  .down = "ffn_down",
};

#define VISION_NAMES(block_names)         \
  {                                       \
    .prefix = "v",                        \
    .patch = "patch_embd",                \
    .later_patch = "patch_embd.weight.1", \
    .class_token = "class_embd",          \
    .places = "position_embd.weight",     \
    .first_norm = "pre_ln",               \
    .layers = "blk",                      \
    .last_norm = "post_ln",               \
    .block = block_names,                 \
  }

static const RgVisionNames vision_names = VISION_NAMES (&vision_block_names);
static const RgVisionNames older_vision_names = VISION_NAMES (&older_vision_block_names);
static const RgVisionNames gated_vision_names = VISION_NAMES (&gated_vision_block_names);

static const RgProjectorNames idefics3_projector_names = {
  .prefix = "mm.model",
  .up = "fc",
};

static const RgProjectorNames two_maps_names = {
  .prefix = "mm",
  .up = "0",
  .down = "2",
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

static const RgProjectorNames gemma3_projector_names = {
  .prefix = "mm",
  .merged_norm = "soft_emb_norm",
  .up = "input_projection",
  .in_out = TRUE,
};

static const RgBlockNames gemma3_block_names = {
  .norm = "attn_norm",
  .qkv = { "attn_q", "attn_k", "attn_v" },
  .q_norm = "attn_q_norm",
  .k_norm = "attn_k_norm",
  .out = "attn_output",
  .out_norm = "post_attention_norm",
  .mlp_norm = "ffn_norm",
  .gate = "ffn_gate",
  .up = "ffn_up",
  .down = "ffn_down",
  .mlp_out_norm = "post_ffw_norm",
};

static const RgTextNames gemma3_text_names = {
  .prefix = "",
  .embedding = "token_embd.weight",
  .layers = "blk",
  .last_norm = "output_norm",
  .block = &gemma3_block_names,
};

static gboolean read_sections (RgTextConfig *config, const RgGguf *file, const char *architecture, GError **error);
static gboolean read_local_layers (RgTextConfig *config, const RgGguf *file, const char *architecture, GError **error);
static gboolean finish_gemma3 (RgModelConfig *config, const RgGguf *file, GError **error);
static gboolean finish_idefics3 (RgModelConfig *config, const RgGguf *file, GError **error);
static gboolean finish_llava (RgModelConfig *config, const RgGguf *file, GError **error);
static gboolean finish_qwen2_vl (RgModelConfig *config, const RgGguf *file, GError **error);
static gboolean finish_qwen2_5_vl (RgModelConfig *config, const RgGguf *file, GError **error);

#define FAMILY(type, title, names, projector_names, texts)   \
  {                                                          \
    .model_type = type,                                      \
    .name = title,                                           \
    .conversation = RG_CONVERSATION_CHAT,                    \
    .vision = names,                                         \
    .projector = projector_names,                            \
    .text = texts,                                           \
    .aliases = { { "output.weight", "token_embd.weight" } }, \
  }

#define BOTH(type, title, projector_names, texts)                                                                                  \
  {                                                                                                                                \
    FAMILY (type, title, &vision_names, projector_names, texts), FAMILY (type, title, &older_vision_names, projector_names, texts) \
  }

/* What the second file may be.
 * @projector: its clip.projector_type
 * @families: of today's and of older files; model_type is what a folder of the same family calls itself
 * @finish: what the family has beside an encoder of the file's sizes */
static const struct
{
  const char *projector;
  RgFamily families[2];
  gboolean (*finish) (RgModelConfig *config, const RgGguf *file, GError **error);
} kinds[] = {
  { "idefics3", BOTH ("idefics3", "SmolVLM", &idefics3_projector_names, &text_names), finish_idefics3 },
  { "mlp", BOTH ("llava", "LLaVA", &two_maps_names, &text_names), finish_llava },
  { "qwen2vl_merger", BOTH ("qwen2_vl", "Qwen2-VL", &two_maps_names, &text_names), finish_qwen2_vl },
  { "qwen2.5vl_merger", { FAMILY ("qwen2_5_vl", "Qwen2.5-VL", &gated_vision_names, &two_maps_names, &text_names) }, finish_qwen2_5_vl },
  { "gemma3", BOTH ("gemma3", "Gemma 3", &gemma3_projector_names, &gemma3_text_names), finish_gemma3 },
};

/* What the first file may be, and what one of its kind has. */
static const struct
{
  const char *architecture;
  RgBiases biases;
  gboolean pairs;
  const char *activation;
  RgScores scores;
  gboolean (*read_more) (RgTextConfig *config, const RgGguf *file, const char *architecture, GError **error);
} texts[] = {
  { "llama", RG_BIAS_NONE, TRUE, "silu", RG_SCORES_MAP, NULL },
  { "qwen2vl", RG_BIAS_QKV, FALSE, "silu", RG_SCORES_MAP, read_sections },
  { "gemma3", RG_BIAS_NONE, FALSE, "gelu_pytorch_tanh", RG_SCORES_WORDS, read_local_layers },
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

/* How many pairs of a head each axis of positions turns; the last of four is another kind of model's. */
static gboolean
read_sections (RgTextConfig *config, const RgGguf *file, const char *architecture, GError **error)
{
  RgBlockConfig *block = &config->block;
  g_autofree char *key = g_strconcat (architecture, ".rope.dimension_sections", NULL);
  g_autoptr (GArray) lengths = NULL;
  guint sum = 0;

  if (!rg_gguf_get_ints (file, key, RG_CONFIG_REQUIRED, 0, 1024, RG_ROTARY_AXES + 1, &lengths, error))
    return FALSE;

  for (guint i = 0; i < MIN (lengths->len, RG_ROTARY_AXES); i++)
    sum += block->rotary_sections[i] = g_array_index (lengths, gint64, i);
  if (lengths->len >= RG_ROTARY_AXES && sum == block->head_dim / 2)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: %u sections of %u pairs in all do not fit heads of width %u"), rg_gguf_get_name (file), key, lengths->len, sum, block->head_dim);

  return FALSE;
}

/* What files of Gemma 3 do not say is the same in all of its sizes, but for what the largest, of 62 layers, scales scores by. */
static gboolean
read_local_layers (RgTextConfig *config, const RgGguf *file, const char *architecture, GError **error)
{
  RgBlockConfig *block = &config->block;
  gint64 window = 1024, pattern = LOCAL_PATTERN;
  double factor = 1;

  /* Small models made for tests may say it; of later families' files that is a list, which need not be read. */
  get_int (file, architecture, "attention.sliding_window_pattern", RG_CONFIG_OPTIONAL, RG_MAX_LAYERS, &pattern, NULL);
  if (!get_int (file, architecture, "attention.sliding_window", RG_CONFIG_OPTIONAL, 1 << 20, &window, error) ||
      !get_double (file, architecture, "rope.scaling.factor", 1e-3, 1e9, &factor, error))
    return FALSE;

  if (factor != 1)
    rg_rotary_stretch_evenly (&block->rotary_stretch, factor);
  for (guint i = 0; i < config->n_layers; i++)
    if ((i + 1) % pattern != 0)
      config->local_layers |= (guint64) 1 << i;
  rg_gemma3_set_block (config, config->n_layers == LARGEST_LAYERS ? block->width / block->n_heads : block->head_dim, window, LOCAL_BASE);

  return TRUE;
}

/* @kind: (out): which of the texts */
static gboolean
find_text (const RgGguf *file, char **architecture, guint *kind, GError **error)
{
  if (!rg_gguf_get_string (file, "general.architecture", RG_CONFIG_REQUIRED, architecture, error))
    return FALSE;

  for (*kind = 0; *kind < G_N_ELEMENTS (texts); (*kind)++)
    if (strcmp (texts[*kind].architecture, *architecture) == 0)
      return TRUE;

  return set_unsupported (file, _ ("the language model"), *architecture, error);
}

static gboolean
read_text (RgTextConfig *config, const RgGguf *file, GError **error)
{
  g_autofree char *architecture = NULL;
  RgSide side = { .epsilon = 1e-5 };
  gint64 n_kv_heads = 0, head_dim = 0, max_positions = 2048;
  const RgStoredTensor *words = rg_gguf_find (file, "token_embd.weight");
  double base = 10000;
  guint kind;

  if (!find_text (file, &architecture, &kind, error))
    return FALSE;

  side.activation = texts[kind].activation;
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
  config->scores = texts[kind].scores;
  config->block.norm = RG_NORM_RMS;
  config->block.gated = TRUE;
  config->block.biases = texts[kind].biases;
  config->block.rotary_base = base;
  config->block.rotary_pairs = texts[kind].pairs;
  config->block.head_dim = head_dim > 0 ? head_dim : config->block.head_dim;
  config->block.n_kv_heads = n_kv_heads > 0 ? n_kv_heads : config->block.n_heads;
  if (config->block.n_heads % config->block.n_kv_heads == 0 && config->block.head_dim % 2 == 0)
    return texts[kind].read_more == NULL || texts[kind].read_more (config, file, architecture, error);

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

/* The MLP's inner width is what its maps have: older files do not say it. */
static gint64
find_mlp_width (const RgGguf *file, gint64 width)
{
  const RgStoredTensor *up = rg_gguf_find (file, "v.blk.0.ffn_up.weight");

  return up != NULL && up->n_dims == 2 ? MIN (rg_stored_tensor_get_n_elements (up) / width, 65536) : 0;
}

static gboolean
read_vision (RgModelConfig *config, const RgGguf *file, GError **error)
{
  RgSide side = { .epsilon = 1e-6 };
  gint64 patch_size;

  if (!get_int (file, "clip.vision", "embedding_length", RG_CONFIG_REQUIRED, 16384, &side.width, error) ||
      !get_int (file, "clip.vision", "attention.head_count", RG_CONFIG_REQUIRED, 256, &side.n_heads, error) ||
      !get_int (file, "clip.vision", "block_count", RG_CONFIG_REQUIRED, RG_MAX_LAYERS, &side.n_layers, error) ||
      !get_int (file, "clip.vision", "patch_size", RG_CONFIG_REQUIRED, 256, &patch_size, error) ||
      !get_double (file, "clip.vision", "attention.layer_norm_epsilon", 1e-12, 1, &side.epsilon, error) ||
      !read_activation (file, &side.activation, error))
    return FALSE;

  side.mlp_width = find_mlp_width (file, side.width);
  if (side.mlp_width == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the vision encoder has no blocks (v.blk.0.ffn_up.weight)"), rg_gguf_get_name (file));
      return FALSE;
    }

  config->vision.n_layers = side.n_layers;
  config->vision.patch_size = patch_size;

  return rg_side_set_block (side, "clip.vision", &config->vision.block, error);
}

/* --- what a family has ---------------------------------------------------------------------------------------------- */

static gboolean
read_image_size (RgModelConfig *config, const RgGguf *file, GError **error)
{
  gint64 image_size;

  return get_int (file, "clip.vision", "image_size", RG_CONFIG_REQUIRED, 4096, &image_size, error) &&
         rg_side_set_patches (&config->vision, image_size, config->vision.patch_size, error);
}

static gboolean
finish_idefics3 (RgModelConfig *config, const RgGguf *file, GError **error)
{
  gint64 scale = 1;
  guint patches;

  if (!read_image_size (config, file, error) ||
      !get_int (file, "clip.vision", "projector.scale_factor", RG_CONFIG_OPTIONAL, 64, &scale, error))
    return FALSE;

  patches = config->vision.image_size / config->vision.patch_size;
  if (patches % scale != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u patches on a side do not divide into squares of %u"), rg_gguf_get_name (file), patches, (guint) scale);
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

  return TRUE;
}

static gboolean
finish_gemma3 (RgModelConfig *config, const RgGguf *file, GError **error)
{
  gint64 scale = GEMMA3_MERGE;
  guint side;

  if (!read_image_size (config, file, error) ||
      !get_int (file, "clip.vision", "projector.scale_factor", RG_CONFIG_OPTIONAL, 64, &scale, error))
    return FALSE;
  side = config->vision.image_size / config->vision.patch_size / scale;

  return rg_gemma3_connect (config, RG_NORM_RMS, side * side, rg_gguf_get_name (file), error);
}

/* Blocks behind the layer whose rows are taken are in few files, and are counted in none. */
static gboolean
finish_llava (RgModelConfig *config, const RgGguf *file, GError **error)
{
  const char *layer_key = "clip.vision.feature_layer";
  g_autoptr (GArray) layers = NULL;

  if (!read_image_size (config, file, error) ||
      (rg_gguf_has (file, layer_key) && !rg_gguf_get_ints (file, layer_key, RG_CONFIG_REQUIRED, 1, config->vision.n_layers, 1, &layers, error)))
    return FALSE;
  if (rg_gguf_find (file, "mm.1.weight") != NULL || rg_gguf_find (file, "model.image_newline") != NULL)
    return set_unsupported (file, _ ("the projector"), "LLaVA 1.6, Yi", error);

  if (layers != NULL && layers->len > 0)
    config->vision.n_layers = g_array_index (layers, gint64, 0);
  config->vision.class_token = config->vision.first_norm = TRUE;
  config->projector = (RgProjectorConfig){
    .in_width = config->vision.block.width,
    .out_width = config->text.block.width,
    .skip_class = TRUE,
    .merge_size = 1,
    .n_maps = 2,
    .bias = TRUE,
    .activation = RG_ACTIVATION_GELU_ERF,
  };

  return TRUE;
}

static gboolean
finish_qwen2_vl (RgModelConfig *config, const RgGguf *file, GError **error)
{
  gint64 block_size = 2;

  if (!get_int (file, "clip.vision", "spatial_merge_size", RG_CONFIG_OPTIONAL, 16, &block_size, error))
    return FALSE;

  config->vision.block_size = block_size;
  config->vision.n_frames = 1;
  config->vision.frames_apart = TRUE;

  return rg_qwen2_vl_connect (config, config->text.block.width, rg_gguf_get_name (file), error);
}

/* Each so many layers, one sees the whole picture. */
static gboolean
finish_qwen2_5_vl (RgModelConfig *config, const RgGguf *file, GError **error)
{
  gint64 pattern, window_size = WINDOW_SIZE;
  RgVisionConfig *vision = &config->vision;

  if (!get_int (file, "clip.vision", "n_wa_pattern", RG_CONFIG_REQUIRED, RG_MAX_LAYERS, &pattern, error) ||
      !get_int (file, "clip.vision", "window_size", RG_CONFIG_OPTIONAL, 4096, &window_size, error) ||
      !finish_qwen2_vl (config, file, error))
    return FALSE;

  vision->block.norm = RG_NORM_RMS;
  vision->block.gated = TRUE;
  for (guint i = pattern - 1; i < vision->n_layers; i += pattern)
    vision->whole_layers |= (guint64) 1 << i;
  vision->window = window_size / vision->block_size / vision->patch_size;
  if (vision->window > 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: windows of %u pixels have no room for %u patches of %u"), rg_gguf_get_name (file), (guint) window_size, vision->block_size, vision->patch_size);

  return FALSE;
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

/* The first map makes rows wider: in older files it is called "down". */
static gboolean
is_older (const RgGguf *file)
{
  const RgStoredTensor *down = rg_gguf_find (file, "v.blk.0.ffn_down.weight");

  return down != NULL && down->n_dims == 2 && down->shape[0] > down->shape[1];
}

/* Returns: which of the kinds, or their number */
static guint
find_kind (const RgGguf *file, GError **error)
{
  const char *key = rg_gguf_has (file, "clip.projector_type") ? "clip.projector_type" : "clip.vision.projector_type";
  g_autofree char *projector = NULL;
  guint kind = 0;

  if (!rg_gguf_get_string (file, key, RG_CONFIG_REQUIRED, &projector, error))
    return G_N_ELEMENTS (kinds);

  while (kind < G_N_ELEMENTS (kinds) && strcmp (kinds[kind].projector, projector) != 0)
    kind++;
  if (kind == G_N_ELEMENTS (kinds))
    set_unsupported (file, _ ("the projector"), projector, error);

  return kind;
}

/* The last map's height, before what the file says: files of LLaVA say another model's. */
guint
rg_gguf_pair_get_token_width (const RgGguf *vision)
{
  static const char *const maps[] = { "mm.2.weight", "mm.model.fc.weight" };
  const RgStoredTensor *turned = rg_gguf_find (vision, "mm.input_projection.weight");
  gint64 width = 0;

  if (turned != NULL && turned->n_dims == 2 && turned->shape[1] <= G_MAXUINT)
    return turned->shape[1];
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      const RgStoredTensor *map = rg_gguf_find (vision, maps[i]);

      if (map != NULL && map->n_dims == 2 && map->shape[0] <= G_MAXUINT)
        return map->shape[0];
    }

  return get_int (vision, "clip.vision", "projection_dim", RG_CONFIG_OPTIONAL, 1 << 20, &width, NULL) ? width : 0;
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
  guint kind = find_kind (vision, error), width = rg_gguf_pair_get_token_width (vision);

  *config = (RgModelConfig){ 0 };
  if (kind == G_N_ELEMENTS (kinds) ||
      !read_text (&config->text, text, error) ||
      !read_vision (config, vision, error) ||
      !kinds[kind].finish (config, vision, error) ||
      !read_end (config, text, "tokenizer.ggml.eos_token_id", error) ||
      !read_end (config, text, "tokenizer.ggml.eot_token_id", error))
    return FALSE;

  config->family = &kinds[kind].families[kinds[kind].families[1].vision != NULL && is_older (vision)];
  if (width == 0 || width == config->text.block.width)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes image tokens of width %u, but %s reads %u: these two files are not for each other"), rg_gguf_get_name (vision), width, rg_gguf_get_name (text), (guint) config->text.block.width);

  return FALSE;
}
