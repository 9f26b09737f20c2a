/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include "engine/explain/method.h"
#include "engine/worker.h"

/* What the main thread asks of the background thread: copies and immutable objects only. */
typedef struct _Task Task;

struct _Task
{
  gboolean (*run) (RgEngine *engine, RgWorker *worker, Task *task, GError **error); /* NULL: end the thread */
  RgJob *job;
  char *path;
  char *out;
  char *projector;
  RgImage *image, *other;
  RgTurn *turns; /* n_turns, the strings are owned */
  guint n_turns;
  char *question, *given;
  RgSampling sampling;
  GArray *ids, *words; /* of an answer: guint32, RgWord */
  RgExplainOptions explain;
};

struct _RgEngine
{
  GObject parent_instance;

  guint n_threads;
  GThread *thread;
  GAsyncQueue *tasks; /* of Task */

  GMutex lock;
  RgModelInfo *info; /* guarded by lock */
  GPtrArray *jobs;   /* guarded by lock: of RgJob, waiting or running */
};

G_DEFINE_FINAL_TYPE (RgEngine, rg_engine, G_TYPE_OBJECT)

enum
{
  MODEL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
task_free (Task *task)
{
  for (guint i = 0; i < task->n_turns; i++)
    {
      g_free ((char *) task->turns[i].question);
      g_free ((char *) task->turns[i].answer);
    }

  g_clear_object (&task->job);
  g_clear_pointer (&task->image, rg_image_unref);
  g_clear_pointer (&task->other, rg_image_unref);
  g_free (task->path);
  g_free (task->out);
  g_free (task->projector);
  g_free (task->turns);
  g_free (task->question);
  g_free (task->given);
  g_clear_pointer (&task->ids, g_array_unref);
  g_clear_pointer (&task->words, g_array_unref);
  g_clear_pointer (&task->explain.known, rg_explanation_unref);
  g_free (task);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Task, task_free)

/* --- background thread -------------------------------------------------------------------------------------------- */

static gboolean
run_load (RgEngine *engine,
          RgWorker *worker,
          Task *task,
          GError **error)
{
  RgModelInfo *info = rg_worker_load (worker, task->path, task->projector, task->job, error);

  if (info == NULL)
    return FALSE;

  g_mutex_lock (&engine->lock);
  rg_model_info_free (engine->info);
  engine->info = info;
  g_mutex_unlock (&engine->lock);

  return TRUE;
}

static gboolean
run_see (RgEngine *engine,
         RgWorker *worker,
         Task *task,
         GError **error)
{
  return rg_worker_see (worker, task->image, task->job, error);
}

static gboolean
run_ask (RgEngine *engine,
         RgWorker *worker,
         Task *task,
         GError **error)
{
  return rg_worker_ask (worker, task->image, task->turns, task->n_turns, task->question, task->given, &task->sampling, task->job, error);
}

static RgReadAnswer
get_answer (Task *task)
{
  return (RgReadAnswer){
    .image = task->image,
    .turns = task->turns,
    .n_turns = task->n_turns,
    .question = task->question,
    .max_tokens = task->sampling.max_tokens,
    .ids = task->ids,
    .words = task->words,
  };
}

static gboolean
run_swap (RgEngine *engine,
          RgWorker *worker,
          Task *task,
          GError **error)
{
  RgReadAnswer answer = get_answer (task);

  return rg_worker_swap (worker, &answer, task->other, task->job, error);
}

static gboolean
run_explain (RgEngine *engine,
             RgWorker *worker,
             Task *task,
             GError **error)
{
  RgReadAnswer answer = get_answer (task);

  return rg_worker_explain (worker, &answer, &task->explain, task->job, error);
}

static gboolean
run_train (RgEngine *engine,
           RgWorker *worker,
           Task *task,
           GError **error)
{
  return rg_worker_train (worker, task->path, task->out, task->job, error);
}

/* Has the engine as a bare pointer: with a reference the thread could become its last owner and would have to wait for its
 * own end. The engine's finalization waits for the thread. */
static gpointer
work (gpointer data)
{
  RgEngine *engine = data;
  g_autoptr (RgWorker) worker = rg_worker_new (engine->n_threads);

  while (TRUE)
    {
      g_autoptr (Task) task = g_async_queue_pop (engine->tasks);
      GError *error = NULL;

      if (task->run == NULL)
        return NULL;

      if (rg_job_begin (task->job))
        {
          task->run (engine, worker, task, &error);
          rg_job_report_end (task->job, error);
        }

      g_mutex_lock (&engine->lock);
      g_ptr_array_remove (engine->jobs, task->job);
      g_mutex_unlock (&engine->lock);
    }
}

/* --- main thread -------------------------------------------------------------------------------------------------- */

static void
cancel_all (RgEngine *self)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->jobs->len; i++)
    rg_job_cancel (self->jobs->pdata[i]);
  g_mutex_unlock (&self->lock);
}

