/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Is it true? A map claims that some patches were more important for a word than others. The claim is tested on the spot: the
 * k patches that the map calls most important are hidden, the k least important ones, and k random ones, several times. The first
 * is the comprehensiveness of DeYoung et al. (ERASER, 2020); that it has to beat random patches, without which it means nothing,
 * is Samek et al. (2017) and Hooker et al. (ROAR, 2019). The draws spare the map's first patches, since a draw with the one patch
 * that decides would cost the same, and every tenth draw of a tenth has it. It is the first few that are spared, not all k: were
 * they all, then what is left would matter less the more they do, and maps without knowledge would pass more often (of 256
 * patches that matter a little 7 times in a hundred instead of 5); and so the words of an answer can share their draws.
 *
 * The rule. With R random draws:
 *   supported      hiding the top k costs the word more than each of the R draws did (a rank test, Phipson and Smyth, 2010: a map
 *                  without knowledge passes one time in R + 1 where many patches matter a little, and where a single one
 *                  decides at most as often as that is among its top k), more than hiding the bottom k, and %RG_LEAST_DEPENDENCE
 *                  (0.3 nats) or more above the draws' mean
 *   weak           it costs more than three quarters of the draws, than the bottom k, and 0.1 nats or more above the mean
 *   not supported  all else
 *
 * A map that was made by hiding should be tested by another way of hiding than its own. */

G_BEGIN_DECLS

/** rg_support_get_name: Returns: "not supported", "weak", "supported". */
const char *rg_support_get_name (RgSupport self);

/**
 * RgVerdictOptions:
 * @share: k, as a share of the patches in question; at least one patch, at most half of them
 * @n_random: R, at least 1
 * @seed: of the draws, and of the order of patches that a map calls equally important
 * @word: the one word to be tested, or %RG_VERDICT_ALL; a word's verdict is the same either way
 */
typedef struct
{
  double share;
  guint n_random;
  guint64 seed;
  int word;
} RgVerdictOptions;

#define RG_VERDICT_ALL -1

/** rg_verdict_options_default: a tenth of the patches, 19 draws: one chance in twenty; all words. */
RgVerdictOptions rg_verdict_options_default (void);

/** RG_VERDICT_SPARED: so many of a map's first patches are in none of the word's random draws (fewer where k or the rest is less). */
#define RG_VERDICT_SPARED 5

/**
 * rg_verdict_count: Returns: how often rg_verdict_test() hides something: 1, 2 for each word that is tested, and as many random
 *   draws as it takes until each has R that spare its patches; with the default options about 40, of however many words
 */
guint rg_verdict_count (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options);

/**
 * rg_verdict_test:
 * @maps: n_words × @n_patches, larger is more important
 * @candidates: (nullable): @n_patches bytes, 0 for patches that show nothing of the picture and are left out
 * @hide: (scope call): of rg_verdict_count() masks, on the calling thread
 * @verdicts: (out caller-allocates): one a word; all 0 for words that are not tested
 *
 * Any thread. Returns: %FALSE with the error of @hide
 */
gboolean rg_verdict_test (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options, RgHideFunc hide, gpointer data, RgVerdict *verdicts, GError **error);

G_END_DECLS
