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

/** rg_attention_walk_clear: the mean becomes zeros. */
void rg_attention_walk_clear (const RgAttentionSpec *spec);

/**
 * rg_attention_walk_average: what some queries of one head add to the mean; others have other rows of it.
 * @dp: (nullable): without derivatives it is of p alone
 *
 * Otherwise as rg_attention_walk_carry().
 */
void rg_attention_walk_average (const RgAttentionSpec *spec, gsize segment, gsize first, gsize n, gsize n_seen, gsize length, const float *p, const float *dp);

G_END_DECLS
