/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/beside.h"

struct _RgBeside
{
  GObject parent_instance;

  /* Owned */
  RgInquiry *about;   /* the answer that it stands beside */
  RgInquiry *inquiry; /* about its own words */
  RgImage *picture;
  char *path;       /* of another model */
  gboolean given;   /* the other model is made to say the same */
  RgEngine *engine; /* of another model */
  RgJob *job;       /* loads it, or asks it */
};

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgBeside, rg_beside, G_TYPE_OBJECT)

static void
release_job (RgBeside *self)
{
  if (self->job == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->job, self);
  if (!rg_job_is_finished (self->job))
    rg_job_cancel (self->job);
  g_clear_object (&self->job);
}

static void
release_inquiry (RgBeside *self)
{
  if (self->inquiry == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->inquiry, self);
  rg_inquiry_cancel (self->inquiry);
  g_clear_object (&self->inquiry);
}

/* What was found out about one answer says nothing of another. The other model stays. */
static void
release_answer (RgBeside *self)
{
  release_job (self);
  release_inquiry (self);
  g_clear_object (&self->about);
  g_clear_pointer (&self->picture, rg_image_unref);
}

static void
release_model (RgBeside *self)
{
  g_clear_object (&self->engine);
  g_clear_pointer (&self->path, g_free);
}

static void
rg_beside_dispose (GObject *object)
{
  RgBeside *self = RG_BESIDE (object);

  release_answer (self);
  release_model (self);

  G_OBJECT_CLASS (rg_beside_parent_class)->dispose (object);
}

static void
rg_beside_class_init (RgBesideClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = rg_beside_dispose;

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_BESIDE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", RG_TYPE_BESIDE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
rg_beside_init (RgBeside *self)
{
}

RgBeside *
rg_beside_new (void)
{
  return g_object_new (RG_TYPE_BESIDE, NULL);
}

static void
changed_cb (RgBeside *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
failed_cb (RgBeside *self,
           const char *sentence)
{
  g_signal_emit (self, signals[FAILED], 0, sentence);
}

static void
begin_inquiry (RgBeside *self,
               RgEngine *engine,
               const RgAnswered *answered)
{
  self->inquiry = rg_inquiry_new (engine, answered, rg_inquiry_get_sampling (self->about));
  g_signal_connect_object (self->inquiry, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inquiry, "progress", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inquiry, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

void
rg_beside_take_picture (RgBeside *self,
                        RgEngine *engine,
                        RgInquiry *inquiry,
                        RgImage *picture)
{
  RgAnswered answered;

  g_return_if_fail (RG_IS_BESIDE (self));
  g_return_if_fail (picture != NULL);

  if (self->about == inquiry && self->picture == picture)
    return;

  rg_image_ref (picture);
  rg_beside_clear (self);
  self->about = g_object_ref (inquiry);
  self->picture = picture;
  answered = *rg_inquiry_get_answered (inquiry);
  answered.image = picture;
  begin_inquiry (self, engine, &answered);
}

/* --- another model ------------------------------------------------------------------------------------------------ */

/* @job: (transfer full) */
static void
begin_job (RgBeside *self,
           RgJob *job,
           void (*finished) (RgBeside *self))
{
  release_job (self);
  self->job = job;
  g_signal_connect_object (job, "notify::stage", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "notify::fraction", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "finished", G_CALLBACK (finished), self, G_CONNECT_SWAPPED);
}

/* Returns: (transfer full) (nullable): the job that is over, if it ended well. */
static RgJob *
end_job (RgBeside *self)
{
  g_autoptr (RgBeside) held = g_object_ref (self);
  g_autoptr (RgJob) job = g_object_ref (self->job);

  release_job (self);
  if (rg_job_get_state (job) == RG_JOB_DONE)
    return g_steal_pointer (&job);

  release_model (self);
  g_signal_emit (self, signals[FAILED], 0, rg_job_get_error (job)->message);

  return NULL;
}

static void
answered_cb (RgBeside *self)
{
  g_autoptr (RgJob) job = end_job (self);
  RgAnswered answered;

  if (job == NULL)
    return;

  answered = *rg_inquiry_get_answered (self->about);
  answered.tokens = rg_job_get_tokens (job);
  begin_inquiry (self, self->engine, &answered);
  changed_cb (self);
}

static void
ask (RgBeside *self)
{
  const RgAnswered *answered = rg_inquiry_get_answered (self->about);

  begin_job (self,
             self->given ? rg_engine_read (self->engine, answered, rg_inquiry_get_sampling (self->about))
                         : rg_engine_ask (self->engine, answered->image, answered->turns, answered->n_turns, answered->question, rg_inquiry_get_sampling (self->about)),
             answered_cb);
}

static void
loaded_cb (RgBeside *self)
{
  g_autoptr (RgJob) job = end_job (self);

  if (job == NULL)
    return;

  ask (self);
  changed_cb (self);
}

void
rg_beside_take_model (RgBeside *self,
                      RgInquiry *inquiry,
                      const char *path,
                      gboolean given)
{
  g_autofree char *copy = g_strdup (path);
  gboolean is_loaded;

  g_return_if_fail (RG_IS_BESIDE (self));
  g_return_if_fail (path != NULL);

  is_loaded = self->engine != NULL && g_strcmp0 (self->path, path) == 0;
  if (is_loaded && self->about == inquiry && self->given == given)
    return;

  /* A load that was not done is given up with the answer that it was for. */
  is_loaded = is_loaded && self->job == NULL;
  g_object_ref (inquiry);
  release_answer (self);
  self->about = inquiry;
  self->given = given;
  if (is_loaded)
    {
      ask (self);
      return;
    }

  release_model (self);
  self->path = g_steal_pointer (&copy);
  self->engine = rg_engine_new (0);
  begin_job (self, rg_engine_load (self->engine, self->path), loaded_cb);
}

void
rg_beside_clear (RgBeside *self)
{
  g_return_if_fail (RG_IS_BESIDE (self));

  release_answer (self);
  release_model (self);
}

RgInquiry *
rg_beside_get_inquiry (RgBeside *self)
{
  g_return_val_if_fail (RG_IS_BESIDE (self), NULL);

  return self->inquiry;
}

RgJob *
rg_beside_get_job (RgBeside *self)
{
  g_return_val_if_fail (RG_IS_BESIDE (self), NULL);

  return self->job != NULL ? self->job : self->inquiry != NULL ? rg_inquiry_get_job (self->inquiry)
                                                               : NULL;
}

char *
rg_beside_dup_model_name (RgBeside *self)
{
  g_autoptr (RgModelInfo) info = NULL;

  g_return_val_if_fail (RG_IS_BESIDE (self), NULL);

  info = self->engine != NULL ? rg_engine_dup_model_info (self->engine) : NULL;

  return info != NULL ? g_strdup (info->name) : NULL;
}
