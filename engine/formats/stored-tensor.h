/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "engine/formats/dtype.h"

/* What a file of tensors is read into, and what code that wants weights sees, whatever the file's format is. */

G_BEGIN_DECLS

/** RG_STORED_MAX_DIMS: the largest rank of a stored tensor. */
#define RG_STORED_MAX_DIMS 8

/**
 * RgStoredTensor: one tensor of a file.
 * @n_dims: 0 for a scalar
 * @shape: slowest dimension first; that of a quantised tensor ends with a multiple of its block's length
 * @bytes: little-endian, in C order, at any alignment; see rg_dtype_to_f32()
 */
typedef struct
{
  const char *name;
  RgDtype dtype;
  guint n_dims;
  gsize shape[RG_STORED_MAX_DIMS];
  const void *bytes;
  gsize n_bytes;
} RgStoredTensor;

/** rg_stored_tensor_get_n_elements: Returns: the product of the shape, 1 for a scalar. */
gsize rg_stored_tensor_get_n_elements (const RgStoredTensor *self);

/**
 * rg_stored_tensor_count_bytes:
 * @n_bytes: (out): what the tensor's type and shape take
 *
 * Returns: whether there can be such a tensor: %FALSE where the product does not fit %gsize, in any order of the sizes
 *   and even where one of them is 0, where it is no whole number of bytes, or where a row is no whole number of blocks
 */
gboolean rg_stored_tensor_count_bytes (const RgStoredTensor *self, gsize *n_bytes);

G_END_DECLS
