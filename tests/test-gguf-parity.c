/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/families/gguf-pair.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/weights.h"
#include "engine/model-folder.h"
#include "tests/changed-folder.h"
#include "tests/folder.h"
#include "tests/gguf-writer.h"
#include "tests/reference.h"

/* The same weights as a folder and as a pair of GGUF files, which are made here by the rules of gguf-py's tensor_mapping.py and
 * of the converters around it: both must look, read and answer alike. */

#define LONGEST 8 /* tokens of an answer */

/* How one tensor becomes another; "%u" is the number of a block.
 * @pairs: queries and keys: a head's row i and row i + half of it come to stand side by side
 * @part: one of three of equal height; -1 for all
 * @frame: of the second last but one of five dimensions, of length two; -1 for no such
 * @from_one: gains that the folder has by how much they are more than 1 */
typedef struct
{
  const char *from, *to;
  gboolean pairs;
  int part, frame;
  gboolean from_one;
} Rename;

#define TEXT_NAMES(p, turns)                                                                                                 \
  { p "embed_tokens.weight", "token_embd.weight", FALSE, -1, -1 }, { p "norm.weight", "output_norm.weight", FALSE, -1, -1 }, \
      { p "layers.%u.input_layernorm.weight", "blk.%u.attn_norm.weight", FALSE, -1, -1 },                                    \
      { p "layers.%u.post_attention_layernorm.weight", "blk.%u.ffn_norm.weight", FALSE, -1, -1 },                            \
      { p "layers.%u.self_attn.q_proj.weight", "blk.%u.attn_q.weight", turns, -1, -1 },                                      \
      { p "layers.%u.self_attn.k_proj.weight", "blk.%u.attn_k.weight", turns, -1, -1 },                                      \
      { p "layers.%u.self_attn.v_proj.weight", "blk.%u.attn_v.weight", FALSE, -1, -1 },                                      \
      { p "layers.%u.self_attn.q_proj.bias", "blk.%u.attn_q.bias", turns, -1, -1 },                                          \
      { p "layers.%u.self_attn.k_proj.bias", "blk.%u.attn_k.bias", turns, -1, -1 },                                          \
      { p "layers.%u.self_attn.v_proj.bias", "blk.%u.attn_v.bias", FALSE, -1, -1 },                                          \
      { p "layers.%u.self_attn.o_proj.weight", "blk.%u.attn_output.weight", FALSE, -1, -1 },                                 \
      { p "layers.%u.mlp.gate_proj.weight", "blk.%u.ffn_gate.weight", FALSE, -1, -1 },                                       \
      { p "layers.%u.mlp.up_proj.weight", "blk.%u.ffn_up.weight", FALSE, -1, -1 },                                           \
  {                                                                                                                          \
    p "layers.%u.mlp.down_proj.weight", "blk.%u.ffn_down.weight", FALSE, -1, -1                                              \
  }

#define BOTH(from, to) \
  { from ".weight", to ".weight", FALSE, -1, -1 }, { from ".bias", to ".bias", FALSE, -1, -1 }
#define THIRD(from, to, part) \
  { from ".weight", to ".weight", FALSE, part, -1 }, { from ".bias", to ".bias", FALSE, part, -1 }

static const Rename llava_text[] = { TEXT_NAMES ("language_model.model.", TRUE), { "language_model.lm_head.weight", "output.weight", FALSE, -1, -1 }, { NULL } };
static const Rename qwen_text[] = { TEXT_NAMES ("model.", FALSE), { "lm_head.weight", "output.weight", FALSE, -1, -1 }, { NULL } };

#define TOWER "vision_tower.vision_model."

