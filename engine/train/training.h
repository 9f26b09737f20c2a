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
 * @job: told of stage TRAIN and of the learning curve, see rg_training_step_to_json(); not ended
 *
 * A whole training run, saved every few minutes, at the end, and when it is cancelled.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, %RG_ERROR or a file error
 */
gboolean rg_training_run (const char *recipe, const char *dir, RgPool *pool, RgJob *job, GError **error);

G_END_DECLS
