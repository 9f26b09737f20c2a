/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/quant-blocks.h"

#include "engine/formats/lanes.h"

#ifdef __F16C__
#include <immintrin.h>
#endif

/* Every product here is exact: eleven bits of a binary16, at most seven of a scale and six of an element fit the 24 of a
 * float. So neither the order of the factors nor a fused multiply-add changes a bit of the result.
 *
 * All types come down to runs of 16 small whole numbers, the levels, that share a scale and a minimum. */

#define RUN 16

typedef gint8 Levels __attribute__ ((vector_size (RUN)));
typedef guint8 Bytes __attribute__ ((vector_size (RUN)));

/* The values that the four bits of IQ4_NL and IQ4_XS stand for. */
static const Levels uneven = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };

static inline float
widen_f16 (guint16 half)
{
#ifdef __F16C__
  return _cvtsh_ss (half);
#else
  guint32 bits = rg_widen_f16 (half);
  float value;

  memcpy (&value, &bits, 4);

  return value;
#endif
}

static inline float
read_f16 (const guint8 *bytes)
{
  return widen_f16 ((guint16) (bytes[0] | bytes[1] << 8));
}

static inline Bytes
read_run (const void *source)
{
  Bytes run;

  memcpy (&run, source, sizeof run);

  return run;
}

/* The levels as floats. The compiler's own conversion of vectors falls back to single elements too easily. */
static inline void
widen_run (Levels levels, RgLanes parts[RUN / RG_N_LANES])
{
#if defined(__AVX512F__)
  parts[0] = (RgLanes) _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 ((__m128i) levels));
#elif defined(__AVX2__)
  parts[0] = (RgLanes) _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 ((__m128i) levels));
  parts[1] = (RgLanes) _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 (_mm_srli_si128 ((__m128i) levels, 8)));
#else
  float single[RUN];

  for (guint i = 0; i < RUN; i++)
    single[i] = levels[i];
  memcpy (parts, single, sizeof single);
#endif
}

/* scale · level − min, for 16 elements. */
static inline void
put_run (float *target, Levels levels, float scale, float min)
{
  RgLanes parts[RUN / RG_N_LANES];

  widen_run (levels, parts);
  for (guint i = 0; i < RUN / RG_N_LANES; i++)
    rg_lanes_store (target + i * RG_N_LANES, parts[i] * scale - min);
}

static inline void
q8_0 (const guint8 *block, float *target)
{
  const float d = read_f16 (block);

  put_run (target, (Levels) read_run (block + 2), d, 0);
  put_run (target + RUN, (Levels) read_run (block + 2 + RUN), d, 0);
}

/* 32 elements of four bits: the low halves of 16 bytes, then the high ones. */
static inline void
put_halves (float *target, Bytes qs, gint8 zero, float scale, float min)
{
  put_run (target, (Levels) (qs & 15) - zero, scale, min);
  put_run (target + RUN, (Levels) (qs >> 4) - zero, scale, min);
}

static inline void
q4_0 (const guint8 *block, float *target)
{
  put_halves (target, read_run (block + 2), 8, read_f16 (block), 0);
}

static inline void
q4_1 (const guint8 *block, float *target)
{
  put_halves (target, read_run (block + 4), 0, read_f16 (block), -read_f16 (block + 2));
}

/* 16 where the bit of @bits is set, bit i for element i. A product puts the bits of a byte into eight bytes: seven copies,
 * each a place further up, keep clear of one another once only the lowest bit of each byte counts. */
static inline guint64
spread_bits (guint8 bits)
{
  guint64 low = (guint64) (bits & 0x7f) * G_GUINT64_CONSTANT (0x0002040810204081) & G_GUINT64_CONSTANT (0x0101010101010101);

  return (low | (guint64) (bits >> 7) << 56) << 4;
}

static inline Bytes
fifth_bits (const guint8 *bits)
{
  typedef guint64 Pair __attribute__ ((vector_size (RUN)));

  return (Bytes) (Pair){ spread_bits (bits[0]), spread_bits (bits[1]) };
}

/* As put_halves(), with a fifth bit for each element from @qh. */
static inline void
put_fives (float *target, const guint8 *qh, Bytes qs, gint8 zero, float scale, float min)
{
  put_run (target, (Levels) ((qs & 15) | fifth_bits (qh)) - zero, scale, min);
  put_run (target + RUN, (Levels) ((qs >> 4) | fifth_bits (qh + 2)) - zero, scale, min);
}

