/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "engine/formats/dtype.h"

#ifdef __F16C__
#include <immintrin.h>
#endif

/* How the blocks of the quantised types (quant-blocks.h) come apart. All types come down to runs of 16 or 32 small whole numbers,
 * the levels, that share a scale and a minimum: an element is scale · level − min. What becomes of a run is the business of the file
 * that includes this, which defines RgRunSink and the three functions that take runs: each type's function is compiled around them.
 * Only files that are compiled once a level (cpu-level.h) may do so. */

G_BEGIN_DECLS

/** RgLevels16, RgLevels32: the levels of a run, in the order of the elements. */
typedef gint8 RgLevels16 __attribute__ ((vector_size (16)));
typedef gint8 RgLevels32 __attribute__ ((vector_size (32)));
typedef guint8 RgBytes16 __attribute__ ((vector_size (16)));
typedef guint8 RgBytes32 __attribute__ ((vector_size (32)));

/** RgRunSink: the including file's. */
typedef struct _RgRunSink RgRunSink;

/**
 * rg_take_16: the including file's.
 * @at: the run's first element in its block, a constant where this is inlined
 */
static inline void rg_take_16 (RgRunSink *sink, guint at, RgLevels16 levels, float scale, float min);

/** rg_take_32: the same for 32 elements. */
static inline void rg_take_32 (RgRunSink *sink, guint at, RgLevels32 levels, float scale, float min);

/** rg_take_halves: 32 elements of which either half has its own scale; @mins: (nullable) */
static inline void rg_take_halves (RgRunSink *sink, guint at, RgLevels32 levels, const float scales[2], const float mins[2]);

/* The values that the four bits of IQ4_NL and IQ4_XS stand for. */
static const RgLevels16 rg_uneven_levels = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };

static inline float
rg_read_f16 (const guint8 *bytes)
{
  const guint16 half = (guint16) (bytes[0] | bytes[1] << 8);
#ifdef __F16C__
  return _cvtsh_ss (half);
#else
  const guint32 bits = rg_widen_f16 (half);
  float value;

  memcpy (&value, &bits, 4);

  return value;
#endif
}

static inline RgBytes16
rg_read_16 (const guint8 *source)
{
  RgBytes16 bytes;

  memcpy (&bytes, source, sizeof bytes);

  return bytes;
}

static inline RgBytes32
rg_read_32 (const guint8 *source)
{
  RgBytes32 bytes;

  memcpy (&bytes, source, sizeof bytes);

  return bytes;
}

static inline RgBytes32
rg_join_16 (RgBytes16 first, RgBytes16 second)
{
  return __builtin_shufflevector (first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

/* The halves of 16 bytes: the low ones, then the high ones. Groups of bytes are moved, as processors have no shift for single
 * ones; what comes over from the neighbour goes with the upper half. */
static inline RgBytes32
rg_read_halves (const guint8 *source)
{
#ifdef __AVX2__
  const __m256i twice = _mm256_broadcastsi128_si256 (_mm_loadu_si128 ((const __m128i *) source));

  return (RgBytes32) _mm256_srlv_epi32 (twice, _mm256_setr_epi32 (0, 0, 0, 0, 4, 4, 4, 4)) & 15;
#else
  typedef guint16 Pairs __attribute__ ((vector_size (16)));
  const RgBytes16 bytes = rg_read_16 (source);

  return rg_join_16 (bytes, (RgBytes16) ((Pairs) bytes >> 4)) & 15;
#endif
}

/* 16 where the bit of @bits is set, bit i for element i. A product puts the bits of a byte into eight bytes: seven copies,
 * each a place further up, keep clear of one another once only the lowest bit of each byte counts. */
static inline guint64
rg_spread_bits (guint8 bits)
{
  guint64 low = (guint64) (bits & 0x7f) * G_GUINT64_CONSTANT (0x0002040810204081) & G_GUINT64_CONSTANT (0x0101010101010101);

  return (low | (guint64) (bits >> 7) << 56) << 4;
}

/* Halves with a fifth bit for each element from @qh. */
static inline RgBytes32
rg_read_fives (const guint8 *qh, const guint8 *qs)
{
  typedef guint64 Four __attribute__ ((vector_size (32)));

  return rg_read_halves (qs) | (RgBytes32) (Four){ rg_spread_bits (qh[0]), rg_spread_bits (qh[1]), rg_spread_bits (qh[2]), rg_spread_bits (qh[3]) };
}

/* @halves: each below 16 */
static inline RgBytes16
rg_pick_uneven (RgBytes16 halves)
{
#ifdef __AVX2__
  return (RgBytes16) _mm_shuffle_epi8 ((__m128i) rg_uneven_levels, (__m128i) halves);
#else
  RgBytes16 picked;

  for (guint i = 0; i < 16; i++)
    picked[i] = rg_uneven_levels[halves[i]];

  return picked;
#endif
}

static inline RgLevels32
rg_read_uneven (const guint8 *qs)
{
  const RgBytes16 bytes = rg_read_16 (qs);

  return (RgLevels32) rg_join_16 (rg_pick_uneven (bytes & 15), rg_pick_uneven (bytes >> 4));
}

static inline void
rg_q8_0_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, (RgLevels32) rg_read_32 (block + 2), rg_read_f16 (block), 0);
}

