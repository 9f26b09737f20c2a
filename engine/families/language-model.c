/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/language-model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

const RgBlockNames rg_language_block_names = {
  .norm = "input_layernorm",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .out = "self_attn.o_proj",
  .mlp_norm = "post_attention_layernorm",
  .gate = "mlp.gate_proj",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
};

const RgBlockNames rg_language_looking_names = {
  .cross_norm = "input_layernorm",
  .cross_q = "cross_attn.q_proj",
  .cross_kv = { "cross_attn.k_proj", "cross_attn.v_proj" },
  .cross_out = "cross_attn.o_proj",
  .q_norm = "cross_attn.q_norm",
  .k_norm = "cross_attn.k_norm",
  .mlp_norm = "post_attention_layernorm",
  .gate = "mlp.gate_proj",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
  .attention_gate = "cross_attn_attn_gate",
  .mlp_gate = "cross_attn_mlp_gate",
};

/* What the original code takes where config.json is silent.
 * @activation: its key
 * @n_kv_heads, @head_dim: 0 for as many heads, and the width divided by them */
typedef struct
{
  const char *model_type;
  RgSide side;
  gint64 n_kv_heads, head_dim, n_tokens, max_positions;
  RgBiases biases;
  const char *activation;
  RgNormKind norm;
  RgScores scores;
  gboolean in_sections; /* positions of three axes, see text-positions.h */
  double rotary_base;   /* 0 for 10000 */
} Kind;

static const Kind kinds[] = {
  { "llama", { 4096, 11008, 32, 32, 1e-6, "silu" }, 0, 0, 32000, 2048, RG_BIAS_NONE, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, FALSE },
  { "mllama_text_model", { 4096, 14336, 32, 40, 1e-5, "silu" }, 8, 0, 128256, 131072, RG_BIAS_NONE, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, FALSE },
  { "mistral", { 4096, 14336, 32, 32, 1e-6, "silu" }, 8, 0, 32000, 131072, RG_BIAS_NONE, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, FALSE },
  { "qwen2", { 4096, 22016, 32, 32, 1e-6, "silu" }, 32, 0, 151936, 32768, RG_BIAS_QKV, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, FALSE },
  { "qwen2_vl", { 8192, 29568, 64, 80, 1e-5, "silu" }, 0, 0, 152064, 32768, RG_BIAS_QKV, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, TRUE },
  { "qwen2_vl_text", { 8192, 29568, 64, 80, 1e-5, "silu" }, 0, 0, 152064, 32768, RG_BIAS_QKV, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, TRUE },
  { "qwen2_5_vl", { 8192, 29568, 64, 80, 1e-5, "silu" }, 0, 0, 152064, 32768, RG_BIAS_QKV, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, TRUE },
  { "qwen2_5_vl_text", { 8192, 29568, 64, 80, 1e-5, "silu" }, 0, 0, 152064, 32768, RG_BIAS_QKV, "hidden_act", RG_NORM_RMS, RG_SCORES_MAP, TRUE },
};

/* What the files say of "hidden_act" is left over from other models. */
static const Kind gemma = { "gemma", { 3072, 24576, 16, 28, 1e-6, "gelu_pytorch_tanh" }, 16, 256, 256000, 8192, RG_BIAS_NONE, "hidden_activation", RG_NORM_RMS_FROM_ONE, RG_SCORES_WORDS };

static const Kind gemma3 = { "gemma3_text", { 2304, 9216, 8, 26, 1e-6, "gelu_pytorch_tanh" }, 4, 256, 262208, 131072, RG_BIAS_NONE, "hidden_activation", RG_NORM_RMS_FROM_ONE, RG_SCORES_WORDS, FALSE, 1e6 };

static const Kind *
find_kind (const RgConfig *file, const char *section, GError **error)
{
  g_autofree char *path = rg_side_path (section, "model_type");
  const char *model_type = "llama";

  if (!rg_config_get_string (file, path, RG_CONFIG_OPTIONAL, &model_type, error))
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].model_type, model_type) == 0)
      return &kinds[i];

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: language models of the type “%s” are not supported yet"), section, model_type);

  return NULL;
}

/* How many pairs of a head each axis of positions turns. */
static gboolean
read_sections (const RgConfig *file, const char *section, RgBlockConfig *block, GError **error)
{
  g_autofree char *later_path = rg_side_path (section, "rope_parameters.mrope_section"), *path = rg_side_path (section, "rope_scaling.mrope_section");
  g_autoptr (GArray) lengths = NULL;
  guint sum = 0;

  if (!rg_config_get_ints (file, rg_config_has (file, later_path) ? later_path : path, RG_CONFIG_REQUIRED, 1, 1024, RG_ROTARY_AXES, &lengths, error))
    return FALSE;

  for (guint i = 0; i < lengths->len; i++)
    sum += block->rotary_sections[i] = g_array_index (lengths, gint64, i);
  if (lengths->len == RG_ROTARY_AXES && sum == block->head_dim / 2)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: %u sections of %u pairs in all do not fit heads of width %u"), path, lengths->len, sum, block->head_dim);

  return FALSE;
}

