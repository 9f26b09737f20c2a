/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation.h"

struct _RgConversation
{
  GObject parent_instance;

  /* Owned */
  RgImage *image;
  char *title;
  GPtrArray *exchanges;
};

static GType
rg_conversation_get_item_type (GListModel *model)
{
  return RG_TYPE_EXCHANGE;
}

static guint
rg_conversation_get_n_items (GListModel *model)
{
  return RG_CONVERSATION (model)->exchanges->len;
}

static gpointer
rg_conversation_get_item (GListModel *model,
                          guint position)
{
  RgConversation *self = RG_CONVERSATION (model);

  return position < self->exchanges->len ? g_object_ref (g_ptr_array_index (self->exchanges, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = rg_conversation_get_item_type;
  iface->get_n_items = rg_conversation_get_n_items;
  iface->get_item = rg_conversation_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RgConversation, rg_conversation, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static void
rg_conversation_finalize (GObject *object)
{
  RgConversation *self = RG_CONVERSATION (object);

  g_ptr_array_unref (self->exchanges);
  g_clear_pointer (&self->image, rg_image_unref);
  g_free (self->title);

  G_OBJECT_CLASS (rg_conversation_parent_class)->finalize (object);
}

static void
rg_conversation_class_init (RgConversationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rg_conversation_finalize;
}

static void
rg_conversation_init (RgConversation *self)
{
  self->exchanges = g_ptr_array_new_with_free_func (g_object_unref);
}

RgConversation *
rg_conversation_new (RgImage *image,
                     const char *title)
{
  RgConversation *self = g_object_new (RG_TYPE_CONVERSATION, NULL);

  self->image = image != NULL ? rg_image_ref (image) : NULL;
  self->title = g_strdup (title);

  return self;
}

RgImage *
rg_conversation_get_image (RgConversation *self)
{
  g_return_val_if_fail (RG_IS_CONVERSATION (self), NULL);

  return self->image;
}

const char *
rg_conversation_get_title (RgConversation *self)
{
  g_return_val_if_fail (RG_IS_CONVERSATION (self), NULL);

  return self->title;
}

void
rg_conversation_set_image (RgConversation *self,
                           RgImage *image)
{
  g_return_if_fail (RG_IS_CONVERSATION (self));
  g_return_if_fail (image != NULL);

  rg_image_ref (image);
  g_clear_pointer (&self->image, rg_image_unref);
  self->image = image;
}

guint
rg_conversation_get_length (RgConversation *self)
{
  g_return_val_if_fail (RG_IS_CONVERSATION (self), 0);

  return self->exchanges->len;
}

RgExchange *
rg_conversation_get_last (RgConversation *self)
{
  g_return_val_if_fail (RG_IS_CONVERSATION (self), NULL);

  return self->exchanges->len > 0 ? g_ptr_array_index (self->exchanges, self->exchanges->len - 1) : NULL;
}

void
rg_conversation_append (RgConversation *self,
                        RgExchange *exchange)
{
  g_return_if_fail (RG_IS_CONVERSATION (self));
  g_return_if_fail (RG_IS_EXCHANGE (exchange));

  g_ptr_array_add (self->exchanges, g_object_ref (exchange));
  g_list_model_items_changed (G_LIST_MODEL (self), self->exchanges->len - 1, 0, 1);
}

void
rg_conversation_cancel (RgConversation *self)
{
  g_return_if_fail (RG_IS_CONVERSATION (self));

  for (guint i = 0; i < self->exchanges->len; i++)
    rg_exchange_cancel (g_ptr_array_index (self->exchanges, i));
}

GArray *
rg_conversation_dup_turns (RgConversation *self,
                           RgExchange *before)
{
  GArray *turns = g_array_new (FALSE, FALSE, sizeof (RgTurn));

  g_return_val_if_fail (RG_IS_CONVERSATION (self), turns);
  g_return_val_if_fail (RG_IS_EXCHANGE (before), turns);

  for (guint i = 0; i < self->exchanges->len && g_ptr_array_index (self->exchanges, i) != before; i++)
    {
      RgExchange *exchange = g_ptr_array_index (self->exchanges, i);
      RgTurn turn = { rg_exchange_get_question (exchange), rg_exchange_get_answer (exchange) };

      if (rg_exchange_get_image (exchange) != rg_exchange_get_image (before) || rg_exchange_get_busy (exchange) || rg_exchange_get_failed (exchange) || turn.answer[0] == '\0')
        continue;

      g_array_append_val (turns, turn);
    }

  return turns;
}
