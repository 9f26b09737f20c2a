/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* In which order an encoder reads the pixel values of a picture of W × H pixels. Every order is a sum: what the row adds,
 * what the column adds, and what the channel adds to the place of the first value. */

G_BEGIN_DECLS

/**
 * RgPixelLayout:
 * @RG_PIXEL_LAYOUT_PIXELS: (H · W) × 3, a pixel's channels together: the bundled model
 * @RG_PIXEL_LAYOUT_PLANES: 3 × H × W, one plane a channel: convolutions of Hugging Face models
 * @RG_PIXEL_LAYOUT_PATCHES: one row a patch, 3 × frames × patch × patch values each; the patches that are merged to one
 *   image token stand together, row by row, and so do these blocks (Qwen2-VL)
 * @RG_PIXEL_LAYOUT_FRAMES: W × H, of one channel: the columns of a spectrogram one behind the other (Whisper)
 */
typedef enum
{
  RG_PIXEL_LAYOUT_PIXELS,
  RG_PIXEL_LAYOUT_PLANES,
  RG_PIXEL_LAYOUT_PATCHES,
  RG_PIXEL_LAYOUT_FRAMES,
} RgPixelLayout;

/**
 * RgPixelOrder: the place of channel c of the pixel in row y and column x is rows[y] + cols[x] + c · channel, and again
 *   frame values further for each of the n_frames that a still picture is repeated for; there are n_channels, 3 or 1
 */
typedef struct
{
  gsize *rows; /* H */
  gsize *cols; /* W */
  gsize channel;
  gsize frame;
  guint n_frames, n_channels;
} RgPixelOrder;

/**
 * rg_pixel_order_init:
 * @patch_size: and @merge_size, @n_frames: of %RG_PIXEL_LAYOUT_PATCHES, which wants @width and @height to be multiples of
 *   @patch_size · @merge_size
 */
void rg_pixel_order_init (RgPixelOrder *self, RgPixelLayout layout, guint width, guint height, guint patch_size, guint merge_size, guint n_frames);
void rg_pixel_order_clear (RgPixelOrder *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgPixelOrder, rg_pixel_order_clear)

G_END_DECLS
