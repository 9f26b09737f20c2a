/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cli-sight.h"

/* What it takes to find out why an answer is as it is. */

G_BEGIN_DECLS

/** RG_BENCH_MASKS: interventions of a map. */
#define RG_BENCH_MASKS 64

/**
 * RgBenchExplain: seconds, for all tokens of the model's answer, each as a word.
 * @n_tokens: of the answer, at most 32
 * @n_tests: interventions of the test of all words
 * @cut_s: of a map of what mattered, by the image-KV cut: %RG_BENCH_MASKS interventions
 * @word_s: of the test of one word's map, “Is it true?”: 22 interventions
 * @test_s: of the test of the maps of all words, see rg_verdict_count()
 */
typedef struct
{
  guint n_tokens, n_tests;
  double cut_s, word_s, test_s;
} RgBenchExplain;

/** rg_bench_explain_measure: @prompt: (element-type guint32): what was asked about @image */
void rg_bench_explain_measure (RgBenchExplain *self, const RgCliSight *sight, RgImageState *image, const GArray *prompt);

G_END_DECLS
