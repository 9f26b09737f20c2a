/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/job.h"

/* Two halves. "pending" is what the worker has said and is guarded by the lock; "seen" is what the main thread has been
 * told and is touched there alone. flush() carries the first over to the second. */

struct _RgJob
{
  GObject parent_instance;

  GCancellable *cancellable;

  GMutex lock;
  struct
  {
    RgJobState state;
    RgStage stage;
    double fraction;
    guint n_prompt_tokens;
    RgPatchGrid *patch_grid; /* until flushed */
    GQueue tokens;           /* RgToken, until flushed */
    GQueue lines;            /* char *, until flushed */
    GValue result;           /* until flushed */
    GError *error;
    gboolean flush_queued;
    gint64 stage_began_us;
    double seconds[RG_N_STAGES];
  } pending;

  struct
  {
    RgJobState state;
    RgStage stage;
    double fraction;
    guint n_prompt_tokens;
    RgPatchGrid *patch_grid;
    RgTokenList *tokens;
    GValue result; /* unset, or a boxed type */
    GError *error;
    GQueue new_tokens; /* taken over, not yet told */
    GQueue new_lines;
    RgJobState new_state;
  } seen;
};

G_DEFINE_FINAL_TYPE (RgJob, rg_job, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_STAGE,
  PROP_FRACTION,
  PROP_PATCH_GRID,
  PROP_TOKENS,
  N_PROPS
};

