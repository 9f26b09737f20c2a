/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"
#include "engine/model-config.h"

/* Where the tokens of a text stand that has a picture in it, for decoders whose rotary positions have three axes: time, row and
 * column (M-RoPE, Wang et al., “Qwen2-VL”, 2024). Text counts on, the same on all axes. A picture begins where the text has
 * come to and takes no time; each of its tokens is as far on as its row and its column. The text behind goes on after the
 * largest of these, so that a picture of rows × cols tokens takes only max (rows, cols) positions. */

G_BEGIN_DECLS

/**
 * rg_text_positions_new:
 * @pixels: (nullable): the picture, of one view
 * @ids: @n tokens from the beginning of the conversation on, with all of the picture's image tokens one behind the other
 * @next: (out): the position of what follows
 *
 * Returns: (transfer full) (nullable): @n × %RG_ROTARY_AXES; %NULL where tokens just count, for g_free()
 */
guint32 *rg_text_positions_new (const RgModelConfig *config, const RgPixelValues *pixels, const guint32 *ids, gsize n, guint *next);

G_END_DECLS
