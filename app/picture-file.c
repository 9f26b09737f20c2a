/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/picture-file.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"

static cairo_surface_t *
surface_new (const guint8 *rgb, guint width, guint height)
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
rg_picture_file_surface (RgImage *image)
{
  return surface_new (rg_image_get_pixels (image), rg_image_get_width (image), rg_image_get_height (image));
}

static cairo_status_t
append (void *file, const unsigned char *data, unsigned int length)
{
  return rg_atomic_file_append (file, data, length, NULL) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

gboolean
rg_picture_file_save (cairo_surface_t *surface, const char *path, GError **error)
{
  g_autoptr (RgAtomicFile) file = rg_atomic_file_new (path, error);
  cairo_status_t status;

  if (file == NULL)
    return FALSE;

  status = cairo_surface_write_to_png_stream (surface, append, file);
  if (status == CAIRO_STATUS_SUCCESS)
    return rg_atomic_file_commit (file, error);

  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: the picture cannot be written: %s"), path, cairo_status_to_string (status));

  return FALSE;
}

gboolean
rg_picture_file_save_rgb (const guint8 *rgb, guint width, guint height, const char *path, GError **error)
{
  cairo_surface_t *surface = surface_new (rgb, width, height);
  gboolean saved = rg_picture_file_save (surface, path, error);

  cairo_surface_destroy (surface);

  return saved;
}

gboolean
rg_picture_file_save_gray (const guint8 *gray, guint width, guint height, const char *path, GError **error)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, width, height);
  guint8 *data = cairo_image_surface_get_data (surface);
  gboolean saved;

  for (guint y = 0; data != NULL && y < height; y++)
    memcpy (data + (gsize) y * cairo_image_surface_get_stride (surface), gray + (gsize) y * width, width);
  cairo_surface_mark_dirty (surface);

  saved = rg_picture_file_save (surface, path, error);
  cairo_surface_destroy (surface);

  return saved;
}
