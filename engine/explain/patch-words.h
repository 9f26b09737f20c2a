/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* What the patches say: image tokens held against a word's vector. In models whose image tokens share a space with the words
 * this is the logit lens on the picture (nostalgebraist, 2020; Neo et al., “Towards Interpreting Visual Information Processing
 * in Vision-Language Models”, 2025) and the base of the token activation map (Li et al., 2025). It answers neither where the
 * model looked nor what mattered: the map of a word is the same whatever was asked, and whether the answer used it stays
 * open. A word that nothing in the picture says may have been made up. */

G_BEGIN_DECLS

/**
 * rg_patch_words_map: @maps: (out caller-allocates): n_words × P cosines of image token and word vector, the largest of the
 *   word's tokens; 0 where it is negative.
 *
 * No run of the model. Cannot fail.
 */
void rg_patch_words_map (const RgExplained *self, float *maps);

G_END_DECLS
