/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-sheet.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/picture-view.h"
#include "ui/scene-names.h"

/* In widget pixels: a finger's reach, a handle's radius, how far the knob stands above the frame. */
#define REACH 22
#define HANDLE 8
#define KNOB 26

/* In the drawing's pixels and radians: one press of a key. */
#define STEP 12
#define FINE_STEP 2
#define TURN (G_PI / 12)
#define GROWTH 1.12

typedef enum
{
  DRAG_NONE,
  DRAG_MOVE,
  DRAG_RESIZE,
  DRAG_ROTATE,
} Drag;

struct _RgSceneSheet
{
  GtkWidget parent_instance;

  /* Owned References */
  RgSceneDrawing *drawing;

  /* The drag in progress: what it does, where it began, the object as it was then (drawing's pixels). */
  Drag drag;
  double begin_x, begin_y;
  RgObject begin_object;
};

enum
{
  PLACED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgSceneSheet, rg_scene_sheet, GTK_TYPE_WIDGET)

static RgRect
get_sheet_rect (RgSceneSheet *self)
{
  return rg_picture_view_fit (gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)),
                              RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT);
}

/* Widget pixels of one pixel of the drawing. */
static double
get_scale (RgSceneSheet *self)
{
  return MAX (get_sheet_rect (self).width / RG_SCENE_DRAWING_WIDTH, 1e-6);
}

gboolean
rg_scene_sheet_to_drawing (RgSceneSheet *self,
                           double *x,
                           double *y)
{
  RgRect rect = get_sheet_rect (self);
  double scale = get_scale (self);

  *x = (*x - rect.x) / scale;
  *y = (*y - rect.y) / scale;

  return *x >= 0 && *x < RG_SCENE_DRAWING_WIDTH && *y >= 0 && *y < RG_SCENE_DRAWING_HEIGHT;
}

/* The two handles of the chosen object, in the drawing's pixels. */
static void
locate_handle (RgSceneSheet *self,
               const RgObject *object,
               Drag drag,
               double *x,
               double *y)
{
  double local_x = drag == DRAG_RESIZE ? object->size : 0;
  double local_y = drag == DRAG_RESIZE ? object->size : -object->size - KNOB / get_scale (self);

  *x = object->x + local_x * cos (object->angle) - local_y * sin (object->angle);
  *y = object->y + local_x * sin (object->angle) + local_y * cos (object->angle);
}

static void
update_accessible (RgSceneSheet *self)
{
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);
  guint n_objects = rg_scene_drawing_get_n_objects (self->drawing);
  g_autofree char *description = NULL, *name = NULL;

  if (object == NULL)
    description = g_strdup_printf (ngettext ("%u thing on the sheet", "%u things on the sheet", n_objects), n_objects);
  else
    {
      name = rg_scene_name_object (object);
      /* Translators: "star, red"; number of the thing, of how many; distances in per cent of the sheet. */
      description = g_strdup_printf (_ ("%s: thing %d of %u, %.0f %% from the left, %.0f %% from the top"), name,
                                     rg_scene_drawing_get_selected (self->drawing) + 1, n_objects,
                                     100 * object->x / RG_SCENE_DRAWING_WIDTH, 100 * object->y / RG_SCENE_DRAWING_HEIGHT);
    }

  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Drawing sheet"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description,
                                  -1);
}

static void
drawing_changed_cb (RgSceneSheet *self)
{
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* What a press at a point of the drawing takes hold of; chooses the object under it. */
static Drag
take_hold (RgSceneSheet *self,
           double x,
           double y)
{
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);
  double reach = REACH / get_scale (self);
  int found;

  for (Drag drag = DRAG_RESIZE; object != NULL && drag <= DRAG_ROTATE; drag++)
    {
      double handle_x, handle_y;

      locate_handle (self, object, drag, &handle_x, &handle_y);
      if (hypot (x - handle_x, y - handle_y) <= reach / 1.5)
        return drag;
    }

  found = rg_scene_drawing_find (self->drawing, x, y, reach);
  rg_scene_drawing_select (self->drawing, found);

  return found >= 0 ? DRAG_MOVE : DRAG_NONE;
}