enum
{
  TOKEN,
  PROGRESS_LINE,
  FINISHED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static gboolean
is_end (RgJobState state)
{
  return state >= RG_JOB_DONE;
}

/* May run in any thread: whoever drops the last reference. Nothing here belongs to one thread. */
static void
rg_job_finalize (GObject *object)
{
  RgJob *self = RG_JOB (object);

  g_clear_object (&self->cancellable);
  g_queue_clear_full (&self->pending.tokens, g_object_unref);
  g_queue_clear_full (&self->pending.lines, g_free);
  g_clear_pointer (&self->pending.patch_grid, rg_patch_grid_unref);
  g_value_unset (&self->pending.result);
  g_clear_error (&self->pending.error);
  g_clear_pointer (&self->seen.patch_grid, rg_patch_grid_unref);
  g_clear_object (&self->seen.tokens);
  g_value_unset (&self->seen.result);
  g_clear_error (&self->seen.error);
  g_queue_clear_full (&self->seen.new_tokens, g_object_unref);
  g_queue_clear_full (&self->seen.new_lines, g_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (rg_job_parent_class)->finalize (object);
}

static void
rg_job_get_property (GObject *object,
                     guint prop_id,
                     GValue *value,
                     GParamSpec *pspec)
{
  RgJob *self = RG_JOB (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_int (value, self->seen.state);
      break;

    case PROP_STAGE:
      g_value_set_int (value, self->seen.stage);
      break;

    case PROP_FRACTION:
      g_value_set_double (value, self->seen.fraction);
      break;

    case PROP_PATCH_GRID:
      g_value_set_boxed (value, self->seen.patch_grid);
      break;

    case PROP_TOKENS:
      g_value_set_object (value, self->seen.tokens);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_job_class_init (RgJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rg_job_finalize;
  object_class->get_property = rg_job_get_property;

  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, RG_JOB_WAITING, RG_JOB_CANCELLED, RG_JOB_WAITING, flags);
  properties[PROP_STAGE] = g_param_spec_int ("stage", NULL, NULL, RG_STAGE_NONE, RG_N_STAGES - 1, RG_STAGE_NONE, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_PATCH_GRID] = g_param_spec_boxed ("patch-grid", NULL, NULL, RG_TYPE_PATCH_GRID, flags);
  properties[PROP_TOKENS] = g_param_spec_object ("tokens", NULL, NULL, RG_TYPE_TOKEN_LIST, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[TOKEN] = g_signal_new ("token", RG_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, RG_TYPE_TOKEN);
  signals[PROGRESS_LINE] = g_signal_new ("progress-line", RG_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FINISHED] = g_signal_new ("finished", RG_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rg_job_init (RgJob *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->pending.tokens);
  g_queue_init (&self->pending.lines);
  g_queue_init (&self->seen.new_tokens);
  g_queue_init (&self->seen.new_lines);
  self->cancellable = g_cancellable_new ();
  self->seen.tokens = rg_token_list_new ();
}

RgJob *
rg_job_new (void)
{
  return g_object_new (RG_TYPE_JOB, NULL);
}

/* --- from the worker to the main thread --------------------------------------------------------------------------- */

static void
move_all (GQueue *to,
          GQueue *from)
{
  gpointer item;

  while ((item = g_queue_pop_head (from)) != NULL)
    g_queue_push_tail (to, item);
}

/* Everything is taken in one go under the lock: had the end been looked at later than the tokens, it could overtake one. */
static void
take_over (RgJob *self)
{
  gboolean stage, fraction, grid;

  g_mutex_lock (&self->lock);
  self->pending.flush_queued = FALSE;
  stage = self->seen.stage != self->pending.stage;
  fraction = stage || self->seen.fraction != self->pending.fraction;
  grid = self->pending.patch_grid != NULL;

  self->seen.new_state = self->pending.state;
  self->seen.stage = self->pending.stage;
  self->seen.fraction = self->pending.fraction;
  self->seen.n_prompt_tokens = self->pending.n_prompt_tokens;
  if (grid)
    {
      g_clear_pointer (&self->seen.patch_grid, rg_patch_grid_unref);
      self->seen.patch_grid = g_steal_pointer (&self->pending.patch_grid);
    }
  if (G_IS_VALUE (&self->pending.result))
    {
      g_value_unset (&self->seen.result);
      self->seen.result = self->pending.result;
      self->pending.result = (GValue) G_VALUE_INIT;
    }
  move_all (&self->seen.new_tokens, &self->pending.tokens);
  move_all (&self->seen.new_lines, &self->pending.lines);
  g_mutex_unlock (&self->lock);

  if (self->seen.state == RG_JOB_WAITING && self->seen.new_state == RG_JOB_RUNNING)
    {
      self->seen.state = RG_JOB_RUNNING;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
  if (stage)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STAGE]);
  if (fraction)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
  if (grid)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATCH_GRID]);
}

static void
tell_end (RgJob *self)
{
  if (!is_end (self->seen.new_state) || is_end (self->seen.state))
    return;

  g_mutex_lock (&self->lock);
  self->seen.error = g_steal_pointer (&self->pending.error);
  g_mutex_unlock (&self->lock);

  self->seen.state = self->seen.new_state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_signal_emit (self, signals[FINISHED], 0);
}

/* Items leave the queues one at a time, so that a handler which runs the main loop again (a dialog, rg_job_wait()) lets the
 * inner flush go on where the outer one stands, in order. */
static gboolean
flush (gpointer data)
{
  RgJob *self = data;
  gpointer item;

  take_over (self);

  while ((item = g_queue_pop_head (&self->seen.new_tokens)) != NULL)
    {
      g_autoptr (RgToken) token = item;

      rg_token_list_append (self->seen.tokens, token);
      g_signal_emit (self, signals[TOKEN], 0, token);
    }

  while ((item = g_queue_pop_head (&self->seen.new_lines)) != NULL)
    {
      g_autofree char *line = item;

      g_signal_emit (self, signals[PROGRESS_LINE], 0, line);
    }

  tell_end (self);

  return G_SOURCE_REMOVE;
}

/* The source holds a reference: a job that everybody else has dropped still reports its end to nobody, and is then freed.
 * Default priority, because idle priority starves while something on the screen moves in every frame. */
static void
queue_flush_locked (RgJob *self)
{
  if (self->pending.flush_queued)
    return;

  self->pending.flush_queued = TRUE;
  g_idle_add_full (G_PRIORITY_DEFAULT, flush, g_object_ref (self), g_object_unref);
}

/* Returns: FALSE where the job has ended, after which nothing is reported any more. The lock is held. */
static gboolean
begin_locked (RgJob *self)
{
  if (is_end (self->pending.state))
    return FALSE;

  self->pending.state = RG_JOB_RUNNING;
  queue_flush_locked (self);

  return TRUE;
}

static void
stop_clock_locked (RgJob *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->pending.stage != RG_STAGE_NONE)
    self->pending.seconds[self->pending.stage] += (now_us - self->pending.stage_began_us) / (double) G_USEC_PER_SEC;

  self->pending.stage_began_us = now_us;
}

static void
end_locked (RgJob *self,
            GError *error)
{
  stop_clock_locked (self);
  if (error == NULL)
    self->pending.state = RG_JOB_DONE;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->pending.state = RG_JOB_CANCELLED;
  else
    self->pending.state = RG_JOB_FAILED;

  self->pending.error = error;
  queue_flush_locked (self);
}

/* --- main thread -------------------------------------------------------------------------------------------------- */

RgJobState
rg_job_get_state (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), RG_JOB_FAILED);

  return self->seen.state;
}

gboolean
rg_job_is_finished (RgJob *self)
{
  return is_end (rg_job_get_state (self));
}

RgStage
rg_job_get_stage (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), RG_STAGE_NONE);

  return self->seen.stage;
}

double
rg_job_get_fraction (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), 0);

  return self->seen.fraction;
}

const GError *
rg_job_get_error (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return self->seen.error;
}

RgTokenList *
rg_job_get_tokens (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return self->seen.tokens;
}

RgPatchGrid *
rg_job_get_patch_grid (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return self->seen.patch_grid;
}