static const Rename llava_vision[] = {
  { TOWER "embeddings.class_embedding", "v.class_embd", FALSE, -1, -1 },
  { TOWER "embeddings.patch_embedding.weight", "v.patch_embd.weight", FALSE, -1, -1 },
  { TOWER "embeddings.position_embedding.weight", "v.position_embd.weight", FALSE, -1, -1 },
  BOTH (TOWER "pre_layrnorm", "v.pre_ln"),
  BOTH (TOWER "encoder.layers.%u.layer_norm1", "v.blk.%u.ln1"),
  BOTH (TOWER "encoder.layers.%u.layer_norm2", "v.blk.%u.ln2"),
  BOTH (TOWER "encoder.layers.%u.self_attn.q_proj", "v.blk.%u.attn_q"),
  BOTH (TOWER "encoder.layers.%u.self_attn.k_proj", "v.blk.%u.attn_k"),
  BOTH (TOWER "encoder.layers.%u.self_attn.v_proj", "v.blk.%u.attn_v"),
  BOTH (TOWER "encoder.layers.%u.self_attn.out_proj", "v.blk.%u.attn_out"),
  BOTH (TOWER "encoder.layers.%u.mlp.fc1", "v.blk.%u.ffn_down"), /* as the older converters have it */
  BOTH (TOWER "encoder.layers.%u.mlp.fc2", "v.blk.%u.ffn_up"),
  BOTH ("multi_modal_projector.linear_1", "mm.0"),
  BOTH ("multi_modal_projector.linear_2", "mm.2"),
  { NULL },
};

static const Rename qwen_vision[] = {
  { "visual.patch_embed.proj.weight", "v.patch_embd.weight", FALSE, -1, 0 },
  { "visual.patch_embed.proj.weight", "v.patch_embd.weight.1", FALSE, -1, 1 },
  BOTH ("visual.blocks.%u.norm1", "v.blk.%u.ln1"),
  BOTH ("visual.blocks.%u.norm2", "v.blk.%u.ln2"),
  THIRD ("visual.blocks.%u.attn.qkv", "v.blk.%u.attn_q", 0),
  THIRD ("visual.blocks.%u.attn.qkv", "v.blk.%u.attn_k", 1),
  THIRD ("visual.blocks.%u.attn.qkv", "v.blk.%u.attn_v", 2),
  BOTH ("visual.blocks.%u.attn.proj", "v.blk.%u.attn_out"),
  BOTH ("visual.blocks.%u.mlp.fc1", "v.blk.%u.ffn_up"),
  BOTH ("visual.blocks.%u.mlp.fc2", "v.blk.%u.ffn_down"),
  BOTH ("visual.blocks.%u.mlp.gate_proj", "v.blk.%u.ffn_gate"),
  BOTH ("visual.blocks.%u.mlp.up_proj", "v.blk.%u.ffn_up"),
  BOTH ("visual.blocks.%u.mlp.down_proj", "v.blk.%u.ffn_down"),
  BOTH ("visual.merger.ln_q", "v.post_ln"),
  BOTH ("visual.merger.mlp.0", "mm.0"),
  BOTH ("visual.merger.mlp.2", "mm.2"),
  { NULL },
};

#define GAIN(from, to)                      \
  {                                         \
    from ".weight", to, FALSE, -1, -1, TRUE \
  }
#define MATRIX(from, to)              \
  {                                   \
    from ".weight", to, FALSE, -1, -1 \
  }
#define GEMMA "language_model.model."

static const Rename gemma_text[] = {
  MATRIX (GEMMA "embed_tokens", "token_embd.weight"),
  GAIN (GEMMA "norm", "output_norm.weight"),
  GAIN (GEMMA "layers.%u.input_layernorm", "blk.%u.attn_norm.weight"),
  GAIN (GEMMA "layers.%u.self_attn.q_norm", "blk.%u.attn_q_norm.weight"),
  GAIN (GEMMA "layers.%u.self_attn.k_norm", "blk.%u.attn_k_norm.weight"),
  GAIN (GEMMA "layers.%u.post_attention_layernorm", "blk.%u.post_attention_norm.weight"),
  GAIN (GEMMA "layers.%u.pre_feedforward_layernorm", "blk.%u.ffn_norm.weight"),
  GAIN (GEMMA "layers.%u.post_feedforward_layernorm", "blk.%u.post_ffw_norm.weight"),
  MATRIX (GEMMA "layers.%u.self_attn.q_proj", "blk.%u.attn_q.weight"),
  MATRIX (GEMMA "layers.%u.self_attn.k_proj", "blk.%u.attn_k.weight"),
  MATRIX (GEMMA "layers.%u.self_attn.v_proj", "blk.%u.attn_v.weight"),
  MATRIX (GEMMA "layers.%u.self_attn.o_proj", "blk.%u.attn_output.weight"),
  MATRIX (GEMMA "layers.%u.mlp.gate_proj", "blk.%u.ffn_gate.weight"),
  MATRIX (GEMMA "layers.%u.mlp.up_proj", "blk.%u.ffn_up.weight"),
  MATRIX (GEMMA "layers.%u.mlp.down_proj", "blk.%u.ffn_down.weight"),
  { NULL },
};

