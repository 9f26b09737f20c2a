/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "engine/library.h"
#include "ui/models-dialog.h"
#include "ui/window-private.h"

/* What the model of a path is, found out in the background. The window may be gone by then, so it is only watched. */
static void
describe_in_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  RgModelDescription *model = rg_model_description_read (path, NULL, cancellable, &error);

  if (model != NULL)
    g_task_return_pointer (task, model, (GDestroyNotify) rg_model_description_free);
  else
    g_task_return_error (task, error);
}

#define MODEL_NAME "regard-model-name"

/* Two models may look alike from outside: whoever opened one is told that it is there. */
static void
load_finished_cb (RgWindow *self, RgJob *job)
{
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (self->engine);
  g_autofree char *sentence = NULL;

  if (rg_job_get_state (job) != RG_JOB_DONE)
    return;

  sentence = g_strdup_printf (_ ("“%s” answers from now on."), (const char *) g_object_get_data (G_OBJECT (job), MODEL_NAME));
  _rg_window_toast (self, sentence);
  if (self->settings != NULL && info != NULL && g_utf8_validate (info->path, -1, NULL))
    g_settings_set_string (self->settings, "model-path", info->path);
}

static void
described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree GWeakRef *watch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgModelDescription) model = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (RgWindow) self = g_weak_ref_get (watch);
  g_autoptr (RgJob) job = NULL;

  g_weak_ref_clear (watch);
  if (self == NULL || self->engine == NULL)
    return;
  if (model == NULL || (model->uses & RG_MODEL_USE_ANSWER) == 0)
    {
      _rg_window_toast (self, model != NULL ? model->reason : error->message);
      return;
    }

  if (self->load_job != NULL)
    rg_job_cancel (self->load_job);
  job = rg_engine_load_pair (self->engine, model->path, model->projector_path);
  g_object_set_data_full (G_OBJECT (job), MODEL_NAME, g_strdup (model->name), g_free);
  g_signal_connect_object (job, "finished", G_CALLBACK (load_finished_cb), self, G_CONNECT_SWAPPED);
  rg_window_follow_load (self, job);
}

void
rg_window_open_model (RgWindow *self, const char *path)
{
  g_autoptr (GTask) task = NULL;
  GWeakRef *watch;

  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (path != NULL);

  watch = g_new0 (GWeakRef, 1);
  g_weak_ref_init (watch, self);
  task = g_task_new (NULL, NULL, described_cb, watch);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, describe_in_thread);
}

gboolean
_rg_window_describes (RgWindow *self)
{
  g_autoptr (RgModelInfo) info = self->engine != NULL ? rg_engine_dup_model_info (self->engine) : NULL;

  return info != NULL && info->describes;
}

void
_rg_window_update_hint (RgWindow *self)
{
  g_autoptr (RgModelInfo) info = self->engine != NULL ? rg_engine_dup_model_info (self->engine) : NULL;
  const char *hint = _ ("Ask about the picture");

  if (info != NULL && info->describes)
    hint = _ ("How its description begins, or nothing");
  else if (info != NULL && info->through_question)
    hint = _ ("Each question by itself; maps show what its words looked at");
  rg_question_bar_set_hint (self->question_bar, hint);
  g_object_set (self->controls, "calibrated", info != NULL && info->calibrated, NULL);
}

gboolean
_rg_window_can_stop_load (RgWindow *self)
{
  g_autoptr (RgModelInfo) info = self->engine != NULL ? rg_engine_dup_model_info (self->engine) : NULL;

  /* Without the first model there would be nothing to go back to. */
  return info != NULL && self->load_job != NULL && !rg_job_is_finished (self->load_job);
}

void
_rg_window_stop_load (RgWindow *self)
{
  rg_job_cancel (self->load_job);
}

GtkWidget *
_rg_window_new_models_dialog (RgWindow *self)
{
  g_autoptr (RgModelInfo) info = self->engine != NULL ? rg_engine_dup_model_info (self->engine) : NULL;
  GtkWidget *dialog = rg_models_dialog_new (self->settings, self->bundled_model, info != NULL ? info->path : NULL);

  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (self));

  return dialog;
}

static void
chosen_cb (RgWindow *self, const char *path)
{
  rg_window_open_model (self, path);
}

static void
models_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  GtkWidget *dialog = _rg_window_new_models_dialog (self);

  g_signal_connect_object (dialog, "chosen", G_CALLBACK (chosen_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
rg_window_say (RgWindow *self, const char *sentence)
{
  g_return_if_fail (RG_IS_WINDOW (self));

  _rg_window_toast (self, sentence);
}

void
rg_window_set_bundled_model (RgWindow *self, const char *path)
{
  g_return_if_fail (RG_IS_WINDOW (self));

  g_free (self->bundled_model);
  self->bundled_model = g_strdup (path);
}

void
_rg_window_install_model_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.models", NULL, models_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_l, GDK_CONTROL_MASK, "win.models", NULL);
}