static gpointer
get_result (RgJob *self,
            GType type)
{
  return G_VALUE_HOLDS (&self->seen.result, type) ? g_value_get_boxed (&self->seen.result) : NULL;
}

RgExplanation *
rg_job_get_explanation (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return get_result (self, RG_TYPE_EXPLANATION);
}

RgSwap *
rg_job_get_swap (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return get_result (self, RG_TYPE_SWAP);
}

double
rg_job_get_seconds (RgJob *self,
                    RgStage stage)
{
  double seconds;

  g_return_val_if_fail (RG_IS_JOB (self), 0);
  g_return_val_if_fail (stage < RG_N_STAGES, 0);

  g_mutex_lock (&self->lock);
  seconds = self->pending.seconds[stage];
  if (stage == self->pending.stage && stage != RG_STAGE_NONE && !is_end (self->pending.state))
    seconds += (g_get_monotonic_time () - self->pending.stage_began_us) / (double) G_USEC_PER_SEC;
  g_mutex_unlock (&self->lock);

  return seconds;
}

guint
rg_job_get_n_prompt_tokens (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), 0);

  return self->seen.n_prompt_tokens;
}

void
rg_job_cancel (RgJob *self)
{
  g_return_if_fail (RG_IS_JOB (self));

  g_cancellable_cancel (self->cancellable);

  /* Work that has not begun ends here: its worker may be busy with something else for minutes. */
  g_mutex_lock (&self->lock);
  if (self->pending.state == RG_JOB_WAITING)
    end_locked (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Stopped."));
  g_mutex_unlock (&self->lock);
}

void
rg_job_wait (RgJob *self)
{
  g_autoptr (RgJob) held = NULL;

  g_return_if_fail (RG_IS_JOB (self));

  held = g_object_ref (self);
  while (!is_end (held->seen.state))
    g_main_context_iteration (NULL, TRUE);
}

/* --- worker ------------------------------------------------------------------------------------------------------- */

GCancellable *
rg_job_get_cancellable (RgJob *self)
{
  g_return_val_if_fail (RG_IS_JOB (self), NULL);

  return self->cancellable;
}

gboolean
rg_job_begin (RgJob *self)
{
  gboolean begun;

  g_return_val_if_fail (RG_IS_JOB (self), FALSE);

  g_mutex_lock (&self->lock);
  begun = begin_locked (self);
  g_mutex_unlock (&self->lock);

  return begun;
}

void
rg_job_report_progress (RgJob *self,
                        RgStage stage,
                        double fraction)
{
  g_return_if_fail (RG_IS_JOB (self));
  g_return_if_fail (stage < RG_N_STAGES);

  /* The comparison also turns NaN into 0. */
  fraction = fraction > 0 ? MIN (fraction, 1) : 0;

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    {
      if (stage != self->pending.stage)
        {
          stop_clock_locked (self);
          self->pending.stage = stage;
          self->pending.fraction = 0;
        }
      self->pending.fraction = MAX (self->pending.fraction, fraction);
    }
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_patch_grid (RgJob *self,
                          RgPatchGrid *grid)
{
  g_return_if_fail (RG_IS_JOB (self));
  g_return_if_fail (grid != NULL);

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    {
      g_clear_pointer (&self->pending.patch_grid, rg_patch_grid_unref);
      self->pending.patch_grid = rg_patch_grid_ref (grid);
    }
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_prompt_tokens (RgJob *self,
                             guint n)
{
  g_return_if_fail (RG_IS_JOB (self));

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    self->pending.n_prompt_tokens = n;
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_token (RgJob *self,
                     RgToken *token)
{
  g_return_if_fail (RG_IS_JOB (self));
  g_return_if_fail (RG_IS_TOKEN (token));

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    g_queue_push_tail (&self->pending.tokens, g_object_ref (token));
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_line (RgJob *self,
                    const char *line)
{
  g_return_if_fail (RG_IS_JOB (self));
  g_return_if_fail (line != NULL);

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    g_queue_push_tail (&self->pending.lines, g_strdup (line));
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_result (RgJob *self,
                      GType type,
                      gconstpointer result)
{
  g_return_if_fail (RG_IS_JOB (self));
  g_return_if_fail (G_TYPE_IS_BOXED (type));
  g_return_if_fail (result != NULL);

  g_mutex_lock (&self->lock);
  if (begin_locked (self))
    {
      g_value_unset (&self->pending.result);
      g_value_init (&self->pending.result, type);
      g_value_set_boxed (&self->pending.result, result);
    }
  g_mutex_unlock (&self->lock);
}

void
rg_job_report_end (RgJob *self,
                   GError *error)
{
  g_return_if_fail (RG_IS_JOB (self));

  g_mutex_lock (&self->lock);
  if (is_end (self->pending.state))
    g_clear_error (&error);
  else
    end_locked (self, error);
  g_mutex_unlock (&self->lock);
}
