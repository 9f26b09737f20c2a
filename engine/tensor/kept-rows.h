/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/gemm.h"
#include "engine/tensor/tensor.h"

/* Rows that outlive the pass that made them: keys and values of what was read and seen, which only attention reads. Behind a long text
 * every word of an answer reads all of them. So where products are rounded anyway they are kept in half precision (binary16, with three
 * bits more than a bfloat16), and those of all layers lie in one piece of memory, which can then have large pages. */

G_BEGIN_DECLS

/**
 * RgKeptRows: zeros are a valid empty one
 * @layers: @n_rows × cols of each layer, which point into @block; where nothing is kept there are no rows
 */
typedef struct
{
  RgTensor *layers;
  guint n_layers;
  gsize n_rows;
  gpointer block;
} RgKeptRows;

/** rg_kept_rows_init: no rows, of @cols columns each; the caller may change that of some layers, to 0 where nothing is to be kept. */
void rg_kept_rows_init (RgKeptRows *self, guint n_layers, gsize cols);
void rg_kept_rows_clear (RgKeptRows *self);

/**
 * rg_kept_rows_resize:
 * @precision: of the pass that makes the rows: with %RG_PRECISION_FAST they are kept as F16, otherwise as F32, if these are the first
 * @rows: of each layer that has columns; those that were there stay
 */
void rg_kept_rows_resize (RgKeptRows *self, RgPrecision precision, gsize rows);

/**
 * rg_kept_rows_write:
 * @layer: one of the layers, or a copy of it
 * @row, @col: the first row that is written, and in each the first of @cols columns
 * @source: @n rows of as many columns, single precision
 * @stride: from one of them to the next
 */
void rg_kept_rows_write (RgTensor *layer, gsize row, gsize col, gsize cols, const float *source, gsize stride, gsize n);

/** rg_kept_rows_widen: Returns: (transfer full): rows × cols in single precision. */
float *rg_kept_rows_widen (const RgTensor *layer) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