static inline void
rg_q4_0_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, (RgLevels32) rg_read_halves (block + 2) - 8, rg_read_f16 (block), 0);
}

static inline void
rg_q4_1_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, (RgLevels32) rg_read_halves (block + 4), rg_read_f16 (block), -rg_read_f16 (block + 2));
}

static inline void
rg_q5_0_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, (RgLevels32) rg_read_fives (block + 2, block + 6) - 16, rg_read_f16 (block), 0);
}

static inline void
rg_q5_1_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, (RgLevels32) rg_read_fives (block + 4, block + 8), rg_read_f16 (block), -rg_read_f16 (block + 2));
}

static inline void
rg_iq4_nl_runs (const guint8 *block, RgRunSink *sink)
{
  rg_take_32 (sink, 0, rg_read_uneven (block + 2), rg_read_f16 (block), 0);
}

/* A scale has six bits: four in scales_l, two scales a byte, the two above them in scales_h. */
static inline void
rg_iq4_xs_runs (const guint8 *block, RgRunSink *sink)
{
  const float d = rg_read_f16 (block);
  const guint scales_h = block[2] | (guint) block[3] << 8;
  const guint8 *scales_l = block + 4, *qs = block + 8;

#pragma GCC unroll 8
  for (guint i = 0; i < 8; i++)
    {
      int low = scales_l[i / 2] >> 4 * (i % 2) & 15;
      int scale = low | (int) (scales_h >> 2 * i & 3) << 4;

      rg_take_32 (sink, 32 * i, rg_read_uneven (qs + 16 * i), d * (scale - 32), 0);
    }
}

static inline guint32
rg_read_u32 (const guint8 *source)
{
  guint32 value;

  memcpy (&value, source, sizeof value);

  return GUINT32_FROM_LE (value);
}

/* Sixteen bytes times @factor. */
static inline void
rg_scale_16 (RgLevels16 bytes, float factor, float scaled[16])
{
#ifdef __AVX512F__
  _mm512_storeu_ps (scaled, _mm512_mul_ps (_mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 ((__m128i) bytes)), _mm512_set1_ps (factor)));
#else
  for (guint i = 0; i < 16; i++)
    scaled[i] = bytes[i] * factor;
#endif
}

/* Elements 128h + 32j … + 31 are bits 2j and 2j + 1 of bytes 32h … 32h + 31; a byte of scales holds scale and min. */
static inline void
rg_q2_k_runs (const guint8 *block, RgRunSink *sink)
{
  const RgBytes16 both = rg_read_16 (block);
  const guint8 *qs = block + 16;
  float scales[16], mins[16];

  rg_scale_16 ((RgLevels16) (both & 15), rg_read_f16 (block + 80), scales);
  rg_scale_16 ((RgLevels16) (both >> 4), rg_read_f16 (block + 82), mins);
#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    rg_take_halves (sink, 32 * group, (RgLevels32) (rg_read_32 (qs + 32 * (group / 4)) >> group % 4 * 2 & 3), scales + 2 * group, mins + 2 * group);
}

/* Scale i has its low four bits in a half of byte i % 8, the two above in bits 2(i / 4) of byte 8 + i % 4; 32 stands for 0. */
static inline RgLevels16
rg_read_q3_k_scales (const guint8 *bytes)
{
  const guint32 low[] = { rg_read_u32 (bytes), rg_read_u32 (bytes + 4) }, high = rg_read_u32 (bytes + 8), four = 0x0f0f0f0f, two = 0x03030303;
  const guint32 fours[] = {
    GUINT32_TO_LE ((low[0] & four) | (high & two) << 4),
    GUINT32_TO_LE ((low[1] & four) | (high >> 2 & two) << 4),
    GUINT32_TO_LE ((low[0] >> 4 & four) | (high >> 4 & two) << 4),
    GUINT32_TO_LE ((low[1] >> 4 & four) | (high >> 6 & two) << 4),
  };

  return (RgLevels16) rg_read_16 ((const guint8 *) fours) - 32;
}

