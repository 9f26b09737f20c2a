/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/head-measure.h"

/* What is written about a box on the picture, the words that used it, and the heads that look into it: pure functions,
 * tested without a display. */

G_BEGIN_DECLS

/** rg_box_text_describe: @box: in pixels. Returns: (transfer full): where it is and how large; how to draw one where it is empty. */
char *rg_box_text_describe (RgRect box, guint width, guint height);

/**
 * rg_box_text_share:
 * @share: of a map in the box, 0 … 1
 * @area: of the picture that the box covers, above 0
 *
 * Returns: (transfer full): "45 %, 3.6 × its area": a map that says nothing has 1
 */
char *rg_box_text_share (double share, double area);

/** rg_box_text_head: Returns: (transfer full): "Layer 2, head 3"; people count from 1. */
char *rg_box_text_head (guint layer, guint head);

/**
 * rg_box_text_measure:
 * @has_box: whether "inside" means something
 *
 * Returns: (transfer full): all that is known of one head, in words
 */
char *rg_box_text_measure (const RgHeadMeasure *measure, gboolean has_box);

G_END_DECLS