static const Rename gemma_vision[] = {
  BOTH (TOWER "embeddings.patch_embedding", "v.patch_embd"),
  { TOWER "embeddings.position_embedding.weight", "v.position_embd.weight", FALSE, -1, -1 },
  BOTH (TOWER "encoder.layers.%u.layer_norm1", "v.blk.%u.ln1"),
  BOTH (TOWER "encoder.layers.%u.layer_norm2", "v.blk.%u.ln2"),
  BOTH (TOWER "encoder.layers.%u.self_attn.q_proj", "v.blk.%u.attn_q"),
  BOTH (TOWER "encoder.layers.%u.self_attn.k_proj", "v.blk.%u.attn_k"),
  BOTH (TOWER "encoder.layers.%u.self_attn.v_proj", "v.blk.%u.attn_v"),
  BOTH (TOWER "encoder.layers.%u.self_attn.out_proj", "v.blk.%u.attn_out"),
  BOTH (TOWER "encoder.layers.%u.mlp.fc1", "v.blk.%u.ffn_up"),
  BOTH (TOWER "encoder.layers.%u.mlp.fc2", "v.blk.%u.ffn_down"),
  BOTH (TOWER "post_layernorm", "v.post_ln"),
  GAIN ("multi_modal_projector.mm_soft_emb_norm", "mm.soft_emb_norm.weight"),
  { "multi_modal_projector.mm_input_projection_weight", "mm.input_projection.weight", FALSE, -1, -1 },
  { NULL },
};

/* A folder, and how it becomes a pair.
 * @n_window: 0, or each so many layers of the encoder one sees the whole picture
 * @n_tokens: 0, or how many there are left of the vocabulary, without a token for images */
typedef struct
{
  const char *name, *fixture, *architecture, *projector;
  const Rename *text, *vision;
  guint n_window, n_tokens;
  gboolean is_gemma;
} Kind;

static const Kind kinds[] = {
  { "llava", "llava", "llama", "mlp", llava_text, llava_vision, 0, 0 },
  { "llava-llama-vocabulary", "llava", "llama", "mlp", llava_text, llava_vision, 0, 1276 },
  { "qwen2-vl", "qwen2-vl", "qwen2vl", "qwen2vl_merger", qwen_text, qwen_vision, 0, 0 },
  { "qwen2.5-vl", "qwen2-5-vl", "qwen2vl", "qwen2.5vl_merger", qwen_text, qwen_vision, 2, 0 },
  { "gemma3", "gemma3", "gemma3", "gemma3", gemma_text, gemma_vision, 0, 0, TRUE },
  { "gemma3-without-image-token", "gemma3", "gemma3", "gemma3", gemma_text, gemma_vision, 0, 477, TRUE },
};

/* --- tensors ---------------------------------------------------------------------------------------------------------- */

static void
turn_pairs (float *values, gsize n_rows, gsize n_cols, guint head_dim)
{
  g_autofree float *before = g_memdup2 (values, n_rows * n_cols * sizeof (float));

  for (gsize row = 0; row < n_rows; row++)
    {
      gsize i = row % head_dim, from = row - i + i % 2 * (head_dim / 2) + i / 2;

      memcpy (values + row * n_cols, before + from * n_cols, n_cols * sizeof (float));
    }
}

