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
  .cross_q_norm = "cross_attn.q_norm",
  .cross_k_norm = "cross_attn.k_norm",
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
  g_autofree char *later = g_strconcat ("rope_parameters.", key, NULL), *earlier = g_strconcat ("rope_scaling.", key, NULL);
  g_autofree char *later_path = rg_side_path (section, later), *path = rg_side_path (section, earlier);
  double number;

  if (!rg_config_get_double (file, rg_config_has (file, later_path) ? later_path : path, RG_CONFIG_REQUIRED, 1e-3, 1e9, &number, error))
    return FALSE;
  *value = number;

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

/* Scaled positions would be read as plain ones, and answers would go wrong without a word. */
static gboolean
read_rotation (const RgConfig *file, const char *section, const Kind *of, RgBlockConfig *block, GError **error)
{
  g_autofree char *base_path = rg_side_path (section, "rope_theta");
  g_autofree char *later_path = rg_side_path (section, "rope_parameters.rope_theta");
  g_autofree char *kind_path = rg_side_path (section, "rope_scaling.rope_type"), *later_kind_path = rg_side_path (section, "rope_parameters.rope_type");
  g_autofree char *old_kind_path = rg_side_path (section, "rope_scaling.type");
  const char *kind = "default";
  double base = 10000;

  if (!rg_config_get_double (file, base_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_double (file, later_path, RG_CONFIG_OPTIONAL, 1, 1e9, &base, error) ||
      !rg_config_get_string (file, old_kind_path, RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, kind_path, RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, later_kind_path, RG_CONFIG_OPTIONAL, &kind, error))
    return FALSE;

  block->rotary_base = base;
  if (strcmp (kind, "llama3") == 0)
    return read_stretch (file, section, &block->rotary_stretch, error);

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
