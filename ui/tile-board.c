/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/tile-board.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/patch-walk.h"
#include "ui/picture-view.h"

#define GAP 8

struct _RgTileBoard
{
  GtkWidget parent_instance;

  /* Owned References */
  RgPatchGrid *grid;
  GPtrArray *surfaces; /* (element-type cairo_surface_t) one a tile */

  int patch;
};

enum
{
  PROP_GRID = 1,
  PROP_PATCH,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgTileBoard, rg_tile_board, GTK_TYPE_WIDGET)

/* Cairo's own pixels, so that a few hundred of them can be enlarged without being blurred. */
static cairo_surface_t *
make_surface (RgImage *view)
{
  int width = rg_image_get_width (view), height = rg_image_get_height (view);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  const guint8 *in = rg_image_get_pixels (view);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;

  for (int y = 0; y < height; y++)
    {
      guint32 *out = (guint32 *) (cairo_image_surface_get_data (surface) + (gsize) y * cairo_image_surface_get_stride (surface));

      for (int x = 0; x < width; x++, in += 3)
        out[x] = (guint32) in[0] << 16 | in[1] << 8 | in[2];
    }
  cairo_surface_mark_dirty (surface);

  return surface;
}

/* Tiles stand in as square an arrangement as there is, in reading order. */
RgRect
rg_tile_board_get_tile_rect (RgTileBoard *self,
                             guint tile)
{
  guint n_tiles = rg_patch_grid_get_n_tiles (self->grid);
  guint n_across = ceil (sqrt (n_tiles)), n_down = (n_tiles + n_across - 1) / n_across;
  double width = (gtk_widget_get_width (GTK_WIDGET (self)) - GAP * (n_across - 1.0)) / n_across;
  double height = (gtk_widget_get_height (GTK_WIDGET (self)) - GAP * (n_down - 1.0)) / n_down;
  RgImage *view = rg_patch_grid_get_tile (self->grid, tile)->view;
  RgRect rect = rg_picture_view_fit (MAX (width, 0), MAX (height, 0), rg_image_get_width (view), rg_image_get_height (view));

  rect.x += (tile % n_across) * (width + GAP);
  rect.y += (tile / n_across) * (height + GAP);

  return rect;
}

static void
point_at (RgTileBoard *self,
          double x,
          double y)
{
  int patch = -1, first = 0;

  if (self->grid == NULL)
    return;

  for (guint i = 0; i < rg_patch_grid_get_n_tiles (self->grid); i++)
    {
      const RgTile *tile = rg_patch_grid_get_tile (self->grid, i);
      RgRect rect = rg_tile_board_get_tile_rect (self, i);

      if (x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height)
        patch = first + (int) ((y - rect.y) * tile->rows / rect.height) * (int) tile->cols +
                (int) ((x - rect.x) * tile->cols / rect.width);
      first += tile->rows * tile->cols;
    }

  rg_tile_board_set_patch (self, patch);
}

static void
motion_cb (RgTileBoard *self,
           double x,
           double y)
{
  point_at (self, x, y);
}

static void
leave_cb (RgTileBoard *self)
{
  rg_tile_board_set_patch (self, -1);
}

static void
pressed_cb (RgTileBoard *self,
            int n_press,
            double x,
            double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  point_at (self, x, y);
}

static gboolean
key_pressed_cb (RgTileBoard *self,
                guint key,
                guint keycode,
                GdkModifierType state)
{
  int patch = self->patch;

  if (!rg_patch_walk (self->grid, key, state, &patch))
    return GDK_EVENT_PROPAGATE;

  rg_tile_board_set_patch (self, patch);

  return GDK_EVENT_STOP;
}

/* A light line beside a dark one is seen on any picture. */
static void
stroke_twice (cairo_t *cr,
              double width,
              double strength)
{
  cairo_set_line_width (cr, 2 * width);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5 * strength);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, width);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.8 * strength);
  cairo_stroke (cr);
}

/* Lines from corner to corner over what of the view is padding. */
static void
draw_padding (cairo_t *cr,
              const RgTile *tile,
              const RgRect *rect,
              double scale)
{
  cairo_save (cr);
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_rectangle (cr, rect->x + tile->content.x * scale, rect->y + tile->content.y * scale,
                   tile->content.width * scale, tile->content.height * scale);
  cairo_clip (cr);

  for (double at = -rect->height; at < rect->width; at += 12)
    {
      cairo_move_to (cr, rect->x + at, rect->y + rect->height);
      cairo_line_to (cr, rect->x + at + rect->height, rect->y);
    }
  stroke_twice (cr, 1, 0.5);
  cairo_restore (cr);
}

