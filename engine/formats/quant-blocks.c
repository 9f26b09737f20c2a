/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/quant-blocks.h"

/* Every product here is exact: eleven bits of a binary16, at most seven of a scale and six of an element fit the 24 of a
 * float. So neither the order of the factors nor a fused multiply-add changes a bit of the result. */

/* The values that the four bits of IQ4_NL and IQ4_XS stand for. */
static const gint8 uneven[16] = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };

static inline float
read_f16 (const guint8 *bytes)
{
  guint32 bits = rg_widen_f16 ((guint16) (bytes[0] | bytes[1] << 8));
  float value;

  memcpy (&value, &bits, 4);

  return value;
}

static inline guint32
read_u32 (const guint8 *bytes)
{
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (guint32) bytes[3] << 24;
}

static void
dequantize_q8_0 (const guint8 *block, float *target)
{
  const float d = read_f16 (block);
  const gint8 *q = (const gint8 *) block + 2;

  for (guint i = 0; i < 32; i++)
    target[i] = d * q[i];
}

static void
dequantize_q4_0 (const guint8 *block, float *target)
{
  const float d = read_f16 (block);
  const guint8 *qs = block + 2;

  for (guint i = 0; i < 16; i++)
    {
      target[i] = d * ((qs[i] & 15) - 8);
      target[i + 16] = d * ((qs[i] >> 4) - 8);
    }
}

static void
dequantize_q4_1 (const guint8 *block, float *target)
{
  const float d = read_f16 (block), m = read_f16 (block + 2);
  const guint8 *qs = block + 4;

  for (guint i = 0; i < 16; i++)
    {
      target[i] = d * (qs[i] & 15) + m;
      target[i + 16] = d * (qs[i] >> 4) + m;
    }
}

/* The fifth bit of element i is bit i of qh, for both types. */
static void
dequantize_q5_0 (const guint8 *block, float *target)
{
  const float d = read_f16 (block);
  const guint32 qh = read_u32 (block + 2);
  const guint8 *qs = block + 6;

  for (guint i = 0; i < 16; i++)
    {
      int low = (qs[i] & 15) | (int) (qh >> i & 1) << 4;
      int high = qs[i] >> 4 | (int) (qh >> (i + 16) & 1) << 4;

      target[i] = d * (low - 16);
      target[i + 16] = d * (high - 16);
    }
}

static void
dequantize_q5_1 (const guint8 *block, float *target)
{
  const float d = read_f16 (block), m = read_f16 (block + 2);
  const guint32 qh = read_u32 (block + 4);
  const guint8 *qs = block + 8;

  for (guint i = 0; i < 16; i++)
    {
      int low = (qs[i] & 15) | (int) (qh >> i & 1) << 4;
      int high = qs[i] >> 4 | (int) (qh >> (i + 16) & 1) << 4;

      target[i] = d * low + m;
      target[i + 16] = d * high + m;
    }
}

static inline void
dequantize_uneven (float scale, const guint8 *qs, float *target)
{
  for (guint i = 0; i < 16; i++)
    {
      target[i] = scale * uneven[qs[i] & 15];
      target[i + 16] = scale * uneven[qs[i] >> 4];
    }
}

static void
dequantize_iq4_nl (const guint8 *block, float *target)
{
  dequantize_uneven (read_f16 (block), block + 2, target);
}

/* A scale has six bits: four in scales_l, two scales a byte, the two above them in scales_h. */
static void
dequantize_iq4_xs (const guint8 *block, float *target)
{
  const float d = read_f16 (block);
  const guint scales_h = block[2] | (guint) block[3] << 8;
  const guint8 *scales_l = block + 4, *qs = block + 8;

  for (guint i = 0; i < 8; i++)
    {
      int low = scales_l[i / 2] >> 4 * (i % 2) & 15;
      int scale = low | (int) (scales_h >> 2 * i & 3) << 4;

      dequantize_uneven (d * (scale - 32), qs + 16 * i, target + 32 * i);
    }
}

/* Elements 128h + 32j … + 31 are bits 2j and 2j + 1 of bytes 32h … 32h + 31; a byte of scales holds scale and min. */
static void
dequantize_q2_k (const guint8 *block, float *target)
{
  const guint8 *scales = block, *qs = block + 16;
  const float d = read_f16 (block + 80), dmin = read_f16 (block + 82);

  for (guint group = 0; group < 16; group++)
    {
      const guint8 *q = qs + 32 * (group / 8) + 16 * (group % 2);
      const guint shift = group / 2 % 4 * 2;
      const float scale = d * (scales[group] & 15), min = dmin * (scales[group] >> 4);

      for (guint i = 0; i < 16; i++)
        target[16 * group + i] = scale * (q[i] >> shift & 3) - min;
    }
}

/* Elements as in Q2_K; the third bit of element 128h + 32j + i is bit 4h + j of hmask[i], and a missing bit takes 4 away.
 * Scale i has its low four bits in a half of byte i % 8 of scales, the two above in bits 2(i / 4) of byte 8 + i % 4. */
