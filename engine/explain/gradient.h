/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Attention times its gradient, the quantity that Chefer, Gur and Wolf (“Generic Attention-model Explainability”, 2021) and
 * Grad-CAM on cross-attention (Selvaraju et al., 2017; Li et al., 2021) are made of; here with its sign, and summed over layers
 * and heads rather than clipped and averaged. It is then a change in nats to first order: what the word's log-odds would
 * gain if the value vectors of the patch grew, for the row that predicts the word, in proportion. It answers “what would
 * matter”, not “what mattered”: a small change of what the row reads, with all that earlier rows have read left alone. */

G_BEGIN_DECLS

/**
 * rg_gradient_map:
 * @maps: (out caller-allocates): n_words × P values in nats of log-odds, the sum over the word's tokens
 *
 * One run forward and one back for each token. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_gradient_map (const RgExplained *self, float *maps, GError **error);

G_END_DECLS