static void
rg_engine_finalize (GObject *object)
{
  RgEngine *self = RG_ENGINE (object);

  cancel_all (self);
  g_async_queue_push (self->tasks, g_new0 (Task, 1));
  g_thread_join (self->thread);

  g_async_queue_unref (self->tasks);
  g_ptr_array_unref (self->jobs);
  rg_model_info_free (self->info);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (rg_engine_parent_class)->finalize (object);
}

static void
rg_engine_class_init (RgEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rg_engine_finalize;

  signals[MODEL_CHANGED] = g_signal_new ("model-changed", RG_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rg_engine_init (RgEngine *self)
{
  g_mutex_init (&self->lock);
  self->tasks = g_async_queue_new ();
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
}

RgEngine *
rg_engine_new (guint n_threads)
{
  RgEngine *self = g_object_new (RG_TYPE_ENGINE, NULL);

  self->n_threads = n_threads;
  self->thread = g_thread_new ("engine", work, self);

  return self;
}

RgSampling
rg_sampling_default (void)
{
  return (RgSampling){
    .top_p = 1,
    .max_tokens = 128,
    .n_alternatives = 5,
    .record_attention = TRUE,
  };
}

RgModelInfo *
rg_engine_dup_model_info (RgEngine *self)
{
  RgModelInfo *info;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);

  g_mutex_lock (&self->lock);
  info = self->info != NULL ? rg_model_info_copy (self->info) : NULL;
  g_mutex_unlock (&self->lock);

  return info;
}

/* @task: (transfer full). Returns: (transfer full): its job. */
static RgJob *
enqueue (RgEngine *self,
         Task *task)
{
  RgJob *job = rg_job_new ();

  task->job = g_object_ref (job);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->jobs, g_object_ref (job));
  g_mutex_unlock (&self->lock);
  g_async_queue_push (self->tasks, task);

  return job;
}

static void
load_finished (RgJob *job,
               gpointer data)
{
  if (rg_job_get_state (job) == RG_JOB_DONE)
    g_signal_emit (data, signals[MODEL_CHANGED], 0);
}

RgJob *
rg_engine_load (RgEngine *self,
                const char *path)
{
  return rg_engine_load_pair (self, path, NULL);
}

RgJob *
rg_engine_load_pair (RgEngine *self,
                     const char *path,
                     const char *projector)
{
  Task *task;
  RgJob *job;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  task = g_new0 (Task, 1);
  task->run = run_load;
  task->path = g_strdup (path);
  task->projector = g_strdup (projector);

  job = enqueue (self, task);
  g_signal_connect_object (job, "finished", G_CALLBACK (load_finished), self, 0);

  return job;
}

RgJob *
rg_engine_see (RgEngine *self,
               RgImage *image)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (image != NULL, NULL);

  task = g_new0 (Task, 1);
  task->run = run_see;
  task->image = rg_image_ref (image);

  return enqueue (self, task);
}