static void
dequantize_q3_k (const guint8 *block, float *target)
{
  const guint8 *hmask = block, *qs = block + 32, *scales = block + 96;
  const float d = read_f16 (block + 108);

  for (guint group = 0; group < 16; group++)
    {
      const guint8 *q = qs + 32 * (group / 8) + 16 * (group % 2);
      const guint8 *high = hmask + 16 * (group % 2);
      const guint shift = group / 2 % 4 * 2;
      const int low_bits = scales[group % 8] >> 4 * (group / 8) & 15;
      const int high_bits = scales[8 + group % 4] >> 2 * (group / 4) & 3;
      const float scale = d * ((low_bits | high_bits << 4) - 32);

      for (guint i = 0; i < 16; i++)
        target[16 * group + i] = scale * ((q[i] >> shift & 3) - ((high[i] >> (group / 2) & 1) != 0 ? 0 : 4));
    }
}

/* Twelve bytes hold eight scales and eight mins of six bits: the first four of each in the low six bits of bytes 0 … 3 and
 * 4 … 7; of the last four, the low halves in bytes 8 … 11 (scale below, min above), the rest in the two bits left free. */
static inline void
read_scale_and_min (const guint8 *scales, guint i, int *scale, int *min)
{
  if (i < 4)
    {
      *scale = scales[i] & 63;
      *min = scales[i + 4] & 63;
    }
  else
    {
      *scale = (scales[i + 4] & 15) | scales[i - 4] >> 6 << 4;
      *min = scales[i + 4] >> 4 | scales[i] >> 6 << 4;
    }
}

static void
dequantize_q4_k (const guint8 *block, float *target)
{
  const float d = read_f16 (block), dmin = read_f16 (block + 2);
  const guint8 *scales = block + 4, *qs = block + 16;

  for (guint group = 0; group < 8; group++)
    {
      const guint8 *q = qs + 32 * (group / 2);
      const guint shift = 4 * (group % 2);
      int scale, min;

      read_scale_and_min (scales, group, &scale, &min);
      for (guint i = 0; i < 32; i++)
        target[32 * group + i] = d * scale * (q[i] >> shift & 15) - dmin * min;
    }
}

/* As Q4_K; the fifth bit of element 32g + i is bit g of qh[i]. */
static void
dequantize_q5_k (const guint8 *block, float *target)
{
  const float d = read_f16 (block), dmin = read_f16 (block + 2);
  const guint8 *scales = block + 4, *qh = block + 16, *qs = block + 48;

  for (guint group = 0; group < 8; group++)
    {
      const guint8 *q = qs + 32 * (group / 2);
      const guint shift = 4 * (group % 2);
      int scale, min;

      read_scale_and_min (scales, group, &scale, &min);
      for (guint i = 0; i < 32; i++)
        target[32 * group + i] = d * scale * ((q[i] >> shift & 15) | (qh[i] >> group & 1) << 4) - dmin * min;
    }
}

/* Element 128h + 32j + i: low four bits in a half of ql[64h + 32(j % 2) + i], two above in bits 2j of qh[32h + i]. */
static void
dequantize_q6_k (const guint8 *block, float *target)
{
  const guint8 *ql = block, *qh = block + 128;
  const gint8 *scales = (const gint8 *) block + 192;
  const float d = read_f16 (block + 208);

  for (guint group = 0; group < 16; group++)
    {
      const guint half = group / 8, quarter = group / 2 % 4, first = 16 * (group % 2);
      const guint8 *low = ql + 64 * half + 32 * (quarter % 2) + first;
      const guint8 *high = qh + 32 * half + first;
      const float scale = d * scales[group];

      for (guint i = 0; i < 16; i++)
        target[16 * group + i] = scale * (((low[i] >> 4 * (quarter / 2) & 15) | (high[i] >> 2 * quarter & 3) << 4) - 32);
    }
}

static void (*const functions[RG_N_DTYPES]) (const guint8 *, float *) = {
  [RG_DTYPE_Q4_0] = dequantize_q4_0,
  [RG_DTYPE_Q4_1] = dequantize_q4_1,
  [RG_DTYPE_Q5_0] = dequantize_q5_0,
  [RG_DTYPE_Q5_1] = dequantize_q5_1,
  [RG_DTYPE_Q8_0] = dequantize_q8_0,
  [RG_DTYPE_Q2_K] = dequantize_q2_k,
  [RG_DTYPE_Q3_K] = dequantize_q3_k,
  [RG_DTYPE_Q4_K] = dequantize_q4_k,
  [RG_DTYPE_Q5_K] = dequantize_q5_k,
  [RG_DTYPE_Q6_K] = dequantize_q6_k,
  [RG_DTYPE_IQ4_NL] = dequantize_iq4_nl,
  [RG_DTYPE_IQ4_XS] = dequantize_iq4_xs,
};

gboolean
rg_dequantize (RgDtype dtype, const void *source, float *target, gsize n)
{
  const gsize length = rg_dtype_get_block_length (dtype), size = rg_dtype_get_block_bits (dtype) / 8;
  const guint8 *block = source;

  if (functions[dtype] == NULL)
    return FALSE;
  g_assert (n % length == 0);
  for (gsize i = 0; i < n; i += length, block += size)
    functions[dtype](block, target + i);

  return TRUE;
}
