/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/session.h"
#include "engine/encoder/preprocess.h"
#include "engine/explain/intervention.h"
#include "engine/swap.h"

/* The swapper: an answer that is there already is scored again with other pictures in the place of its own, and the model
 * is asked what it would answer. The window and the command line have it through rg_engine_swap(). */

G_BEGIN_DECLS

/**
 * RgSwapRun: everything is borrowed.
 * @answer: without an each_run
 * @session: about the answer's own picture
 * @picture: the answer's own picture
 * @view: what the encoder got of it; of tiles, the last one, which shows the whole
 * @other: (nullable): another picture
 * @preprocess: how the model's pictures are made ready
 * @pool: threads that share the work
 * @max_tokens: how long the answers may become
 */
typedef struct
{
  const RgExplained *answer;
  RgSession *session;
  RgImage *picture, *view, *other;
  const RgPreprocessConfig *preprocess;
  RgPool *pool;
  guint max_tokens;
} RgSwapRun;

/**
 * rg_swap_run:
 * @job: told of the stage EXPLAIN and of the swap; not ended
 *
 * Any thread; the pass has the job's cancellable. Returns: %FALSE with %G_IO_ERROR_CANCELLED, or an error of rg_preprocess()
 *   about the other picture
 */
gboolean rg_swap_run (const RgSwapRun *self, RgJob *job, GError **error);

G_END_DECLS