static void
copy_conversation (Task *task,
                   RgImage *image,
                   const RgTurn *turns,
                   guint n_turns,
                   const char *question)
{
  task->image = rg_image_ref (image);
  task->question = g_strdup (question);
  task->n_turns = n_turns;
  task->turns = g_new (RgTurn, n_turns);
  for (guint i = 0; i < n_turns; i++)
    task->turns[i] = (RgTurn){ g_strdup (turns[i].question), g_strdup (turns[i].answer) };
}

RgJob *
rg_engine_ask (RgEngine *self,
               RgImage *image,
               const RgTurn *turns,
               guint n_turns,
               const char *question,
               const RgSampling *sampling)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (image != NULL, NULL);
  g_return_val_if_fail (question != NULL, NULL);
  g_return_val_if_fail (turns != NULL || n_turns == 0, NULL);

  task = g_new0 (Task, 1);
  task->run = run_ask;
  task->sampling = sampling != NULL ? *sampling : rg_sampling_default ();
  copy_conversation (task, image, turns, n_turns, question);

  return enqueue (self, task);
}

static gboolean
is_answered (const RgAnswered *answered)
{
  return answered != NULL && answered->image != NULL && answered->question != NULL &&
         (answered->turns != NULL || answered->n_turns == 0) && RG_IS_TOKEN_LIST (answered->tokens);
}

RgJob *
rg_engine_read (RgEngine *self,
                const RgAnswered *answered,
                const RgSampling *sampling)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (is_answered (answered), NULL);

  task = g_new0 (Task, 1);
  task->run = run_ask;
  task->sampling = sampling != NULL ? *sampling : rg_sampling_default ();
  task->given = rg_token_list_dup_text (answered->tokens);
  copy_conversation (task, answered->image, answered->turns, answered->n_turns, answered->question);

  return enqueue (self, task);
}

RgExplainOptions
rg_explain_options_default (void)
{
  return (RgExplainOptions){ .method = RG_METHOD_DEFAULT, .choices = rg_method_options_default (), .verify = RG_VERIFY_NONE };
}

/* The list of tokens belongs to the main thread: what the worker needs of it is taken now. */
static void
copy_answer (Task *task,
             const RgAnswered *answered)
{
  copy_conversation (task, answered->image, answered->turns, answered->n_turns, answered->question);
  task->sampling.max_tokens = answered->max_tokens;

  task->words = rg_token_list_dup_words (answered->tokens);
  task->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < rg_token_list_get_length (answered->tokens); i++)
    {
      guint32 id = rg_token_get_id (rg_token_list_get (answered->tokens, i));

      g_array_append_val (task->ids, id);
    }
}

RgJob *
rg_engine_explain (RgEngine *self,
                   const RgAnswered *answered,
                   const RgExplainOptions *options)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (is_answered (answered), NULL);
  g_return_val_if_fail (options == NULL || options->method < RG_N_METHODS, NULL);

  task = g_new0 (Task, 1);
  task->run = run_explain;
  copy_answer (task, answered);
  task->explain = options != NULL ? *options : rg_explain_options_default ();
  if (task->explain.known != NULL)
    rg_explanation_ref (task->explain.known);

  return enqueue (self, task);
}

RgJob *
rg_engine_swap (RgEngine *self,
                const RgAnswered *answered,
                RgImage *other)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (is_answered (answered), NULL);

  task = g_new0 (Task, 1);
  task->run = run_swap;
  copy_answer (task, answered);
  task->other = other != NULL ? rg_image_ref (other) : NULL;

  return enqueue (self, task);
}

RgJob *
rg_engine_train (RgEngine *self,
                 const char *recipe,
                 const char *out)
{
  Task *task;

  g_return_val_if_fail (RG_IS_ENGINE (self), NULL);
  g_return_val_if_fail (recipe != NULL && out != NULL, NULL);

  task = g_new0 (Task, 1);
  task->run = run_train;
  task->path = g_strdup (recipe);
  task->out = g_strdup (out);

  return enqueue (self, task);
}
