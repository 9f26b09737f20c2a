/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation-view.h"

#include "ui/exchange-row.h"

struct _RgConversationView
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkListBox *list;
  GtkAdjustment *adjustment;

  /* Owned */
  RgConversation *conversation;

  /* Whether the end is in sight, and shall stay so while the answer grows. */
  gboolean at_end;
};

enum
{
  PROP_CONVERSATION = 1,
  N_PROPS
};

enum
{
  CHOSEN,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgConversationView, rg_conversation_view, GTK_TYPE_BOX)

static void
extent_changed_cb (RgConversationView *self)
{
  if (self->at_end)
    gtk_adjustment_set_value (self->adjustment, gtk_adjustment_get_upper (self->adjustment));
}

static void
scrolled_cb (RgConversationView *self)
{
  double end = gtk_adjustment_get_upper (self->adjustment) - gtk_adjustment_get_page_size (self->adjustment);

  self->at_end = gtk_adjustment_get_value (self->adjustment) >= end - 1;
}

static void
items_changed_cb (RgConversationView *self,
                  guint position,
                  guint removed,
                  guint added)
{
  if (added > 0)
    self->at_end = TRUE;
}

static void
row_activated_cb (RgConversationView *self,
                  GtkListBoxRow *row)
{
  g_signal_emit (self, signals[CHOSEN], 0, rg_exchange_row_get_exchange (RG_EXCHANGE_ROW (row)));
}

static GtkWidget *
create_row (gpointer item,
            gpointer user_data)
{
  return rg_exchange_row_new (item);
}

static void
rg_conversation_view_dispose (GObject *object)
{
  RgConversationView *self = RG_CONVERSATION_VIEW (object);

  if (self->conversation != NULL)
    rg_conversation_view_set_conversation (self, NULL);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_CONVERSATION_VIEW);

  G_OBJECT_CLASS (rg_conversation_view_parent_class)->dispose (object);
}

static void
rg_conversation_view_get_property (GObject *object,
                                   guint prop_id,
                                   GValue *value,
                                   GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, RG_CONVERSATION_VIEW (object)->conversation);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_conversation_view_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_CONVERSATION:
      rg_conversation_view_set_conversation (RG_CONVERSATION_VIEW (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_conversation_view_class_init (RgConversationViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = rg_conversation_view_dispose;
  object_class->get_property = rg_conversation_view_get_property;
  object_class->set_property = rg_conversation_view_set_property;

  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, RG_TYPE_CONVERSATION,
                                                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHOSEN] = g_signal_new ("chosen", RG_TYPE_CONVERSATION_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, RG_TYPE_EXCHANGE);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/conversation-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgConversationView, list);
  gtk_widget_class_bind_template_child (widget_class, RgConversationView, adjustment);
  gtk_widget_class_bind_template_callback (widget_class, extent_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, scrolled_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
rg_conversation_view_init (RgConversationView *self)
{
  self->at_end = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_conversation_view_new (void)
{
  return g_object_new (RG_TYPE_CONVERSATION_VIEW, NULL);
}

void
rg_conversation_view_set_conversation (RgConversationView *self,
                                       RgConversation *conversation)
{
  g_return_if_fail (RG_IS_CONVERSATION_VIEW (self));
  g_return_if_fail (conversation == NULL || RG_IS_CONVERSATION (conversation));

  if (self->conversation == conversation)
    return;

  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);

  g_set_object (&self->conversation, conversation);
  self->at_end = TRUE;
  if (conversation != NULL)
    g_signal_connect_object (conversation, "items-changed", G_CALLBACK (items_changed_cb), self, G_CONNECT_SWAPPED);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (conversation), create_row, NULL, NULL);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONVERSATION]);
}

void
rg_conversation_view_select (RgConversationView *self,
                             RgExchange *exchange)
{
  g_return_if_fail (RG_IS_CONVERSATION_VIEW (self));

  for (int i = 0;; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, i);

      if (row == NULL || rg_exchange_row_get_exchange (RG_EXCHANGE_ROW (row)) == exchange)
        {
          gtk_list_box_select_row (self->list, row);
          return;
        }
    }
}
