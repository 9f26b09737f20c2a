/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/bf16-pairs.h"
#include "engine/tensor/factor.h"

/* Factors as the tiles of gemm-bf16.c read them: cut into panels, as many rows or columns as a tile has, in which the pairs of one step
 * of k follow those of the step before.
 *   B, panels of RG_PANEL_COLUMNS:  word[pair][column]
 *   A, panels of RG_PANEL_ROWS:     word[row][pair]  where A lies row by row, since then packing is mere rounding
 *                                or word[pair][row]  where A lies transposed
 * Panels of A begin at a fixed distance, whatever the size of the slice, so that all offsets within a tile are constants. Only on
 * x86-64. */

G_BEGIN_DECLS

#define RG_PANEL_ROWS 12
#define RG_PANEL_SLICE 256 /* the most of k that a panel of A holds; a multiple of 32 */
#define RG_PANEL_PAIRS (RG_PANEL_SLICE / 2)
/* From one panel of A to the next, in words; the gap keeps whole panels out of each other's cache sets. */
#define RG_PANEL_STEP_A (RG_PANEL_ROWS * RG_PANEL_PAIRS + 16)
/* As many columns of B as are packed together. */
#define RG_PANEL_BLOCK (RG_PANEL_COLUMNS * 32)

/** rg_panels_pack_left: the first @m rows and @k columns of @a, at most a slice. */
void rg_panels_pack_left (guint32 *packed, const RgFactor *a, gsize m, gsize k, RgBf16Part part);

/**
 * rg_panels_pack_right: the first @k rows, at most a slice, and @n columns, at most a block, of @b
 * @packed: at a multiple of 64 bytes
 * @step: from one panel to the next, in words, a multiple of 16
 */
void rg_panels_pack_right (guint32 *packed, gsize step, const RgFactor *b, gsize n, gsize k, RgBf16Part part);

G_END_DECLS