static void
add_renamed (GgufWriter *out, const Rename *rename, const char *name, const RgStoredTensor *tensor, guint head_dim)
{
  gsize n = rg_stored_tensor_get_n_elements (tensor), shape[RG_STORED_MAX_DIMS];
  g_autofree float *values = g_memdup2 (tensor->bytes, n * sizeof (float));
  guint n_dims = tensor->n_dims;

  g_assert_cmpint (tensor->dtype, ==, RG_DTYPE_F32);
  memcpy (shape, tensor->shape, sizeof shape);
  if (rename->pairs)
    turn_pairs (values, shape[0], n / shape[0], head_dim);
  for (gsize i = 0; rename->from_one && i < n; i++)
    values[i] += 1;
  if (rename->part >= 0)
    {
      shape[0] /= 3;
      memmove (values, values + rename->part * (n / 3), n / 3 * sizeof (float));
    }
  if (rename->frame >= 0)
    {
      gsize area = shape[3] * shape[4];

      g_assert_true (n_dims == 5 && shape[2] == 2);
      for (gsize i = 0; i < shape[0] * shape[1]; i++)
        memmove (values + i * area, values + (2 * i + rename->frame) * area, area * sizeof (float));
      n_dims = 4;
      shape[2] = shape[3];
      shape[3] = shape[4];
    }
  gguf_writer_add (out, name, shape, n_dims, values);
}

/* Returns: how many were found */
static guint
add_all (GgufWriter *out, const Rename *renames, RgWeights *weights, guint n_layers, guint head_dim)
{
  guint n = 0;

  for (const Rename *rename = renames; rename->from != NULL; rename++)
    for (guint i = 0; i < (strstr (rename->from, "%u") != NULL ? n_layers : 1); i++)
      {
        g_autofree char *from = g_strdup (rename->from), *to = g_strdup (rename->to);
        const RgStoredTensor *tensor;

        if (strstr (from, "%u") != NULL)
          {
            g_autofree char *number = g_strdup_printf ("%u", i);
            g_auto (GStrv) before = g_strsplit (from, "%u", 2), after = g_strsplit (to, "%u", 2);

            g_free (from);
            g_free (to);
            from = g_strjoinv (number, before);
            to = g_strjoinv (number, after);
          }
        tensor = rg_weights_find (weights, from);
        if (tensor == NULL)
          continue;
        add_renamed (out, rename, to, tensor, head_dim);
        n++;
      }

  return n;
}

/* --- keys ------------------------------------------------------------------------------------------------------------- */

/* Of Llama's vocabulary, or of Gemma's. */
static void
add_marks (GgufWriter *out, RgTokenizer *tokenizer)
{
  gboolean is_gemma = strcmp (rg_tokenizer_get_piece (tokenizer, 0), "<pad>") == 0;
  guint32 bos, unknown;

  g_assert_true (rg_tokenizer_find (tokenizer, is_gemma ? "<bos>" : "<s>", &bos) && rg_tokenizer_find (tokenizer, "<unk>", &unknown));
  gguf_writer_put_int (out, "tokenizer.ggml.bos_token_id", bos);
  gguf_writer_put_int (out, "tokenizer.ggml.unknown_token_id", unknown);
  if (is_gemma)
    gguf_writer_put_boolean (out, "tokenizer.ggml.add_space_prefix", FALSE);
}

