/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/altered-image.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/random.h"

#define CHANNELS 3

/* @pixels: (transfer full): CHANNELS × @width × @height bytes. */
static RgImage *
take (guint width, guint height, guint8 *pixels)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, (gsize) CHANNELS * width * height);

  return rg_image_new (width, height, bytes);
}

RgImage *
rg_image_new_cropped (RgImage *self, RgRect rect)
{
  RgRect whole = { 0, 0, rg_image_get_width (self), rg_image_get_height (self) };
  RgRect part = rg_rect_intersect (whole, rect);
  gsize left, top, width, height;
  guint8 *pixels;

  if (rg_rect_is_empty (part))
    return NULL;

  left = floor (part.x);
  top = floor (part.y);
  width = (gsize) ceil (part.x + part.width) - left;
  height = (gsize) ceil (part.y + part.height) - top;
  pixels = g_malloc (CHANNELS * width * height);
  for (gsize y = 0; y < height; y++)
    memcpy (pixels + CHANNELS * width * y, rg_image_get_pixels (self) + CHANNELS * ((top + y) * rg_image_get_width (self) + left), CHANNELS * width);

  return take (width, height, pixels);
}

static void
mirror_row (const guint8 *from, guint8 *to, gsize width)
{
  for (gsize x = 0; x < width; x++)
    memcpy (to + CHANNELS * x, from + CHANNELS * (width - 1 - x), CHANNELS);
}

static void
gray_row (const guint8 *from, guint8 *to, gsize width)
{
  for (gsize x = 0; x < width; x++, from += CHANNELS, to += CHANNELS)
    memset (to, (299 * from[0] + 587 * from[1] + 114 * from[2] + 500) / 1000, CHANNELS);
}

static RgImage *
alter_rows (RgImage *self, void (*alter) (const guint8 *from, guint8 *to, gsize width), GCancellable *cancellable, GError **error)
{
  gsize width = rg_image_get_width (self), height = rg_image_get_height (self), row = CHANNELS * width;
  g_autofree guint8 *pixels = g_malloc (row * height);

  for (gsize y = 0; y < height; y++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      alter (rg_image_get_pixels (self) + y * row, pixels + y * row, width);
    }

  return take (width, height, g_steal_pointer (&pixels));
}

RgImage *
rg_image_new_mirrored (RgImage *self, GCancellable *cancellable, GError **error)
{
  return alter_rows (self, mirror_row, cancellable, error);
}

RgImage *
rg_image_new_gray (RgImage *self, GCancellable *cancellable, GError **error)
{
  return alter_rows (self, gray_row, cancellable, error);
}

RgImage *
rg_image_new_noise (RgImage *self, guint longer, guint64 seed)
{
  double scale = (double) longer / MAX (rg_image_get_width (self), rg_image_get_height (self));
  gsize width = CLAMP (rg_image_get_width (self) * scale + 0.5, 1, longer), height = CLAMP (rg_image_get_height (self) * scale + 0.5, 1, longer);
  guint8 *pixels = g_malloc (CHANNELS * width * height);
  RgRandom random;

  rg_random_init (&random, seed, 0);
  for (gsize i = 0; i < CHANNELS * width * height; i++)
    pixels[i] = rg_random_below (&random, 256);

  return take (width, height, pixels);
}
