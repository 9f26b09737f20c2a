/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"

/* Attention of a single query to many keys: what every word of an answer costs behind a long text. Only attention.c uses it. */

G_BEGIN_DECLS

/**
 * rg_attention_row: as rg_attention(), of one segment with one query
 *
 * All heads are computed chunk by chunk of the keys, so that each of them comes from memory once, each chunk with a softmax of its
 * own; what they give is weighted at the end (Dao, “FlashAttention-2”, 2023, §3; Milakov and Gimelshein, “Online normalizer
 * calculation for softmax”, 2018). Single precision whatever the pass says.
 *
 * @q: the query, H · head_dim
 * @first_seen, @end_seen: the first key that it sees, those before counted, and the one behind the last
 * @n_keys: keys in all, as many as a row of the record has
 * @y: (out): H · head_dim
 */
void rg_attention_row (RgPass *pass, const float *q, RgView k, RgView v, const RgAttentionSpec *spec, gsize first_seen, gsize end_seen, gsize n_keys, float *y);

G_END_DECLS
