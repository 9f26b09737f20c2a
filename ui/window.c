/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window.h"

#include <glib/gi18n.h>

#include "ui/closures.h"
#include "ui/color-bar.h"
#include "ui/map-text.h"
#include "ui/stage-layout.h"
#include "ui/toast.h"
#include "ui/window-private.h"
#include "ui/word-strip.h"
#include "ui/wrap-layout.h"

#define SETTINGS_ID "io.github.regard_app.Regard"

/* Work that is done sooner shows no progress bar: it would only flicker. */
#define PROGRESS_DELAY_MS 250

enum
{
  PROP_DRAW = 1,
  PROP_MODEL_SEES,
  PROP_VERIFY,
};

G_DEFINE_FINAL_TYPE (RgWindow, rg_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- what is under the picture ------------------------------------------------------------------------------------ */

/* What is most worth saying: the patch pointed at, what goes wrong or on, whose map is shown, what can be done. */
static const char *
get_caption (RgWindow *self,
             char **owned)
{
  int patch = rg_picture_view_get_patch (self->picture);
  RgPatchGrid *grid = rg_answer_get_grid (self->answer);
  const char *caption = rg_answer_get_caption (self->answer);
  gboolean has_words = rg_answer_get_n_words (self->answer) > 0, is_primed;

  if (patch >= 0 && grid != NULL)
    return *owned = rg_map_text_describe_patch (grid, rg_answer_get_method (self->answer), rg_answer_get_map (self->answer), patch);

  if (_rg_window_get_reading (self) != NULL)
    return _rg_window_get_reading (self);

  if (self->shown != NULL && (rg_exchange_get_failed (self->shown) || !has_words))
    return rg_exchange_get_status (self->shown);

  if (gtk_widget_get_visible (self->stop_button))
    return rg_format_stage (RG_STAGE_EXPLAIN);

  if (has_words)
    return caption[0] != '\0' ? caption : _ ("Choose a word to see where the model looked.");

  if (rg_conversation_get_image (self->conversation) == NULL)
    return _ ("Drop a picture here, paste one, or open one.");

  g_object_get (self->question_bar, "primed", &is_primed, NULL);

  return is_primed ? _ ("Press Play: the answer comes word by word, and each word shows where it looked.")
                   : _ ("Ask something, then see where each word of the answer looked.");
}

static void
update_caption (RgWindow *self)
{
  g_autofree char *owned = NULL;

  gtk_label_set_label (self->caption, get_caption (self, &owned));
}

static void
update_stretch_badge (RgWindow *self)
{
  gboolean stretch;

  g_object_get (self->answer, "stretch", &stretch, NULL);
  gtk_widget_set_visible (self->stretch_badge, stretch);
}

/* --- progress ----------------------------------------------------------------------------------------------------- */

/* The job that people wait for: the answer, or its maps, or the model, or nothing. */
static RgJob *
get_awaited_job (RgWindow *self)
{
  if (self->shown != NULL && rg_exchange_get_busy (self->shown))
    return rg_exchange_get_job (self->shown);

  if (_rg_window_get_why_job (self) != NULL)
    return _rg_window_get_why_job (self);

  if (self->load_job != NULL && !rg_job_is_finished (self->load_job))
    return self->load_job;

  return NULL;
}

static void
show_progress (RgWindow *self,
               gboolean visible)
{
  gtk_widget_set_visible (GTK_WIDGET (self->progress), visible);
  gtk_widget_set_visible (self->stop_button, visible && (get_awaited_job (self) == _rg_window_get_why_job (self) || (get_awaited_job (self) == self->load_job && _rg_window_can_stop_load (self))));
  update_caption (self);
}

static void
progress_delay_cb (gpointer user_data)
{
  RgWindow *self = user_data;

  self->progress_id = 0;
  show_progress (self, get_awaited_job (self) != NULL);
}

void
_rg_window_update_progress (RgWindow *self)
{
  RgJob *job = get_awaited_job (self);

  if (job == NULL || rg_job_get_stage (job) == RG_STAGE_DECODE)
    {
      /* Words that arrive are progress enough. */
      g_clear_handle_id (&self->progress_id, g_source_remove);
      show_progress (self, FALSE);
      return;
    }

  gtk_progress_bar_set_fraction (self->progress, rg_job_get_fraction (job));
  if (self->progress_id == 0 && !gtk_widget_get_visible (GTK_WIDGET (self->progress)))
    self->progress_id = g_timeout_add_once (PROGRESS_DELAY_MS, progress_delay_cb, self);
}

static void
release_job (RgWindow *self,
             RgJob **job)
{
  if (*job == NULL)
    return;

  g_signal_handlers_disconnect_by_data (*job, self);
  g_clear_object (job);
}

static void
load_finished_cb (RgWindow *self)
{
  const GError *error = rg_job_get_error (self->load_job);
  gboolean failed = rg_job_get_state (self->load_job) == RG_JOB_FAILED && error != NULL;
  g_autoptr (RgModelInfo) in_use = rg_engine_dup_model_info (self->engine);

  /* Where the model before goes on, nothing lasting is wrong. */
  rg_window_set_model_error (self, failed && in_use == NULL ? error->message : NULL);
  if (failed && in_use != NULL)
    _rg_window_toast (self, error->message);
  _rg_window_update (self);
}

/* Another model sees another grid. */
static void
model_changed_cb (RgWindow *self)
{
  rg_window_set_model_error (self, NULL);
  _rg_window_update_hint (self);
  _rg_window_see (self);
  _rg_window_update (self);
}

/* --- conversation ------------------------------------------------------------------------------------------------- */

static void
exchange_changed_cb (RgWindow *self)
{
  if (rg_exchange_get_grid (self->shown) != NULL)
    rg_answer_set_grid (self->answer, rg_exchange_get_grid (self->shown));

  _rg_window_update (self);
}

/* Regenerate gives an exchange another job. */
static void
exchange_job_cb (RgWindow *self)
{
  RgJob *job = rg_exchange_get_job (self->shown);

  g_signal_connect_object (job, "notify::fraction", G_CALLBACK (_rg_window_update_progress), self, G_CONNECT_SWAPPED);
  rg_answer_set_tokens (self->answer, rg_job_get_tokens (job));
  exchange_changed_cb (self);
}

static void
release_exchange (RgWindow *self)
{
  if (self->shown == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->shown, self);
  if (rg_exchange_get_job (self->shown) != NULL)
    g_signal_handlers_disconnect_by_data (rg_exchange_get_job (self->shown), self);
  g_clear_object (&self->shown);
}

void
_rg_window_show_exchange (RgWindow *self,
                          RgExchange *exchange)
{
  if (self->shown == exchange)
    return;

  release_exchange (self);
  rg_time_bar_set_playing (self->time_bar, FALSE);

  if (exchange == NULL)
    {
      rg_answer_set_tokens (self->answer, NULL);
      rg_picture_view_set_image (self->picture, rg_conversation_get_image (self->conversation));
      _rg_window_update (self);
      return;
    }

  self->shown = g_object_ref (exchange);
  g_signal_connect_object (exchange, "notify::job", G_CALLBACK (exchange_job_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (exchange, "notify::grid", G_CALLBACK (exchange_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (exchange, "notify::busy", G_CALLBACK (exchange_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (exchange, "notify::status", G_CALLBACK (exchange_changed_cb), self, G_CONNECT_SWAPPED);

  /* A grid of another picture would draw in wrong places. */
  if (rg_exchange_get_image (exchange) != rg_conversation_get_image (self->conversation))
    rg_answer_set_grid (self->answer, rg_exchange_get_grid (exchange));
  rg_picture_view_set_image (self->picture, rg_exchange_get_image (exchange));
  rg_conversation_view_select (self->conversation_view, exchange);

  if (rg_exchange_get_job (exchange) != NULL)
    exchange_job_cb (self);
}

void
_rg_window_show_conversation (RgWindow *self,
                              RgConversation *conversation)
{
  const char *title = rg_conversation_get_title (conversation);

  if (self->conversation != NULL && self->conversation != conversation)
    rg_conversation_cancel (self->conversation);

  g_set_object (&self->conversation, conversation);
  adw_window_title_set_subtitle (self->title, title != NULL ? title : "");
  g_object_set (self->picture, "title", title, NULL);
  rg_conversation_view_set_conversation (self->conversation_view, conversation);

  release_exchange (self);
  rg_answer_set_tokens (self->answer, NULL);
  rg_answer_set_grid (self->answer, NULL);
  rg_picture_view_set_image (self->picture, rg_conversation_get_image (conversation));
  _rg_window_show_exchange (self, rg_conversation_get_last (conversation));
  _rg_window_see (self);
  _rg_window_update (self);
}

void
_rg_window_update (RgWindow *self)
{
  RgExchange *last = rg_conversation_get_last (self->conversation);
  gboolean busy = last != NULL && rg_exchange_get_busy (last);
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_action_set_enabled (widget, "win.ask", !busy && rg_conversation_get_image (self->conversation) != NULL);
  _rg_window_update_why (self);
  gtk_widget_action_set_enabled (widget, "win.stop", busy || _rg_window_get_reading (self) != NULL || _rg_window_can_stop_load (self) || _rg_window_can_stop_why (self));
  gtk_widget_action_set_enabled (widget, "win.regenerate", last != NULL && !busy);
  gtk_widget_action_set_enabled (widget, "win.new", last != NULL);
  gtk_widget_action_set_enabled (widget, "win.undo", self->removed != NULL);
  rg_question_bar_set_busy (self->question_bar, busy);

  update_caption (self);
  _rg_window_update_progress (self);
  _rg_window_update_stage (self);
}

void
_rg_window_toast (RgWindow *self,
                  const char *sentence)
{
  rg_toast_show (self->toasts, rg_toast_new (sentence), &self->toast);
}

/* --- template callbacks ------------------------------------------------------------------------------------------- */

static void
asked_cb (RgWindow *self,
          const char *question)
{
  rg_window_ask (self, question);
}

static void
exchange_chosen_cb (RgWindow *self,
                    RgExchange *exchange)
{
  _rg_window_show_exchange (self, exchange);
}

static void
fullscreen_action (GtkWidget *widget,
                   const char *name,
                   GVariant *parameter)
{
  gboolean fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (widget));

  g_object_set (widget, "fullscreened", !fullscreen, NULL);
}

static void
conversation_action (GtkWidget *widget,
                     const char *name,
                     GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);

  adw_flap_set_reveal_flap (self->flap, !adw_flap_get_reveal_flap (self->flap));
}

/* --- life --------------------------------------------------------------------------------------------------------- */

/* Tests and a program that was not installed have no schema; the widgets' own defaults are the same. */
static void
bind_settings (RgWindow *self)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();

  if (source == NULL || (schema = g_settings_schema_source_lookup (source, SETTINGS_ID, TRUE)) == NULL)
    return;

  self->settings = g_settings_new_full (schema, NULL, NULL);
  g_settings_bind (self->settings, "palette", self->controls, "palette", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "opacity", self->controls, "map-opacity", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "smooth", self->controls, "smooth", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "show-shares", self->strip, "show-shares", G_SETTINGS_BIND_GET);
  g_settings_bind (self->settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
}

static void
bind_answer (RgWindow *self)
{
  static const char *const drawn[] = { "palette", "map-opacity", "smooth" };

  rg_time_bar_set_answer (self->time_bar, self->answer);
  rg_picture_view_set_answer (self->picture, self->answer);
  rg_map_controls_set_answer (self->controls, self->answer);
  g_object_bind_property (self->answer, "scale", self->color_bar, "scale", G_BINDING_SYNC_CREATE);

  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    g_object_bind_property (self->controls, drawn[i], self->picture, drawn[i], G_BINDING_SYNC_CREATE);

  g_signal_connect_object (self->answer, "changed", G_CALLBACK (update_caption), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->answer, "notify::stretch", G_CALLBACK (update_stretch_badge), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->picture, "notify::patch", G_CALLBACK (update_caption), self, G_CONNECT_SWAPPED);
}

static void
rg_window_dispose (GObject *object)
{
  RgWindow *self = RG_WINDOW (object);

  self->board = NULL;

  /* The engine goes on without this window: nothing of it may be waited for. */
  _rg_window_stop_reading (self);
  _rg_window_release_export (self);
  _rg_window_release_swap (self);
  if (self->conversation != NULL)
    rg_conversation_cancel (self->conversation);
  if (self->see_job != NULL)
    rg_job_cancel (self->see_job);
  release_job (self, &self->see_job);
  release_job (self, &self->load_job);
  release_exchange (self);
  _rg_window_release_inquiry (self);
  g_clear_handle_id (&self->progress_id, g_source_remove);
  g_clear_handle_id (&self->cramped_id, g_source_remove);
  g_clear_weak_pointer (&self->toast);

  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_data (self->answer, self);
  if (self->picture != NULL)
    g_signal_handlers_disconnect_by_data (self->picture, self);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_WINDOW);

  g_clear_object (&self->settings);
  g_clear_object (&self->answer);
  g_clear_object (&self->conversation);
  g_clear_object (&self->removed);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->bundled_model, g_free);

  G_OBJECT_CLASS (rg_window_parent_class)->dispose (object);
}

static void
rg_window_get_property (GObject *object,
                        guint prop_id,
                        GValue *value,
                        GParamSpec *pspec)
{
  RgWindow *self = RG_WINDOW (object);

  switch (prop_id)
    {
    case PROP_DRAW:
      g_value_set_boolean (value, _rg_window_get_draw (self));
      break;
    case PROP_MODEL_SEES:
      /* GTK asks for the state of the action before there are children. */
      g_value_set_boolean (value, self->model_view != NULL && gtk_widget_get_visible (GTK_WIDGET (self->model_view)));
      break;
    case PROP_VERIFY:
      g_value_set_boolean (value, _rg_window_get_verify (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_window_set_property (GObject *object,
                        guint prop_id,
                        const GValue *value,
                        GParamSpec *pspec)
{
  RgWindow *self = RG_WINDOW (object);

  switch (prop_id)
    {
    case PROP_DRAW:
      _rg_window_set_draw (self, g_value_get_boolean (value));
      break;
    case PROP_MODEL_SEES:
      if (gtk_widget_get_visible (GTK_WIDGET (self->model_view)) != g_value_get_boolean (value))
        {
          gtk_widget_set_visible (GTK_WIDGET (self->model_view), g_value_get_boolean (value));
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    case PROP_VERIFY:
      _rg_window_set_verify (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_window_class_init (RgWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_window_dispose;
  object_class->get_property = rg_window_get_property;
  object_class->set_property = rg_window_set_property;

  g_object_class_install_property (object_class, PROP_DRAW, g_param_spec_boolean ("draw", NULL, NULL, FALSE, flags));
  g_object_class_install_property (object_class, PROP_MODEL_SEES, g_param_spec_boolean ("model-sees", NULL, NULL, FALSE, flags));
  g_object_class_install_property (object_class, PROP_VERIFY, g_param_spec_boolean ("verify", NULL, NULL, FALSE, flags));

  g_type_ensure (RG_TYPE_COLOR_BAR);
  g_type_ensure (RG_TYPE_CONVERSATION_VIEW);
  g_type_ensure (RG_TYPE_MAP_CONTROLS);
  g_type_ensure (RG_TYPE_MODEL_VIEW);
  g_type_ensure (RG_TYPE_PANE_LAYOUT);
  g_type_ensure (RG_TYPE_PICTURE_VIEW);
  g_type_ensure (RG_TYPE_QUESTION_BAR);
  g_type_ensure (RG_TYPE_STAGE_LAYOUT);
  g_type_ensure (RG_TYPE_TIME_BAR);
  g_type_ensure (RG_TYPE_WHY_PANE);
  g_type_ensure (RG_TYPE_WORD_STRIP);
  g_type_ensure (RG_TYPE_WRAP_LAYOUT);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, RgWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, title);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, stage);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, model_error);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, model_error_label);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, stop_button);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, caption);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, shares);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, strip);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, color_bar);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, stretch_badge);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, pane);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, pane_layout);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, picture);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, controls);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, model_view);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, time_bar);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, conversation_view);
  gtk_widget_class_bind_template_child (widget_class, RgWindow, question_bar);
  gtk_widget_class_bind_template_callback (widget_class, asked_cb);
  gtk_widget_class_bind_template_callback (widget_class, exchange_chosen_cb);

  gtk_widget_class_install_action (widget_class, "win.fullscreen", NULL, fullscreen_action);
  gtk_widget_class_install_action (widget_class, "win.conversation", NULL, conversation_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F11, 0, "win.fullscreen", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F9, 0, "win.conversation", NULL);
  _rg_window_install_conversation_actions (widget_class);
  _rg_window_install_export_actions (widget_class);
  _rg_window_install_model_actions (widget_class);
  _rg_window_install_picture_actions (widget_class);
  _rg_window_install_stage_actions (widget_class);
  _rg_window_install_why_actions (widget_class);
  _rg_window_install_lab_actions (widget_class);
  _rg_window_install_swap_actions (widget_class);
}

