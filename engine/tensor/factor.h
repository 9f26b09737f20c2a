/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"

G_BEGIN_DECLS

/**
 * RgFactor: a matrix that is multiplied; borrows what it is of.
 * @dtype: of its elements, a type that rg_dtype_is_weight()
 * @transposed: whether it is stored the other way round
 * @data: at any alignment
 * @ld: from one stored row to the next, in elements; like the rows themselves whole blocks
 */
typedef struct
{
  RgDtype dtype;
  gboolean transposed;
  const void *data;
  gsize ld;
} RgFactor;

/** rg_factor_from: Returns: what of it begins at a stored row and column, on the border of a block. */
RgFactor rg_factor_from (const RgFactor *self, gsize row, gsize col);

G_END_DECLS
