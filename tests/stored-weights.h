/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"
#include "engine/tensor/random.h"
#include "engine/tensor/tensor.h"

/* Weights of every type as a file could hold them: all bits random, but no block with large numbers. */

static const RgDtype stored_dtypes[] = {
  RG_DTYPE_F32,
  RG_DTYPE_F16,
  RG_DTYPE_BF16,
  RG_DTYPE_Q8_0,
  RG_DTYPE_Q4_0,
  RG_DTYPE_Q4_1,
  RG_DTYPE_Q5_0,
  RG_DTYPE_Q5_1,
  RG_DTYPE_Q2_K,
  RG_DTYPE_Q3_K,
  RG_DTYPE_Q4_K,
  RG_DTYPE_Q5_K,
  RG_DTYPE_Q6_K,
  RG_DTYPE_IQ4_NL,
  RG_DTYPE_IQ4_XS,
};

/* Whether the elements of a block are of the size that weights have. */
static inline gboolean
stored_weights_are_fit (RgDtype dtype, const guint8 *block, gsize length)
{
  float values[256];

  if (!rg_dtype_are_finite (dtype, block, length))
    return FALSE;

  rg_dtype_to_f32 (dtype, block, values, length);
  for (gsize i = 0; i < length; i++)
    if (!(values[i] > -4 && values[i] < 4))
      return FALSE;

  return TRUE;
}

/**
 * stored_weights_new:
 * @n: elements, whole blocks
 * @values: (out) (transfer full): what they stand for
 *
 * Returns: (transfer full): the bytes, in a block of exactly their size
 */
static inline guint8 *
stored_weights_new (RgDtype dtype, gsize n, RgRandom *random, float **values)
{
  const gsize length = rg_dtype_get_block_length (dtype), size = rg_dtype_get_block_bits (dtype) / 8;
  guint8 *bytes = g_malloc (n / length * size);

  for (gsize b = 0; b < n / length; b++)
    {
      guint8 *block = bytes + b * size;

      do
        for (gsize i = 0; i < size; i++)
          block[i] = rg_random_below (random, 256);
      while (!stored_weights_are_fit (dtype, block, length));
    }
  *values = g_new (float, n);
  g_assert_true (rg_dtype_to_f32 (dtype, bytes, *values, n));

  return bytes;
}

/** stored_weights_dup_values: Returns: (transfer full): what a tensor stands for, whatever its type. */
static inline float *
stored_weights_dup_values (const RgTensor *tensor)
{
  gsize n = tensor->rows * tensor->cols;
  float *values = g_new (float, n);

  g_assert_true ((tensor->data == NULL) != (tensor->stored == NULL));
  if (tensor->stored == NULL)
    memcpy (values, tensor->data, n * sizeof (float));
  else
    g_assert_true (rg_dtype_to_f32 (tensor->dtype, tensor->stored, values, n));

  return values;
}
