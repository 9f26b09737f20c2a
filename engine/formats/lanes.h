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
typedef gint32 RgIntLanes __attribute__ ((vector_size (4 * RG_N_LANES)));
typedef guint16 RgShortLanes __attribute__ ((vector_size (2 * RG_N_LANES)));
typedef gint8 RgByteLanes __attribute__ ((vector_size (RG_N_LANES)));

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

static inline float
rg_lanes_sum (RgLanes lanes)
{
  float sum = 0;

  for (guint i = 0; i < RG_N_LANES; i++)
    sum += lanes[i];

  return sum;
}

G_END_DECLS
