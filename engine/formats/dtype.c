/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/dtype.h"

#include <string.h>

#include "engine/formats/quant-blocks.h"

static const struct
{
  const char *name;
  guint block_bits;
  guint block_length;
  guint first_half, n_halves; /* where in a block its binary16 numbers are, and how many */
} dtypes[RG_N_DTYPES] = {
  [RG_DTYPE_F32] = { "F32", 32, 1 },
  [RG_DTYPE_F16] = { "F16", 16, 1, 0, 1 },
  [RG_DTYPE_BF16] = { "BF16", 16, 1 },
  [RG_DTYPE_F64] = { "F64", 64, 1 },
  [RG_DTYPE_BOOL] = { "BOOL", 8, 1 },
  [RG_DTYPE_U8] = { "U8", 8, 1 },
  [RG_DTYPE_I8] = { "I8", 8, 1 },
  [RG_DTYPE_U16] = { "U16", 16, 1 },
  [RG_DTYPE_I16] = { "I16", 16, 1 },
  [RG_DTYPE_U32] = { "U32", 32, 1 },
  [RG_DTYPE_I32] = { "I32", 32, 1 },
  [RG_DTYPE_U64] = { "U64", 64, 1 },
  [RG_DTYPE_I64] = { "I64", 64, 1 },
  [RG_DTYPE_C64] = { "C64", 64, 1 },
  [RG_DTYPE_F8_E4M3] = { "F8_E4M3", 8, 1 },
  [RG_DTYPE_F8_E5M2] = { "F8_E5M2", 8, 1 },
  [RG_DTYPE_F8_E8M0] = { "F8_E8M0", 8, 1 },
  [RG_DTYPE_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", 8, 1 },
  [RG_DTYPE_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", 8, 1 },
  [RG_DTYPE_F6_E2M3] = { "F6_E2M3", 6, 1 },
  [RG_DTYPE_F6_E3M2] = { "F6_E3M2", 6, 1 },
  [RG_DTYPE_F4] = { "F4", 4, 1 },
  [RG_DTYPE_Q4_0] = { "Q4_0", 8 * 18, 32, 0, 1 },
  [RG_DTYPE_Q4_1] = { "Q4_1", 8 * 20, 32, 0, 2 },
  [RG_DTYPE_Q5_0] = { "Q5_0", 8 * 22, 32, 0, 1 },
  [RG_DTYPE_Q5_1] = { "Q5_1", 8 * 24, 32, 0, 2 },
  [RG_DTYPE_Q8_0] = { "Q8_0", 8 * 34, 32, 0, 1 },
  [RG_DTYPE_Q2_K] = { "Q2_K", 8 * 84, 256, 80, 2 },
  [RG_DTYPE_Q3_K] = { "Q3_K", 8 * 110, 256, 108, 1 },
  [RG_DTYPE_Q4_K] = { "Q4_K", 8 * 144, 256, 0, 2 },
  [RG_DTYPE_Q5_K] = { "Q5_K", 8 * 176, 256, 0, 2 },
  [RG_DTYPE_Q6_K] = { "Q6_K", 8 * 210, 256, 208, 1 },
  [RG_DTYPE_IQ4_NL] = { "IQ4_NL", 8 * 18, 32, 0, 1 },
  [RG_DTYPE_IQ4_XS] = { "IQ4_XS", 8 * 136, 256, 0, 1 },
};

const char *
rg_dtype_get_name (RgDtype dtype)
{
  g_assert (dtype < RG_N_DTYPES);

  return dtypes[dtype].name;
}

guint
rg_dtype_get_block_length (RgDtype dtype)
{
  g_assert (dtype < RG_N_DTYPES);

  return dtypes[dtype].block_length;
}

guint
rg_dtype_get_block_bits (RgDtype dtype)
{
  g_assert (dtype < RG_N_DTYPES);

  return dtypes[dtype].block_bits;
}

gsize
rg_dtype_get_size (RgDtype dtype, gsize n)
{
  return n / rg_dtype_get_block_length (dtype) * (rg_dtype_get_block_bits (dtype) / 8);
}

gboolean
rg_dtype_from_name (const char *name, RgDtype *dtype)
{
  for (guint i = 0; i < RG_N_DTYPES; i++)
    if (strcmp (dtypes[i].name, name) == 0)
      {
        *dtype = (RgDtype) i;
        return TRUE;
      }

  return FALSE;
}

gboolean
rg_dtype_is_weight (RgDtype dtype)
{
  return dtype == RG_DTYPE_F32 || dtype == RG_DTYPE_BF16 || dtypes[dtype].n_halves > 0;
}

gboolean
rg_dtype_to_f32 (RgDtype dtype, const void *source, float *target, gsize n)
{
  static RgToF32Func *const by_level[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_to_f32) };

  return by_level[rg_cpu_get_level ()](dtype, source, target, n);
}

/* Whether none of @n numbers that lie @step bytes apart has all bits of @mask. */
static gboolean
has_no_u16 (const guint8 *bytes, gsize n, gsize step, guint16 mask)
{
  gboolean found = FALSE;

  for (gsize i = 0; i < n; i++)
    {
      guint16 bits;

      memcpy (&bits, bytes + i * step, 2);
      found |= (GUINT16_FROM_LE (bits) & mask) == mask;
    }

  return !found;
}

gboolean
rg_dtype_are_finite (RgDtype dtype, const void *source, gsize n)
{
  const gsize size = rg_dtype_get_block_bits (dtype) / 8, n_blocks = n / rg_dtype_get_block_length (dtype);
  const guint8 *bytes = source;
  gboolean finite = TRUE;

  if (dtype == RG_DTYPE_F32)
    return has_no_u16 (bytes + 2, n, 4, 0x7f80);
  if (dtype == RG_DTYPE_BF16)
    return has_no_u16 (bytes, n, 2, 0x7f80);

  for (guint i = 0; i < dtypes[dtype].n_halves; i++)
    finite &= has_no_u16 (bytes + dtypes[dtype].first_half + 2 * i, n_blocks, size, 0x7c00);

  return finite;
}
