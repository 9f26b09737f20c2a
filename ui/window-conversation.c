/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/toast.h"
#include "ui/window-private.h"

static RgSampling
get_sampling (RgWindow *self)
{
  RgSampling sampling = rg_sampling_default ();

  if (self->settings != NULL)
    {
      sampling.temperature = g_settings_get_double (self->settings, "temperature");
      sampling.max_tokens = g_settings_get_int (self->settings, "max-tokens");
    }

  return sampling;
}

void
_rg_window_start (RgWindow *self,
                  RgExchange *exchange)
{
  g_autoptr (GArray) turns = rg_conversation_dup_turns (self->conversation, exchange);
  RgSampling sampling = get_sampling (self);

  /* Nobody waits for the last answer's maps now. */
  _rg_window_release_inquiry (self);
  rg_exchange_take_job (exchange, rg_engine_ask (self->engine, rg_exchange_get_image (exchange),
                                                 (const RgTurn *) turns->data, turns->len,
                                                 rg_exchange_get_question (exchange), &sampling));
  _rg_window_begin_inquiry (self, exchange, (const RgTurn *) turns->data, turns->len, &sampling);
}

void
rg_window_ask (RgWindow *self,
               const char *question)
{
  g_autoptr (RgExchange) exchange = NULL;
  g_autofree char *text = NULL;
  RgExchange *last;

  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (question != NULL);

  text = g_strstrip (g_strdup (question));
  if (rg_conversation_get_image (self->conversation) == NULL)
    {
      _rg_window_toast (self, self->reading != NULL ? self->reading : _ ("Open a picture first."));
      return;
    }
  if (text[0] == '\0' && !_rg_window_describes (self))
    {
      _rg_window_toast (self, _ ("Type a question first."));
      rg_question_bar_grab (self->question_bar);
      return;
    }

  last = rg_conversation_get_last (self->conversation);
  if (last != NULL && rg_exchange_get_busy (last))
    rg_exchange_cancel (last);

  exchange = rg_exchange_new (rg_conversation_get_image (self->conversation), text);
  rg_conversation_append (self->conversation, exchange);
  _rg_window_show_exchange (self, exchange);
  _rg_window_start (self, exchange);

  rg_question_bar_set_primed (self->question_bar, FALSE);

  /* On the drawing board the same question is asked again and again: it stays, ready to be typed over. */
  if (_rg_window_get_draw (self))
    rg_question_bar_grab (self->question_bar);
  else
    rg_question_bar_set_text (self->question_bar, "");
}

void
_rg_window_replace (RgWindow *self,
                    RgConversation *conversation,
                    const char *sentence)
{
  /* What was said was about the picture before. */
  rg_toast_retract (self->toasts, &self->toast);
  if (rg_conversation_get_length (self->conversation) > 0)
    {
      AdwToast *toast = rg_toast_new (sentence);

      adw_toast_set_button_label (toast, _ ("_Undo"));
      adw_toast_set_action_name (toast, "win.undo");
      rg_toast_show (self->toasts, toast, &self->toast);
      g_set_object (&self->removed, self->conversation);
    }

  _rg_window_show_conversation (self, conversation);
}

static void
see_grid_cb (RgWindow *self)
{
  RgPatchGrid *grid = rg_job_get_patch_grid (self->see_job);

  /* An answer brings its own, of its own picture and of the model that gave it. */
  if (grid != NULL && (self->shown == NULL || (rg_exchange_get_grid (self->shown) == NULL && rg_exchange_get_image (self->shown) == rg_conversation_get_image (self->conversation))))
    rg_answer_set_grid (self->answer, grid);
}

void
_rg_window_see (RgWindow *self)
{
  RgImage *image = rg_conversation_get_image (self->conversation);
  g_autoptr (RgModelInfo) info = NULL;

  if (self->see_job != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->see_job, self);
      rg_job_cancel (self->see_job);
      g_clear_object (&self->see_job);
    }

  /* Without a model there is nothing to see with; it will be done when one has come. */
  if (self->engine == NULL || image == NULL || (info = rg_engine_dup_model_info (self->engine)) == NULL)
    return;

  self->see_job = rg_engine_see (self->engine, image);
  g_signal_connect_object (self->see_job, "notify::patch-grid", G_CALLBACK (see_grid_cb), self, G_CONNECT_SWAPPED);
}

void
rg_window_set_question (RgWindow *self,
                        const char *question)
{
  g_return_if_fail (RG_IS_WINDOW (self));

  rg_question_bar_set_text (self->question_bar, question);
  rg_question_bar_set_primed (self->question_bar, TRUE);
  rg_question_bar_grab (self->question_bar);
  _rg_window_update (self);
}

