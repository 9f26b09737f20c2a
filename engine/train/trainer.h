/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/objective.h"

/* The trainer: from a recipe to a model folder. Every batch is cut into parts; the threads of the pool draw, run and
 * differentiate one part after the other, each part with a pass and gradients of its own; then all threads sum the
 * gradients and move the weights. Nothing is shared in between, so it scales with the cores and repeats to the last bit. */

G_BEGIN_DECLS

/**
 * RgTrainingStep: what the trainer says of itself from time to time.
 * @losses: since the last time
 * @norm: of the last derivatives
 * @pictures_per_s: since the last time
 */
typedef struct
{
  guint step, n_steps;
  guint64 pictures;
  RgLosses losses;
  double rate, norm, seconds, pictures_per_s;
} RgTrainingStep;

/** RgTrainingFunc: called every @every steps, after the last one, and by whoever called rg_trainer_run(). */
typedef void (*RgTrainingFunc) (const RgTrainingStep *step, gpointer data);

typedef struct _RgTrainer RgTrainer;

/**
 * rg_trainer_new:
 * @dir: folder for the model; made where it is missing. Where it holds a checkpoint, the run goes on there
 * @pool: borrowed
 *
 * Makes the vocabulary first, where there is none.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_VALUE where the checkpoint is of a model of other sizes or the
 *   vocabulary is too small, or with what the files' readers say
 */
RgTrainer *rg_trainer_new (const RgRecipe *recipe, const char *dir, RgPool *pool, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_trainer_free (RgTrainer *self);

/** rg_trainer_get_model: Returns: (transfer none): the model as it is now. */
RgModel *rg_trainer_get_model (RgTrainer *self);

/** rg_trainer_get_step: Returns: how many steps were made. */
guint rg_trainer_get_step (const RgTrainer *self);

/**
 * rg_trainer_run:
 * @n_steps: how many steps to make at most; it ends earlier where the recipe does
 * @every: steps between two calls of @func
 * @func: (nullable): told of the progress; the model may be looked at meanwhile
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, or %RG_ERROR_VALUE where the losses are not numbers any more
 */
gboolean rg_trainer_run (RgTrainer *self, guint n_steps, guint every, RgTrainingFunc func, gpointer data, GCancellable *cancellable, GError **error);

/** rg_trainer_save: writes the model folder and the checkpoint. */
gboolean rg_trainer_save (RgTrainer *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgTrainer, rg_trainer_free)

G_END_DECLS
