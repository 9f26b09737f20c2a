/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/pixel-layout.h"

#define CHANNELS 3

/* A pixel's way through one axis of the patches: which block, which patch of the block, which pixel of the patch. */
static void
fill_axis (gsize *places, guint n, guint patch_size, guint merge_size, gsize block, gsize patch, gsize pixel)
{
  for (guint i = 0; i < n; i++)
    places[i] = i / patch_size / merge_size * block + i / patch_size % merge_size * patch + i % patch_size * pixel;
}

static void
fill_patches (RgPixelOrder *self, guint width, guint height, guint patch_size, guint merge_size)
{
  gsize area = (gsize) patch_size * patch_size, values = CHANNELS * self->n_frames * area;
  gsize block = values * merge_size * merge_size, blocks_across = width / patch_size / merge_size;

  self->frame = area;
  self->channel = area * self->n_frames;
  fill_axis (self->rows, height, patch_size, merge_size, block * blocks_across, values * merge_size, patch_size);
  fill_axis (self->cols, width, patch_size, merge_size, block, values, 1);
}

void
rg_pixel_order_init (RgPixelOrder *self, RgPixelLayout layout, guint width, guint height, guint patch_size, guint merge_size, guint n_frames)
{
  gsize step = layout == RG_PIXEL_LAYOUT_PIXELS ? CHANNELS : 1;

  *self = (RgPixelOrder){ g_new (gsize, height), g_new (gsize, width), .n_frames = 1, .n_channels = CHANNELS };
  if (layout == RG_PIXEL_LAYOUT_PATCHES)
    {
      g_assert (width % (patch_size * merge_size) == 0 && height % (patch_size * merge_size) == 0);
      self->n_frames = n_frames;
      fill_patches (self, width, height, patch_size, merge_size);
      return;
    }
  if (layout == RG_PIXEL_LAYOUT_FRAMES)
    {
      self->n_channels = 1;
      fill_axis (self->rows, height, 1, 1, 1, 0, 0);
      fill_axis (self->cols, width, 1, 1, height, 0, 0);
      return;
    }
  self->channel = layout == RG_PIXEL_LAYOUT_PIXELS ? 1 : (gsize) width * height;
  fill_axis (self->rows, height, 1, 1, step * width, 0, 0);
  fill_axis (self->cols, width, 1, 1, step, 0, 0);
}

void
rg_pixel_order_clear (RgPixelOrder *self)
{
  g_free (self->rows);
  g_free (self->cols);
}
