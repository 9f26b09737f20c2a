/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* A window is slid over the picture, and what it covers is hidden (Zeiler and Fergus, 2014): what that costs a word is held
 * against what a map says the window is worth, the sum of its values there (faithfulness correlation: Bhatt, Weller and Moura, 2020).
 * The window is a quarter of the grid wide and moves by half of that, so that no object falls between two places. */

G_BEGIN_DECLS

/** rg_square_hiding_count: Returns: Q, the places of the window on a grid of @grid × @grid patches. */
guint rg_square_hiding_count (guint grid);

/**
 * rg_square_hiding_costs:
 * @hide: (scope call): of a single word; called 1 + Q times
 * @costs: (inout): Q values, to which nats are added: how much less likely the word is with the window there
 *
 * Returns: %FALSE with the error of @hide
 */
gboolean rg_square_hiding_costs (guint grid, RgHideFunc hide, gpointer data, float *costs, GError **error);

/** rg_square_hiding_sums: @sums: (out caller-allocates): for each of the Q places the sum of @map's values in the window. */
void rg_square_hiding_sums (guint grid, const float *map, float *sums);

/**
 * rg_square_hiding_compare: the rank correlation of @sums and @costs.
 * @least: nats: costs closer to 0 than this count as none, all alike. Where a model is sure of its word, hiding what has nothing
 *   to do with it still changes the word's probability in the sixth digit, and ranks would make as much of that as of the word's loss
 *
 * Returns: −1 … 1; NaN where no cost is above @least, so that there is no order to be compared with
 */
double rg_square_hiding_compare (guint grid, const float *sums, const float *costs, double least);

G_END_DECLS
