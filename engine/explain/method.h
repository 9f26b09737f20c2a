/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/mask-regression.h"
#include "engine/explain/looked.h"
#include "engine/explain/occlusion.h"

/* All ways to make a map of a word, under one roof; a map is shown with the question it answers, see RgMethod. */

G_BEGIN_DECLS

/** rg_method_get_name: Returns: "attention", "calibrated", "rollout", "kv-cut", "occlusion", "gradient", "direct", "relevancy", "patch-words". */
const char *rg_method_get_name (RgMethod self);

/** rg_method_find: @self: (out): the method called @name. Returns: whether there is one */
gboolean rg_method_find (const char *name, RgMethod *self);

/** rg_method_get_question: Returns: the question its map answers: "where it looked", "what mattered", "would matter", "what the patch says". */
const char *rg_method_get_question (RgMethod self);

/** rg_method_get_unit: Returns: of its values: "share", "nats", "nats of odds", "relevancy", "cosine". */
const char *rg_method_get_unit (RgMethod self);

/** rg_method_options_default: the mean of all layers and heads, rg_mask_options_default(), the mean colour. */
RgMethodOptions rg_method_options_default (void);

/** rg_method_count_runs: Returns: how often rg_method_map() runs the model, see RgExplained.each_run. */
guint rg_method_count_runs (RgMethod self, const RgExplained *answer, const RgMethodOptions *options);

/**
 * RgMethodFindings: what some methods find beside the maps; everything (nullable).
 * @errors: (out caller-allocates): n_words × P standard errors; of the kv-cut
 * @shares: (out caller-allocates): n_words; of methods whose values are shares
 * @sinks: (element-type RgSink): likewise
 */
typedef struct
{
  float *errors;
  RgShares *shares;
  GArray *sinks;
} RgMethodFindings;

/**
 * rg_method_map:
 * @answer: with its contrasts, where the options are contrastive
 * @maps: (out caller-allocates): n_words × P values
 * @findings: (nullable)
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, or %RG_ERROR_UNSUPPORTED or %RG_ERROR_LIMIT where it cannot be made of this model
 */
gboolean rg_method_map (RgMethod self, const RgExplained *answer, const RgMethodOptions *options, float *maps, const RgMethodFindings *findings, GError **error);

G_END_DECLS
