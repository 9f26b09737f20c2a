/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/trainer.h"

G_BEGIN_DECLS

/**
 * rg_training_step_to_json:
 *
 * Returns: (transfer full): a line of the learning curve, a JSON object on one line: step, n_steps, pictures, seconds;
 *   answers, patches, pairs (mean losses since the line before); token_accuracy (of the answers' tokens, 0 … 1); rate,
 *   norm, pictures_per_s
 */
char *rg_training_step_to_json (const RgTrainingStep *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
