/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/encoder/resample.h"
#include "engine/types.h"

/* A picture on its way to an encoder, which never forgets what of the original it shows. All that image processors do to
 * its shape is one of two things: the size of the whole is changed, or a window is laid over it, which cuts where it is
 * smaller (a crop, a tile) and pads where it is larger. */

G_BEGIN_DECLS

/** RG_FRAME_MAX_PIXELS: of one frame; a thin picture that is padded to a square would otherwise fill the memory. */
#define RG_FRAME_MAX_PIXELS (1 << 28)

/**
 * RgFrame:
 * @pixels: owned
 * @content: the part of @pixels that shows the picture, in pixels; the rest is padding
 * @source: the rectangle of the original that @content shows, in pixels of the original
 */
typedef struct
{
  RgImage *pixels;
  RgRect content;
  RgRect source;
} RgFrame;

/** rg_frame_init: begins with the whole of @image, which is referenced. */
void rg_frame_init (RgFrame *self, RgImage *image);

/** rg_frame_copy: Returns: a frame that shows the same and lives by itself. */
RgFrame rg_frame_copy (const RgFrame *self);
void rg_frame_clear (RgFrame *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgFrame, rg_frame_clear)

/**
 * rg_frame_resize:
 * @width: and @height: 1 … 65535; the aspect need not be kept
 * @pool: (nullable): threads that share the rows
 *
 * Any thread. Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT, the frame as it was
 */
gboolean rg_frame_resize (RgFrame *self, guint width, guint height, RgFilter filter, RgPool *pool, GCancellable *cancellable, GError **error);

/**
 * rg_frame_window:
 * @x: and @y: the window's upper left corner in the frame, in pixels; may lie outside
 * @width: and @height: of the window, 1 … 65535; afterwards the frame's
 * @fill: red, green and blue of what lies outside
 *
 * Any thread. Returns: %FALSE with %RG_ERROR_LIMIT, the frame as it was
 */
gboolean rg_frame_window (RgFrame *self, int x, int y, guint width, guint height, const guint8 fill[3], GError **error);

G_END_DECLS
