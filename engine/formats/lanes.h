/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "engine/formats/cpu-level.h"
#include "engine/formats/dtype.h"
#include "engine/formats/quant-blocks.h"

/* A register's worth of numbers, as wide as the level that the file is compiled for (cpu-level.h). These are the compiler's
 * vector types, so one source serves all levels and all processors; the arithmetic is written as for single numbers. Only
 * files that are compiled once a level may include this. */

G_BEGIN_DECLS

#if defined(__AVX512F__)
#define RG_N_LANES 16
#elif defined(__AVX2__)
#define RG_N_LANES 8
#else
#define RG_N_LANES 4
#endif

typedef float RgLanes __attribute__ ((vector_size (4 * RG_N_LANES)));

static inline RgLanes
rg_lanes_load (const float *source)
{
  RgLanes lanes;

  memcpy (&lanes, source, sizeof lanes);

  return lanes;
}

static inline void
rg_lanes_store (float *target, RgLanes lanes)
{
  memcpy (target, &lanes, sizeof lanes);
}

/* As many elements of F32, F16 or BF16, at any alignment; @dtype is a constant where this is inlined. */
__attribute__ ((always_inline)) static inline RgLanes
rg_lanes_widen (RgDtype dtype, const guint8 *source)
{
  RgToF32Func *const widen = RG_LEVELLED (rg_to_f32);
  float widened[RG_N_LANES];

  if (dtype == RG_DTYPE_F32)
    return rg_lanes_load ((const float *) source);
#if defined(__AVX512F__)
  if (dtype == RG_DTYPE_F16)
    return (RgLanes) _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) source));
  if (dtype == RG_DTYPE_BF16)
    return (RgLanes) _mm512_slli_epi32 (_mm512_cvtepu16_epi32 (_mm256_loadu_si256 ((const __m256i *) source)), 16);
#elif defined(__AVX2__)
  if (dtype == RG_DTYPE_F16)
    return (RgLanes) _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) source));
  if (dtype == RG_DTYPE_BF16)
    return (RgLanes) _mm256_slli_epi32 (_mm256_cvtepu16_epi32 (_mm_loadu_si128 ((const __m128i *) source)), 16);
#endif
  widen (dtype, source, widened, RG_N_LANES);

  return rg_lanes_load (widened);
}

typedef float RgQuarter __attribute__ ((vector_size (16)));

/* Four sums out of a register. */
static inline RgQuarter
rg_lanes_fold (RgLanes lanes)
{
  RgQuarter quarters[RG_N_LANES / 4];

  memcpy (quarters, &lanes, sizeof lanes);
  for (guint n = RG_N_LANES / 8; n > 0; n /= 2)
    for (guint i = 0; i < n; i++)
      quarters[i] += quarters[i + n];

  return quarters[0];
}

/* The sum of all. */
static inline float
rg_lanes_sum (RgLanes lanes)
{
  RgQuarter quarter = rg_lanes_fold (lanes);

  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

/* The sums of four registers. */
static inline RgQuarter
rg_lanes_sum_four (const RgLanes lanes[4])
{
#if RG_N_LANES == 16
  /* Halves and quarters of two registers are added in one go. */
  const RgLanes ab = __builtin_shufflevector (lanes[0], lanes[1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
                     __builtin_shufflevector (lanes[0], lanes[1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  const RgLanes cd = __builtin_shufflevector (lanes[2], lanes[3], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
                     __builtin_shufflevector (lanes[2], lanes[3], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  RgLanes all = __builtin_shufflevector (ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
                __builtin_shufflevector (ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);

  all += __builtin_shufflevector (all, all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  all += __builtin_shufflevector (all, all, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);

  return __builtin_shufflevector (all, all, 0, 4, 8, 12);
#else
  RgQuarter a = rg_lanes_fold (lanes[0]), b = rg_lanes_fold (lanes[1]), c = rg_lanes_fold (lanes[2]), d = rg_lanes_fold (lanes[3]);
  RgQuarter ab = __builtin_shufflevector (a, b, 0, 4, 1, 5) + __builtin_shufflevector (a, b, 2, 6, 3, 7);
  RgQuarter cd = __builtin_shufflevector (c, d, 0, 4, 1, 5) + __builtin_shufflevector (c, d, 2, 6, 3, 7);

  return __builtin_shufflevector (ab, cd, 0, 1, 4, 5) + __builtin_shufflevector (ab, cd, 2, 3, 6, 7);
#endif
}

G_END_DECLS
