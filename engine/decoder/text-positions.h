/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Where the tokens of a text stand that has a picture in it, for decoders whose rotary positions have three axes: time, row and
 * column (M-RoPE, Wang et al., “Qwen2-VL”, 2024). Text counts on, the same on all axes. A picture begins where the text has
 * come to and takes no time; each of its tokens is as far on as its row and its column. The text behind goes on after the
 * largest of these, so that a picture of rows × cols tokens takes only max (rows, cols) positions. */

G_BEGIN_DECLS

#define RG_TEXT_AXES 3

/**
 * rg_text_positions_write:
 * @image_token: of which @ids has rows × cols one behind the other, or none
 * @rows, @cols: of the picture, in image tokens
 * @positions: (out caller-allocates): @n × %RG_TEXT_AXES
 *
 * Returns: the position that follows
 */
guint32 rg_text_positions_write (const guint32 *ids, gsize n, guint32 image_token, guint rows, guint cols, guint32 *positions);

G_END_DECLS
