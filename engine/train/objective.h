/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/batch.h"

/* What training minimises, for one part of a batch:
 *
 *   answers      cross-entropy of the next token wherever it belongs to an answer (joint training of captions and answers)
 *   patches      cross-entropy of what each patch says, in the space it shares with the words, against the scene's masks
 *   pairs        cross-entropy of each picture finding its caption among the part's, and the other way round (contrastive)
 */

G_BEGIN_DECLS

/**
 * RgLosses: sums over parts; divide by @n_parts.
 * @n_right, @n_answers: tokens of answers that were the likeliest, and all of them
 */
typedef struct
{
  double answers, patches, pairs;
  guint n_right, n_answers;
  guint n_parts;
} RgLosses;

void rg_losses_add (RgLosses *self, const RgLosses *other);

/**
 * rg_objective_forward:
 * @pass: if it records, rg_pass_backward() then adds derivatives to the model's parameters
 * @share: of this part in the batch; multiplies the derivatives
 */
RgLosses rg_objective_forward (RgPass *pass, RgModel *model, const RgRecipe *recipe, const RgWords *words, const RgBatch *batch, double share);

G_END_DECLS
