/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/sound.h"
#include "engine/types.h"

struct _RgImage
{
  gatomicrefcount ref_count;
  guint width;
  guint height;
  GBytes *pixels;
  RgSound *sound; /* nullable */
};

G_DEFINE_BOXED_TYPE (RgImage, rg_image, rg_image_ref, rg_image_unref)

#define MAX_SIDE 65535

RgImage *
rg_image_new (guint width,
              guint height,
              GBytes *pixels)
{
  RgImage *self = NULL;

  g_assert (width >= 1 && width <= MAX_SIDE);
  g_assert (height >= 1 && height <= MAX_SIDE);
  g_assert (g_bytes_get_size (pixels) == (gsize) 3 * width * height);

  self = g_new0 (RgImage, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->width = width;
  self->height = height;
  self->pixels = g_bytes_ref (pixels);

  return self;
}

RgImage *
rg_image_new_of_sound (guint width,
                       guint height,
                       GBytes *pixels,
                       RgSound *sound)
{
  RgImage *self = rg_image_new (width, height, pixels);

  self->sound = rg_sound_ref (sound);

  return self;
}

RgSound *
rg_image_get_sound (const RgImage *self)
{
  return self->sound;
}

RgImage *
rg_image_ref (RgImage *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
rg_image_unref (RgImage *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_bytes_unref (self->pixels);
  g_clear_pointer (&self->sound, rg_sound_unref);
  g_free (self);
}

guint
rg_image_get_width (const RgImage *self)
{
  return self->width;
}

guint
rg_image_get_height (const RgImage *self)
{
  return self->height;
}

const guint8 *
rg_image_get_pixels (const RgImage *self)
{
  return g_bytes_get_data (self->pixels, NULL);
}
