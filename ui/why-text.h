/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"

/* What is written about why a word was said: names, numbers with their units, the sentence under the picture, and the text
 * twin of a map. Pure functions, tested without a display. */

G_BEGIN_DECLS

/** rg_why_text_method: Returns: (transfer none): the method as one chooses it, "Looked (attention)". */
const char *rg_why_text_method (RgMethod method);

/** rg_why_text_method_of: the same where it is known whether heads were chosen for the model; without, "Looked (mean of all heads)". */
const char *rg_why_text_method_of (RgMethod method, gboolean calibrated);

/** rg_why_text_word: @against: (nullable): what it was held against. Returns: (transfer full): the word as it stands in quotation marks, without a comma or full stop behind it: "cat” rather than “dog". */
char *rg_why_text_word (const char *word, const char *against);

/** rg_why_text_shares: @hide_sinks: of the map. Returns: (transfer full): where a word looked, and what it read, in a sentence: picture, sinks, padding, null key, question, earlier words; without those of less than 0.05 %. */
char *rg_why_text_shares (const RgShares *shares, gboolean hide_sinks);

/** rg_why_text_shares_meaning: @is_cross: as in the shares. Returns: (transfer none): what the numbers of rg_why_text_shares() are of. */
const char *rg_why_text_shares_meaning (gboolean is_cross);

/** rg_why_text_sinks: Returns: (transfer full) (nullable): where heads park attention whatever the word, in a sentence; %NULL where they do not. */
char *rg_why_text_sinks (const RgExplanation *explanation);

/** rg_why_text_sink_legend: Returns: (transfer full) (nullable): what the marks of rg_sink_marks_draw() are; %NULL where there are none. */
char *rg_why_text_sink_legend (const RgExplanation *explanation);

/** rg_why_text_number: Returns: (transfer full): @value as a number: "5.1 %", "+0.12", "0.12". */
char *rg_why_text_number (RgMethod method, double value);

/** rg_why_text_nats: Returns: (transfer full): a change of a log-probability with its sign and unit: "+0.12 nats". */
char *rg_why_text_nats (double value);

/** rg_why_text_value: Returns: (transfer full): @value with its unit: "5.1 %", "+0.12 nats", "0.12 nats of odds". */
char *rg_why_text_value (RgMethod method, double value);

/** rg_why_text_unit: Returns: (transfer none): the unit alone: "share of attention", "nats", "nats of odds", "nats of score", "relevancy". */
const char *rg_why_text_unit (RgMethod method);

/** rg_why_text_scale: Returns: (transfer full): what the colours up to @scale mean, in a sentence. */
char *rg_why_text_scale (RgMethod method, double scale);

/** rg_why_text_heads: Returns: (transfer full): which heads a share of attention is of; of the attention itself, and where no heads were @calibrated, rg_format_attention_set(). */
char *rg_why_text_heads (RgMethod method, gboolean calibrated, int layer, int head, guint n_layers, guint n_heads);

/**
 * rg_why_text_sentence:
 * @heads: where rg_method_is_share(), what rg_why_text_heads() says
 * @share: where rg_method_is_share(), as for rg_format_caption()
 * @dependence: nats; NaN where it is not known
 *
 * Returns: (transfer full): the sentence under a picture with a map, whatever the method: the question that the map answers,
 *   how, and how much the word looked at the picture or depends on it; for a word that does not depend on it, that there is
 *   no map
 */
char *rg_why_text_sentence (RgMethod method, const char *word, const char *heads, double share, double dependence);

/** rg_why_text_anyway: Returns: (transfer full): the sentence for a word that would have been said without the picture. */
char *rg_why_text_anyway (const char *word, double dependence);

/**
 * rg_why_text_describe:
 * @method: not one of rg_method_is_share(), whose text twin is rg_map_text_describe()'s
 * @map: (array): one value a patch
 *
 * Returns: (transfer full): the text twin of the map
 */
char *rg_why_text_describe (RgMethod method, const RgPatchGrid *grid, const float *map, double dependence);

G_END_DECLS
