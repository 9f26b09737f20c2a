/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/dtype.h"

#include <string.h>

static const struct
{
  const char *name;
  guint bits;
} dtypes[RG_N_DTYPES] = {
  [RG_DTYPE_F32] = { "F32", 32 },
  [RG_DTYPE_F16] = { "F16", 16 },
  [RG_DTYPE_BF16] = { "BF16", 16 },
  [RG_DTYPE_F64] = { "F64", 64 },
  [RG_DTYPE_BOOL] = { "BOOL", 8 },
  [RG_DTYPE_U8] = { "U8", 8 },
  [RG_DTYPE_I8] = { "I8", 8 },
  [RG_DTYPE_U16] = { "U16", 16 },
  [RG_DTYPE_I16] = { "I16", 16 },
  [RG_DTYPE_U32] = { "U32", 32 },
  [RG_DTYPE_I32] = { "I32", 32 },
  [RG_DTYPE_U64] = { "U64", 64 },
  [RG_DTYPE_I64] = { "I64", 64 },
  [RG_DTYPE_C64] = { "C64", 64 },
  [RG_DTYPE_F8_E4M3] = { "F8_E4M3", 8 },
  [RG_DTYPE_F8_E5M2] = { "F8_E5M2", 8 },
  [RG_DTYPE_F8_E8M0] = { "F8_E8M0", 8 },
  [RG_DTYPE_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", 8 },
  [RG_DTYPE_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", 8 },
  [RG_DTYPE_F6_E2M3] = { "F6_E2M3", 6 },
  [RG_DTYPE_F6_E3M2] = { "F6_E3M2", 6 },
  [RG_DTYPE_F4] = { "F4", 4 },
};

const char *
rg_dtype_get_name (RgDtype dtype)
{
  g_assert (dtype < RG_N_DTYPES);

  return dtypes[dtype].name;
}

guint
rg_dtype_get_bits (RgDtype dtype)
{
  g_assert (dtype < RG_N_DTYPES);

  return dtypes[dtype].bits;
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

/* Bits of binary32 from bits of binary16. Without branches, so that the loop around it becomes vector code; a subnormal is
 * made by one exact subtraction, so that it does not depend on the processor's handling of small numbers. */
static inline guint32
widen_f16 (guint16 half)
{
  guint32 magnitude = (guint32) (half & 0x7fff) << 13;
  guint32 exponent = magnitude & 0x0f800000;
  guint32 normal = magnitude + (112u << 23);
  guint32 special = magnitude + (224u << 23); /* infinity and NaN keep their payload */
  guint32 shifted = magnitude + (113u << 23);
  guint32 subnormal;
  float value;

  memcpy (&value, &shifted, 4);
  value -= 0x1p-14f;
  memcpy (&subnormal, &value, 4);

  return (guint32) (half & 0x8000) << 16 | (exponent == 0 ? subnormal : exponent == 0x0f800000 ? special
                                                                                               : normal);
}

gboolean
rg_dtype_to_f32 (RgDtype dtype, const void *source, float *target, gsize n)
{
  const guint8 *bytes = source;

  if (dtype == RG_DTYPE_F32)
    for (gsize i = 0; i < n; i++)
      {
        guint32 bits;

        memcpy (&bits, bytes + 4 * i, 4);
        bits = GUINT32_FROM_LE (bits);
        memcpy (target + i, &bits, 4);
      }
  else if (dtype == RG_DTYPE_F16 || dtype == RG_DTYPE_BF16)
    for (gsize i = 0; i < n; i++)
      {
        guint16 half;
        guint32 bits;

        memcpy (&half, bytes + 2 * i, 2);
        half = GUINT16_FROM_LE (half);
        bits = dtype == RG_DTYPE_F16 ? widen_f16 (half) : (guint32) half << 16;
        memcpy (target + i, &bits, 4);
      }
  else
    return FALSE;

  return TRUE;
}