static void
add_vocabulary (GgufWriter *out, const char *dir, RgTokenizer *tokenizer, guint n, gboolean is_bpe)
{
  g_autofree char *path = g_build_filename (dir, "tokenizer.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free), merges = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) ranks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gint32 *types = g_new (gint32, n);
  g_autofree float *scores = g_new (float, n);
  JsonArray *list;

  g_assert_true (json_parser_load_from_file (parser, path, NULL));
  list = json_object_get_array_member (json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)), "model"), "merges");
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      const char *merge = json_array_get_string_element (list, i);
      g_auto (GStrv) halves = g_strsplit (merge, " ", 2);
      g_autofree char *whole = g_strconcat (halves[0], halves[1], NULL);

      g_ptr_array_add (merges, g_strdup (merge));
      if (!g_hash_table_contains (ranks, whole))
        g_hash_table_insert (ranks, g_steal_pointer (&whole), GUINT_TO_POINTER (i));
    }
  for (guint id = 0; id < n; id++)
    {
      const char *piece = rg_tokenizer_get_piece (tokenizer, id);
      gboolean is_byte = strlen (piece) == 6 && g_str_has_prefix (piece, "<0x");

      g_ptr_array_add (tokens, g_strdup (piece));
      types[id] = is_byte ? 6 : strspn (piece, "\n") > 1               ? 4
                            : !rg_tokenizer_is_special (tokenizer, id) ? 1
                            : strcmp (piece, "<unk>") == 0             ? 2
                                                                       : 3;
      scores[id] = g_hash_table_contains (ranks, piece) ? -1.0f - GPOINTER_TO_UINT (g_hash_table_lookup (ranks, piece)) : -1e6f;
    }

  gguf_writer_put_text (out, "tokenizer.ggml.model", is_bpe ? "gpt2" : "llama");
  gguf_writer_put_strings (out, "tokenizer.ggml.tokens", tokens);
  gguf_writer_put_numbers (out, "tokenizer.ggml.token_type", 5, types, n);
  if (is_bpe)
    {
      gguf_writer_put_text (out, "tokenizer.ggml.pre", "qwen2");
      gguf_writer_put_strings (out, "tokenizer.ggml.merges", merges);
      gguf_writer_put_boolean (out, "tokenizer.ggml.add_bos_token", FALSE);
    }
  else
    {
      gguf_writer_put_numbers (out, "tokenizer.ggml.scores", 6, scores, n);
      add_marks (out, tokenizer);
    }
}

static void
put_number (GgufWriter *out, const char *section, const char *name, guint value)
{
  g_autofree char *key = g_strconcat (section, ".", name, NULL);

  gguf_writer_put_int (out, key, value);
}

static void
write_text (const Kind *kind, const char *dir, RgModel *model, RgWeights *weights, const char *path)
{
  const RgModelConfig *config = rg_model_get_config (model);
  const RgTextConfig *text = &config->text;
  g_autofree char *epsilon = g_strconcat (kind->architecture, ".attention.layer_norm_rms_epsilon", NULL), *base = g_strconcat (kind->architecture, ".rope.freq_base", NULL);
  GgufWriter out = gguf_writer_new ();

  gguf_writer_put_text (&out, "general.architecture", kind->architecture);
  put_number (&out, kind->architecture, "embedding_length", text->block.width);
  put_number (&out, kind->architecture, "feed_forward_length", text->block.mlp_width);
  put_number (&out, kind->architecture, "block_count", text->n_layers);
  put_number (&out, kind->architecture, "attention.head_count", text->block.n_heads);
  put_number (&out, kind->architecture, "attention.head_count_kv", text->block.n_kv_heads);
  put_number (&out, kind->architecture, "context_length", text->max_positions);
  gguf_writer_put_float (&out, epsilon, text->block.epsilon);
  gguf_writer_put_float (&out, base, text->block.rotary_base);
  if (text->block.rotary_sections[0] > 0)
    {
      const gint32 sections[4] = { text->block.rotary_sections[0], text->block.rotary_sections[1], text->block.rotary_sections[2], 0 };

      gguf_writer_put_numbers (&out, "qwen2vl.rope.dimension_sections", 5, sections, 4);
    }
  if (kind->is_gemma)
    {
      put_number (&out, "gemma3", "attention.key_length", text->block.head_dim);
      put_number (&out, "gemma3", "attention.sliding_window", text->local_window);
      put_number (&out, "gemma3", "attention.sliding_window_pattern", 3);
      gguf_writer_put_float (&out, "gemma3.rope.scaling.factor", 8);
    }
  add_vocabulary (&out, dir, rg_model_get_tokenizer (model), kind->n_tokens > 0 ? kind->n_tokens : rg_tokenizer_get_size (rg_model_get_tokenizer (model)), text->block.rotary_sections[0] > 0);
  gguf_writer_put_int (&out, "tokenizer.ggml.eos_token_id", config->ends[0]);
  g_assert_cmpuint (add_all (&out, kind->text, weights, text->n_layers, text->block.head_dim), >, 10 * text->n_layers);
  gguf_writer_finish (&out, path);
}

