/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/layer.h"

/* One row out of many by attention: a learned question, the probe, is asked of all rows of a picture ("multihead attention
 * pooling", Lee et al., “Set Transformer”, 2019; Zhai et al., 2022).
 *
 *   y = out (attention (probe, rows, rows));   y + mlp (norm (y))
 */

G_BEGIN_DECLS

typedef struct
{
  RgTensor probe; /* 1 × D */
  RgLinear qkv;   /* 3D × D: queries, keys, values */
  RgLinear out;   /* D × D */
  RgNorm norm;
  RgLinear up, down;
} RgAttentionPool;

/** rg_attention_pool_declare: as rg_parameters_declare(); the names are those that PyTorch's attention gives. */
void rg_attention_pool_declare (RgAttentionPool *self, gsize width, gsize mlp_width, RgParameters *parameters, const char *prefix);

/**
 * RgAttentionPoolRun:
 * @n_segments, @offsets: the pictures, see RgAttentionSpec
 * @record: (nullable): one picture only: H × 1 × rows probabilities
 */
typedef struct
{
  guint n_segments;
  const guint *offsets;
  guint n_heads;
  float epsilon;
  RgActivation activation;
  float *record;
} RgAttentionPoolRun;

/** rg_attention_pool_forward: @x: R × D. Returns: a row a picture. */
RgTensor *rg_attention_pool_forward (RgPass *pass, RgAttentionPool *self, RgTensor *x, const RgAttentionPoolRun *run);

G_END_DECLS
