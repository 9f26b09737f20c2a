/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

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
  RgQuarter a = rg_lanes_fold (lanes[0]), b = rg_lanes_fold (lanes[1]), c = rg_lanes_fold (lanes[2]), d = rg_lanes_fold (lanes[3]);
  RgQuarter ab = __builtin_shufflevector (a, b, 0, 4, 1, 5) + __builtin_shufflevector (a, b, 2, 6, 3, 7);
  RgQuarter cd = __builtin_shufflevector (c, d, 0, 4, 1, 5) + __builtin_shufflevector (c, d, 2, 6, 3, 7);

  return __builtin_shufflevector (ab, cd, 0, 1, 4, 5) + __builtin_shufflevector (ab, cd, 2, 3, 6, 7);
}

G_END_DECLS
