/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/heatmap.h"

#include <math.h>

/* Samples along a cell's edge when smooth; Cairo fills in between them. */
#define SMOOTH_SAMPLES 6

double
rg_heatmap_get_intensity (const RgHeatmapStyle *style,
                          double value)
{
  double intensity = style->scale > 0 && !isnan (value) ? value / style->scale : 0;

  return CLAMP (intensity, style->is_signed ? -1.0 : 0.0, 1.0);
}

guint32
rg_heatmap_get_pixel (const RgHeatmapStyle *style,
                      double value)
{
  double intensity = rg_heatmap_get_intensity (style, value);
  double alpha = style->opacity * fabs (intensity);
  guint8 rgb[3];
  guint32 pixel = (guint32) (alpha * 255 + 0.5) << 24;

  /* Opacity alone leads away from 0: a colour that is pale as well would be seen nowhere but at the strongest patches. */
  if (style->is_signed)
    rg_palette_get_signed_color (intensity < 0 ? -1 : 1, rgb);
  else
    rg_palette_get_color (style->palette, intensity, rgb);

  for (guint i = 0; i < 3; i++)
    pixel |= (guint32) (rgb[i] * alpha + 0.5) << (16 - 8 * i);

  return pixel;
}

static void
draw_cells (cairo_t *cr,
            const RgPatchGrid *grid,
            const float *map,
            const RgHeatmapStyle *style)
{
  guint n_patches = rg_patch_grid_get_n_patches (grid);

  cairo_save (cr);

  /* Neighbours share an edge: with anti-aliasing both would cover half of its pixels and a seam would show. */
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);

  for (guint patch = 0; patch < n_patches; patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (grid, patch);
      guint32 pixel = rg_heatmap_get_pixel (style, map[patch]);
      double alpha = (pixel >> 24) / 255.0;

      if (alpha <= 0 || rect.width <= 0 || rect.height <= 0)
        continue;

      cairo_set_source_rgba (cr,
                             ((pixel >> 16) & 0xff) / 255.0 / alpha,
                             ((pixel >> 8) & 0xff) / 255.0 / alpha,
                             (pixel & 0xff) / 255.0 / alpha,
                             alpha);
      cairo_rectangle (cr, rect.x, rect.y, rect.width, rect.height);
      cairo_fill (cr);
    }

  cairo_restore (cr);
}

/* The value between cell centres; @x and @y count cells, a centre lies at one half. */
static double
sample_bilinear (const float *map,
                 guint rows,
                 guint cols,
                 double x,
                 double y)
{
  double column = CLAMP (x - 0.5, 0, cols - 1.0);
  double row = CLAMP (y - 0.5, 0, rows - 1.0);
  guint left = (guint) column, right = MIN (left + 1, cols - 1);
  guint top = (guint) row, bottom = MIN (top + 1, rows - 1);
  double u = column - left, v = row - top;

  return (1 - v) * ((1 - u) * map[top * cols + left] + u * map[top * cols + right]) + v * ((1 - u) * map[bottom * cols + left] + u * map[bottom * cols + right]);
}

static cairo_surface_t *
create_smooth_surface (const float *map,
                       guint rows,
                       guint cols,
                       const RgHeatmapStyle *style)
{
  int width = (int) cols * SMOOTH_SAMPLES, height = (int) rows * SMOOTH_SAMPLES;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;

  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++)
    {
      guint32 *line = (guint32 *) (data + (gsize) y * stride);

      for (int x = 0; x < width; x++)
        line[x] = rg_heatmap_get_pixel (style, sample_bilinear (map, rows, cols, (x + 0.5) / SMOOTH_SAMPLES, (y + 0.5) / SMOOTH_SAMPLES));
    }
  cairo_surface_mark_dirty (surface);

  return surface;
}

static void
draw_smooth (cairo_t *cr,
             const RgPatchGrid *grid,
             const float *map,
             const RgHeatmapStyle *style)
{
  guint first = 0;

  for (guint i = 0; i < rg_patch_grid_get_n_tiles (grid); i++)
    {
      const RgTile *tile = rg_patch_grid_get_tile (grid, i);
      const RgRect *source = &tile->source, *content = &tile->content;
      cairo_surface_t *surface = create_smooth_surface (map + first, tile->rows, tile->cols, style);

      first += tile->rows * tile->cols;

      if (content->width > 0 && content->height > 0)
        {
          double view_width = rg_image_get_width (tile->view), view_height = rg_image_get_height (tile->view);

          cairo_save (cr);
          cairo_rectangle (cr, source->x, source->y, source->width, source->height);
          cairo_clip (cr);

          /* Original pixels ← pixels of the view ← samples. */
          cairo_translate (cr, source->x, source->y);
          cairo_scale (cr, source->width / content->width, source->height / content->height);
          cairo_translate (cr, -content->x, -content->y);
          cairo_scale (cr, view_width / (tile->cols * SMOOTH_SAMPLES), view_height / (tile->rows * SMOOTH_SAMPLES));

          cairo_set_source_surface (cr, surface, 0, 0);
          cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
          cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
          cairo_paint (cr);
          cairo_restore (cr);
        }

      cairo_surface_destroy (surface);
    }
}

void
rg_heatmap_draw (cairo_t *cr,
                 const RgPatchGrid *grid,
                 const float *map,
                 const RgHeatmapStyle *style)
{
  if (!(style->scale > 0) || !(style->opacity > 0))
    return;

  if (style->smooth)
    draw_smooth (cr, grid, map, style);
  else
    draw_cells (cr, grid, map, style);
}
