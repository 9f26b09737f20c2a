/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/types.h"

/* A box that somebody drew on the picture, and what of a map lies in it: the maps read backwards, from a place to the words
 * that used it. Pure functions, any thread. Boxes are in pixels of the original picture. */

G_BEGIN_DECLS

/** rg_box_get_area: Returns: the part of the picture that @box covers, 0 … 1. */
double rg_box_get_area (const RgPatchGrid *grid, RgRect box);

/**
 * rg_box_weigh:
 * @weights: (out caller-allocates): for each patch the part of what it saw of the picture that lies in @box, 0 … 1; 0 for
 *   patches of pure padding
 */
void rg_box_weigh (const RgPatchGrid *grid, RgRect box, float *weights);

/**
 * rg_box_hold:
 * @weights: from rg_box_weigh()
 * @map: (array length=n_patches): what is negative speaks against a word, and does not count
 *
 * Returns: the share of @map that lies in the box, 0 … 1 (“energy inside”: H. Wang et al., Score-CAM, 2020); 0 for a map of
 *   nothing. A map that says nothing has the box's area there
 */
double rg_box_hold (const float *weights, const float *map, guint n_patches);

G_END_DECLS
