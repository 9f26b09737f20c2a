/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/time-bar.h"

#include "ui/closures.h"

/* Long enough to see a map and read its word. */
#define STEP_MS 900

struct _RgTimeBar
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkAdjustment *adjustment;
  GtkToggleButton *play_button;
  GtkScale *scale;
  GtkLabel *place;

  /* Owned */
  RgAnswer *answer;
  guint step_id;

  gboolean playing;
};

enum
{
  PROP_ANSWER = 1,
  PROP_PLAYING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgTimeBar, rg_time_bar, GTK_TYPE_BOX)

static void
update (RgTimeBar *self)
{
  guint n_words = self->answer != NULL ? rg_answer_get_n_words (self->answer) : 0;
  int selected = self->answer != NULL ? rg_answer_get_selected (self->answer) : -1;
  g_autofree char *place = rg_format_place (selected, n_words);
  g_autofree char *spoken = NULL;

  if (selected >= 0)
    {
      g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (self->answer), selected);

      spoken = rg_format_word (rg_answer_word_get_text (word), rg_answer_word_get_share (word));
    }

  gtk_widget_set_sensitive (GTK_WIDGET (self), n_words > 0);
  gtk_adjustment_set_upper (self->adjustment, MAX (n_words, 2) - 1);
  gtk_adjustment_set_value (self->adjustment, MAX (selected, 0));
  gtk_label_set_label (self->place, place);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, spoken != NULL ? spoken : "", -1);
}

static void
value_changed_cb (RgTimeBar *self)
{
  int position = (int) (gtk_adjustment_get_value (self->adjustment) + 0.5);
  int selected;

  if (self->answer == NULL)
    return;

  /* No word chosen shows as the first place: that alone chooses nothing. */
  selected = rg_answer_get_selected (self->answer);
  if (position != MAX (selected, 0))
    rg_answer_select (self->answer, position);
}

static gboolean
step_cb (gpointer user_data)
{
  RgTimeBar *self = user_data;
  int next = rg_answer_get_selected (self->answer) + 1;
  int last = (int) rg_answer_get_n_words (self->answer) - 1;

  if (next <= last)
    rg_answer_select (self->answer, next);

  if (next < last)
    return G_SOURCE_CONTINUE;

  self->step_id = 0;
  rg_time_bar_set_playing (self, FALSE);

  return G_SOURCE_REMOVE;
}

static void
rg_time_bar_dispose (GObject *object)
{
  RgTimeBar *self = RG_TIME_BAR (object);

  g_clear_handle_id (&self->step_id, g_source_remove);
  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_data (self->answer, self);
  g_clear_object (&self->answer);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_TIME_BAR);

  G_OBJECT_CLASS (rg_time_bar_parent_class)->dispose (object);
}

static void
rg_time_bar_get_property (GObject *object,
                          guint prop_id,
                          GValue *value,
                          GParamSpec *pspec)
{
  RgTimeBar *self = RG_TIME_BAR (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      g_value_set_object (value, self->answer);
      break;
    case PROP_PLAYING:
      g_value_set_boolean (value, self->playing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_time_bar_set_property (GObject *object,
                          guint prop_id,
                          const GValue *value,
                          GParamSpec *pspec)
{
  RgTimeBar *self = RG_TIME_BAR (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      rg_time_bar_set_answer (self, g_value_get_object (value));
      break;
    case PROP_PLAYING:
      rg_time_bar_set_playing (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_time_bar_class_init (RgTimeBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_time_bar_dispose;
  object_class->get_property = rg_time_bar_get_property;
  object_class->set_property = rg_time_bar_set_property;

  properties[PROP_ANSWER] = g_param_spec_object ("answer", NULL, NULL, RG_TYPE_ANSWER, flags);
  properties[PROP_PLAYING] = g_param_spec_boolean ("playing", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/time-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, RgTimeBar, adjustment);
  gtk_widget_class_bind_template_child (widget_class, RgTimeBar, play_button);
  gtk_widget_class_bind_template_child (widget_class, RgTimeBar, scale);
  gtk_widget_class_bind_template_child (widget_class, RgTimeBar, place);
  gtk_widget_class_bind_template_callback (widget_class, value_changed_cb);
}

static void
rg_time_bar_init (RgTimeBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

GtkWidget *
rg_time_bar_new (void)
{
  return g_object_new (RG_TYPE_TIME_BAR, NULL);
}

void
rg_time_bar_set_answer (RgTimeBar *self,
                        RgAnswer *answer)
{
  g_return_if_fail (RG_IS_TIME_BAR (self));
  g_return_if_fail (answer == NULL || RG_IS_ANSWER (answer));

  if (self->answer == answer)
    return;

  rg_time_bar_set_playing (self, FALSE);

  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_data (self->answer, self);
  g_set_object (&self->answer, answer);
  if (answer != NULL)
    g_signal_connect_object (answer, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);

  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANSWER]);
}

void
rg_time_bar_set_playing (RgTimeBar *self,
                         gboolean playing)
{
  g_return_if_fail (RG_IS_TIME_BAR (self));

  playing = playing && self->answer != NULL && rg_answer_get_n_words (self->answer) > 0;

  if (self->playing == playing)
    {
      /* The button may have been pressed where there is nothing to play. */
      gtk_toggle_button_set_active (self->play_button, playing);
      return;
    }

  self->playing = playing;
  g_clear_handle_id (&self->step_id, g_source_remove);

  if (playing)
    {
      int selected = rg_answer_get_selected (self->answer);

      if (selected < 0 || selected + 1 >= (int) rg_answer_get_n_words (self->answer))
        rg_answer_select (self->answer, 0);
      self->step_id = g_timeout_add (STEP_MS, step_cb, self);
    }

  gtk_button_set_icon_name (GTK_BUTTON (self->play_button), playing ? "media-playback-pause-symbolic" : "media-playback-start-symbolic");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PLAYING]);
}

gboolean
rg_time_bar_get_playing (RgTimeBar *self)
{
  g_return_val_if_fail (RG_IS_TIME_BAR (self), FALSE);

  return self->playing;
}
