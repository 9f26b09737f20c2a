/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cli-question.h"
#include "app/cli-sight.h"
#include "engine/explain/method.h"
#include "engine/explain/verdict.h"

/* The maps of an answer's words by one of several methods, with what else is known about each word. */

G_BEGIN_DECLS

/**
 * RgCliExplanationOptions:
 * @choices: of the method; where it is the occlusion, the test of its map takes the other fill
 * @verify: whether to test the maps
 */
typedef struct
{
  RgMethod method;
  RgMethodOptions choices;
  gboolean verify;
} RgCliExplanationOptions;

/**
 * RgCliExplanation: clear with rg_cli_explanation_clear().
 * @words: (element-type RgWord)
 * @maps: words × P values
 * @errors: (nullable): words × P standard errors
 * @shares: for each word its share of attention on the picture, 0 … 1
 * @dependence: for each word, in nats, see rg_explained_depend()
 * @verdicts: (nullable): one a word
 * @hidden_by: what the test hid pixels with
 * @scale: the largest value of all maps
 * @map_seconds, @verify_seconds: how long the maps and the tests took
 */
typedef struct
{
  RgMethod method;
  RgPatchGrid *grid; /* borrowed */
  GArray *words;
  float *maps, *errors;
  double *shares, *dependence;
  RgVerdict *verdicts;
  RgFill hidden_by;
  float scale;
  double map_seconds, verify_seconds;
  /*< private >*/
  RgCliSight sight;
  RgImageState *image;
  GArray *ids;
  RgExplained answer;
} RgCliExplanation;

/** rg_cli_explanation_make: @question: answered. Ctrl+C cancels. */
gboolean rg_cli_explanation_make (RgCliExplanation *self, RgCliQuestion *question, const RgCliExplanationOptions *options, GError **error);
void rg_cli_explanation_clear (RgCliExplanation *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgCliExplanation, rg_cli_explanation_clear)

G_END_DECLS
