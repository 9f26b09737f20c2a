/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"

/* What is written about why a word was said: names, numbers with their units, the sentence under the picture, and the text
 * twin of a map. Pure functions, tested without a display. */

G_BEGIN_DECLS

/** rg_why_text_method: Returns: (transfer none): the method as one chooses it, "Looked (attention)". */
const char *rg_why_text_method (RgMethod method);

/** rg_why_text_number: Returns: (transfer full): @value as a number: "5.1 %", "+0.12", "0.12". */
char *rg_why_text_number (RgMethod method, double value);

/** rg_why_text_nats: Returns: (transfer full): a change of a log-probability with its sign and unit: "+0.12 nats". */
char *rg_why_text_nats (double value);

/** rg_why_text_value: Returns: (transfer full): @value with its unit: "5.1 %", "+0.12 nats", "0.12 nats of odds". */
char *rg_why_text_value (RgMethod method, double value);

/** rg_why_text_unit: Returns: (transfer none): the unit alone: "share of attention", "nats", "nats of odds". */
const char *rg_why_text_unit (RgMethod method);

/** rg_why_text_scale: Returns: (transfer full): what the colours up to @scale mean, in a sentence. */
char *rg_why_text_scale (RgMethod method, double scale);

/**
 * rg_why_text_caption:
 * @method: neither the attention nor its calibrated heads, whose sentence is rg_format_caption()'s
 * @dependence: nats
 *
 * Returns: (transfer full): the sentence under the picture: the question that the map answers, how, and how much the word
 *   depends on the picture
 */
char *rg_why_text_caption (RgMethod method, const char *word, double dependence);

/** rg_why_text_anyway: Returns: (transfer full): the sentence for a word that would have been said without the picture. */
char *rg_why_text_anyway (const char *word, double dependence);

/**
 * rg_why_text_describe:
 * @method: not the attention, whose text twin is rg_map_text_describe()'s
 * @map: (array): one value a patch
 *
 * Returns: (transfer full): the text twin of the map
 */
char *rg_why_text_describe (RgMethod method, const RgPatchGrid *grid, const float *map, double dependence);

G_END_DECLS
