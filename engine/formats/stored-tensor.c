/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/stored-tensor.h"

gsize
rg_stored_tensor_get_n_elements (const RgStoredTensor *self)
{
  gsize n = 1;

  for (guint i = 0; i < self->n_dims; i++)
    n *= self->shape[i];

  return n;
}

/* The zero sizes are left for the end: 2^63 × 4 × 0 is refused in any order. */
gboolean
rg_stored_tensor_count_bytes (const RgStoredTensor *self, gsize *n_bytes)
{
  gsize bits = rg_dtype_get_block_bits (self->dtype);
  gsize block_length = rg_dtype_get_block_length (self->dtype);
  gboolean empty = FALSE;

  if (block_length > 1 && (self->n_dims == 0 || self->shape[self->n_dims - 1] % block_length != 0))
    return FALSE;
  for (guint i = 0; i < self->n_dims; i++)
    {
      gsize size = i + 1 < self->n_dims ? self->shape[i] : self->shape[i] / block_length;

      if (size == 0)
        empty = TRUE;
      else if (!g_size_checked_mul (&bits, bits, size))
        return FALSE;
    }
  *n_bytes = empty ? 0 : bits / 8;

  return empty || bits % 8 == 0;
}
