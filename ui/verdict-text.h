/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"

/* What is written about the test of a map (engine/explain/verdict.h): pure functions, tested without a display. */

G_BEGIN_DECLS

/**
 * RgVerdictBar: what was hidden.
 */
typedef enum
{
  RG_VERDICT_TOP,
  RG_VERDICT_RANDOM,
  RG_VERDICT_BOTTOM,
  RG_N_VERDICT_BARS
} RgVerdictBar;

/** rg_verdict_text_headline: @word: with what it was held against, see rg_why_text_word(). Returns: (transfer full): "“star”: supported". */
char *rg_verdict_text_headline (const char *word, const RgVerdict *verdict);

/** rg_verdict_text_name: Returns: (transfer full): a bar's name: "19 important patches". */
char *rg_verdict_text_name (const RgVerdict *verdict, RgVerdictBar bar);

/** rg_verdict_get_cost: Returns: what hiding that cost the word, in nats; of the random draws the mean. */
double rg_verdict_get_cost (const RgVerdict *verdict, RgVerdictBar bar);

/** rg_verdict_text_measured: @against: (nullable): what the word was held against. Returns: (transfer full): what the bars are changes of. */
char *rg_verdict_text_measured (const char *against);

/** rg_verdict_text_change: Returns: (transfer full): a bar's number: the change of what was measured, "−3.82 nats". */
char *rg_verdict_text_change (const RgVerdict *verdict, RgVerdictBar bar);

/** rg_verdict_text_effect: @against: (nullable). Returns: (transfer full): what the first bar means: how many times less likely, or less likely than the other word. */
char *rg_verdict_text_effect (const RgVerdict *verdict, const char *against);

/**
 * rg_verdict_text_rule:
 * @dependence: of the word, nats: a word may depend on the picture as a whole and on no part of it, as “a” does
 * @against: (nullable): what the word was held against
 *
 * Returns: (transfer full): why the verdict is what it is, in a sentence or two
 */
char *rg_verdict_text_rule (const RgVerdict *verdict, double dependence, const char *against);

/** rg_verdict_text_hiding: Returns: (transfer none): how the patches were hidden. */
const char *rg_verdict_text_hiding (RgHiding hiding);

/**
 * rg_verdict_text_describe:
 * @word: one whose map was tested
 *
 * Returns: (transfer full): the text twin of the whole: headline, what was measured, the three bars, effect, rule, way of hiding
 */
char *rg_verdict_text_describe (const RgExplanation *explanation, guint word);

G_END_DECLS
