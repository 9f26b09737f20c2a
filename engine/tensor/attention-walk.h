/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"

/* Relevancy on its way back through attention, see RgAttentionWalk. Heads are done at the same time and each reads what the rows
 * had before; so every head of keys has numbers of its own to add to, which the rows get when all are done. */

G_BEGIN_DECLS

/** rg_attention_walk_begin: Returns: (transfer full): zeros: heads of keys × rows */
double *rg_attention_walk_begin (const RgAttentionSpec *spec) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_attention_walk_carry: from some queries of a head to the keys that they see.
 * @group: the head of keys, counted through all segments
 * @first, @n: queries of the segment
 * @n_seen: keys that any of them sees
 * @length: from one row of @p and of @dp to the next
 * @p, @dp: probabilities, and the derivatives with respect to them
 * @carried: (inout)
 */
void rg_attention_walk_carry (const RgAttentionSpec *spec, gsize group, gsize first, gsize n, gsize n_seen, gsize length, const float *p, const float *dp, double *carried);

/** rg_attention_walk_end: @carried: (transfer full). */
void rg_attention_walk_end (const RgAttentionSpec *spec, double *carried);

G_END_DECLS
