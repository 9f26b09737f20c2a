/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The softmax of rows of scores, for attention. */

G_BEGIN_DECLS

/** RG_SOFTMAX_LANES: rows are as long as whole registers: a multiple of so many. */
#define RG_SOFTMAX_LANES 16

/** rg_softmax_get_length: Returns: of a row with room for @n scores. */
static inline gsize
rg_softmax_get_length (gsize n)
{
  return (n + RG_SOFTMAX_LANES - 1) / RG_SOFTMAX_LANES * RG_SOFTMAX_LANES;
}

/** RG_SOFTMAX_MAX_ROWS: at once. */
#define RG_SOFTMAX_MAX_ROWS 72

/**
 * rg_softmax_rows: probabilities of softmax (scale · scores), in place
 * @rows: @n of them, at most %RG_SOFTMAX_MAX_ROWS
 * @length: of a row, see rg_softmax_get_length()
 * @visible: of each row; what lies beyond becomes 0
 */
void rg_softmax_rows (float *rows, gsize n, gsize length, const gsize *visible, float scale);

/** rg_softmax_row_backward: dlogits = p (dp − Σ p dp) · scale, written over @dp, of the first @n; up to whole registers there must be room. */
void rg_softmax_row_backward (float *dp, const float *p, gsize n, float scale);

G_END_DECLS
