/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/ui/answer-fixture.h"
#include "ui/window-private.h"

/* The real window on the bundled model, for tests that do what a person does. */

/* Where the star is in the sample, see resources/samples/draw-samples.c. */
#define STAR_X 150
#define STAR_Y 250
#define STAR_RADIUS 82

typedef struct
{
  RgEngine *engine;
  RgWindow *window;
} Fixture;

/* Runs the main loop until @done, which it surely is within a minute. */
#define WAIT_UNTIL(done)                                             \
  do                                                                 \
    {                                                                \
      gint64 end_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC; \
      while (!(done) && g_get_monotonic_time () < end_us)            \
        if (!g_main_context_iteration (NULL, FALSE))                 \
          g_usleep (500);                                            \
      g_assert_true (done);                                          \
    }                                                                \
  while (0)

static G_GNUC_UNUSED char *
data_path (const char *folder,
           const char *name)
{
  return g_build_filename (g_getenv ("REGARD_DATADIR"), folder, name, NULL);
}

/* @data: (nullable): width and height of the window, two of int. */
static G_GNUC_UNUSED void
set_up (Fixture *self,
        gconstpointer data)
{
  const int *size = data;
  g_autofree char *model = data_path ("model", NULL);
  g_autoptr (RgJob) load = NULL;

  self->engine = rg_engine_new (2);
  self->window = rg_window_new (NULL, self->engine);
  g_object_add_weak_pointer (G_OBJECT (self->window), (gpointer *) &self->window);
  if (size != NULL)
    gtk_window_set_default_size (GTK_WINDOW (self->window), size[0], size[1]);
  gtk_window_present (GTK_WINDOW (self->window));

  load = rg_engine_load (self->engine, model);
  rg_window_follow_load (self->window, load);
  WAIT_UNTIL (rg_job_is_finished (load));
  g_assert_no_error (rg_job_get_error (load));
}

static G_GNUC_UNUSED void
tear_down (Fixture *self,
           gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  WAIT_UNTIL (self->window == NULL);
  g_assert_finalize_object (self->engine);
}

/* The window's drop target gets what a file manager gives. */
static G_GNUC_UNUSED gboolean
drop_files (Fixture *self,
            GFile **files,
            guint n_files)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (self->window));
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean taken = FALSE;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (files, n_files));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "drop", &value, 10.0, 10.0, &taken);
    }

  return taken;
}

static G_GNUC_UNUSED void
drop_sample (Fixture *self)
{
  g_autofree char *path = data_path ("samples", "star-house.png");
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_assert_true (drop_files (self, &file, 1));
  WAIT_UNTIL (rg_conversation_get_image (self->window->conversation) != NULL);
}

/* Types a question and presses Enter. Returns: (transfer none): the answer in full. */
static G_GNUC_UNUSED const char *
type_question (Fixture *self,
               const char *question)
{
  RgExchange *exchange;

  rg_question_bar_set_text (self->window->question_bar, question);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->window), "win.ask", NULL));
  exchange = rg_conversation_get_last (self->window->conversation);
  g_assert_nonnull (exchange);
  g_assert_cmpstr (rg_exchange_get_question (exchange), ==, question);
  WAIT_UNTIL (!rg_exchange_get_busy (exchange));

  return rg_exchange_get_answer (exchange);
}

/* Presses a key on the word strip, as a word there has the focus. */
static G_GNUC_UNUSED void
press_on_strip (Fixture *self,
                guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (self->window->strip);
  gboolean handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, 0, &handled);
    }
  g_assert_true (handled);
}

/* Does what the window does at @key in @phase. Returns: how many of its shortcuts did something. */
static G_GNUC_UNUSED guint
press (Fixture *self,
       guint key,
       GtkPropagationPhase phase)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (self->window));
  guint n_done = 0;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean asked = GTK_IS_SHORTCUT_CONTROLLER (controller) && gtk_event_controller_get_propagation_phase (controller) == phase;

      for (guint j = 0; asked && j < g_list_model_get_n_items (G_LIST_MODEL (controller)); j++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key)
            n_done += gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, GTK_WIDGET (self->window), gtk_shortcut_get_arguments (shortcut));
        }
    }

  return n_done;
}

/* A key that the focus had no use for. */
static G_GNUC_UNUSED void
press_on_window (Fixture *self,
                 guint key)
{
  g_assert_cmpuint (press (self, key, GTK_PHASE_BUBBLE), ==, 1);
}

static G_GNUC_UNUSED void
ask_star (Fixture *self)
{
  drop_sample (self);
  g_assert_cmpstr (type_question (self, "what is left of the house?"), ==, "a red star");
  WAIT_UNTIL (rg_answer_get_n_words (self->window->answer) == 3);
}
