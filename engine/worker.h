/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"

/* The engine's work, done where it is called: the background thread of RgEngine, or a test. It holds the model in use and
 * what was computed for the last pictures. Each function reports to the job, but leaves ending it to the caller. */

G_BEGIN_DECLS

/** RgWorker: belongs to one thread at a time. */
typedef struct _RgWorker RgWorker;

/** rg_worker_new: @n_threads: compute threads, 0 for one a core. Returns: (transfer full): without a model. */
RgWorker *rg_worker_new (guint n_threads) G_GNUC_WARN_UNUSED_RESULT;
void rg_worker_free (RgWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgWorker, rg_worker_free)

/**
 * rg_worker_load:
 * @path: a model folder
 *
 * On failure the model before stays, with all that was computed.
 *
 * Returns: (transfer full) (nullable): about the new model; %NULL with %RG_ERROR, a file error or %G_IO_ERROR_CANCELLED
 */
RgModelInfo *rg_worker_load (RgWorker *self, const char *path, const char *projector, RgJob *job, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_worker_see: encodes @image unless it was one of the last seen; reports its patch grid in any case. */
gboolean rg_worker_see (RgWorker *self, RgImage *image, RgJob *job, GError **error);

/** rg_worker_ask: @turns, @sampling: as for rg_engine_ask(), @sampling not %NULL; @given: (nullable): as for rg_engine_read(). */
gboolean rg_worker_ask (RgWorker *self, RgImage *image, const RgTurn *turns, guint n_turns, const char *question, const char *given, const RgSampling *sampling, RgJob *job, GError **error);

/**
 * RgReadAnswer: an RgAnswered as the background thread may have it.
 * @ids: (element-type guint32): of the answer's tokens
 * @words: (element-type RgWord): its words
 */
typedef struct
{
  RgImage *image;
  const RgTurn *turns;
  guint n_turns;
  const char *question;
  guint max_tokens;
  GArray *ids, *words;
} RgReadAnswer;

/** rg_worker_explain: as rg_engine_explain(), @options not %NULL. */
gboolean rg_worker_explain (RgWorker *self, const RgReadAnswer *answer, const RgExplainOptions *options, RgJob *job, GError **error);

/** rg_worker_swap: as rg_engine_swap(). */
gboolean rg_worker_swap (RgWorker *self, const RgReadAnswer *answer, RgImage *other, RgJob *job, GError **error);

/** rg_worker_train: as rg_engine_train(); the model in use stays. */
gboolean rg_worker_train (RgWorker *self, const char *recipe, const char *out, RgJob *job, GError **error);

/** rg_worker_get_n_encoded: Returns: how many pictures were encoded; a measure of what was reused. */
guint rg_worker_get_n_encoded (const RgWorker *self);

/** rg_worker_get_n_read: Returns: how many tokens were read about @image, 0 where it is not kept. */
guint64 rg_worker_get_n_read (const RgWorker *self, RgImage *image);

G_END_DECLS
