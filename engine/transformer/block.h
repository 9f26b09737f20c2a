/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/layer.h"
#include "engine/transformer/repeats.h"

/* The transformer block (Vaswani et al., 2017), with optional cross-attention: the one that all encoders and decoders are
 * stacks of. With the norms first (Xiong et al., 2020), as most have them:
 *
 *   x = x + out (attention (qkv (norm (x))))
 *   x = x + cross_out (attention (cross_q (norm (x)), cross_kv (memory)))      with cross-attention
 *   x = x + down (activation (up (norm (x))))
 *
 * In some, cross-attention stands in place of self-attention, and what is added goes through learned gates, or through a norm.
 *
 * Families differ in what RgBlockConfig describes, and in the names of their tensors. */

G_BEGIN_DECLS

/**
 * RgBiases: which maps have a bias.
 */
typedef enum
{
  RG_BIAS_NONE = 0,
  RG_BIAS_QKV = 1 << 0,
  RG_BIAS_OUT = 1 << 1,
  RG_BIAS_MLP = 1 << 2,
  RG_BIAS_ALL = RG_BIAS_QKV | RG_BIAS_OUT | RG_BIAS_MLP,
  RG_BIAS_NO_KEYS = 1 << 3, /* of queries and values, but not of keys, each of which has a matrix of its own */
} RgBiases;

/**
 * RgBlockConfig:
 * @width: D, of the residual stream
 * @mlp_width: inner width of the MLP
 * @n_heads: H, heads of queries
 * @n_kv_heads: heads of keys and values, see RgAttentionSpec
 * @head_dim: width of one head
 * @cross: whether there is cross-attention to a memory
 * @cross_alone: in place of self-attention
 * @head_norms: whether queries and keys have norms, over each head by itself: those of cross-attention where there is one, else of
 *   self-attention, whose three maps then are apart
 * @out_norms: x + norm (f (norm (x))): whether what is added has a norm of its own
 * @gates: x + tanh (g) f (norm (x)), g a number that is learned for attention and one for the MLP, see rg_add_gated()
 * @memory_width: width of the memory's rows
 * @scale: of self-attention, see RgAttentionSpec
 * @window: likewise, of causal self-attention
 * @rotary_base: base of the rotary positions of self-attention, 0 for none; whoever runs the blocks makes the rotation
 * @rotary_pairs: see RgRotation.pairs
 * @rotary_sections: see RgRotary
 * @rotary_restarts: likewise
 * @rotary_stretch: likewise
 * @norm: kind of the norms
 * @epsilon: of the norms
 * @norm_last: x = norm (x + f (x)), as the first transformers had it, instead of x + f (norm (x))
 * @activation: of the MLP
 * @gated: down (activation (gate (x)) · up (x)) instead of down (activation (up (x)))
 * @biases: of both attentions and of the MLP
 */
typedef struct
{
  gsize width, mlp_width;
  guint n_heads, n_kv_heads, head_dim;
  gboolean cross, cross_alone, head_norms, out_norms, gates;
  gsize memory_width;
  float scale;
  guint window;
  float rotary_base;
  gboolean rotary_pairs;
  guint rotary_sections[RG_ROTARY_AXES];
  gboolean rotary_restarts;
  RgRotaryStretch rotary_stretch;
  RgNormKind norm;
  float epsilon;
  gboolean norm_last;
  RgActivation activation;
  gboolean gated;
  RgBiases biases;
} RgBlockConfig;

/** rg_block_config_new: as the bundled model's: as many heads of keys, layer norms first, GELU (tanh), no biases. */
RgBlockConfig rg_block_config_new (gsize width, guint n_heads, gsize mlp_width);

/** rg_block_config_equal: whether two configurations describe the same block. */
gboolean rg_block_config_equal (const RgBlockConfig *a, const RgBlockConfig *b);

/** rg_block_config_count_products: Returns: multiplications with weights that a row of the text takes. */
gsize rg_block_config_count_products (const RgBlockConfig *config);

/** rg_block_config_get_rotary: Returns: how positions turn its heads, where it has rotary positions. */
RgRotary rg_block_config_get_rotary (const RgBlockConfig *config);

/**
 * RgBlockNames: what a family calls the layers of a block.
 * @qkv: queries, keys and values; only the first where one matrix makes all three
 * @cross_kv: keys and values; only the first where one matrix makes both
 * @q_norm, @k_norm: where heads have norms
 * @out_norm, @mlp_out_norm: where what is added has a norm
 * @gate: (nullable): where the MLP is gated
 * @attention_gate, @mlp_gate: whole names behind the prefix, of RgBlockConfig.gates
 * @in_out: see rg_parameters_set_in_out()
 */
typedef struct
{
  const char *norm, *qkv[3], *out;
  const char *cross_norm, *cross_q, *cross_kv[2], *cross_out;
  const char *mlp_norm, *gate, *up, *down;
  gboolean in_out;
  const char *q_norm, *k_norm, *out_norm, *mlp_out_norm, *attention_gate, *mlp_gate;
} RgBlockNames;

/** rg_block_names: those of the bundled model. */
extern const RgBlockNames rg_block_names;

/**
 * RgBlock: the weights.
 * @qkv: @n_qkv maps side by side: (H + 2 · n_kv_heads) · head_dim × D in all
 * @cross_kv: @n_cross_kv maps side by side: 2 · n_kv_heads · head_dim × memory_width in all
 */