static void
ask_action (GtkWidget *widget,
            const char *name,
            GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  g_autofree char *question = g_strdup (rg_question_bar_get_text (self->question_bar));

  rg_window_ask (self, question);
}

static void
stop_action (GtkWidget *widget,
             const char *name,
             GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  RgExchange *last = rg_conversation_get_last (self->conversation);

  if (last != NULL && rg_exchange_get_busy (last))
    rg_conversation_cancel (self->conversation);
  else if (_rg_window_get_reading (self) != NULL)
    {
      _rg_window_stop_reading (self);
      _rg_window_update (self);
    }
  else if (_rg_window_can_stop_load (self))
    _rg_window_stop_load (self);
  else
    _rg_window_stop_why (self);
}

static void
regenerate_action (GtkWidget *widget,
                   const char *name,
                   GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  RgExchange *last = rg_conversation_get_last (self->conversation);

  if (last == NULL || rg_exchange_get_busy (last))
    return;

  _rg_window_show_exchange (self, last);
  _rg_window_start (self, last);
}

static void
new_action (GtkWidget *widget,
            const char *name,
            GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  g_autoptr (RgConversation) conversation = rg_conversation_new (rg_conversation_get_image (self->conversation),
                                                                 rg_conversation_get_title (self->conversation));

  _rg_window_replace (self, conversation, _ ("New conversation"));
  rg_question_bar_grab (self->question_bar);
}

static void
undo_action (GtkWidget *widget,
             const char *name,
             GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  g_autoptr (RgConversation) conversation = g_steal_pointer (&self->removed);

  if (conversation == NULL)
    return;

  rg_toast_retract (self->toasts, &self->toast);

  /* What was begun since is not lost either: Undo once more brings it back. */
  if (rg_conversation_get_length (self->conversation) > 0)
    self->removed = g_object_ref (self->conversation);

  /* The sheet would draw into a conversation about another picture. */
  if (rg_conversation_get_image (conversation) != rg_conversation_get_image (self->conversation))
    _rg_window_set_draw (self, FALSE);

  _rg_window_show_conversation (self, conversation);
}

/* --- keys of the empty entry -------------------------------------------------------------------------------------- */

static gboolean
is_entry_empty (RgWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return GTK_IS_TEXT (focus) && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->question_bar)) &&
         *rg_question_bar_get_text (self->question_bar) == '\0';
}

static gboolean
undo_shortcut_cb (GtkWidget *widget,
                  GVariant *arguments,
                  gpointer user_data)
{
  RgWindow *self = RG_WINDOW (widget);

  return self->removed != NULL && is_entry_empty (self) && gtk_widget_activate_action (widget, "win.undo", NULL);
}

static gboolean
walk_shortcut_cb (GtkWidget *widget,
                  GVariant *arguments,
                  gpointer user_data)
{
  RgWindow *self = RG_WINDOW (widget);
  int n_words = (int) rg_answer_get_n_words (self->answer);
  int word = rg_answer_get_selected (self->answer) + GPOINTER_TO_INT (user_data);

  if (n_words == 0 || !is_entry_empty (self))
    return FALSE;

  rg_time_bar_set_playing (self->time_bar, FALSE);
  rg_answer_select (self->answer, CLAMP (word, 0, n_words - 1));

  return TRUE;
}

/* The entry swallows its keys even where there is nothing for them to do: before it gets them, they serve the answer above it. */
void
_rg_window_set_up_entry_keys (RgWindow *self)
{
  static const struct
  {
    guint key;
    GdkModifierType modifiers;
    GtkShortcutFunc function;
    int step;
  } keys[] = {
    { GDK_KEY_z, GDK_CONTROL_MASK, undo_shortcut_cb, 0 },
    { GDK_KEY_Left, 0, walk_shortcut_cb, -1 },
    { GDK_KEY_Right, 0, walk_shortcut_cb, 1 },
  };
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  gtk_event_controller_set_name (shortcuts, "entry-keys");
  gtk_event_controller_set_propagation_phase (shortcuts, GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (shortcuts),
                                          gtk_shortcut_new (gtk_keyval_trigger_new (keys[i].key, keys[i].modifiers),
                                                            gtk_callback_action_new (keys[i].function, GINT_TO_POINTER (keys[i].step), NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), shortcuts);
}

void
_rg_window_install_conversation_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.ask", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "win.stop", NULL, stop_action);
  gtk_widget_class_install_action (widget_class, "win.regenerate", NULL, regenerate_action);
  gtk_widget_class_install_action (widget_class, "win.new", NULL, new_action);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo_action);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.stop", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_r, GDK_CONTROL_MASK, "win.regenerate", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "win.new", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "win.undo", NULL);
}
