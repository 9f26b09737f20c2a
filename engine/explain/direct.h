/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Direct logit attribution (Elhage et al., “A Mathematical Framework for Transformer Circuits”, 2021): the residual stream is a
 * sum, so that the score of a word, once the scales of the norms behind it are held at their values, is one, too: of what each
 * head of each layer wrote for each key it attended to, of what the MLPs wrote, and of the row's own beginning. With u the row of
 * the output layer, taken back through what is held up to where a head writes, it writes A (W_Oᵀ u) · v for a key. It is exact for
 * this way; what a patch told one head and a later layer passed on is not in it.
 *
 * What is held: mean and scale of the last norm; of the norm that what attention adds goes through in some (Gemma 3); where
 * norms come last (BLIP) of all norms on the way up; and where scores are made by a layer of their own (BERT, BLIP) how far its
 * activation is open, f (t) / t, by which it is t times a number as a norm is. */

G_BEGIN_DECLS

/**
 * RgDirectParts: of one score, or of a difference of two; picture + memory + text + rest = score.
 * @picture: the sum of the map
 * @memory: other rows of the memory: a null key, the text around the image tokens
 * @text: rows of the text, by self-attention
 * @rest: the word that the row stands for, the MLPs, biases; what is left of the score
 * @score: the logit
 */
typedef struct
{
  double picture, memory, text, rest, score;
} RgDirectParts;

/**
 * rg_direct_map:
 * @maps: (out caller-allocates): n_words × P values: what each patch wrote into the word's logit, or into the difference of
 *   two where the answer has contrasts; the sum over the word's tokens, layers and heads
 * @parts: (out caller-allocates) (nullable): one a word, likewise
 *
 * Not with a question encoder. One run forward for all words. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_direct_map (const RgExplained *self, float *maps, RgDirectParts *parts, GError **error);

G_END_DECLS
