/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "engine/altered-image.h"
#include "ui/box-view.h"
#include "ui/head-gallery.h"
#include "ui/window-private.h"

static RgBoxFrame *
get_frame (RgWindow *self)
{
  return rg_picture_view_get_box_frame (self->picture);
}

RgImage *
_rg_window_get_image (RgWindow *self)
{
  return self->shown != NULL ? rg_exchange_get_image (self->shown) : rg_conversation_get_image (self->conversation);
}

const char *
_rg_window_get_wait_sentence (RgWindow *self)
{
  if (self->shown == NULL)
    return _ ("Ask something first.");

  /* Stopped, or failed, before the first word. */
  return rg_exchange_get_busy (self->shown) ? _ ("Waiting for the answer…") : _ ("There is no answer: ask again.");
}

RgHeatmapStyle
_rg_window_get_style (RgWindow *self)
{
  RgHeatmapStyle style = { 0 };

  g_object_get (self->controls, "palette", &style.palette, "map-opacity", &style.opacity, "smooth", &style.smooth, NULL);

  return style;
}

/* --- a part of the picture ---------------------------------------------------------------------------------------- */

static void
show_head (RgWindow *self,
           int layer,
           int head)
{
  rg_map_controls_set_method (self->controls, RG_METHOD_ATTENTION);
  rg_answer_set_attention_set (self->answer, layer, head);
}

static void
word_chosen_cb (RgWindow *self,
                guint word)
{
  rg_answer_select (self->answer, (int) word);
}

static void
head_chosen_cb (RgWindow *self,
                guint layer,
                guint head)
{
  show_head (self, (int) layer, (int) head);
}

/* The same question, but nothing else of the conversation: it was about the whole picture. */
static void
ask_crop_action (GtkWidget *widget,
                 const char *name,
                 GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  g_autoptr (RgExchange) exchange = NULL;
  g_autoptr (RgImage) part = NULL;

  if (!_rg_window_is_explainable (self))
    return;

  part = rg_image_new_cropped (_rg_window_get_image (self), rg_box_frame_get_box (get_frame (self)));
  if (part == NULL)
    {
      _rg_window_toast (self, _ ("Draw a box on the picture first."));
      return;
    }

  exchange = rg_exchange_new (part, rg_exchange_get_question (self->shown));
  rg_conversation_append (self->conversation, exchange);
  _rg_window_show_exchange (self, exchange);
  _rg_window_start (self, exchange);
}

static void
heads_in_box_action (GtkWidget *widget,
                     const char *name,
                     GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);

  rg_head_gallery_set_order (rg_why_pane_get_view (self->pane, RG_WHY_HEADS), RG_HEAD_ORDER_INSIDE);
  _rg_window_open_page (self, RG_WHY_HEADS);
}

static void
update_frame (RgWindow *self)
{
  gboolean has_box = !rg_rect_is_empty (rg_box_frame_get_box (get_frame (self)));

  gtk_widget_set_visible (GTK_WIDGET (get_frame (self)),
                          _rg_window_get_image (self) != NULL &&
                              (_rg_window_shows_page (self, RG_WHY_BOX) || (has_box && _rg_window_shows_page (self, RG_WHY_HEADS))));
}

/* --- all pages ---------------------------------------------------------------------------------------------------- */

/* What needs no work of the engine. */
static void
show_page (RgWindow *self)
{
  RgRect box = rg_box_frame_get_box (get_frame (self));
  RgHeatmapStyle style = _rg_window_get_style (self);

  update_frame (self);
  if (_rg_window_shows_page (self, RG_WHY_BOX))
    rg_box_view_update (rg_why_pane_get_view (self->pane, RG_WHY_BOX), self->answer, box);
  else if (_rg_window_shows_page (self, RG_WHY_HEADS))
    rg_head_gallery_update (rg_why_pane_get_view (self->pane, RG_WHY_HEADS), self->answer, _rg_window_get_image (self), box, &style);
  else if (_rg_window_shows_page (self, RG_WHY_COMPARE))
    _rg_window_show_compare (self);
}

void
_rg_window_update_lab (RgWindow *self)
{
  if (_rg_window_shows_page (self, RG_WHY_SWAP))
    _rg_window_update_swap (self);
  else if (_rg_window_shows_page (self, RG_WHY_COMPARE))
    _rg_window_find_compared (self, FALSE);

  show_page (self);
}

gboolean
_rg_window_get_lab_waits (RgWindow *self)
{
  return _rg_window_shows_page (self, RG_WHY_SWAP) ||
         (_rg_window_shows_page (self, RG_WHY_COMPARE) && _rg_window_get_compare_waits (self));
}

/* A page's name: opens it, or closes it where it is open. */
static void
why_action (GtkWidget *widget,
            const char *name,
            GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  RgWhyPage page;

  if (!rg_why_page_find (g_variant_get_string (parameter, NULL), &page))
    return;

  if (_rg_window_shows_page (self, page))
    {
      _rg_window_close_pane (self);
      return;
    }

  _rg_window_open_page (self, page);
  if (page == RG_WHY_BOX)
    gtk_widget_grab_focus (GTK_WIDGET (get_frame (self)));
}

static void
close_why_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  _rg_window_close_pane (RG_WINDOW (widget));
}

void
_rg_window_set_up_lab (RgWindow *self)
{
  static const char *const drawn[] = { "notify::palette", "notify::map-opacity", "notify::smooth" };

  _rg_window_set_up_compare (self);
  g_signal_connect_object (self->answer, "changed", G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_frame (self), "changed", G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    g_signal_connect_object (self->controls, drawn[i], G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (rg_why_pane_get_view (self->pane, RG_WHY_BOX), "word-chosen", G_CALLBACK (word_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (rg_why_pane_get_view (self->pane, RG_WHY_BOX), "head-chosen", G_CALLBACK (head_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (rg_why_pane_get_view (self->pane, RG_WHY_HEADS), "head-chosen", G_CALLBACK (show_head), self, G_CONNECT_SWAPPED);
}

void
_rg_window_install_lab_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    const char *page;
  } keys[] = { { GDK_KEY_s, "swap" }, { GDK_KEY_b, "box" }, { GDK_KEY_h, "heads" }, { GDK_KEY_c, "compare" } };

  gtk_widget_class_install_action (widget_class, "win.why", "s", why_action);
  gtk_widget_class_install_action (widget_class, "win.close-why", NULL, close_why_action);
  gtk_widget_class_install_action (widget_class, "win.ask-crop", NULL, ask_crop_action);
  gtk_widget_class_install_action (widget_class, "win.heads-in-box", NULL, heads_in_box_action);

  /* Without Ctrl, as for the test: in the entry they are letters all the same. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, 0, "win.why", "s", keys[i].page);
}
