/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"

/* Two maps side by side: what one has more of than the other. Pure functions, tested without a display. */

G_BEGIN_DECLS

/** rg_map_difference_has_unit: Returns: whether the maps of @a and @b are in one unit, which then is that of their difference, too. */
gboolean rg_map_difference_has_unit (RgMethod a, RgMethod b);

/** rg_map_difference_is_possible: Returns: whether the grids have the same patches, row by row, of whatever pictures. */
gboolean rg_map_difference_is_possible (RgPatchGrid *a, RgPatchGrid *b);

/**
 * rg_map_difference:
 * @a, @b: (array length=n_patches): two maps
 * @same_unit: whether their values can be subtracted as they are. If not, each is first divided by the sum of what is
 *   positive in it, and what is negative is left out: the difference is then between shares of the two maps
 * @difference: (out caller-allocates): @a less @b
 *
 * Returns: the largest distance from 0 in @difference
 */
double rg_map_difference (const float *a, const float *b, guint n_patches, gboolean same_unit, float *difference);

/** rg_map_difference_text_side: Returns: (transfer full): whose map it is: "“star” · Looked (attention)". */
char *rg_map_difference_text_side (const char *word, RgMethod method, gboolean calibrated);

/**
 * rg_map_difference_text_scale:
 * @a, @b: the methods of the two maps
 * @scale: from rg_map_difference()
 *
 * Returns: (transfer full): what the colours of the difference mean, in a sentence
 */
char *rg_map_difference_text_scale (RgMethod a, RgMethod b, double scale);

G_END_DECLS
