/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Attention rollout (Abnar and Zuidema, “Quantifying Attention Flow”, 2020) for a decoder that looks at the picture by
 * cross-attention: a word looks at image tokens, and these looked at other patches in the encoder. A = mean over heads and
 * the half that the residual carries, (A_l + 1) / 2 of each encoder layer, multiplied; the word's attention, mean over layers and
 * heads, is taken through the product back to the patches that the encoder began with. It knows of no values, no signs and no
 * MLPs, and what a convolutional stem has mixed it cannot part. */

G_BEGIN_DECLS

/**
 * rg_rollout_map: @maps: (out caller-allocates): n_words × P values, shares of attention.
 *
 * Sees the picture again, then one run forward for each token. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_rollout_map (const RgExplained *self, float *maps, GError **error);

/**
 * rg_rollout_encoder: how much attention each patch gets in the encoder, mean over layers, heads and rows: a map that knows
 *   no question.
 * @map: (out caller-allocates): P values that sum to 1
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_rollout_encoder (const RgExplained *self, float *map, GError **error);

G_END_DECLS
