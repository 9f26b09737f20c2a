/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/calibration.h"
#include "engine/explain/probe.h"
#include "engine/model.h"
#include "engine/train/evaluate.h"

/* Chooses the heads of an RgCalibration on generated scenes whose truth is known (probe.h): greedily, the head that adds most
 * comes next, a head may come again, until none adds %RG_CALIBRATE_GAIN. What a choice is worth is the mean of pointing game
 * and AUROC (localisation.h), over all words. Value norms, the levelling of lone peaks and the sharing among neighbours are kept
 * only where they add as much; then as much of the map's mean is taken off as costs less than %RG_CALIBRATE_COST: a map should
 * say nothing where nothing matters, and that is what its agreement with hidden pixels rests on. Nothing is chosen for a single
 * picture: heads chosen on the fly are those that see something, not those that see what is spoken of. */

G_BEGIN_DECLS

#define RG_CALIBRATE_GAIN 0.002
#define RG_CALIBRATE_COST 0.015
#define RG_CALIBRATE_LEAST_WORDS 8 /* of an open model */

/**
 * RgCalibrateReport:
 * @n_words: that the choice was made on
 * @before: worth of the mean of all heads
 * @after: of the choice
 */
typedef struct
{
  guint n_words;
  double before, after;
} RgCalibrateReport;

/**
 * rg_calibrate:
 * @sight: as for rg_probe_init(). The length of values is not tried with an open model: it would have to be worked out for each
 *   of its very many heads
 * @world, @seed, @count, @func: as for rg_evaluate()
 * @calibration: (out caller-allocates)
 * @report: (out caller-allocates)
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, %RG_ERROR_SHAPE (the world has another size of picture), or %RG_ERROR_VALUE
 *   where no word of the scenes depends on the picture; of an open model, where no more than half of them do, which is what
 *   chance gives, or fewer than %RG_CALIBRATE_LEAST_WORDS
 */
gboolean rg_calibrate (RgModel *model, const RgProbeSight *sight, const RgRecipe *world, guint64 seed, guint count, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgCalibration *calibration, RgCalibrateReport *report, GError **error);

G_END_DECLS
