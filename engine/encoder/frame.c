/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/frame.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

#define CHANNELS 3

void
rg_frame_init (RgFrame *self, RgImage *image)
{
  RgRect whole = { 0, 0, rg_image_get_width (image), rg_image_get_height (image) };

  *self = (RgFrame){ rg_image_ref (image), whole, whole };
}

RgFrame
rg_frame_copy (const RgFrame *self)
{
  return (RgFrame){ rg_image_ref (self->pixels), self->content, self->source };
}

void
rg_frame_clear (RgFrame *self)
{
  g_clear_pointer (&self->pixels, rg_image_unref);
}

gboolean
rg_frame_resize (RgFrame *self, guint width, guint height, RgFilter filter, RgPool *pool, GCancellable *cancellable, GError **error)
{
  double old_width = rg_image_get_width (self->pixels), old_height = rg_image_get_height (self->pixels);
  RgRect old = self->content;
  RgImage *resized = rg_resample (self->pixels, width, height, filter, pool, cancellable, error);

  if (resized == NULL)
    return FALSE;
  rg_image_unref (self->pixels);
  self->pixels = resized;
  /* Multiplied first: what is a whole number must come out as one. */
  self->content = (RgRect){ old.x * width / old_width, old.y * height / old_height, old.width * width / old_width, old.height * height / old_height };

  return TRUE;
}

static void
move_rectangles (RgFrame *self, RgRect window)
{
  RgRect kept = rg_rect_intersect (self->content, window), content = self->content, source = self->source;

  if (rg_rect_is_empty (kept))
    {
      self->content = self->source = (RgRect){ 0 };
      return;
    }
  self->source = (RgRect){
    source.x + (kept.x - content.x) * source.width / content.width,
    source.y + (kept.y - content.y) * source.height / content.height,
    kept.width * source.width / content.width,
    kept.height * source.height / content.height,
  };
  self->content = (RgRect){ kept.x - window.x, kept.y - window.y, kept.width, kept.height };
}

/* The pixels under the window; @shared is what frame and window have in common, in pixels of the frame. */
static void
copy_rows (RgImage *from, guint8 *to, RgRect window, RgRect shared)
{
  gsize n = (gsize) shared.width * CHANNELS, stride = (gsize) rg_image_get_width (from) * CHANNELS;

  for (gsize row = 0; row < (gsize) shared.height; row++)
    memcpy (to + ((row + (gsize) (shared.y - window.y)) * (gsize) window.width + (gsize) (shared.x - window.x)) * CHANNELS,
            rg_image_get_pixels (from) + ((gsize) shared.y + row) * stride + (gsize) shared.x * CHANNELS, n);
}

gboolean
rg_frame_window (RgFrame *self, int x, int y, guint width, guint height, const guint8 fill[3], GError **error)
{
  RgRect whole = { 0, 0, rg_image_get_width (self->pixels), rg_image_get_height (self->pixels) };
  RgRect window = { x, y, width, height }, shared = rg_rect_intersect (whole, window);
  gsize n_pixels = (gsize) width * height;
  g_autoptr (GBytes) bytes = NULL;
  guint8 *data;

  if (x == 0 && y == 0 && width == (guint) whole.width && height == (guint) whole.height)
    return TRUE;
  data = n_pixels <= RG_FRAME_MAX_PIXELS ? g_try_malloc (n_pixels * CHANNELS) : NULL;
  if (data == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("There is not enough memory to pad the picture to %u × %u pixels."), width, height);
      return FALSE;
    }
  if (shared.width * shared.height < (double) n_pixels)
    for (gsize i = 0; i < n_pixels * CHANNELS; i++)
      data[i] = fill[i % CHANNELS];
  copy_rows (self->pixels, data, window, shared);
  bytes = g_bytes_new_take (data, n_pixels * CHANNELS);
  rg_image_unref (self->pixels);
  self->pixels = rg_image_new (width, height, bytes);
  move_rectangles (self, window);

  return TRUE;
}
