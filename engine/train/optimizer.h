/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/pool.h"
#include "engine/transformer/parameters.h"

/* AdamW (Loshchilov and Hutter, 2019) over the flat arrays of a model's parameters, with gradient clipping by the norm of
 * all derivatives (Pascanu et al., 2013), and the schedule of the learning rate. Matrices may be updated by Muon instead
 * (Jordan et al., 2024): the momentum, made orthogonal, so that a step moves all directions of a matrix alike, the rare ones
 * as well as those that most examples agree on; times 0.2 · √(longer side), which makes a step as large as AdamW's, and the
 * learning rate good for both (Liu et al., “Muon is scalable for LLM training”, 2025). */

G_BEGIN_DECLS

/**
 * RgOptimizerConfig:
 * @learning_rate: the highest
 * @warmup_steps: steps of linear rise from 0
 * @decay: the last part of the run, 0 … 1, over which a cosine brings it down to @final × @learning_rate
 * @momentum: of Muon, for matrices; 0 for AdamW throughout
 * @clip: largest norm of the derivatives
 */
typedef struct
{
  double learning_rate;
  guint warmup_steps;
  double decay, final;
  double beta1, beta2, epsilon, weight_decay;
  double momentum;
  double clip;
} RgOptimizerConfig;

/** rg_optimizer_rate: Returns: the learning rate of @step (from 0) of a run of @n_steps. */
double rg_optimizer_rate (const RgOptimizerConfig *config, guint step, guint n_steps);

typedef struct _RgOptimizer RgOptimizer;

/**
 * rg_optimizer_new:
 * @parameters: borrowed; with values, see rg_parameters_get_values()
 * @step: how many updates were made before, 0 for a new run
 */
RgOptimizer *rg_optimizer_new (const RgOptimizerConfig *config, RgParameters *parameters, guint step) G_GNUC_WARN_UNUSED_RESULT;
void rg_optimizer_free (RgOptimizer *self);

/** rg_optimizer_get_step: Returns: how many updates were made. */
guint rg_optimizer_get_step (const RgOptimizer *self);

/**
 * rg_optimizer_update:
 * @grads: (array length=n_grads): derivatives of the parts of a batch; summed in this order; the first has the sums afterwards
 * @rate: the learning rate
 *
 * The sums are taken in the same order whatever the number of threads, so a run can be repeated to the last bit.
 *
 * Returns: the norm of the summed derivatives before clipping; where it is not a number nothing is changed
 */
double rg_optimizer_update (RgOptimizer *self, RgPool *pool, float *const *grads, guint n_grads, double rate);

/** rg_optimizer_save: both moments and the step, atomically. */
gboolean rg_optimizer_save (RgOptimizer *self, const char *path, GError **error);
gboolean rg_optimizer_load (RgOptimizer *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgOptimizer, rg_optimizer_free)

G_END_DECLS