static void
draw_tile (RgTileBoard *self,
           cairo_t *cr,
           guint index)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, index);
  cairo_surface_t *surface = g_ptr_array_index (self->surfaces, index);
  RgRect rect = rg_tile_board_get_tile_rect (self, index);
  double scale = rect.width / rg_image_get_width (tile->view);

  if (rect.width < 1 || rect.height < 1)
    return;

  cairo_save (cr);
  cairo_translate (cr, rect.x, rect.y);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), scale > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
  cairo_paint (cr);
  cairo_restore (cr);

  draw_padding (cr, tile, &rect, scale);

  for (guint col = 0; col <= tile->cols; col++)
    {
      cairo_move_to (cr, rect.x + rect.width * col / tile->cols, rect.y);
      cairo_rel_line_to (cr, 0, rect.height);
    }
  for (guint row = 0; row <= tile->rows; row++)
    {
      cairo_move_to (cr, rect.x, rect.y + rect.height * row / tile->rows);
      cairo_rel_line_to (cr, rect.width, 0);
    }
  stroke_twice (cr, 0.75, 0.5);
}

static void
draw_patch (RgTileBoard *self,
            cairo_t *cr)
{
  RgRect patch = rg_patch_grid_get_view_rect (self->grid, self->patch), rect;
  double scale;
  guint tile;

  rg_patch_grid_locate (self->grid, self->patch, &tile, NULL, NULL);
  rect = rg_tile_board_get_tile_rect (self, tile);
  scale = rect.width / rg_image_get_width (rg_patch_grid_get_tile (self->grid, tile)->view);
  cairo_rectangle (cr, rect.x + patch.x * scale, rect.y + patch.y * scale, patch.width * scale, patch.height * scale);
  stroke_twice (cr, 3, 1.25);
}

static void
rg_tile_board_snapshot (GtkWidget *widget,
                        GtkSnapshot *snapshot)
{
  RgTileBoard *self = RG_TILE_BOARD (widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  cairo_t *cr;

  if (self->grid == NULL)
    return;

  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  for (guint i = 0; i < rg_patch_grid_get_n_tiles (self->grid); i++)
    draw_tile (self, cr, i);
  if (self->patch >= 0)
    draw_patch (self, cr);
  cairo_destroy (cr);
}

static void
rg_tile_board_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
  *minimum = 120;
  *natural = 480;
}

static void
rg_tile_board_dispose (GObject *object)
{
  RgTileBoard *self = RG_TILE_BOARD (object);

  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_clear_pointer (&self->surfaces, g_ptr_array_unref);

  G_OBJECT_CLASS (rg_tile_board_parent_class)->dispose (object);
}

static void
rg_tile_board_get_property (GObject *object,
                            guint prop_id,
                            GValue *value,
                            GParamSpec *pspec)
{
  RgTileBoard *self = RG_TILE_BOARD (object);

  switch (prop_id)
    {
    case PROP_GRID:
      g_value_set_boxed (value, self->grid);
      break;
    case PROP_PATCH:
      g_value_set_int (value, self->patch);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_tile_board_set_property (GObject *object,
                            guint prop_id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  RgTileBoard *self = RG_TILE_BOARD (object);

  switch (prop_id)
    {
    case PROP_GRID:
      rg_tile_board_set_grid (self, g_value_get_boxed (value));
      break;
    case PROP_PATCH:
      rg_tile_board_set_patch (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_tile_board_class_init (RgTileBoardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_tile_board_dispose;
  object_class->get_property = rg_tile_board_get_property;
  object_class->set_property = rg_tile_board_set_property;

  widget_class->snapshot = rg_tile_board_snapshot;
  widget_class->measure = rg_tile_board_measure;

  properties[PROP_GRID] = g_param_spec_boxed ("grid", NULL, NULL, RG_TYPE_PATCH_GRID, flags);
  properties[PROP_PATCH] = g_param_spec_int ("patch", NULL, NULL, -1, G_MAXINT, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "tileboard");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
rg_tile_board_init (RgTileBoard *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->patch = -1;
  self->surfaces = g_ptr_array_new_with_free_func ((GDestroyNotify) cairo_surface_destroy);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);

  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);

  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
rg_tile_board_set_grid (RgTileBoard *self,
                        RgPatchGrid *grid)
{
  g_return_if_fail (RG_IS_TILE_BOARD (self));

  if (self->grid == grid)
    return;

  rg_tile_board_set_patch (self, -1);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_ptr_array_set_size (self->surfaces, 0);

  if (grid != NULL)
    {
      self->grid = rg_patch_grid_ref (grid);
      for (guint i = 0; i < rg_patch_grid_get_n_tiles (grid); i++)
        g_ptr_array_add (self->surfaces, make_surface (rg_patch_grid_get_tile (grid, i)->view));
    }

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRID]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
rg_tile_board_set_patch (RgTileBoard *self,
                         int patch)
{
  g_return_if_fail (RG_IS_TILE_BOARD (self));

  if (self->grid == NULL || patch < 0 || patch >= (int) rg_patch_grid_get_n_patches (self->grid))
    patch = -1;

  if (self->patch == patch)
    return;

  self->patch = patch;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATCH]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
rg_tile_board_get_patch (RgTileBoard *self)
{
  g_return_val_if_fail (RG_IS_TILE_BOARD (self), -1);

  return self->patch;
}
