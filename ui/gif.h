/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

/* An animated picture (GIF 89a, Compuserve, 1990; its endless loop is Netscape's extension of 1995):
 *
 *   "GIF89a"  width, height (2 bytes each, little-endian), 0xf7: 256 colours follow, 0, 0
 *   256 × 3   the palette: one for all frames
 *   21 ff 0b "NETSCAPE2.0" 03 01 00 00 00      for ever
 *   a frame:  21 f9 04 00 DELAY(2) 00 00       hundredths of a second
 *             2c 0 0 0 0 WIDTH HEIGHT 00       the whole canvas
 *             08, then LZW codes of 9 … 12 bits, low bits first, in blocks of a length and up to 255 bytes, then 00
 *   3b
 *
 * The palette fits the frames, which is why each is given twice: first all are counted, then all are appended. */

G_BEGIN_DECLS

/** RgGif: an animation that is being made; belongs to one thread. */
typedef struct _RgGif RgGif;

/** rg_gif_new: @width, @height: 1 … 65535. Returns: (transfer full) */
RgGif *rg_gif_new (guint width, guint height) G_GNUC_WARN_UNUSED_RESULT;
void rg_gif_free (RgGif *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgGif, rg_gif_free)

/** rg_gif_count: lets the palette take the colours of @frame into account; CAIRO_FORMAT_RGB24, of the animation's size. */
void rg_gif_count (RgGif *self, cairo_surface_t *frame);

/** rg_gif_append: @frame: that was counted before; @centiseconds: how long it shows. */
void rg_gif_append (RgGif *self, cairo_surface_t *frame, guint centiseconds);

/** rg_gif_finish: Returns: (transfer full): the file; nothing may be appended afterwards. */
GBytes *rg_gif_finish (RgGif *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
