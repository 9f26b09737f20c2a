/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/pass.h"

/* Windowed attention: patches see those of their own window alone, which costs much less for a large picture (Bai et al.,
 * “Qwen2.5-VL”, 2025). Windows are squares of blocks of patches; the last ones of a row or column may be smaller. Rows are
 * sorted so that those of a window follow one another, which makes windows the segments that attention knows. */

G_BEGIN_DECLS

/**
 * RgWindows: of T rows; lives until the pass is reset.
 * @n: windows
 * @offsets: n + 1: window w is the sorted rows offsets[w] … offsets[w + 1] − 1
 * @order: (T) the picture's row that each sorted row is
 * @places: (T) the sorted row that each of the picture's rows is
 */
typedef struct
{
  guint n;
  guint *offsets;
  guint32 *order, *places;
} RgWindows;

/**
 * rg_windows_new:
 * @rows, @cols: of the picture, in blocks, which come row by row
 * @block_area: patches of a block, which come together
 * @window: side of a window, in blocks
 *
 * Returns: (transfer none)
 */
RgWindows *rg_windows_new (RgPass *pass, guint rows, guint cols, guint block_area, guint window);

/**
 * rg_windows_spread: probabilities of sorted rows become those of the picture's.
 * @n_segments, @offsets: of the sorted rows: the windows, or all in one
 * @record: for each segment @n_heads × its rows × its rows
 * @to: (out caller-allocates): @n_heads × T × T
 */
void rg_windows_spread (const RgWindows *self, guint n_segments, const guint *offsets, guint n_heads, const float *record, float *to);

G_END_DECLS
