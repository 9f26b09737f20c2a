/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"

G_BEGIN_DECLS

/* Columns of a right factor that are packed side by side. */
#define RG_PANEL_COLUMNS 32

/**
 * RgInt8Columns: columns of a right factor as whole numbers of 8 bits.
 * @words: (nullable): packed as rg_int8_weights_fill() has it
 * @k: the length of a column
 * @step: from one panel of %RG_PANEL_COLUMNS columns to the next, in words
 * @scales: what a column's numbers are multiplied by
 * @sums: of each column's numbers
 */
typedef struct
{
  const guint32 *words;
  gsize k, step;
  const float *scales;
  const gint32 *sums;
} RgInt8Columns;

/**
 * RgFactor: a matrix that is multiplied; borrows what it is of.
 * @dtype: of its elements, a type that rg_dtype_is_weight()
 * @transposed: whether it is stored the other way round
 * @data: at any alignment
 * @ld: from one stored row to the next, in elements; like the rows themselves whole blocks
 * @panels: (nullable): the same, rounded and packed as rg_panels_get_factor() gives it, which products in bfloat16 read instead where
 *   it is the right factor
 * @panel_step: from one panel of %RG_PANEL_COLUMNS columns to the next, in words
 * @int8: where it has words, products of whole columns with %RG_PRECISION_FAST read these instead, if the left factor is not transposed
 */
typedef struct
{
  RgDtype dtype;
  gboolean transposed;
  const void *data;
  gsize ld;
  const guint32 *panels;
  gsize panel_step;
  RgInt8Columns int8;
} RgFactor;

/**
 * rg_factor_from: Returns: what of it begins at a stored row and column, on the border of a block; of one with panels on that of a
 *   panel, too, and of a pair
 */
RgFactor rg_factor_from (const RgFactor *self, gsize row, gsize col);

G_END_DECLS