typedef struct
{
  RgNorm norm;
  RgLinear qkv[3], out; /* out: D × H · head_dim */
  guint n_qkv;
  RgNorm cross_norm;
  RgLinear cross_q, cross_kv[2], cross_out;
  guint n_cross_kv;
  RgNorm q_norm, k_norm; /* head_dim */
  RgNorm mlp_norm;
  RgNorm out_norm, mlp_out_norm;
  RgLinear gate, up, down;           /* mlp_width × D, mlp_width × D, D × mlp_width */
  RgTensor attention_gate, mlp_gate; /* 1 × 1 */
} RgBlock;

/** rg_block_declare: @prefix: of the names in the file, such as "text_model.layers.0". */
void rg_block_declare (RgBlock *self, const RgBlockConfig *config, const RgBlockNames *names, RgParameters *parameters, const char *prefix);

/**
 * RgBlockCache: keys and values of the text rows that were read before, (capacity) × 2 · n_kv_heads · head_dim, see kept-rows.h.
 * @n_rows: how many rows are filled
 */
typedef struct
{
  RgTensor rows;
  gsize n_rows;
} RgBlockCache;

/**
 * RgBlockNormed: what the norms behind a block's parts read, R × D each: where norms come last x + f (x), where what is added has a
 *   norm of its own f (norm (x)). Those of parts and norms that a block has not stay as they were.
 */
typedef struct
{
  RgTensor *self, *cross, *mlp;
} RgBlockNormed;

/**
 * RgBlockRun: what one run of a block works on, apart from its weights.
 * @n_segments, @offsets: the pictures or texts, see RgAttentionSpec; with a cache there is one segment
 * @causal: of self-attention
 * @mutual_first, @mutual_end: of self-attention, see RgAttentionSpec
 * @rotation: (nullable): the rows' rotary positions, for heads of this width
 * @cache: (nullable): earlier rows to attend to as well; the new rows are added
 * @memory: (nullable): (rows of all segments) × 2 · n_kv_heads · head_dim: cross-attention's keys and values from
 *   rg_block_remember(); in a block without cross-attention those of rows that self-attention finds before its own, as another
 *   run has left them in its cache, the same for all segments
 * @memory_ends: (nullable): of such rows, how many each row sees, see RgAttentionSpec.before_ends
 * @memory_offsets: (nullable): S + 1 row numbers; %NULL where all segments look at the same memory; they then have as many
 *   rows each
 * @memory_hidden: (nullable): a byte for each memory row, not 0 where it is not to be seen; S times as many where all segments
 *   look at the same memory; of the rows themselves, in a block without memory
 * @hidden_each: whether @memory_hidden has as many bytes for each row, one after the other; one segment, or the same memory for
 *   all, and not causal
 * @alike: whether @x are the rows of the first segment alone, since those of the others are the same so far. A block that looks at
 *   a memory, in which something else is hidden for each, gives the rows of all; another those of the first
 * @closed: (nullable): a byte for each row, not 0 where a block with gates adds nothing from its MLP
 * @record: (nullable): one segment: H × queries × memory rows, the memory's probabilities; in a block without cross-attention
 *   H × queries × (memory rows + keys)
 * @record_last: as in RgAttentionSpec, of @record
 * @record_grad: (nullable): one segment: the backward pass writes the loss's derivatives with respect to those
 * @self_record: (nullable): for each segment H × queries × keys, self-attention's probabilities, of a block with cross-attention or
 *   without memory
 * @self_record_grad: (nullable): one segment: as @record_grad, of @self_record
 * @normed: (out caller-allocates) (nullable): to be looked at before the pass gives tensors back
 * @walk: (nullable): of self-attention, see RgAttentionSpec; no cache, and no memory of rows before
 * @keep: (nullable): the rows whose result is wanted; all are attended to, but cross-attention and MLP, most of the work,
 *   are run for these alone, and the records of cross-attention have these rows only
 * @repeats: (nullable): which of the rows @x are alike; without @keep their queries, keys and values are made once, before the rotation
 *   tells them apart
 */
typedef struct
{
  guint n_segments;
  const guint *offsets;
  gboolean causal;
  gsize mutual_first, mutual_end;
  const RgRotation *rotation;
  RgBlockCache *cache;
  RgTensor *memory;
  const guint32 *memory_ends;
  const guint *memory_offsets;
  const guint8 *memory_hidden;
  gboolean hidden_each;
  gboolean alike;
  const guint8 *closed;
  float *record;
  gsize record_last;
  float *record_grad;
  float *self_record, *self_record_grad;
  RgBlockNormed *normed;
  const RgAttentionWalk *walk;
  const RgRowChoice *keep;
  const RgRepeats *repeats;
} RgBlockRun;

/**
 * RgStretch: some layers of a stack, for those who run it piece by piece, as when derivatives are taken of more than can be kept.
 * @x: (nullable): what goes into layer @first; %NULL to begin with what makes the rows of the first layer
 * @first, @end: layers @first … @end − 1; behind the last of all stands the stack's last norm
 */
typedef struct
{
  RgTensor *x;
  guint first, end;
} RgStretch;

/** rg_block_config_cache_width: Returns: 2 · n_kv_heads · head_dim, the width of keys and values side by side. */
gsize rg_block_config_cache_width (const RgBlockConfig *config);

/** rg_block_remember: Returns: keys and values of @memory (R × memory_width) for cross-attention, R × the cache's width. */
RgTensor *rg_block_remember (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *memory);

/** rg_block_forward: @x: R × D. Returns: R × D, or the rows to keep × D. */
RgTensor *rg_block_forward (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run);

G_END_DECLS
