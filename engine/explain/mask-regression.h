/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* A map from random interventions: half of the patches is hidden at random, many times, and for each word a line is fitted
 * through how likely it then was. Masks of blocks at random shifts are RISE's (Petsiuk, Das and Saenko, 2018); the fit in
 * place of their average is that of LIME (Ribeiro, Singh and Guestrin, 2016). With every second patch gone, a patch is judged
 * with and without its neighbours, which often hold the same fact: hiding it alone would change nothing. What is estimated
 * is the patch's Banzhaf value: the mean change of the word's log-probability when the patch comes back, over all states
 * of the others.
 *
 * There are fewer masks than patches, so the fit is a ridge regression; its penalty is, for each word, the one that makes
 * the measured values likeliest (MacKay, “Bayesian Interpolation”, 1992), and the errors are the standard deviations
 * of its posterior: they count what the penalty leaves undecided, too. Each mask is used with its opposite. */

G_BEGIN_DECLS

/**
 * rg_mask_options_default: 64 masks of blocks of 3 × 3. The block was chosen on scenes of `regard-cli eval --maps --seed 2`
 *   (an earlier bundled model, 46 words; area under the curve of the right patches: 0.64, 0.85, 0.94, 0.95 for sides of 1, 2, 3, 4; the pointing game is
 *   best at 3), where 128 masks gained nothing.
 */
RgMaskOptions rg_mask_options_default (void);

/**
 * rg_mask_regression:
 * @rows, @cols: the grid of patches, P = rows × cols
 * @hide: (scope call): of @options->n_masks masks, on the calling thread
 * @maps: (out caller-allocates): n_words × P values in nats: what the patch adds to the word's log-probability; negative where
 *   it speaks against the word
 * @errors: (out caller-allocates) (nullable): n_words × P standard errors in nats
 *
 * Any thread. Returns: %FALSE with the error of @hide
 */
gboolean rg_mask_regression (guint rows, guint cols, const RgMaskOptions *options, RgHideFunc hide, gpointer data, guint n_words, float *maps, float *errors, GError **error);

G_END_DECLS