static void
write_vision (const Kind *kind, RgModel *model, RgWeights *weights, const char *path)
{
  static const float mean[] = { 0.48145466f, 0.4578275f, 0.40821073f }, deviation[] = { 0.26862954f, 0.26130258f, 0.27577711f };
  const RgVisionConfig *vision = &rg_model_get_config (model)->vision;
  GgufWriter out = gguf_writer_new ();

  gguf_writer_put_text (&out, "general.architecture", "clip");
  gguf_writer_put_text (&out, "clip.projector_type", kind->projector);
  gguf_writer_put_boolean (&out, "clip.use_silu", kind->n_window > 0);
  if (kind->is_gemma)
    {
      gguf_writer_put_boolean (&out, "clip.use_gelu", TRUE);
      put_number (&out, "clip.vision", "projector.scale_factor", 2);
    }
  put_number (&out, "clip.vision", "image_size", vision->image_size > 0 ? vision->image_size : 560);
  put_number (&out, "clip.vision", "patch_size", vision->patch_size);
  put_number (&out, "clip.vision", "embedding_length", vision->block.width);
  put_number (&out, "clip.vision", "feed_forward_length", 0);
  put_number (&out, "clip.vision", "block_count", vision->n_layers);
  put_number (&out, "clip.vision", "attention.head_count", vision->block.n_heads);
  put_number (&out, "clip.vision", "projection_dim", 768); /* as LLaVA's files have it, whatever the width is */
  gguf_writer_put_float (&out, "clip.vision.attention.layer_norm_epsilon", vision->block.epsilon);
  gguf_writer_put_numbers (&out, "clip.vision.image_mean", 6, mean, 3);
  gguf_writer_put_numbers (&out, "clip.vision.image_std", 6, deviation, 3);
  if (kind->n_window > 0)
    {
      put_number (&out, "clip.vision", "n_wa_pattern", kind->n_window);
      put_number (&out, "clip.vision", "window_size", vision->window * vision->block_size * vision->patch_size);
    }
  g_assert_cmpuint (add_all (&out, kind->vision, weights, vision->n_layers, 0), >, 10 * vision->n_layers);
  gguf_writer_finish (&out, path);
}

/* --- both --------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgImageState *image;
  GArray *prompt;
} Side;

/* @values: of pixels, with two frames or one */
static Side
open_side (RgModel *model, const RgPixelValues *pixels)
{
  Side self = { model, rg_pass_new (NULL, RG_PRECISION_F32) };
  g_autoptr (GError) error = NULL;

  self.image = rg_model_see (model, self.pass, pixels, NULL, NULL, &error);
  g_assert_no_error (error);
  self.prompt = rg_prompt_new (model, self.image, NULL, 0, "What color is the dog?", 12, &error);
  g_assert_no_error (error);

  return self;
}

static void
close_side (Side *self)
{
  rg_image_state_free (self->image);
  g_array_unref (self->prompt);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
}

static void
compare (Side *a, Side *b)
{
  const RgTensor *tokens[2] = { rg_image_state_get_tokens (a->image), rg_image_state_get_tokens (b->image) };
  guint n_prefix[2], n_tokens = rg_model_get_config (a->model)->text.vocabulary_size;
  const guint32 *prefixes[2] = { rg_image_state_get_prefix (a->image, &n_prefix[0]), rg_image_state_get_prefix (b->image, &n_prefix[1]) };
  g_autofree float *logits = g_new (float, n_tokens), *others = g_new (float, n_tokens);
  g_autoptr (RgTextState) text = rg_text_state_new (a->model), other = rg_text_state_new (b->model);
  const guint32 *next = (const guint32 *) a->prompt->data;
  gsize n = a->prompt->len;
  guint32 id;

  g_assert_cmpuint (tokens[0]->rows, ==, tokens[1]->rows);
  numeric_assert_same ("image tokens", tokens[1]->data, tokens[0]->data, tokens[0]->rows * tokens[0]->cols, REFERENCE_HIDDEN_BOUND);
  g_assert_cmpuint (n_prefix[0], ==, n_prefix[1]);
  for (guint i = 0; i < n_prefix[0]; i++)
    if (prefixes[0][i] != rg_model_get_config (a->model)->image_token || prefixes[1][i] != rg_model_get_config (b->model)->image_token)
      g_assert_cmpuint (prefixes[0][i], ==, prefixes[1][i]);
  g_assert_cmpmem (a->prompt->data, n * 4, b->prompt->data, b->prompt->len * 4);

  for (guint i = 0; i < LONGEST; i++)
    {
      g_assert_true (rg_model_read (a->model, a->pass, a->image, text, next, n, logits, NULL, NULL));
      g_assert_true (rg_model_read (b->model, b->pass, b->image, other, next, n, others, NULL, NULL));
      numeric_assert_same ("scores", others, logits, n_tokens, REFERENCE_LOGIT_BOUND);
      id = rg_logits_find_best (logits, n_tokens);
      g_assert_cmpuint (rg_logits_find_best (others, n_tokens), ==, id);
      next = &id;
      n = 1;
    }
}