static void
drag_begin_cb (RgSceneSheet *self,
               double x,
               double y,
               GtkGesture *gesture)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag = DRAG_NONE;
  if (self->drawing == NULL)
    return;

  rg_scene_sheet_to_drawing (self, &x, &y);
  self->begin_x = x;
  self->begin_y = y;
  self->drag = take_hold (self, x, y);
  if (self->drag == DRAG_NONE)
    return;

  self->begin_object = *rg_scene_drawing_get_selected_object (self->drawing);
  /* Or a pane around the board would take the same movement for a swipe. */
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drag_update_cb (RgSceneSheet *self,
                double offset_x,
                double offset_y)
{
  const RgObject *from = &self->begin_object;
  double x = self->begin_x + offset_x / get_scale (self), y = self->begin_y + offset_y / get_scale (self);

  switch (self->drag)
    {
    case DRAG_MOVE:
      rg_scene_drawing_move (self->drawing, from->x + x - self->begin_x, from->y + y - self->begin_y);
      break;
    case DRAG_RESIZE:
      rg_scene_drawing_resize (self->drawing, hypot (x - from->x, y - from->y) / G_SQRT2);
      break;
    case DRAG_ROTATE:
      rg_scene_drawing_rotate (self->drawing, atan2 (x - from->x, from->y - y));
      break;
    case DRAG_NONE:
    default:
      break;
    }
}

/* A press and release on an empty place, without a way between, is a tap. */
static void
drag_end_cb (RgSceneSheet *self,
             double offset_x,
             double offset_y)
{
  gboolean on_sheet = self->begin_x >= 0 && self->begin_x < RG_SCENE_DRAWING_WIDTH &&
                      self->begin_y >= 0 && self->begin_y < RG_SCENE_DRAWING_HEIGHT;

  if (self->drawing == NULL)
    return;

  rg_scene_drawing_end_gesture (self->drawing);
  if (self->drag == DRAG_NONE && on_sheet && hypot (offset_x, offset_y) < HANDLE)
    g_signal_emit (self, signals[PLACED], 0, self->begin_x, self->begin_y);
  self->drag = DRAG_NONE;
}

/* Moves the chosen object by an arrow key. Returns: whether the key is one. */
static gboolean
move_by_key (RgSceneSheet *self,
             const RgObject *object,
             guint key,
             GdkModifierType state)
{
  double step = state & GDK_SHIFT_MASK ? FINE_STEP : STEP;

  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      return rg_scene_drawing_move (self->drawing, object->x - step, object->y);
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      return rg_scene_drawing_move (self->drawing, object->x + step, object->y);
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return rg_scene_drawing_move (self->drawing, object->x, object->y - step);
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return rg_scene_drawing_move (self->drawing, object->x, object->y + step);
    default:
      return FALSE;
    }
}

static gboolean
key_pressed_cb (RgSceneSheet *self,
                guint key,
                guint keycode,
                GdkModifierType state)
{
  const RgObject *object = self->drawing != NULL ? rg_scene_drawing_get_selected_object (self->drawing) : NULL;

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;

  /* Added and removed things are the board's business: it knows what comes next, and says what went. */
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_Insert)
    return gtk_widget_activate_action (GTK_WIDGET (self), "board.add", NULL);

  if (object == NULL)
    return GDK_EVENT_PROPAGATE;

  if (move_by_key (self, object, key, state))
    return GDK_EVENT_STOP;

  switch (key)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      return rg_scene_drawing_resize (self->drawing, object->size * GROWTH);
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      return rg_scene_drawing_resize (self->drawing, object->size / GROWTH);
    case GDK_KEY_parenright:
      return rg_scene_drawing_rotate (self->drawing, object->angle + TURN);
    case GDK_KEY_parenleft:
      return rg_scene_drawing_rotate (self->drawing, object->angle - TURN);
    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
    case GDK_KEY_BackSpace:
      return gtk_widget_activate_action (GTK_WIDGET (self), "board.remove", NULL);
    case GDK_KEY_Escape:
      rg_scene_drawing_select (self->drawing, -1);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* Tab goes to the sheet, then from object to object, then on. */
static gboolean
rg_scene_sheet_focus (GtkWidget *widget,
                      GtkDirectionType direction)
{
  RgSceneSheet *self = RG_SCENE_SHEET (widget);
  int n_objects = self->drawing != NULL ? rg_scene_drawing_get_n_objects (self->drawing) : 0;
  int step = direction == GTK_DIR_TAB_FORWARD ? 1 : -1, next;

  if (direction != GTK_DIR_TAB_FORWARD && direction != GTK_DIR_TAB_BACKWARD)
    return !gtk_widget_is_focus (widget) && gtk_widget_grab_focus (widget);

  if (!gtk_widget_is_focus (widget))
    {
      if (n_objects > 0)
        rg_scene_drawing_select (self->drawing, step > 0 ? 0 : n_objects - 1);
      return gtk_widget_grab_focus (widget);
    }

  next = n_objects > 0 ? rg_scene_drawing_get_selected (self->drawing) + step : -1;
  if (next < 0 || next >= n_objects)
    return FALSE;

  rg_scene_drawing_select (self->drawing, next);

  return TRUE;
}

