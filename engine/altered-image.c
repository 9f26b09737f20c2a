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

RgImage *
rg_image_new_mirrored (RgImage *self)
{
  gsize width = rg_image_get_width (self), height = rg_image_get_height (self);
  const guint8 *from = rg_image_get_pixels (self);
  guint8 *pixels = g_malloc (CHANNELS * width * height);

  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++)
      memcpy (pixels + CHANNELS * (y * width + x), from + CHANNELS * (y * width + width - 1 - x), CHANNELS);

  return take (width, height, pixels);
}

RgImage *
rg_image_new_gray (RgImage *self)
{
  gsize width = rg_image_get_width (self), height = rg_image_get_height (self);
  const guint8 *from = rg_image_get_pixels (self);
  guint8 *pixels = g_malloc (CHANNELS * width * height);

  for (gsize i = 0; i < width * height; i++, from += CHANNELS)
    memset (pixels + CHANNELS * i, (299 * from[0] + 587 * from[1] + 114 * from[2] + 500) / 1000, CHANNELS);

  return take (width, height, pixels);
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