/* Of each pair of equal frames the first. */
static float *
drop_frames (const RgPixelValues *pixels, gsize area)
{
  float *values = g_new (float, pixels->n_values / 2);

  for (gsize i = 0; i < pixels->n_values / 2; i++)
    values[i] = pixels->values[i / area * 2 * area + i % area];

  return values;
}

static RgPixelValues
get_pixels (const char *fixture, const RgNpy *npy)
{
  RgPixelValues pixels = { .n_views = 1, .width = 32, .height = 32, .values = npy->values, .n_values = npy->n_values };
  g_autoptr (JsonNode) facts = reference_json (fixture, "case0_landscape/input_ids");
  JsonObject *object = json_node_get_object (facts);

  if (json_object_has_member (object, "image_grid_thw"))
    {
      JsonArray *grid = json_array_get_array_element (json_object_get_array_member (object, "image_grid_thw"), 0);

      pixels.height = json_array_get_int_element (grid, 1) * 8;
      pixels.width = json_array_get_int_element (grid, 2) * 8;
    }

  return pixels;
}

static void
test_parity (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree char *fixture = fixture_path (kind->fixture), *folder = NULL, *pair = NULL, *text_path = NULL, *vision_path = NULL, *source = NULL;
  g_autofree float *single = NULL;
  g_autoptr (RgNpy) npy = NULL;
  g_autoptr (RgWeights) weights = NULL;
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;
  RgPixelValues pixels, other;
  RgModel *model, *same;
  Side a, b;

  if (fixture == NULL)
    return;

  folder = g_dir_make_tmp ("regard-parity-XXXXXX", NULL);
  pair = g_dir_make_tmp ("regard-parity-XXXXXX", NULL);
  text_path = g_build_filename (pair, "model.gguf", NULL);
  vision_path = g_build_filename (pair, "mmproj.gguf", NULL);
  /* Files of Gemma 3 do not tell by what scores are scaled: the head's width. */
  if (kind->is_gemma)
    changed_folder_write (fixture, folder, "config.json", "\"query_pre_attn_scalar\": 12", "\"query_pre_attn_scalar\": 16");
  source = g_build_filename (fixture, "model.safetensors", NULL);
  model = rg_model_load (kind->is_gemma ? folder : fixture, FALSE, NULL, &error);
  g_assert_no_error (error);
  weights = rg_weights_open (source, &error);
  g_assert_no_error (error);
  write_text (kind, fixture, model, weights, text_path);
  write_vision (kind, model, weights, vision_path);

  same = rg_model_folder_load (pair, NULL, &preprocess, NULL, &error);
  g_assert_no_error (error);
  npy = reference_array (fixture, "case0_landscape/pixel_values");
  pixels = other = get_pixels (fixture, npy);
  if (rg_model_get_config (same)->vision.frames_apart)
    {
      other.values = single = drop_frames (&pixels, 64);
      other.n_values /= 2;
    }
  a = open_side (model, &pixels);
  b = open_side (same, &other);
  compare (&a, &b);
  close_side (&a);
  close_side (&b);
  folder_remove (folder);
  folder_remove (pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/gguf-parity/", kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], test_parity);
    }

  return g_test_run ();
}
