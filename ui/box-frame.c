/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/box-frame.h"

#include <glib/gi18n.h>

#include "ui/box-text.h"
#include "ui/picture-view.h"

/* Of the picture's side: a step of the keyboard. */
#define STEPS 20

/* Where the keyboard's first box is, and how large, as a part of the picture. */
#define FIRST_SIZE 0.4

#define LINE 2

struct _RgBoxFrame
{
  GtkWidget parent_instance;

  guint width, height; /* of the picture */
  RgRect box;

  /* Where a drag began, in pixels of the picture, and the box then. */
  double begin_x, begin_y;
  RgRect begin_box;
  gboolean moving;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgBoxFrame, rg_box_frame, GTK_TYPE_WIDGET)

static void
update_accessible (RgBoxFrame *self)
{
  g_autofree char *text = rg_box_text_describe (self->box, self->width, self->height);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Box on the picture"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

/* Where the picture is in the widget. */
static RgRect
get_picture_rect (RgBoxFrame *self)
{
  return rg_picture_view_fit (gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)), self->width, self->height);
}

/* From the widget to the picture; beyond its edge, the edge. */
static gboolean
get_place (RgBoxFrame *self,
           double x,
           double y,
           double *place_x,
           double *place_y)
{
  RgRect rect = get_picture_rect (self);

  if (rg_rect_is_empty (rect))
    return FALSE;

  *place_x = CLAMP ((x - rect.x) / rect.width, 0.0, 1.0) * self->width;
  *place_y = CLAMP ((y - rect.y) / rect.height, 0.0, 1.0) * self->height;

  return TRUE;
}

static gboolean
holds (RgRect rect,
       double x,
       double y)
{
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

static void
drag_begin_cb (RgBoxFrame *self,
               double x,
               double y,
               GtkGesture *drag)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!get_place (self, x, y, &self->begin_x, &self->begin_y))
    {
      gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }

  gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_CLAIMED);
  self->begin_box = self->box;
  self->moving = holds (self->box, self->begin_x, self->begin_y);
}

static void
drag_update_cb (RgBoxFrame *self,
                double offset_x,
                double offset_y,
                GtkGesture *drag)
{
  double x, y, start_x, start_y;
  RgRect box = self->begin_box;

  if (!gtk_gesture_drag_get_start_point (GTK_GESTURE_DRAG (drag), &start_x, &start_y) ||
      !get_place (self, start_x + offset_x, start_y + offset_y, &x, &y))
    return;

  if (self->moving)
    {
      box.x = CLAMP (box.x + x - self->begin_x, 0, self->width - box.width);
      box.y = CLAMP (box.y + y - self->begin_y, 0, self->height - box.height);
    }
  else
    {
      box = (RgRect){ MIN (x, self->begin_x), MIN (y, self->begin_y), ABS (x - self->begin_x), ABS (y - self->begin_y) };
    }

  rg_box_frame_set_box (self, box);
}

static gboolean
key_pressed_cb (RgBoxFrame *self,
                guint key,
                guint keycode,
                GdkModifierType state)
{
  RgRect box = self->box;

  if (!rg_box_step (&box, key, state, self->width, self->height))
    return GDK_EVENT_PROPAGATE;

  rg_box_frame_set_box (self, box);

  return GDK_EVENT_STOP;
}

/* Two lines, dark and bright: visible on any picture. */
static void
rg_box_frame_snapshot (GtkWidget *widget,
                       GtkSnapshot *snapshot)
{
  static const double shades[] = { 0, 1 };
  RgBoxFrame *self = RG_BOX_FRAME (widget);
  RgRect rect = get_picture_rect (self);
  double scale;
  cairo_t *cr;

  if (rg_rect_is_empty (self->box) || rg_rect_is_empty (rect))
    return;

  scale = rect.width / self->width;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget)));
  cairo_set_line_width (cr, LINE);
  for (guint i = 0; i < G_N_ELEMENTS (shades); i++)
    {
      double inset = (0.5 + i) * LINE;

      cairo_set_source_rgb (cr, shades[i], shades[i], shades[i]);
      cairo_rectangle (cr, rect.x + self->box.x * scale + inset, rect.y + self->box.y * scale + inset,
                       MAX (self->box.width * scale - 2 * inset, 1), MAX (self->box.height * scale - 2 * inset, 1));
      cairo_stroke (cr);
    }
  cairo_destroy (cr);
}

static void
rg_box_frame_class_init (RgBoxFrameClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = rg_box_frame_snapshot;

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_BOX_FRAME, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "boxframe");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_box_frame_init (RgBoxFrame *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");

  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));

  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);

  update_accessible (self);
}

GtkWidget *
rg_box_frame_new (void)
{
  return g_object_new (RG_TYPE_BOX_FRAME, NULL);
}

void
rg_box_frame_set_size (RgBoxFrame *self,
                       guint width,
                       guint height)
{
  g_return_if_fail (RG_IS_BOX_FRAME (self));

  if (self->width == width && self->height == height)
    return;

  self->width = width;
  self->height = height;
  rg_box_frame_set_box (self, (RgRect){ 0 });
}

RgRect
rg_box_frame_get_box (RgBoxFrame *self)
{
  g_return_val_if_fail (RG_IS_BOX_FRAME (self), (RgRect){ 0 });

  return self->box;
}

void
rg_box_frame_set_box (RgBoxFrame *self,
                      RgRect box)
{
  g_return_if_fail (RG_IS_BOX_FRAME (self));

  box = rg_rect_intersect (box, (RgRect){ 0, 0, self->width, self->height });
  if (box.x == self->box.x && box.y == self->box.y && box.width == self->box.width && box.height == self->box.height)
    return;

  self->box = box;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Which way an arrow key goes. */
static gboolean
find_direction (guint key,
                int *across,
                int *down)
{
  *across = *down = 0;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      *across = -1;
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      *across = 1;
      return TRUE;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      *down = -1;
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      *down = 1;
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
rg_box_step (RgRect *box,
             guint key,
             GdkModifierType state,
             guint width,
             guint height)
{
  double step_x = width / (double) STEPS, step_y = height / (double) STEPS;
  int across, down;

  if (width == 0 || height == 0 || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0 || !find_direction (key, &across, &down))
    return FALSE;

  if (rg_rect_is_empty (*box))
    {
      *box = (RgRect){ (1 - FIRST_SIZE) / 2 * width, (1 - FIRST_SIZE) / 2 * height, FIRST_SIZE * width, FIRST_SIZE * height };
    }
  else if ((state & GDK_SHIFT_MASK) != 0)
    {
      box->width = CLAMP (box->width + across * step_x, MIN (step_x, width - box->x), width - box->x);
      box->height = CLAMP (box->height + down * step_y, MIN (step_y, height - box->y), height - box->y);
    }
  else
    {
      box->x = CLAMP (box->x + across * step_x, 0, width - box->width);
      box->y = CLAMP (box->y + down * step_y, 0, height - box->height);
    }

  return TRUE;
}
