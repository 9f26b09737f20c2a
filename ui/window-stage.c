/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/window-private.h"

gboolean
_rg_window_get_draw (RgWindow *self)
{
  return self->board != NULL && gtk_widget_get_visible (GTK_WIDGET (self->board));
}

/* The sheet is picture enough until there are maps to be seen on it, and needs the room that words will have. Where the pane
 * takes half of a small window, the picture is worth more than what its closing brings back. */
void
_rg_window_update_stage (RgWindow *self)
{
  gboolean draws_first = _rg_window_get_draw (self) && self->shown == NULL, is_cramped;

  g_object_get (self->pane_layout, "cramped", &is_cramped, NULL);

  gtk_widget_set_visible (GTK_WIDGET (self->picture), !draws_first);
  gtk_widget_set_visible (self->strip, !draws_first);
  gtk_widget_set_visible (self->shares, !draws_first && !is_cramped);
  gtk_widget_set_visible (GTK_WIDGET (self->time_bar), !draws_first && !is_cramped);
}

static void
cramped_idle_cb (gpointer user_data)
{
  RgWindow *self = user_data;

  self->cramped_id = 0;
  _rg_window_update_stage (self);
}

/* While widgets get their places none may come or go. */
static void
cramped_cb (RgWindow *self)
{
  if (self->cramped_id == 0)
    self->cramped_id = g_idle_add_once (cramped_idle_cb, self);
}

/* A question about the drawing is asked again as soon as the drawing is another: a class sees the answer change. */
static void
board_changed_cb (RgWindow *self,
                  RgImage *image)
{
  RgExchange *last = rg_conversation_get_last (self->conversation);
  gboolean is_about_drawing = last != NULL && rg_exchange_get_image (last) == rg_conversation_get_image (self->conversation);

  if (!_rg_window_get_draw (self))
    return;

  rg_conversation_set_image (self->conversation, image);

  if (!is_about_drawing)
    {
      if (self->shown == NULL)
        rg_picture_view_set_image (self->picture, image);
      _rg_window_see (self);
      return;
    }

  rg_exchange_set_image (last, image);
  _rg_window_show_exchange (self, last);
  rg_picture_view_set_image (self->picture, image);
  _rg_window_start (self, last);
}

static void
begin_drawing (RgWindow *self)
{
  g_autoptr (RgConversation) conversation = NULL;
  g_autoptr (RgImage) image = NULL;

  if (self->board == NULL)
    {
      self->board = RG_SCENE_BOARD (rg_scene_board_new ());
      g_signal_connect_object (self->board, "changed", G_CALLBACK (board_changed_cb), self, G_CONNECT_SWAPPED);
      gtk_box_prepend (self->stage, GTK_WIDGET (self->board));
    }

  image = rg_scene_board_get_image (self->board);
  conversation = rg_conversation_new (image, _ ("Drawing"));
  gtk_widget_set_visible (GTK_WIDGET (self->board), TRUE);
  _rg_window_replace (self, conversation, _ ("New drawing, new conversation"));
}

void
_rg_window_set_draw (RgWindow *self,
                     gboolean draw)
{
  if (_rg_window_get_draw (self) == draw)
    return;

  if (draw)
    begin_drawing (self);
  else
    gtk_widget_set_visible (GTK_WIDGET (self->board), FALSE);

  _rg_window_update_stage (self);
  g_object_notify (G_OBJECT (self), "draw");
}

void
_rg_window_install_stage_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, cramped_cb);
  gtk_widget_class_install_property_action (widget_class, "win.draw", "draw");
  gtk_widget_class_install_property_action (widget_class, "win.model-sees", "model-sees");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_d, GDK_CONTROL_MASK, "win.draw", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_m, GDK_CONTROL_MASK, "win.model-sees", NULL);
}
