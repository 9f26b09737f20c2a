/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-drawing.h"

#include <math.h>

#define MAX_UNDO 100
#define NEW_SIZE 60.0

/* What an edit does; edits of the same sort on the same object melt into one for Undo, others never do. */
typedef enum
{
  EDIT_NONE,
  EDIT_MOVE,
  EDIT_RESIZE,
  EDIT_ROTATE,
  EDIT_OTHER,
} Edit;

struct _RgSceneDrawing
{
  GObject parent_instance;

  RgScene *scene;
  GPtrArray *undo; /* (element-type RgScene) oldest first */
  int selected;

  /* What the last edit was, for melting. */
  Edit last_edit;
  int last_object;
};

enum
{
  PROP_SELECTED = 1,
  PROP_CAN_UNDO,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgSceneDrawing, rg_scene_drawing, G_TYPE_OBJECT)

static RgObject *
get_object (RgSceneDrawing *self,
            int index)
{
  return &g_array_index (self->scene->objects, RgObject, index);
}

/* Before each edit: keeps the scene as it is, unless the edit goes on with the one before. */
static void
begin_edit (RgSceneDrawing *self,
            Edit edit)
{
  gboolean melts = edit != EDIT_OTHER && edit == self->last_edit && self->selected == self->last_object;

  self->last_edit = edit;
  self->last_object = self->selected;
  if (melts)
    return;

  if (self->undo->len == MAX_UNDO)
    g_ptr_array_remove_index (self->undo, 0);
  g_ptr_array_add (self->undo, rg_scene_copy (self->scene));
  if (self->undo->len == 1)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
}

static void
end_edit (RgSceneDrawing *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
rg_scene_drawing_finalize (GObject *object)
{
  RgSceneDrawing *self = RG_SCENE_DRAWING (object);

  rg_scene_free (self->scene);
  g_ptr_array_unref (self->undo);

  G_OBJECT_CLASS (rg_scene_drawing_parent_class)->finalize (object);
}

static void
rg_scene_drawing_get_property (GObject *object,
                               guint prop_id,
                               GValue *value,
                               GParamSpec *pspec)
{
  RgSceneDrawing *self = RG_SCENE_DRAWING (object);

  switch (prop_id)
    {
    case PROP_SELECTED:
      g_value_set_int (value, self->selected);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, rg_scene_drawing_get_can_undo (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_scene_drawing_class_init (RgSceneDrawingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rg_scene_drawing_finalize;
  object_class->get_property = rg_scene_drawing_get_property;

  properties[PROP_SELECTED] = g_param_spec_int ("selected", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_SCENE_DRAWING, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rg_scene_drawing_init (RgSceneDrawing *self)
{
  static const RgObject first[] = {
    { .kind = RG_KIND_STAR, .color = RG_COLOR_RED, .style = RG_STYLE_FILLED, .x = 200, .y = 240, .size = 80 },
    { .kind = RG_KIND_HOUSE, .color = RG_COLOR_BLUE, .style = RG_STYLE_FILLED, .x = 440, .y = 240, .size = 80 },
  };

  self->scene = rg_scene_new (RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT);
  g_array_append_vals (self->scene->objects, first, G_N_ELEMENTS (first));
  self->undo = g_ptr_array_new_with_free_func ((GDestroyNotify) rg_scene_free);
  self->selected = -1;
}

RgSceneDrawing *
rg_scene_drawing_new (void)
{
  return g_object_new (RG_TYPE_SCENE_DRAWING, NULL);
}

const RgScene *
rg_scene_drawing_get_scene (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), NULL);

  return self->scene;
}

guint
rg_scene_drawing_get_n_objects (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), 0);

  return self->scene->objects->len;
}

int
rg_scene_drawing_get_selected (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), -1);

  return self->selected;
}

gboolean
rg_scene_drawing_get_can_undo (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  return self->undo->len > 0;
}

const RgObject *
rg_scene_drawing_get_selected_object (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), NULL);

  return self->selected >= 0 ? get_object (self, self->selected) : NULL;
}

void
rg_scene_drawing_select (RgSceneDrawing *self,
                         int index)
{
  g_return_if_fail (RG_IS_SCENE_DRAWING (self));
  g_return_if_fail (index >= -1 && index < (int) self->scene->objects->len);

  rg_scene_drawing_end_gesture (self);
  if (self->selected == index)
    return;

  self->selected = index;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

int
rg_scene_drawing_find (RgSceneDrawing *self,
                       double x,
                       double y,
                       double reach)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), -1);

  for (int i = (int) self->scene->objects->len - 1; i >= 0; i--)
    {
      const RgObject *object = get_object (self, i);
      double half = MAX (object->size, reach);

      if (fabs (x - object->x) <= half && fabs (y - object->y) <= half)
        return i;
    }

  return -1;
}

gboolean
rg_scene_drawing_add (RgSceneDrawing *self,
                      RgKind kind,
                      RgColor color,
                      RgStyle style,
                      double x,
                      double y)
{
  RgObject object = { .kind = kind, .color = color, .style = style, .size = NEW_SIZE };

  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->scene->objects->len >= RG_SCENE_MAX_OBJECTS)
    return FALSE;

  object.x = CLAMP (x, 0, RG_SCENE_DRAWING_WIDTH);
  object.y = CLAMP (y, 0, RG_SCENE_DRAWING_HEIGHT);
  begin_edit (self, EDIT_OTHER);
  g_array_append_val (self->scene->objects, object);
  rg_scene_drawing_select (self, (int) self->scene->objects->len - 1);
  end_edit (self);

  return TRUE;
}

