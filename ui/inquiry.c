/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/inquiry.h"

#include <string.h>

struct _RgInquiry
{
  GObject parent_instance;

  /* Owned */
  RgEngine *engine;
  RgAnswered answered; /* its members, too */
  RgModelInfo *model;
  RgExplanation *found[RG_N_METHODS];
  RgSwap *swap;
  RgImage *other; /* of the swap that was asked for last */
  RgJob *job;

  RgSampling sampling;
  RgMethodOptions choices;
  gboolean swapping;      /* what the job is; if it is no swap: */
  RgExplainOptions asked; /* "known" is not kept */
  gboolean given_up[RG_N_METHODS];
};

enum
{
  CHANGED,
  PROGRESS,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgInquiry, rg_inquiry, G_TYPE_OBJECT)

static void
release_job (RgInquiry *self)
{
  if (self->job == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->job, self);
  if (!rg_job_is_finished (self->job))
    rg_job_cancel (self->job);
  g_clear_object (&self->job);
}

static void
rg_inquiry_dispose (GObject *object)
{
  RgInquiry *self = RG_INQUIRY (object);

  release_job (self);
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    g_clear_pointer (&self->found[method], rg_explanation_unref);
  g_clear_pointer (&self->swap, rg_swap_unref);
  g_clear_pointer (&self->other, rg_image_unref);

  for (guint i = 0; i < self->answered.n_turns; i++)
    {
      g_free ((char *) self->answered.turns[i].question);
      g_free ((char *) self->answered.turns[i].answer);
    }
  self->answered.n_turns = 0;
  g_clear_pointer ((RgTurn **) &self->answered.turns, g_free);
  g_clear_pointer ((char **) &self->answered.question, g_free);
  g_clear_pointer (&self->answered.image, rg_image_unref);
  g_clear_object (&self->answered.tokens);
  g_clear_pointer (&self->model, rg_model_info_free);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (rg_inquiry_parent_class)->dispose (object);
}