static gboolean
read_stretch_part (const RgConfig *file, const char *section, const char *key, float *value, GError **error)
{
  static const char *const objects[] = { "rope_parameters.full_attention.", "rope_parameters.", "rope_scaling." };
  double number;

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      g_autofree char *full = g_strconcat (objects[i], key, NULL), *path = rg_side_path (section, full);

      if (i + 1 < G_N_ELEMENTS (objects) && !rg_config_has (file, path))
        continue;
      if (!rg_config_get_double (file, path, RG_CONFIG_REQUIRED, 1e-3, 1e9, &number, error))
        return FALSE;
      *value = number;
      break;
    }

  return TRUE;
}

/* Llama 3's way of reading longer texts than it was first trained with. */
static gboolean
read_stretch (const RgConfig *file, const char *section, RgRotaryStretch *stretch, GError **error)
{
  if (!read_stretch_part (file, section, "factor", &stretch->factor, error) ||
      !read_stretch_part (file, section, "low_freq_factor", &stretch->low, error) ||
      !read_stretch_part (file, section, "high_freq_factor", &stretch->high, error) ||
      !read_stretch_part (file, section, "original_max_position_embeddings", &stretch->length, error))
    return FALSE;
  if (stretch->high > stretch->low)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: high_freq_factor must be more than low_freq_factor"), section);

  return FALSE;
}

static gboolean
read_even_stretch (const RgConfig *file, const char *section, RgRotaryStretch *stretch, GError **error)
{
  float factor;

  if (!read_stretch_part (file, section, "factor", &factor, error))
    return FALSE;
  rg_rotary_stretch_evenly (stretch, factor);

  return TRUE;
}