/* How far a point is from the nearest object's edge; a little nearer the sheet's edge counts as occupied too. */
static double
measure_room (RgSceneDrawing *self,
              double x,
              double y)
{
  double room = MIN (MIN (x, RG_SCENE_DRAWING_WIDTH - x), MIN (y, RG_SCENE_DRAWING_HEIGHT - y));

  for (guint i = 0; i < self->scene->objects->len; i++)
    {
      const RgObject *object = get_object (self, i);

      room = MIN (room, hypot (x - object->x, y - object->y) - object->size);
    }

  return room;
}

gboolean
rg_scene_drawing_add_anywhere (RgSceneDrawing *self,
                               RgKind kind,
                               RgColor color,
                               RgStyle style)
{
  double best = -G_MAXDOUBLE, best_x = 0, best_y = 0;

  for (double y = NEW_SIZE; y <= RG_SCENE_DRAWING_HEIGHT - NEW_SIZE; y += 30)
    for (double x = NEW_SIZE; x <= RG_SCENE_DRAWING_WIDTH - NEW_SIZE; x += 30)
      {
        double room = measure_room (self, x, y);

        if (room > best)
          {
            best = room;
            best_x = x;
            best_y = y;
          }
      }

  return rg_scene_drawing_add (self, kind, color, style, best_x, best_y);
}

gboolean
rg_scene_drawing_move (RgSceneDrawing *self,
                       double x,
                       double y)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->selected < 0)
    return FALSE;

  begin_edit (self, EDIT_MOVE);
  get_object (self, self->selected)->x = CLAMP (x, 0, RG_SCENE_DRAWING_WIDTH);
  get_object (self, self->selected)->y = CLAMP (y, 0, RG_SCENE_DRAWING_HEIGHT);
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_resize (RgSceneDrawing *self,
                         double size)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->selected < 0)
    return FALSE;

  begin_edit (self, EDIT_RESIZE);
  get_object (self, self->selected)->size = CLAMP (size, RG_SCENE_DRAWING_MIN_SIZE, RG_SCENE_DRAWING_MAX_SIZE);
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_rotate (RgSceneDrawing *self,
                         double angle)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->selected < 0)
    return FALSE;

  begin_edit (self, EDIT_ROTATE);
  get_object (self, self->selected)->angle = remainder (angle, 2 * G_PI);
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_recolor (RgSceneDrawing *self,
                          RgColor color)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->selected < 0 || get_object (self, self->selected)->color == color)
    return FALSE;

  begin_edit (self, EDIT_OTHER);
  get_object (self, self->selected)->color = color;
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_restyle (RgSceneDrawing *self,
                          RgStyle style)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->selected < 0 || get_object (self, self->selected)->style == style)
    return FALSE;

  begin_edit (self, EDIT_OTHER);
  get_object (self, self->selected)->style = style;
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_remove (RgSceneDrawing *self)
{
  int index;

  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  index = self->selected;
  if (index < 0)
    return FALSE;

  begin_edit (self, EDIT_OTHER);
  rg_scene_drawing_select (self, -1);
  g_array_remove_index (self->scene->objects, index);
  end_edit (self);

  return TRUE;
}

gboolean
rg_scene_drawing_clear (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->scene->objects->len == 0)
    return FALSE;

  begin_edit (self, EDIT_OTHER);
  rg_scene_drawing_select (self, -1);
  g_array_set_size (self->scene->objects, 0);
  end_edit (self);

  return TRUE;
}

void
rg_scene_drawing_set_background (RgSceneDrawing *self,
                                 const guint8 rgb[3])
{
  g_return_if_fail (RG_IS_SCENE_DRAWING (self));

  if (memcmp (self->scene->ink[0], rgb, 3) == 0)
    return;

  begin_edit (self, EDIT_OTHER);
  /* A plain backdrop has one colour in both inks. */
  memcpy (self->scene->ink[0], rgb, 3);
  memcpy (self->scene->ink[1], rgb, 3);
  end_edit (self);
}

void
rg_scene_drawing_end_gesture (RgSceneDrawing *self)
{
  g_return_if_fail (RG_IS_SCENE_DRAWING (self));

  self->last_edit = EDIT_NONE;
}

gboolean
rg_scene_drawing_undo (RgSceneDrawing *self)
{
  g_return_val_if_fail (RG_IS_SCENE_DRAWING (self), FALSE);

  if (self->undo->len == 0)
    return FALSE;

  rg_scene_drawing_select (self, -1);
  rg_scene_free (self->scene);
  self->scene = g_ptr_array_steal_index (self->undo, self->undo->len - 1);
  if (self->undo->len == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  end_edit (self);

  return TRUE;
}

RgImage *
rg_scene_drawing_render (RgSceneDrawing *self)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT);
  cairo_t *cr = cairo_create (surface);
  gsize size = 3 * RG_SCENE_DRAWING_WIDTH * RG_SCENE_DRAWING_HEIGHT;
  guint8 *rgb = g_malloc (size), *out = rgb;
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, size);

  rg_scene_draw (self->scene, cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);

  for (int y = 0; y < RG_SCENE_DRAWING_HEIGHT; y++)
    {
      const guint32 *in = (const guint32 *) (cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface));

      for (int x = 0; x < RG_SCENE_DRAWING_WIDTH; x++)
        {
          *out++ = in[x] >> 16;
          *out++ = in[x] >> 8;
          *out++ = in[x];
        }
    }
  cairo_surface_destroy (surface);

  return rg_image_new (RG_SCENE_DRAWING_WIDTH, RG_SCENE_DRAWING_HEIGHT, bytes);
}
