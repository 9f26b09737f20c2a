/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

#include "engine/types.h"

/* A picture file, from anywhere, to an RgImage. Needs gdk-pixbuf only, no display, so that `regard-cli` reads a file exactly
 * as the window does. Any thread; blocks: the window calls it through ui/image-loader.h.
 *
 * What comes out is upright (all eight EXIF orientations applied), opaque (transparency laid on white), the first frame of
 * an animation, and at most RG_IMAGE_DECODER_MAX_KEPT pixels: a larger picture is made smaller while it is read.
 * A sound (WAV) becomes a picture of itself, its spectrogram, and carries the sound, see engine/sound.h.
 * Every error message is one sentence for people that names the file. */

G_BEGIN_DECLS

/* Bytes of a file; pixels that are kept; pixels that a file may announce (JPEG is made smaller line by line, all other
 * formats are in memory as a whole before); columns or rows. */
#define RG_IMAGE_DECODER_MAX_BYTES (256 * 1024 * 1024)
#define RG_IMAGE_DECODER_MAX_KEPT (24 * 1000 * 1000)
#define RG_IMAGE_DECODER_MAX_PIXELS (100 * 1000 * 1000)
#define RG_IMAGE_DECODER_MAX_PIXELS_JPEG (400 * 1000 * 1000)
#define RG_IMAGE_DECODER_MAX_SIDE 65535

/**
 * rg_image_decoder_load:
 * @path: of a picture
 *
 * Returns: (transfer full) (nullable): the picture; %NULL with %RG_ERROR_FORMAT (no picture, damaged, cut short),
 *   %RG_ERROR_LIMIT (too large) or what the system said
 */
RgImage *rg_image_decoder_load (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_decoder_load_file:
 * @cancellable: (nullable): looked at between pieces of 64 KiB
 *
 * Returns: (transfer full) (nullable): as rg_image_decoder_load(), %G_IO_ERROR_CANCELLED, or %RG_ERROR_UNSUPPORTED where
 *   the file would have to be fetched from a network
 */
RgImage *rg_image_decoder_load_file (GFile *file, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_decoder_load_bytes:
 * @bytes: the content of a picture file
 * @name: (nullable): what to call it in an error message
 *
 * Returns: (transfer full) (nullable): as rg_image_decoder_load_file()
 */
RgImage *rg_image_decoder_load_bytes (GBytes *bytes, const char *name, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_decoder_convert:
 * @pixbuf: decoded pixels, orientation not yet applied
 * @name: (nullable): what to call it in an error message
 *
 * The last step of the functions above.
 *
 * Returns: (transfer full) (nullable): the picture, or %NULL with %RG_ERROR_LIMIT
 */
RgImage *rg_image_decoder_convert (GdkPixbuf *pixbuf, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
