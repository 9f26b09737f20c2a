/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/picture-file.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "ui/picture-surface.h"

static cairo_status_t
append (void *file, const unsigned char *data, unsigned int length)
{
  return rg_atomic_file_append (file, data, length, NULL) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static gboolean
save (cairo_surface_t *surface, const char *path, GError **error)
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
  cairo_surface_t *surface = rg_picture_surface_new (rgb, width, height);
  gboolean saved = save (surface, path, error);

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

  saved = save (surface, path, error);
  cairo_surface_destroy (surface);

  return saved;
}
