/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Relevancy (Chefer, Gur and Wolf, “Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
 * Transformers”, 2021): attention times its gradient, Ā = mean over heads of (∂y/∂A ⊙ A)⁺, is carried through all layers. For
 * self-attention of a stream s that has heard of a stream q (equations 6, 7):
 *
 *   R_ss ← R_ss + Ā R_ss,   R_sq ← R_sq + Ā R_sq
 *
 * and for cross-attention from s to q (8 to 10), R̄ = S⁻¹ (R − 1) + 1, S the row sums of R − 1:
 *
 *   R_sq ← R_sq + R̄_ssᵀ Ā R̄_qq
 *
 * Where a question is read by an encoder of its own (BLIP), the picture reaches the answer through it: R_ti, of text and picture,
 * gets R̄_ttᵀ Ā R_qi, what the question's rows heard of the picture in place of what they are.
 *
 * R_ss and R_qq begin as 1, R_sq as 0. The encoder's stream does not hear of the text, so that equation 11 adds nothing. With
 * cross-attention the walk goes through the encoder to the patches it began with; where image tokens stand in the text there
 * is one stream, and it ends at the keys and values of the image tokens, which all questions share. It looks at every path, but
 * only at evidence for the word. */

G_BEGIN_DECLS

/**
 * rg_relevancy_map:
 * @maps: (out caller-allocates): n_words × P values, 0 or more; the sum over the word's tokens. y is a token's log-odds, or
 *   log p (word) − log p (other) where the answer has contrasts
 *
 * One run forward and one back for each token, with cross-attention through the encoder, too.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_relevancy_map (const RgExplained *self, float *maps, GError **error);

G_END_DECLS