static inline void
q5_0 (const guint8 *block, float *target)
{
  put_fives (target, block + 2, read_run (block + 6), 16, read_f16 (block), 0);
}

static inline void
q5_1 (const guint8 *block, float *target)
{
  put_fives (target, block + 4, read_run (block + 8), 0, read_f16 (block), -read_f16 (block + 2));
}

static inline void
put_uneven (float *target, Bytes qs, float scale)
{
  put_run (target, __builtin_shuffle (uneven, (Levels) (qs & 15)), scale, 0);
  put_run (target + RUN, __builtin_shuffle (uneven, (Levels) (qs >> 4)), scale, 0);
}

static inline void
iq4_nl (const guint8 *block, float *target)
{
  put_uneven (target, read_run (block + 2), read_f16 (block));
}

/* A scale has six bits: four in scales_l, two scales a byte, the two above them in scales_h. */
static inline void
iq4_xs (const guint8 *block, float *target)
{
  const float d = read_f16 (block);
  const guint scales_h = block[2] | (guint) block[3] << 8;
  const guint8 *scales_l = block + 4, *qs = block + 8;

  for (guint i = 0; i < 8; i++)
    {
      int low = scales_l[i / 2] >> 4 * (i % 2) & 15;
      int scale = low | (int) (scales_h >> 2 * i & 3) << 4;

      put_uneven (target + 32 * i, read_run (qs + 16 * i), d * (scale - 32));
    }
}

/* Elements 128h + 32j … + 31 are bits 2j and 2j + 1 of bytes 32h … 32h + 31; a byte of scales holds scale and min. */
static inline void
q2_k (const guint8 *block, float *target)
{
  const guint8 *scales = block, *qs = block + 16;
  const float d = read_f16 (block + 80), dmin = read_f16 (block + 82);

#pragma GCC unroll 16
  for (guint run = 0; run < 16; run++)
    {
      const Bytes q = read_run (qs + 32 * (run / 8) + 16 * (run % 2));

      put_run (target + RUN * run, (Levels) (q >> run / 2 % 4 * 2 & 3), d * (scales[run] & 15), dmin * (scales[run] >> 4));
    }
}

/* Elements as in Q2_K; the third bit of element 128h + 32j + i is bit 4h + j of hmask[i], and a missing bit takes 4 away.
 * Scale i has its low four bits in a half of byte i % 8 of scales, the two above in bits 2(i / 4) of byte 8 + i % 4. */
static inline void
q3_k (const guint8 *block, float *target)
{
  const guint8 *hmask = block, *qs = block + 32, *scales = block + 96;
  const float d = read_f16 (block + 108);

#pragma GCC unroll 16
  for (guint run = 0; run < 16; run++)
    {
      const Bytes q = read_run (qs + 32 * (run / 8) + 16 * (run % 2)), high = read_run (hmask + 16 * (run % 2));
      const int low_bits = scales[run % 8] >> 4 * (run / 8) & 15;
      const int high_bits = scales[8 + run % 4] >> 2 * (run / 4) & 3;

      put_run (target + RUN * run, (Levels) ((q >> run / 2 % 4 * 2 & 3) | (high >> run / 2 & 1) << 2) - 4, d * ((low_bits | high_bits << 4) - 32), 0);
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

static inline void
q4_k (const guint8 *block, float *target)
{
  const float d = read_f16 (block), dmin = read_f16 (block + 2);
  const guint8 *scales = block + 4, *qs = block + 16;

#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    {
      const guint8 *q = qs + 32 * (group / 2);
      const guint shift = 4 * (group % 2);
      int scale, min;

      read_scale_and_min (scales, group, &scale, &min);
      put_run (target + 32 * group, (Levels) (read_run (q) >> shift & 15), d * scale, dmin * min);
      put_run (target + 32 * group + RUN, (Levels) (read_run (q + RUN) >> shift & 15), d * scale, dmin * min);
    }
}

/* As Q4_K; the fifth bit of element 32g + i is bit g of qh[i]. */
static inline void
q5_k (const guint8 *block, float *target)
{
  const float d = read_f16 (block), dmin = read_f16 (block + 2);
  const guint8 *scales = block + 4, *qh = block + 16, *qs = block + 48;

#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    {
      const guint shift = 4 * (group % 2);
      int scale, min;

      read_scale_and_min (scales, group, &scale, &min);
      for (guint i = 0; i < 32; i += RUN)
        put_run (target + 32 * group + i,
                 (Levels) ((read_run (qs + 32 * (group / 2) + i) >> shift & 15) | (read_run (qh + i) >> group & 1) << 4),
                 d * scale, dmin * min);
    }
}

