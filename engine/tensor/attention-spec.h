/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"

/* What follows from an RgAttentionSpec, for the files that compute attention. */

G_BEGIN_DECLS

/** rg_attention_get_n_kv_heads: Returns: heads of keys and values. */
guint rg_attention_get_n_kv_heads (const RgAttentionSpec *spec);

/** rg_attention_get_group: Returns: how many heads of queries share one of keys and values. */
guint rg_attention_get_group (const RgAttentionSpec *spec);

/** rg_attention_get_scale: Returns: what scores are multiplied with. */
float rg_attention_get_scale (const RgAttentionSpec *spec);

/** rg_attention_count_keys: Returns: the keys of a segment, those before counted. */
gsize rg_attention_count_keys (const RgAttentionSpec *spec, guint segment);

/** rg_attention_find_row: Returns: which row of its segment's text a query is, both by number in the segment. */
gsize rg_attention_find_row (const RgAttentionSpec *spec, guint segment, gsize query);

/** rg_attention_find_own_key: Returns: of the segment's keys that of the same row of the text as a query of it, by number. */
gsize rg_attention_find_own_key (const RgAttentionSpec *spec, guint segment, gsize query);

/** RG_ATTENTION_BLOCK: as many queries of a head are computed together, about: their scores stay in the core's cache. */
#define RG_ATTENTION_BLOCK 64

/** rg_attention_count_blocks: Returns: of so many queries. */
gsize rg_attention_count_blocks (gsize n_queries);

/** rg_attention_get_block: Returns: the size of each of @n_blocks of them but the last, at most %RG_SOFTMAX_MAX_ROWS. */
gsize rg_attention_get_block (gsize n_queries, gsize n_blocks);

/**
 * rg_attention_is_filled: whether the heads together write every derivative of @tensor once, so that it need not be cleared first:
 *   queries, keys and values are often all there is of the product they come from
 */
gboolean rg_attention_is_filled (const RgAttentionSpec *spec, RgView q, RgView k, RgView v, const RgTensor *tensor);

G_END_DECLS