/* Scaled positions would be read as plain ones, and answers would go wrong without a word. */
static gboolean
read_rotation (const RgConfig *file, const char *section, const Kind *of, RgBlockConfig *block, GError **error)
{
  g_autofree char *base_path = rg_side_path (section, "rope_theta");
  g_autofree char *later_path = rg_side_path (section, "rope_parameters.rope_theta"), *latest_path = rg_side_path (section, "rope_parameters.full_attention.rope_theta");
  g_autofree char *kind_path = rg_side_path (section, "rope_scaling.rope_type"), *later_kind_path = rg_side_path (section, "rope_parameters.rope_type");
  g_autofree char *latest_kind_path = rg_side_path (section, "rope_parameters.full_attention.rope_type");
  g_autofree char *old_kind_path = rg_side_path (section, "rope_scaling.type");
  const char *kind = "default";
  double base = of->rotary_base > 0 ? of->rotary_base : 10000;

  if (!rg_config_get_double (file, base_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_double (file, later_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_double (file, latest_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_string (file, old_kind_path, RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, kind_path, RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, later_kind_path, RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, latest_kind_path, RG_CONFIG_OPTIONAL, &kind, error))
    return FALSE;

  block->rotary_base = base;
  if (strcmp (kind, "llama3") == 0)
    return read_stretch (file, section, &block->rotary_stretch, error);
  if (strcmp (kind, "linear") == 0)
    return read_even_stretch (file, section, &block->rotary_stretch, error);

  if (strcmp (kind, "default") != 0 && !(of->in_sections && strcmp (kind, "mrope") == 0))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: positions scaled by “%s” are not supported yet"), kind_path, kind);
      return FALSE;
    }

  return TRUE;
}

/* Qwen's models may look at nearby tokens only, but those that were released do not. */
static gboolean
check_window (const RgConfig *file, const char *section, GError **error)
{
  g_autofree char *path = rg_side_path (section, "use_sliding_window");
  gboolean uses = FALSE;

  if (!rg_config_get_boolean (file, path, RG_CONFIG_OPTIONAL, &uses, error))
    return FALSE;
  if (!uses)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: attention to nearby tokens alone is not supported yet"), path);

  return FALSE;
}

static gboolean
read_kind (const RgConfig *file, const char *section, const Kind *kind, RgTextConfig *config, GError **error)
{
  g_autofree char *heads_path = rg_side_path (section, "num_attention_heads");
  g_autofree char *epsilon_path = rg_side_path (section, "rms_norm_eps");
  g_autofree char *activation_path = rg_side_path (section, kind->activation);
  gint64 n_kv_heads = kind->n_kv_heads, head_dim = kind->head_dim, n_tokens = kind->n_tokens, max_positions = kind->max_positions;
  RgBlockConfig *block = &config->block;
  RgSide side = kind->side;

  if (!rg_side_get_int (file, section, "hidden_size", 16384, &side.width, error) ||
      !rg_side_get_int (file, section, "intermediate_size", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, section, "num_attention_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, section, "num_hidden_layers", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_side_get_int (file, section, "num_key_value_heads", 256, &n_kv_heads, error) ||
      !rg_side_get_int (file, section, "head_dim", 1024, &head_dim, error) ||
      !rg_side_get_int (file, section, "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, section, "max_position_embeddings", 1 << 20, &max_positions, error) ||
      !rg_config_get_double (file, epsilon_path, RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_config_get_string (file, activation_path, RG_CONFIG_OPTIONAL, &side.activation, error) ||
      !rg_side_set_block (side, section, block, error) ||
      !read_rotation (file, section, kind, block, error) ||
      !check_window (file, section, error))
    return FALSE;

  config->n_layers = side.n_layers;
  config->vocabulary_size = n_tokens;
  config->max_positions = max_positions;
  config->last_norm = TRUE;
  config->scores = kind->scores;
  block->norm = kind->norm;
  block->gated = TRUE;
  block->biases = kind->biases;
  block->head_dim = head_dim > 0 ? head_dim : block->head_dim;
  block->n_kv_heads = n_kv_heads > 0 ? n_kv_heads : block->n_heads;
  if (block->n_heads % block->n_kv_heads != 0 || block->head_dim % 2 != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: %u heads of width %u with %u heads of keys do not fit together"), heads_path, block->n_heads, block->head_dim, block->n_kv_heads);
      return FALSE;
    }

  return !kind->in_sections || read_sections (file, section, block, error);
}

gboolean
rg_language_model_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error)
{
  const Kind *kind = find_kind (file, section, error);

  return kind != NULL && read_kind (file, section, kind, config, error);
}

gboolean
rg_gemma_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error)
{
  if (!rg_side_check_type (file, section, "gemma", error) || !read_kind (file, section, &gemma, config, error))
    return FALSE;

  config->word_scale = sqrtf (config->block.width);

  return TRUE;
}

/* Which layers see nearby tokens alone: told of each, or all but each so-and-so-manieth. */
static gboolean
read_local_layers (const RgConfig *file, const char *section, RgTextConfig *config, GError **error)
{
  g_autofree char *types_path = rg_side_path (section, "layer_types");
  gint64 pattern = 6;

  if (!rg_side_get_int (file, section, "sliding_window_pattern", RG_MAX_LAYERS, &pattern, error) ||
      !rg_side_get_int (file, section, "_sliding_window_pattern", RG_MAX_LAYERS, &pattern, error))
    return FALSE;

  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s[%u]", types_path, i);
      const char *type = (i + 1) % pattern != 0 ? "sliding_attention" : "full_attention";

      if (!rg_config_get_string (file, path, rg_config_get_length (file, types_path) > 0 ? RG_CONFIG_REQUIRED : RG_CONFIG_OPTIONAL, &type, error))
        return FALSE;
      if (strcmp (type, "sliding_attention") == 0)
        config->local_layers |= (guint64) 1 << i;
    }

  return TRUE;
}

/* What would change every score, and released models have not. */
static gboolean
check_caps (const RgConfig *file, const char *section, GError **error)
{
  static const char *const keys[] = { "attn_logit_softcapping", "final_logit_softcapping" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *path = rg_side_path (section, keys[i]);

      if (rg_config_has (file, path))
        {
          g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: caps on scores are not supported yet"), path);
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
rg_gemma3_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error)
{
  g_autofree char *base_path = rg_side_path (section, "rope_local_base_freq"), *later_base_path = rg_side_path (section, "rope_parameters.sliding_attention.rope_theta");
  gint64 scale = 256, window = 4096;
  double base = 10000;

  if (!rg_side_check_type (file, section, gemma3.model_type, error) ||
      !read_kind (file, section, &gemma3, config, error) ||
      !check_caps (file, section, error) ||
      !rg_side_get_int (file, section, "query_pre_attn_scalar", 1 << 16, &scale, error) ||
      !rg_side_get_int (file, section, "sliding_window", 1 << 20, &window, error) ||
      !rg_config_get_double (file, base_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_double (file, later_base_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !read_local_layers (file, section, config, error))
    return FALSE;

  rg_gemma3_set_block (config, scale, window, base);

  return TRUE;
}

void
rg_gemma3_set_block (RgTextConfig *config, guint scale, guint window, double local_base)
{
  config->word_scale = sqrtf (config->block.width);
  config->block.scale = 1 / sqrtf (scale);
  config->block.head_norms = config->block.out_norms = TRUE;
  config->local_window = window;
  config->local_rotary_base = local_base;
}
