/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/head-measure.h"

G_BEGIN_DECLS

#define RG_TYPE_HEAD_ITEM (rg_head_item_get_type ())

/**
 * RgHeadItem: one head of the gallery: what is known of it, and its map of one word. Immutable.
 */
G_DECLARE_FINAL_TYPE (RgHeadItem, rg_head_item, RG, HEAD_ITEM, GObject)

/** rg_head_item_new: maps @word by the head of @measure. */
RgHeadItem *rg_head_item_new (const RgHeadMeasure *measure, RgTokenList *tokens, const RgWord *word, guint n_patches) G_GNUC_WARN_UNUSED_RESULT;
const RgHeadMeasure *rg_head_item_get_measure (RgHeadItem *self);

/** rg_head_item_get_map: Returns: (transfer none): one value a patch. */
const float *rg_head_item_get_map (RgHeadItem *self);

/** rg_head_item_get_maximum: Returns: the largest value of the map. */
double rg_head_item_get_maximum (RgHeadItem *self);

G_END_DECLS
