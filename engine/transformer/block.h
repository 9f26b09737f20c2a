/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"
#include "engine/transformer/parameters.h"

/* The transformer block, pre-norm (Vaswani et al., 2017; Xiong et al., 2020), with optional cross-attention: the one that
 * the vision encoder and the decoder are both stacks of.
 *
 *   x = x + out (attention (qkv (norm (x))))
 *   x = x + cross_out (attention (cross_q (norm (x)), cross_kv (memory)))      with cross-attention
 *   x = x + down (gelu (up (norm (x))))
 */

G_BEGIN_DECLS

/**
 * RgBlockConfig:
 * @width: D, of the residual stream
 * @n_heads: heads of both attentions, each @width / @n_heads wide
 * @mlp_width: inner width of the MLP
 * @cross: whether there is cross-attention to a memory
 * @rotary_base: base of the rotary positions of self-attention, 0 for none; whoever runs the blocks makes the rotation
 */
typedef struct
{
  gsize width, mlp_width;
  guint n_heads;
  gboolean cross;
  float rotary_base;
} RgBlockConfig;

typedef struct
{
  RgTensor norm_gain, norm_bias;             /* 1 × D */
  RgTensor qkv;                              /* 3D × D */
  RgTensor out;                              /* D × D */
  RgTensor cross_norm_gain, cross_norm_bias; /* 1 × D */
  RgTensor cross_q;                          /* D × D */
  RgTensor cross_kv;                         /* 2D × D */
  RgTensor cross_out;                        /* D × D */
  RgTensor mlp_norm_gain, mlp_norm_bias;     /* 1 × D */
  RgTensor up;                               /* mlp_width × D */
  RgTensor down;                             /* D × mlp_width */
} RgBlock;

/** rg_block_declare: @prefix: of the names in the file, such as "text_model.layers.0". */
void rg_block_declare (RgBlock *self, const RgBlockConfig *config, RgParameters *parameters, const char *prefix);

/**
 * RgBlockCache: keys and values of the text rows that were read before, (capacity) × 2D.
 * @n_rows: how many rows are filled
 */
typedef struct
{
  RgTensor rows;
  gsize n_rows;
} RgBlockCache;

/**
 * RgBlockRun: what one run of a block works on, apart from its weights.
 * @n_segments, @offsets: the pictures or texts, see RgAttentionSpec; with a cache there is one segment
 * @causal: of self-attention
 * @rotation: (nullable): the rows' rotary positions, for heads of this width
 * @cache: (nullable): earlier rows to attend to as well; the new rows are added
 * @memory: (nullable): (rows of all segments) × 2D, cross-attention's keys and values from rg_block_remember()
 * @memory_offsets: S + 1 row numbers
 * @memory_hidden: (nullable): a byte for each memory row, not 0 where cross-attention is not to see it
 * @record: (nullable): one segment: H × queries × memory rows, cross-attention's probabilities
 * @record_grad: (nullable): one segment: the backward pass writes the loss's derivatives with respect to those
 * @self_record: (nullable): one segment: H × queries × keys, self-attention's probabilities
 * @keep: (nullable): the rows whose result is wanted; all are attended to, but cross-attention and MLP, most of the work,
 *   are run for these alone, and the records of cross-attention have these rows only
 */
typedef struct
{
  guint n_segments;
  const guint *offsets;
  gboolean causal;
  const RgRotation *rotation;
  RgBlockCache *cache;
  RgTensor *memory;
  const guint *memory_offsets;
  const guint8 *memory_hidden;
  float *record;
  float *record_grad;
  float *self_record;
  const RgRowChoice *keep;
} RgBlockRun;

/** rg_block_remember: Returns: keys and values of @memory (R × D) for cross-attention, R × 2D. */
RgTensor *rg_block_remember (RgPass *pass, RgBlock *self, RgTensor *memory);

/** rg_block_forward: @x: R × D. Returns: R × D, or the rows to keep × D. */
RgTensor *rg_block_forward (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run);

G_END_DECLS
