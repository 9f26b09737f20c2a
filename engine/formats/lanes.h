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

/* The sum of all, by halves. */
static inline float
rg_lanes_sum (RgLanes lanes)
{
  typedef float Quarter __attribute__ ((vector_size (16)));
  Quarter quarters[RG_N_LANES / 4];

  memcpy (quarters, &lanes, sizeof lanes);
  for (guint n = RG_N_LANES / 8; n > 0; n /= 2)
    for (guint i = 0; i < n; i++)
      quarters[i] += quarters[i + n];

  return (quarters[0][0] + quarters[0][2]) + (quarters[0][1] + quarters[0][3]);
}

G_END_DECLS