/* Element 128h + 32j + i: low four bits in a half of ql[64h + 32(j % 2) + i], two above in bits 2j of qh[32h + i]. */
static inline void
q6_k (const guint8 *block, float *target)
{
  const guint8 *ql = block, *qh = block + 128;
  const gint8 *scales = (const gint8 *) block + 192;
  const float d = read_f16 (block + 208);

#pragma GCC unroll 16
  for (guint run = 0; run < 16; run++)
    {
      const guint half = run / 8, quarter = run / 2 % 4, first = RUN * (run % 2);
      const Bytes low = read_run (ql + 64 * half + 32 * (quarter % 2) + first);
      const Bytes high = read_run (qh + 32 * half + first);

      put_run (target + RUN * run, (Levels) ((low >> 4 * (quarter / 2) & 15) | (high >> 2 * quarter & 3) << 4) - 32, d * scales[run], 0);
    }
}

#define BLOCKS(type, length, size)                                         \
  static void type##_blocks (const guint8 *source, float *target, gsize n) \
  {                                                                        \
    for (gsize i = 0; i < n; i += length, source += size)                  \
      type (source, target + i);                                           \
  }

BLOCKS (q4_0, 32, 18)
BLOCKS (q4_1, 32, 20)
BLOCKS (q5_0, 32, 22)
BLOCKS (q5_1, 32, 24)
BLOCKS (q8_0, 32, 34)
BLOCKS (iq4_nl, 32, 18)
BLOCKS (q2_k, 256, 84)
BLOCKS (q3_k, 256, 110)
BLOCKS (q4_k, 256, 144)
BLOCKS (q5_k, 256, 176)
BLOCKS (q6_k, 256, 210)
BLOCKS (iq4_xs, 256, 136)

/* --- the types whose elements stand alone -------------------------------------------------------------------------- */

static void
f32_elements (const guint8 *source, float *target, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, source + 4 * i, 4);
      bits = GUINT32_FROM_LE (bits);
      memcpy (target + i, &bits, 4);
    }
}

static void
bf16_elements (const guint8 *source, float *target, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint16 half;
      guint32 bits;

      memcpy (&half, source + 2 * i, 2);
      bits = (guint32) GUINT16_FROM_LE (half) << 16;
      memcpy (target + i, &bits, 4);
    }
}

static void
f16_elements (const guint8 *source, float *target, gsize n)
{
  gsize i = 0;

#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps (target + i, _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (source + 2 * i))));
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (target + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (source + 2 * i))));
#endif
  for (; i < n; i++)
    target[i] = read_f16 (source + 2 * i);
}

static void (*const functions[RG_N_DTYPES]) (const guint8 *, float *, gsize) = {
  [RG_DTYPE_F32] = f32_elements,
  [RG_DTYPE_F16] = f16_elements,
  [RG_DTYPE_BF16] = bf16_elements,
  [RG_DTYPE_Q4_0] = q4_0_blocks,
  [RG_DTYPE_Q4_1] = q4_1_blocks,
  [RG_DTYPE_Q5_0] = q5_0_blocks,
  [RG_DTYPE_Q5_1] = q5_1_blocks,
  [RG_DTYPE_Q8_0] = q8_0_blocks,
  [RG_DTYPE_Q2_K] = q2_k_blocks,
  [RG_DTYPE_Q3_K] = q3_k_blocks,
  [RG_DTYPE_Q4_K] = q4_k_blocks,
  [RG_DTYPE_Q5_K] = q5_k_blocks,
  [RG_DTYPE_Q6_K] = q6_k_blocks,
  [RG_DTYPE_IQ4_NL] = iq4_nl_blocks,
  [RG_DTYPE_IQ4_XS] = iq4_xs_blocks,
};

gboolean
RG_LEVELLED (rg_to_f32) (RgDtype dtype, const void *source, float *target, gsize n)
{
  if (functions[dtype] == NULL)
    return FALSE;
  g_assert (n % rg_dtype_get_block_length (dtype) == 0);
  functions[dtype](source, target, n);

  return TRUE;
}
