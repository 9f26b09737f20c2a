/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/job.h"
#include "engine/tensor/pool.h"

G_BEGIN_DECLS

/**
 * rg_training_run:
 * @recipe: path of a recipe file
 * @dir: folder for the model and its checkpoint; a run that was interrupted there goes on
 * @pool: borrowed
 * @job: told of stage TRAIN and of the learning curve, one JSON object a line; not ended
 *
 * A whole training run, saved every few minutes, at the end, and when it is cancelled.
 *
 * The members of a line: step, n_steps, pictures, seconds; answers, patches, pairs (mean losses since the line before);
 * token_accuracy (of the answers' tokens, 0 … 1); rate, norm, pictures_per_s.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, %RG_ERROR or a file error
 */
gboolean rg_training_run (const char *recipe, const char *dir, RgPool *pool, RgJob *job, GError **error);

G_END_DECLS
