/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/question-bar.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _RgQuestionBar
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkEntry *entry;
  GtkButton *ask_button;
  AdwButtonContent *ask_content;
  GtkButton *stop_button;

  gboolean busy;
  gboolean primed;
};

enum
{
  PROP_TEXT = 1,
  PROP_BUSY,
  PROP_PRIMED,
  N_PROPS
};

enum
{
  ASKED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgQuestionBar, rg_question_bar, GTK_TYPE_BOX)

static void
update_buttons (RgQuestionBar *self)
{
  adw_button_content_set_icon_name (self->ask_content, self->primed ? "media-playback-start-symbolic" : "go-up-symbolic");
  adw_button_content_set_label (self->ask_content, self->primed ? C_ ("question", "_Play") : C_ ("question", "_Ask"));
  gtk_widget_set_visible (GTK_WIDGET (self->ask_button), !self->busy);
  gtk_widget_set_visible (GTK_WIDGET (self->stop_button), self->busy);
}

static void
ask_cb (RgQuestionBar *self)
{
  g_autofree char *text = g_strdup (rg_question_bar_get_text (self));

  g_signal_emit (self, signals[ASKED], 0, text);
}

static void
text_changed_cb (RgQuestionBar *self)
{
  /* What is typed is no longer the question that stood ready. */
  rg_question_bar_set_primed (self, FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

static void
rg_question_bar_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), RG_TYPE_QUESTION_BAR);

  G_OBJECT_CLASS (rg_question_bar_parent_class)->dispose (object);
}

static void
rg_question_bar_get_property (GObject *object,
                              guint prop_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  RgQuestionBar *self = RG_QUESTION_BAR (object);

  switch (prop_id)
    {
    case PROP_TEXT:
      g_value_set_string (value, rg_question_bar_get_text (self));
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_PRIMED:
      g_value_set_boolean (value, self->primed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_question_bar_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  RgQuestionBar *self = RG_QUESTION_BAR (object);

  switch (prop_id)
    {
    case PROP_TEXT:
      rg_question_bar_set_text (self, g_value_get_string (value));
      break;
    case PROP_BUSY:
      rg_question_bar_set_busy (self, g_value_get_boolean (value));
      break;
    case PROP_PRIMED:
      rg_question_bar_set_primed (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_question_bar_class_init (RgQuestionBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_question_bar_dispose;
  object_class->get_property = rg_question_bar_get_property;
  object_class->set_property = rg_question_bar_set_property;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_PRIMED] = g_param_spec_boolean ("primed", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[ASKED] = g_signal_new ("asked", RG_TYPE_QUESTION_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/question-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, RgQuestionBar, entry);
  gtk_widget_class_bind_template_child (widget_class, RgQuestionBar, ask_button);
  gtk_widget_class_bind_template_child (widget_class, RgQuestionBar, ask_content);
  gtk_widget_class_bind_template_child (widget_class, RgQuestionBar, stop_button);
  gtk_widget_class_bind_template_callback (widget_class, ask_cb);
  gtk_widget_class_bind_template_callback (widget_class, text_changed_cb);
}

static void
rg_question_bar_init (RgQuestionBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update_buttons (self);
}

GtkWidget *
rg_question_bar_new (void)
{
  return g_object_new (RG_TYPE_QUESTION_BAR, NULL);
}

const char *
rg_question_bar_get_text (RgQuestionBar *self)
{
  g_return_val_if_fail (RG_IS_QUESTION_BAR (self), NULL);

  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

void
rg_question_bar_set_text (RgQuestionBar *self,
                          const char *text)
{
  g_return_if_fail (RG_IS_QUESTION_BAR (self));

  if (g_strcmp0 (rg_question_bar_get_text (self), text != NULL ? text : "") != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), text != NULL ? text : "");
}

void
rg_question_bar_set_hint (RgQuestionBar *self,
                          const char *hint)
{
  g_return_if_fail (RG_IS_QUESTION_BAR (self));

  gtk_entry_set_placeholder_text (self->entry, hint);
}

void
rg_question_bar_set_busy (RgQuestionBar *self,
                          gboolean busy)
{
  g_return_if_fail (RG_IS_QUESTION_BAR (self));

  if (self->busy == busy)
    return;

  self->busy = busy;
  update_buttons (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
rg_question_bar_set_primed (RgQuestionBar *self,
                            gboolean primed)
{
  g_return_if_fail (RG_IS_QUESTION_BAR (self));

  if (self->primed == primed)
    return;

  self->primed = primed;
  update_buttons (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRIMED]);
}

void
rg_question_bar_grab (RgQuestionBar *self)
{
  g_return_if_fail (RG_IS_QUESTION_BAR (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, -1);
}