/* Elements as in Q2_K; the third bit of element 128h + 32j + i is bit 4h + j of hmask[i], and a missing bit takes 4 away. */
static inline void
rg_q3_k_runs (const guint8 *block, RgRunSink *sink)
{
  const RgBytes32 hmask = rg_read_32 (block);
  const guint8 *qs = block + 32;
  float scales[16];

  rg_scale_16 (rg_read_q3_k_scales (block + 96), rg_read_f16 (block + 108), scales);
#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    {
      const RgBytes32 low = rg_read_32 (qs + 32 * (group / 4)) >> group % 4 * 2 & 3;

      rg_take_halves (sink, 32 * group, (RgLevels32) (low | (hmask >> group & 1) << 2) - 4, scales + 2 * group, NULL);
    }
}

/* Eight bytes times @factor. */
static inline void
rg_scale_bytes (guint64 bytes, float factor, float scaled[8])
{
#ifdef __AVX2__
  _mm256_storeu_ps (scaled, _mm256_mul_ps (_mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (_mm_cvtsi64_si128 (bytes))), _mm256_set1_ps (factor)));
#else
  for (guint i = 0; i < 8; i++)
    scaled[i] = (bytes >> 8 * i & 255) * factor;
#endif
}

/* Twelve bytes hold eight scales and eight mins of six bits: the first four of each in the low six bits of bytes 0 … 3 and
 * 4 … 7; of the last four, the low halves in bytes 8 … 11 (scale below, min above), the rest in the two bits left free. */
static inline void
rg_read_scales_and_mins (const guint8 *block, float scales[8], float mins[8])
{
  const guint32 six = 0x3f3f3f3f, four = 0x0f0f0f0f, two = 0x30303030;
  const guint32 first = rg_read_u32 (block + 4), second = rg_read_u32 (block + 8), third = rg_read_u32 (block + 12);

  rg_scale_bytes ((guint64) ((third & four) | (first >> 2 & two)) << 32 | (first & six), rg_read_f16 (block), scales);
  rg_scale_bytes ((guint64) ((third >> 4 & four) | (second >> 2 & two)) << 32 | (second & six), rg_read_f16 (block + 2), mins);
}

static inline void
rg_q4_k_runs (const guint8 *block, RgRunSink *sink)
{
  const guint8 *qs = block + 16;
  float scales[8], mins[8];

  rg_read_scales_and_mins (block, scales, mins);
#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    rg_take_32 (sink, 32 * group, (RgLevels32) (rg_read_32 (qs + 32 * (group / 2)) >> 4 * (group % 2) & 15), scales[group], mins[group]);
}

/* As Q4_K; the fifth bit of element 32g + i is bit g of qh[i]. */
static inline void
rg_q5_k_runs (const guint8 *block, RgRunSink *sink)
{
  const RgBytes32 qh = rg_read_32 (block + 16);
  const guint8 *qs = block + 48;
  float scales[8], mins[8];

  rg_read_scales_and_mins (block, scales, mins);
#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    {
      const RgBytes32 low = rg_read_32 (qs + 32 * (group / 2)) >> 4 * (group % 2) & 15;

      rg_take_32 (sink, 32 * group, (RgLevels32) (low | (qh >> group & 1) << 4), scales[group], mins[group]);
    }
}

/* Element 128h + 32j + i: low four bits in a half of ql[64h + 32(j % 2) + i], two above in bits 2j of qh[32h + i]. */
static inline void
rg_q6_k_runs (const guint8 *block, RgRunSink *sink)
{
  const guint8 *ql = block, *qh = block + 128;
  float scales[16];

  rg_scale_16 ((RgLevels16) rg_read_16 (block + 192), rg_read_f16 (block + 208), scales);
#pragma GCC unroll 8
  for (guint group = 0; group < 8; group++)
    {
      const guint half = group / 4, quarter = group % 4;
      const RgBytes32 low = rg_read_32 (ql + 64 * half + 32 * (quarter % 2)) >> 4 * (quarter / 2) & 15;

      rg_take_halves (sink, 32 * group, (RgLevels32) (low | (rg_read_32 (qh + 32 * half) >> 2 * quarter & 3) << 4) - 32, scales + 2 * group, NULL);
    }
}

/* clang-format off */

/** RG_QUANT_TYPES: X (type, TYPE, elements of a block, its bytes) for each. */
#define RG_QUANT_TYPES(X)      \
  X (q4_0, Q4_0, 32, 18)       \
  X (q4_1, Q4_1, 32, 20)       \
  X (q5_0, Q5_0, 32, 22)       \
  X (q5_1, Q5_1, 32, 24)       \
  X (q8_0, Q8_0, 32, 34)       \
  X (iq4_nl, IQ4_NL, 32, 18)   \
  X (q2_k, Q2_K, 256, 84)      \
  X (q3_k, Q3_K, 256, 110)     \
  X (q4_k, Q4_K, 256, 144)     \
  X (q5_k, Q5_K, 256, 176)     \
  X (q6_k, Q6_K, 256, 210)     \
  X (iq4_xs, IQ4_XS, 256, 136)

/* clang-format on */

G_END_DECLS
