/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/looked.h"

/* Attention rollout (Abnar and Zuidema, “Quantifying Attention Flow”, 2020), back through the encoder: a word looks at image
 * tokens, and these looked at other patches before. A = mean over heads and the half that the residual carries, (A_l + 1) / 2 of
 * each encoder layer, multiplied; the word's attention, mean over layers and heads, is taken through the product back to the
 * patches that the encoder began with. Of the rows that a token was made of each has the same part of it, and what ends in the
 * row for the picture as a whole has no place and is left out. It knows of no values, no signs and no MLPs, and what a
 * convolutional stem has mixed it cannot part.
 *
 * Where a picture is seen as tiles at once all their rows are one stack, those that show nothing among them, in which attention
 * may end like in any other. A layer whose attention goes through a gate g carries (1 + |tanh g| A_l) / (1 + |tanh g|). Of rows that
 * went into several layers beside one another, as many features each, a token has the same part of each.
 *
 * The encoder is run twice: what goes into each layer is kept, and on the way back its attention is computed again, the mean over
 * heads alone: with R rows of D numbers and L layers 4 (R² + (L + 1) R D) bytes. */

G_BEGIN_DECLS

/** RG_ROLLOUT_MAX_BYTES: of that, for one view: pictures of more patches are refused. */
#define RG_ROLLOUT_MAX_BYTES (G_GUINT64_CONSTANT (2) << 30)

/**
 * rg_rollout_map: @looking: (nullable). @maps: (out caller-allocates): n_words × P values, shares of attention.
 *
 * Sees the picture again, twice, after one run forward. Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT
 */
gboolean rg_rollout_map (const RgExplained *self, const RgLooking *looking, float *maps, GError **error);

/**
 * rg_rollout_encoder: how much attention each patch gets in the encoder, mean over layers, heads and rows: a map that knows
 *   no question; of the bundled model.
 * @map: (out caller-allocates): P values that sum to 1
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_rollout_encoder (const RgExplained *self, float *map, GError **error);

G_END_DECLS
