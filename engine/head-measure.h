/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/token-list.h"

/* Which of a model's heads did it? For one word of an answer, each layer's heads measured one by one: how much of its
 * attention a head gave to the picture, how sharply, and how much of it to a box. Main thread, as the tokens are. */

G_BEGIN_DECLS

/**
 * RgHeadMeasure:
 * @share: of the head's attention on the picture, 0 … 1; the largest of the word's tokens
 * @sharpness: of its map, see rg_head_get_sharpness()
 * @inside: share of its attention in the box, 0 … 1: @share times the share of its map there
 */
typedef struct
{
  guint layer, head;
  double share, sharpness, inside;
} RgHeadMeasure;

/**
 * RgHeadOrder: largest first; heads that are equal stay in the model's order.
 * @RG_HEAD_ORDER_PLACE: the model's own order, from the first layer on
 */
typedef enum
{
  RG_HEAD_ORDER_PLACE,
  RG_HEAD_ORDER_SHARE,
  RG_HEAD_ORDER_SHARPNESS,
  RG_HEAD_ORDER_INSIDE,
  RG_N_HEAD_ORDERS
} RgHeadOrder;

/**
 * rg_head_get_sharpness:
 * @map: (array length=n_patches): 0 or more
 *
 * Returns: 1 − H / log n_patches, H the entropy of @map as a distribution: 0 where all patches are equal, 1 where there is but
 *   one; 0 for a map of nothing
 */
double rg_head_get_sharpness (const float *map, guint n_patches);

/**
 * rg_head_measure_all:
 * @weights: (nullable): of a box, from rg_box_weigh(), one a recorded patch; %NULL for no box
 *
 * Returns: (transfer full) (element-type RgHeadMeasure): in the model's order; empty where nothing was recorded
 */
GArray *rg_head_measure_all (RgTokenList *tokens, const RgWord *word, const float *weights) G_GNUC_WARN_UNUSED_RESULT;

/** rg_head_measure_sort: @measures: (element-type RgHeadMeasure). */
void rg_head_measure_sort (GArray *measures, RgHeadOrder order);

G_END_DECLS