static void
rg_inquiry_class_init (RgInquiryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = rg_inquiry_dispose;

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_INQUIRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROGRESS] = g_signal_new ("progress", RG_TYPE_INQUIRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", RG_TYPE_INQUIRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
rg_inquiry_init (RgInquiry *self)
{
}

RgInquiry *
rg_inquiry_new (RgEngine *engine,
                const RgAnswered *answered,
                const RgSampling *sampling)
{
  RgInquiry *self = g_object_new (RG_TYPE_INQUIRY, NULL);
  RgTurn *turns = g_new (RgTurn, answered->n_turns);

  for (guint i = 0; i < answered->n_turns; i++)
    turns[i] = (RgTurn){ g_strdup (answered->turns[i].question), g_strdup (answered->turns[i].answer) };

  self->engine = g_object_ref (engine);
  self->sampling = *sampling;
  self->choices = rg_explain_options_default ().choices;
  self->answered = (RgAnswered){
    .image = rg_image_ref (answered->image),
    .turns = turns,
    .n_turns = answered->n_turns,
    .question = g_strdup (answered->question),
    .max_tokens = answered->max_tokens,
    .tokens = g_object_ref (answered->tokens),
  };

  return self;
}

/* --- the work ----------------------------------------------------------------------------------------------------- */

static void
progress_cb (RgInquiry *self)
{
  g_signal_emit (self, signals[PROGRESS], 0);
}

static void
keep_explanation (RgInquiry *self,
                  RgJob *job)
{
  RgMethod method = self->asked.method;
  RgExplanation *explanation = rg_job_get_explanation (job);

  if (explanation != NULL && rg_job_get_state (job) == RG_JOB_DONE)
    {
      g_clear_pointer (&self->found[method], rg_explanation_unref);
      self->found[method] = rg_explanation_ref (explanation);
      g_clear_pointer (&self->model, rg_model_info_free);
      self->model = rg_engine_dup_model_info (self->engine);
    }
  self->given_up[method] = rg_job_get_state (job) == RG_JOB_FAILED;
}

static void
keep_swap (RgInquiry *self,
           RgJob *job)
{
  RgSwap *swap = rg_job_get_swap (job);

  if (swap != NULL && rg_job_get_state (job) == RG_JOB_DONE)
    self->swap = rg_swap_ref (swap);
}

static void
finished_cb (RgInquiry *self)
{
  g_autoptr (RgInquiry) held = g_object_ref (self);
  g_autoptr (RgJob) job = g_object_ref (self->job);

  release_job (self);

  if (self->swapping)
    keep_swap (self, job);
  else
    keep_explanation (self, job);

  if (rg_job_get_state (job) == RG_JOB_FAILED)
    g_signal_emit (self, signals[FAILED], 0, rg_job_get_error (job)->message);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* @job: (transfer full). What was being found out before is given up: it is the later wish that somebody waits for. */
static void
begin (RgInquiry *self,
       RgJob *job)
{
  release_job (self);

  self->job = job;
  g_signal_connect_object (self->job, "notify::stage", G_CALLBACK (progress_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "notify::fraction", G_CALLBACK (progress_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (finished_cb), self, G_CONNECT_SWAPPED);

  g_signal_emit (self, signals[CHANGED], 0);
}

static void
begin_explaining (RgInquiry *self,
                  const RgExplainOptions *options)
{
  self->swapping = FALSE;
  self->asked = *options;
  self->asked.known = NULL;
  begin (self, rg_engine_explain (self->engine, &self->answered, options));
}

static gboolean
is_explaining (RgInquiry *self,
               RgMethod method)
{
  return self->job != NULL && !self->swapping && self->asked.method == method;
}

/* Attention has a map for each layer and head; what is known of one says nothing of another. */
static gboolean
is_about (const RgMethodOptions *options,
          int layer,
          int head)
{
  return options->layer == layer && options->head == head;
}

/* Whether maps made with @made are those that are wanted. */
static gboolean
is_wanted (RgInquiry *self,
           RgMethod method,
           const RgMethodOptions *made)
{
  RgMethodOptions wanted = self->choices;

  if (!wanted.hide_sinks)
    {
      wanted.layer = made->layer;
      wanted.head = made->head;
    }

  return rg_method_options_equal (method, made, &wanted);
}

void
rg_inquiry_set_choices (RgInquiry *self,
                        const RgMethodOptions *choices)
{
  g_return_if_fail (RG_IS_INQUIRY (self));

  if (memcmp (&self->choices, choices, sizeof *choices) == 0)
    return;

  self->choices = *choices;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      if (self->found[method] != NULL && !is_wanted (self, method, rg_explanation_get_options (self->found[method])))
        {
          g_clear_pointer (&self->found[method], rg_explanation_unref);
          self->given_up[method] = FALSE;
        }
      if (is_explaining (self, method) && !is_wanted (self, method, &self->asked.choices))
        release_job (self);
    }
}

void
rg_inquiry_explain (RgInquiry *self,
                    RgMethod method,
                    gboolean again)
{
  RgExplainOptions options = rg_explain_options_default ();

  g_return_if_fail (RG_IS_INQUIRY (self));
  g_return_if_fail (method < RG_N_METHODS);

  if (self->found[method] != NULL || is_explaining (self, method) || (self->given_up[method] && !again))
    return;

  options.method = method;
  options.choices = self->choices;
  if (!self->choices.hide_sinks)
    options.choices.layer = options.choices.head = -1;
  begin_explaining (self, &options);
}

void
rg_inquiry_verify (RgInquiry *self,
                   RgMethod method,
                   int layer,
                   int head,
                   int word)
{
  RgExplainOptions options = rg_explain_options_default ();
  RgExplanation *found;

  g_return_if_fail (RG_IS_INQUIRY (self));
  g_return_if_fail (method < RG_N_METHODS);

  if (rg_inquiry_get_verdict (self, method, layer, head, word) != NULL)
    return;
  if (is_explaining (self, method) && is_about (&self->asked.choices, layer, head) && self->asked.verify == word)
    return;

  found = self->found[method];
  options.method = method;
  options.choices = self->choices;
  options.choices.layer = layer;
  options.choices.head = head;
  options.verify = word;
  if (found != NULL && is_about (rg_explanation_get_options (found), layer, head))
    options.known = found;
  begin_explaining (self, &options);
}

void
rg_inquiry_swap (RgInquiry *self,
                 RgImage *other)
{
  g_return_if_fail (RG_IS_INQUIRY (self));

  if (self->other == other && (self->swap != NULL || rg_inquiry_is_swapping (self)))
    return;

  if (other != NULL)
    rg_image_ref (other);
  g_clear_pointer (&self->other, rg_image_unref);
  self->other = other;
  g_clear_pointer (&self->swap, rg_swap_unref);
  self->swapping = TRUE;
  begin (self, rg_engine_swap (self->engine, &self->answered, other));
}

void
rg_inquiry_cancel (RgInquiry *self)
{
  g_return_if_fail (RG_IS_INQUIRY (self));

  if (self->job == NULL)
    return;

  release_job (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
rg_inquiry_give_up (RgInquiry *self)
{
  g_return_if_fail (RG_IS_INQUIRY (self));

  if (self->job != NULL && !self->swapping)
    self->given_up[self->asked.method] = TRUE;
  rg_inquiry_cancel (self);
}

RgJob *
rg_inquiry_get_job (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);

  return self->job;
}

gboolean
rg_inquiry_is_verifying (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), FALSE);

  return self->job != NULL && !self->swapping && self->asked.verify != RG_VERIFY_NONE;
}

gboolean
rg_inquiry_is_swapping (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), FALSE);

  return self->job != NULL && self->swapping;
}

/* --- what was found ----------------------------------------------------------------------------------------------- */

RgExplanation *
rg_inquiry_get_explanation (RgInquiry *self,
                            RgMethod method)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);
  g_return_val_if_fail (method < RG_N_METHODS, NULL);

  return self->found[method];
}

RgSwap *
rg_inquiry_get_swap (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);

  return self->swap;
}

static gboolean
is_tested (const RgExplanation *explanation,
           int word)
{
  guint n_words = rg_explanation_get_n_words (explanation);

  if (word != RG_VERIFY_ALL)
    return word < (int) n_words && rg_explanation_get_verdict (explanation, word) != NULL;

  for (guint w = 0; w < n_words; w++)
    if (rg_explanation_get_verdict (explanation, w) == NULL)
      return FALSE;

  return TRUE;
}

RgExplanation *
rg_inquiry_get_verdict (RgInquiry *self,
                        RgMethod method,
                        int layer,
                        int head,
                        int word)
{
  RgExplanation *found = rg_inquiry_get_explanation (self, method);

  return found != NULL && is_about (rg_explanation_get_options (found), layer, head) && is_tested (found, word) ? found : NULL;
}

const RgAnswered *
rg_inquiry_get_answered (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);

  return &self->answered;
}

const RgSampling *
rg_inquiry_get_sampling (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);

  return &self->sampling;
}

const RgModelInfo *
rg_inquiry_get_model (RgInquiry *self)
{
  g_return_val_if_fail (RG_IS_INQUIRY (self), NULL);

  return self->model;
}
