/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/explanation.h"
#include "engine/swap.h"
#include "engine/token-list.h"
#include "engine/types.h"

/* The job: the only bridge between the engine's thread and the main thread. The engine makes one for each piece of work; the
 * main thread watches its properties and signals, and may cancel it. Setters named "report" are for the worker and safe in
 * any thread: they take a lock and queue at most one idle; what they said, and the end last of all, arrives in order on the
 * main thread. */

G_BEGIN_DECLS

/**
 * RgJobState:
 * @RG_JOB_WAITING: queued behind other work
 * @RG_JOB_RUNNING: the worker is at it
 * @RG_JOB_DONE: ended well
 * @RG_JOB_FAILED: ended with an error, see rg_job_get_error()
 * @RG_JOB_CANCELLED: ended because it was cancelled; what was produced before that stays
 */
typedef enum
{
  RG_JOB_WAITING,
  RG_JOB_RUNNING,
  RG_JOB_DONE,
  RG_JOB_FAILED,
  RG_JOB_CANCELLED,
} RgJobState;

/**
 * RgStage: what the worker is doing; the order of the enumeration is the way of a picture.
 */
typedef enum
{
  RG_STAGE_NONE,
  RG_STAGE_LOAD,
  RG_STAGE_PREPROCESS,
  RG_STAGE_ENCODE,
  RG_STAGE_PROJECT,
  RG_STAGE_PREFILL,
  RG_STAGE_DECODE,
  RG_STAGE_EXPLAIN,
  RG_STAGE_VERIFY,
  RG_STAGE_TRAIN,
} RgStage;

#define RG_N_STAGES (RG_STAGE_TRAIN + 1)

#define RG_TYPE_JOB (rg_job_get_type ())

/**
 * RgJob:
 *
 * Properties (read only, notified on the main thread): "state" (int, RgJobState), "stage" (int, RgStage),
 * "fraction" (double, 0 … 1 within the stage, never falling within one stage), "patch-grid" (RgPatchGrid, set once the picture was
 * preprocessed), "tokens" (RgTokenList, always there, grows).
 * Signals (main thread): "token" (RgToken) after it was appended to "tokens"; "progress-line" (char *) a line of a training log;
 * "finished" once, last.
 */
G_DECLARE_FINAL_TYPE (RgJob, rg_job, RG, JOB, GObject)

RgJob *rg_job_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* Main thread. */
RgJobState rg_job_get_state (RgJob *self);
gboolean rg_job_is_finished (RgJob *self);
RgStage rg_job_get_stage (RgJob *self);
double rg_job_get_fraction (RgJob *self);

/** rg_job_get_error: Returns: (transfer none) (nullable): why it failed or was cancelled; %NULL before the end. */
const GError *rg_job_get_error (RgJob *self);

/** rg_job_get_tokens: Returns: (transfer none): the answer so far. */
RgTokenList *rg_job_get_tokens (RgJob *self);

/** rg_job_get_patch_grid: Returns: (transfer none) (nullable): the grid, once known. */
RgPatchGrid *rg_job_get_patch_grid (RgJob *self);

/** rg_job_get_explanation: Returns: (transfer none) (nullable): what rg_engine_explain() found; %NULL before the end. */
RgExplanation *rg_job_get_explanation (RgJob *self);

/** rg_job_get_swap: Returns: (transfer none) (nullable): what rg_engine_swap() found; %NULL before the end. */
RgSwap *rg_job_get_swap (RgJob *self);

/**
 * rg_job_get_seconds:
 *
 * Returns: wall-clock seconds spent in @stage so far
 */
double rg_job_get_seconds (RgJob *self, RgStage stage);

/** rg_job_get_n_prompt_tokens: Returns: text tokens of the prompt, history included; 0 before prefill. */
guint rg_job_get_n_prompt_tokens (RgJob *self);

/** rg_job_cancel: asks the worker to stop; it does within 100 ms. A job that still waits ends at once. Any thread. */
void rg_job_cancel (RgJob *self);

/** rg_job_wait: runs the default main context until the job is finished. For the command line and tests. */
void rg_job_wait (RgJob *self);

/* Worker. */

/** rg_job_get_cancellable: Returns: (transfer none): polled once a layer and once a token. Any thread. */
GCancellable *rg_job_get_cancellable (RgJob *self);

/**
 * rg_job_begin:
 *
 * Marks the job as running. Every report does it too.
 *
 * Returns: %FALSE where the job has ended already, because it was cancelled while it waited; then there is nothing to do,
 *   and whatever is reported is dropped
 */
gboolean rg_job_begin (RgJob *self);

/** rg_job_report_progress: @fraction: 0 … 1 within @stage; a smaller one than before is ignored until the stage changes. */
void rg_job_report_progress (RgJob *self, RgStage stage, double fraction);
void rg_job_report_patch_grid (RgJob *self, RgPatchGrid *grid);
void rg_job_report_prompt_tokens (RgJob *self, guint n);
void rg_job_report_token (RgJob *self, RgToken *token);
void rg_job_report_line (RgJob *self, const char *line);

/** rg_job_report_result: @type: of @result, a boxed type; @result: copied, in the place of an earlier one. */
void rg_job_report_result (RgJob *self, GType type, gconstpointer result);

/** rg_job_report_end: @error: (transfer full) (nullable): %NULL for success, G_IO_ERROR_CANCELLED for cancelled. Last call. */
void rg_job_report_end (RgJob *self, GError *error);

G_END_DECLS
