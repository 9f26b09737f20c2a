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
 * R_ss and R_qq begin as 1, R_sq as 0. The encoder's stream does not hear of the text, so that equation 11 adds nothing. The walk
 * ends at the rows that the encoder began with: patches, each still alone. It looks at every path, but only at evidence for the
 * word.
 *
 * Where image tokens stand in the text there is one stream from the patches to the word: image tokens are rows of the text, which
 * see one another in each layer of the decoder, and what the encoder gave are the same rows before that. Only one row of R is
 * wanted, that of the word, so it is made from above: w ← w + w Ā, layer by layer, and no R is ever made. A token's relevancy
 * goes to the rows of the encoder that it was made of in proportion to what each gives to it, max (Σ derivative · value, 0),
 * or evenly where none gives anything; in the end those of the first layer that it was made of are added up again, so that the map
 * is one of image tokens. What ends in a row for the whole picture has no place and is left out.
 *
 * With cross-attention the row sums of the encoder's R_ii are wanted, and so all of it: it is made from above as well, R ← R + R Ā,
 * one matrix a score. Where a picture is seen as tiles at once (Llama 3.2 Vision) the rows of all of them are one stack, those that
 * show nothing among them; gates are in the derivatives; and what comes out of the encoder, which is what went into several layers
 * and what the last one gave, as many features of each, has heard the mean of what those have.
 *
 * Derivatives are those of the whole model, also with respect to how patches saw one another. Memory is that of a descent
 * (descent.h): through the text, and then through one view after the other, for as many words at once as have their derivatives
 * in 256 MiB; with cross-attention through the encoder alone, and with it the matrices, of R rows 4 R² bytes a score and 8 R² more.
 * What a row has heard that is below rounding beside what it has of itself, 1, counts as nothing. */

G_BEGIN_DECLS

/**
 * rg_relevancy_map:
 * @maps: (out caller-allocates): n_words × P values, 0 or more; the sum over the word's tokens. y is a token's log-odds, or
 *   log p (word) − log p (other) where the answer has contrasts
 *
 * Text and picture are read once, and once more on the way back, which each token goes for itself; with cross-attention the text once
 * for each token.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_relevancy_map (const RgExplained *self, float *maps, GError **error);

/** rg_relevancy_count_runs: Returns: how often it calls RgExplained.each_run: for each token, and with one stream again for each view. */
guint rg_relevancy_count_runs (const RgExplained *self);

G_END_DECLS
