/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/exchange.h"

#include "ui/closures.h"

struct _RgExchange
{
  GObject parent_instance;

  /* Owned */
  RgImage *image;
  RgJob *job;
  RgInquiry *inquiry;
  char *question;
  char *answer;
};

enum
{
  PROP_QUESTION = 1,
  PROP_ANSWER,
  PROP_STATUS,
  PROP_BUSY,
  PROP_FAILED,
  PROP_GRID,
  PROP_JOB,
  N_PROPS
};

enum
{
  FINISHED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgExchange, rg_exchange, G_TYPE_OBJECT)

static void
update_answer (RgExchange *self)
{
  g_free (self->answer);
  self->answer = rg_token_list_dup_text (rg_job_get_tokens (self->job));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANSWER]);
}

static void
stage_changed_cb (RgExchange *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
}

static void
grid_changed_cb (RgExchange *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRID]);
}

static void
state_changed_cb (RgExchange *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FAILED]);
}

static void
finished_cb (RgExchange *self)
{
  update_answer (self);
  state_changed_cb (self);
  g_signal_emit (self, signals[FINISHED], 0);
}

static void
release_job (RgExchange *self)
{
  g_clear_object (&self->inquiry);
  if (self->job == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->job, self);
  if (!rg_job_is_finished (self->job))
    rg_job_cancel (self->job);
  g_clear_object (&self->job);
}

static void
rg_exchange_dispose (GObject *object)
{
  RgExchange *self = RG_EXCHANGE (object);

  release_job (self);
  g_clear_pointer (&self->image, rg_image_unref);
  g_clear_pointer (&self->question, g_free);
  g_clear_pointer (&self->answer, g_free);

  G_OBJECT_CLASS (rg_exchange_parent_class)->dispose (object);
}

static void
rg_exchange_get_property (GObject *object,
                          guint prop_id,
                          GValue *value,
                          GParamSpec *pspec)
{
  RgExchange *self = RG_EXCHANGE (object);

  switch (prop_id)
    {
    case PROP_QUESTION:
      g_value_set_string (value, self->question);
      break;
    case PROP_ANSWER:
      g_value_set_string (value, self->answer);
      break;
    case PROP_STATUS:
      g_value_set_string (value, rg_exchange_get_status (self));
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, rg_exchange_get_busy (self));
      break;
    case PROP_FAILED:
      g_value_set_boolean (value, rg_exchange_get_failed (self));
      break;
    case PROP_GRID:
      g_value_set_boxed (value, rg_exchange_get_grid (self));
      break;
    case PROP_JOB:
      g_value_set_object (value, self->job);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_exchange_class_init (RgExchangeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_exchange_dispose;
  object_class->get_property = rg_exchange_get_property;

  properties[PROP_QUESTION] = g_param_spec_string ("question", NULL, NULL, NULL, flags);
  properties[PROP_ANSWER] = g_param_spec_string ("answer", NULL, NULL, "", flags);
  properties[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, "", flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_FAILED] = g_param_spec_boolean ("failed", NULL, NULL, FALSE, flags);
  properties[PROP_GRID] = g_param_spec_boxed ("grid", NULL, NULL, RG_TYPE_PATCH_GRID, flags);
  properties[PROP_JOB] = g_param_spec_object ("job", NULL, NULL, RG_TYPE_JOB, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[FINISHED] = g_signal_new ("finished", RG_TYPE_EXCHANGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rg_exchange_init (RgExchange *self)
{
  self->answer = g_strdup ("");
}

RgExchange *
rg_exchange_new (RgImage *image,
                 const char *question)
{
  RgExchange *self = g_object_new (RG_TYPE_EXCHANGE, NULL);

  g_return_val_if_fail (image != NULL && question != NULL, self);

  self->image = rg_image_ref (image);
  self->question = g_strdup (question);

  return self;
}

void
rg_exchange_take_job (RgExchange *self,
                      RgJob *job)
{
  g_return_if_fail (RG_IS_EXCHANGE (self));
  g_return_if_fail (RG_IS_JOB (job));

  release_job (self);
  self->job = job;

  g_signal_connect_object (job, "token", G_CALLBACK (update_answer), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "notify::stage", G_CALLBACK (stage_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "notify::patch-grid", G_CALLBACK (grid_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "notify::state", G_CALLBACK (state_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "finished", G_CALLBACK (finished_cb), self, G_CONNECT_SWAPPED);

  update_answer (self);
  grid_changed_cb (self);
  state_changed_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_JOB]);
}

void
rg_exchange_take_inquiry (RgExchange *self,
                          RgInquiry *inquiry)
{
  g_return_if_fail (RG_IS_EXCHANGE (self));
  g_return_if_fail (RG_IS_INQUIRY (inquiry));

  g_clear_object (&self->inquiry);
  self->inquiry = inquiry;
}

RgInquiry *
rg_exchange_get_inquiry (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->inquiry;
}

void
rg_exchange_cancel (RgExchange *self)
{
  g_return_if_fail (RG_IS_EXCHANGE (self));

  if (rg_exchange_get_busy (self))
    rg_job_cancel (self->job);
}

void
rg_exchange_set_image (RgExchange *self,
                       RgImage *image)
{
  g_return_if_fail (RG_IS_EXCHANGE (self));
  g_return_if_fail (image != NULL);

  rg_image_ref (image);
  g_clear_pointer (&self->image, rg_image_unref);
  self->image = image;
}

RgImage *
rg_exchange_get_image (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->image;
}

RgJob *
rg_exchange_get_job (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->job;
}

RgPatchGrid *
rg_exchange_get_grid (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->job != NULL ? rg_job_get_patch_grid (self->job) : NULL;
}

const char *
rg_exchange_get_question (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->question;
}

const char *
rg_exchange_get_answer (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), NULL);

  return self->answer;
}

const char *
rg_exchange_get_status (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), "");

  if (self->job == NULL)
    return "";

  switch (rg_job_get_state (self->job))
    {
    case RG_JOB_WAITING:
    case RG_JOB_RUNNING:
      return rg_format_stage (rg_job_get_stage (self->job));
    case RG_JOB_FAILED:
      return rg_job_get_error (self->job) != NULL ? rg_job_get_error (self->job)->message : _ ("The answer failed.");
    case RG_JOB_CANCELLED:
      return _ ("Stopped.");
    case RG_JOB_DONE:
    default:
      return "";
    }
}

gboolean
rg_exchange_get_busy (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), FALSE);

  return self->job != NULL && !rg_job_is_finished (self->job);
}

gboolean
rg_exchange_get_failed (RgExchange *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (self), FALSE);

  return self->job != NULL && rg_job_get_state (self->job) == RG_JOB_FAILED;
}