static void
rg_window_init (RgWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->answer = rg_answer_new ();
  self->conversation = rg_conversation_new (NULL, NULL);
  rg_conversation_view_set_conversation (self->conversation_view, self->conversation);

  bind_answer (self);
  _rg_window_set_up_why (self);
  _rg_window_set_up_lab (self);
  bind_settings (self);
  _rg_window_accept_pictures (self);
  _rg_window_set_up_entry_keys (self);
  _rg_window_update (self);
}

RgWindow *
rg_window_new (GtkApplication *application,
               RgEngine *engine)
{
  RgWindow *self;

  g_return_val_if_fail (application == NULL || GTK_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (RG_IS_ENGINE (engine), NULL);

  self = g_object_new (RG_TYPE_WINDOW, "application", application, NULL);
  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "model-changed", G_CALLBACK (model_changed_cb), self, G_CONNECT_SWAPPED);
  rg_question_bar_grab (self->question_bar);

  return self;
}

void
rg_window_follow_load (RgWindow *self,
                       RgJob *job)
{
  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (RG_IS_JOB (job));

  release_job (self, &self->load_job);
  self->load_job = g_object_ref (job);

  if (rg_job_is_finished (job))
    {
      load_finished_cb (self);
      return;
    }

  g_signal_connect_object (job, "notify::fraction", G_CALLBACK (_rg_window_update_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "finished", G_CALLBACK (load_finished_cb), self, G_CONNECT_SWAPPED);
  _rg_window_update (self);
}

void
rg_window_set_model_error (RgWindow *self,
                           const char *message)
{
  g_return_if_fail (RG_IS_WINDOW (self));

  if (message != NULL)
    gtk_label_set_label (self->model_error_label, message);
  gtk_revealer_set_reveal_child (self->model_error, message != NULL);
}
