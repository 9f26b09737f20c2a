/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-thumb.h"

#include "ui/picture-view.h"

/* Opacity of a picture that only says where one is. */
#define FAINT 0.3

struct _RgMapThumb
{
  GtkWidget parent_instance;

  guint size, largest;
  gboolean faint;

  /* Owned */
  GdkTexture *picture;
  RgPatchGrid *grid;
  float *map;

  RgHeatmapStyle style;
};

G_DEFINE_FINAL_TYPE (RgMapThumb, rg_map_thumb, GTK_TYPE_WIDGET)

static void
rg_map_thumb_snapshot (GtkWidget *widget,
                       GtkSnapshot *snapshot)
{
  RgMapThumb *self = RG_MAP_THUMB (widget);
  graphene_rect_t bounds;
  RgRect original, rect;
  cairo_t *cr;

  if (self->grid == NULL)
    return;

  original = rg_patch_grid_get_original (self->grid);
  rect = rg_picture_view_fit (gtk_widget_get_width (widget), gtk_widget_get_height (widget), (guint) original.width, (guint) original.height);
  if (rg_rect_is_empty (rect))
    return;

  bounds = GRAPHENE_RECT_INIT ((float) rect.x, (float) rect.y, (float) rect.width, (float) rect.height);
  if (self->faint)
    gtk_snapshot_push_opacity (snapshot, FAINT);
  if (self->picture != NULL)
    gtk_snapshot_append_texture (snapshot, self->picture, &bounds);
  if (self->faint)
    gtk_snapshot_pop (snapshot);

  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, rect.x, rect.y);
  cairo_scale (cr, rect.width / original.width, rect.height / original.height);
  rg_heatmap_draw (cr, self->grid, self->map, &self->style);
  cairo_destroy (cr);
}

static GtkSizeRequestMode
rg_map_thumb_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* In the picture's proportions; higher where it is given more width, up to the largest that it may be. */
static void
rg_map_thumb_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  RgMapThumb *self = RG_MAP_THUMB (widget);
  RgRect original = { .width = 1, .height = 1 }, rect;

  if (self->grid != NULL)
    original = rg_patch_grid_get_original (self->grid);
  rect = rg_picture_view_fit (self->size, self->size, (guint) original.width, (guint) original.height);
  if (orientation == GTK_ORIENTATION_VERTICAL && for_size > rect.width && self->largest > self->size)
    rect = rg_picture_view_fit (MIN (for_size, (int) self->largest), self->largest, (guint) original.width, (guint) original.height);
  *minimum = *natural = (int) MAX (1, orientation == GTK_ORIENTATION_HORIZONTAL ? rect.width : rect.height);
}

static void
rg_map_thumb_dispose (GObject *object)
{
  RgMapThumb *self = RG_MAP_THUMB (object);

  g_clear_object (&self->picture);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_clear_pointer (&self->map, g_free);

  G_OBJECT_CLASS (rg_map_thumb_parent_class)->dispose (object);
}

static void
rg_map_thumb_class_init (RgMapThumbClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_map_thumb_dispose;
  widget_class->snapshot = rg_map_thumb_snapshot;
  widget_class->get_request_mode = rg_map_thumb_get_request_mode;
  widget_class->measure = rg_map_thumb_measure;

  gtk_widget_class_set_css_name (widget_class, "mapthumb");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
rg_map_thumb_init (RgMapThumb *self)
{
}

GtkWidget *
rg_map_thumb_new (guint size,
                  gboolean faint)
{
  RgMapThumb *self = g_object_new (RG_TYPE_MAP_THUMB, NULL);

  self->size = self->largest = size;
  self->faint = faint;

  return GTK_WIDGET (self);
}

void
rg_map_thumb_set_largest (RgMapThumb *self,
                          guint largest)
{
  g_return_if_fail (RG_IS_MAP_THUMB (self));

  self->largest = largest;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
rg_map_thumb_set (RgMapThumb *self,
                  GdkTexture *picture,
                  RgPatchGrid *grid,
                  const float *map,
                  const RgHeatmapStyle *style)
{
  g_return_if_fail (RG_IS_MAP_THUMB (self));
  g_return_if_fail (grid != NULL && map != NULL);

  g_set_object (&self->picture, picture);
  rg_patch_grid_ref (grid);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  self->grid = grid;
  g_free (self->map);
  self->map = g_memdup2 (map, sizeof (float) * rg_patch_grid_get_n_patches (grid));
  self->style = *style;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