static void
stroke_twice (cairo_t *cr,
              double pixel)
{
  cairo_set_source_rgba (cr, 0, 0, 0, 0.75);
  cairo_set_line_width (cr, 4 * pixel);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, 1.5 * pixel);
  cairo_stroke (cr);
}

/* A frame around the chosen object, its corner and its knob: white on dark, seen on every background. */
static void
draw_frame (RgSceneSheet *self,
            cairo_t *cr,
            const RgObject *object)
{
  double pixel = 1 / get_scale (self);

  cairo_save (cr);
  cairo_translate (cr, object->x, object->y);
  cairo_rotate (cr, object->angle);
  cairo_rectangle (cr, -object->size, -object->size, 2 * object->size, 2 * object->size);
  cairo_move_to (cr, 0, -object->size);
  cairo_line_to (cr, 0, -object->size - (KNOB - HANDLE) * pixel);
  cairo_restore (cr);

  stroke_twice (cr, pixel);

  for (Drag drag = DRAG_RESIZE; drag <= DRAG_ROTATE; drag++)
    {
      double x, y;

      locate_handle (self, object, drag, &x, &y);
      cairo_new_sub_path (cr);
      cairo_arc (cr, x, y, HANDLE * pixel, 0, 2 * G_PI);
      cairo_set_source_rgb (cr, 1, 1, 1);
      cairo_fill_preserve (cr);
      stroke_twice (cr, pixel);
    }
}

static void
rg_scene_sheet_snapshot (GtkWidget *widget,
                         GtkSnapshot *snapshot)
{
  RgSceneSheet *self = RG_SCENE_SHEET (widget);
  RgRect rect = get_sheet_rect (self);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  const RgObject *object;
  cairo_t *cr;

  if (self->drawing == NULL || rect.width < 1 || rect.height < 1)
    return;

  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, rect.x, rect.y);
  cairo_scale (cr, get_scale (self), get_scale (self));

  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT);
  cairo_clip (cr);
  rg_scene_draw (rg_scene_drawing_get_scene (self->drawing), cr);
  cairo_restore (cr);

  /* Where a white sheet ends on a white window. */
  cairo_rectangle (cr, 0, 0, RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT);
  cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.6);
  cairo_set_line_width (cr, 2 / get_scale (self));
  cairo_stroke (cr);

  object = rg_scene_drawing_get_selected_object (self->drawing);
  if (object != NULL)
    draw_frame (self, cr, object);
  cairo_destroy (cr);
}

static void
rg_scene_sheet_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? RG_SCENE_DRAWING_WIDTH : RG_SCENE_DRAWING_HEIGHT;
}

static void
rg_scene_sheet_dispose (GObject *object)
{
  rg_scene_sheet_set_drawing (RG_SCENE_SHEET (object), NULL);

  G_OBJECT_CLASS (rg_scene_sheet_parent_class)->dispose (object);
}

static void
rg_scene_sheet_class_init (RgSceneSheetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = rg_scene_sheet_dispose;

  widget_class->snapshot = rg_scene_sheet_snapshot;
  widget_class->measure = rg_scene_sheet_measure;
  widget_class->focus = rg_scene_sheet_focus;

  signals[PLACED] = g_signal_new ("placed", RG_TYPE_SCENE_SHEET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_DOUBLE, G_TYPE_DOUBLE);

  gtk_widget_class_set_css_name (widget_class, "scenesheet");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
rg_scene_sheet_init (RgSceneSheet *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);

  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));

  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}

void
rg_scene_sheet_set_drawing (RgSceneSheet *self,
                            RgSceneDrawing *drawing)
{
  g_return_if_fail (RG_IS_SCENE_SHEET (self));

  if (self->drawing == drawing)
    return;

  if (self->drawing != NULL)
    g_signal_handlers_disconnect_by_data (self->drawing, self);
  g_set_object (&self->drawing, drawing);
  self->drag = DRAG_NONE;

  if (drawing != NULL)
    {
      g_signal_connect_swapped (drawing, "changed", G_CALLBACK (drawing_changed_cb), self);
      g_signal_connect_swapped (drawing, "notify::selected", G_CALLBACK (drawing_changed_cb), self);
      drawing_changed_cb (self);
    }
}
