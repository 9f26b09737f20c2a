/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/picture-surface.h"

cairo_surface_t *
rg_picture_surface_new (const guint8 *rgb,
                        guint width,
                        guint height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  guint8 *data = cairo_image_surface_get_data (surface);
  gsize stride = cairo_image_surface_get_stride (surface);

  if (data == NULL)
    return surface; /* without memory; its status says so */

  for (gsize y = 0; y < height; y++)
    {
      guint32 *row = (guint32 *) (data + y * stride);

      for (gsize x = 0; x < width; x++, rgb += 3)
        row[x] = (guint32) rgb[0] << 16 | (guint32) rgb[1] << 8 | rgb[2];
    }
  cairo_surface_mark_dirty (surface);

  return surface;
}

cairo_surface_t *
rg_picture_surface_new_small (RgImage *image,
                              guint most)
{
  guint width = rg_image_get_width (image), height = rg_image_get_height (image);
  double zoom = (double) most / MAX (width, height);
  cairo_surface_t *whole = rg_picture_surface_new (rg_image_get_pixels (image), width, height);
  cairo_surface_t *small;
  cairo_t *cr;

  if (zoom >= 1)
    return whole;

  small = cairo_image_surface_create (CAIRO_FORMAT_RGB24, MAX (1, (int) (width * zoom)), MAX (1, (int) (height * zoom)));
  cr = cairo_create (small);
  cairo_scale (cr, (double) cairo_image_surface_get_width (small) / width, (double) cairo_image_surface_get_height (small) / height);
  cairo_set_source_surface (cr, whole, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_destroy (whole);

  return small;
}
