/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/vector-product.h"

#include "engine/formats/lanes.h"

/* Rows, or registers of a row, that are worked on side by side. */
#define N_SUMS 4
/* So many rows further down memory is called for: rows of a head lie apart, which the processor's own prefetching does not make out. */
#define ROWS_AHEAD 16

/* Where @b has no whole register left. */
static inline float
add_rest (gsize k, gsize cols, const float *b, const float *a)
{
  float sum = 0;

  for (; k < cols; k++)
    sum += b[k] * a[k];

  return sum;
}

void
RG_LEVELLED (rg_vector_dots) (gsize rows, gsize cols, const float *b, gsize ldb, const float *a, float *c)
{
  const gsize whole = cols / RG_N_LANES * RG_N_LANES;
  gsize r = 0;

  for (; r + N_SUMS <= rows; r += N_SUMS, b += N_SUMS * ldb)
    {
      RgLanes sums[N_SUMS] = { 0 };
      RgQuarter four;

      for (gsize k = 0; k < whole; k += RG_N_LANES)
#pragma GCC unroll 4
        for (gsize i = 0; i < N_SUMS; i++)
          {
            __builtin_prefetch (b + (i + ROWS_AHEAD) * ldb + k);
            sums[i] += rg_lanes_load (b + i * ldb + k) * rg_lanes_load (a + k);
          }
      four = rg_lanes_sum_four (sums);
      for (gsize i = 0; i < N_SUMS; i++)
        c[r + i] += four[i] + add_rest (whole, cols, b + i * ldb, a);
    }
  for (; r < rows; r++, b += ldb)
    {
      RgLanes sum = { 0 };

      for (gsize k = 0; k < whole; k += RG_N_LANES)
        sum += rg_lanes_load (b + k) * rg_lanes_load (a + k);
      c[r] += rg_lanes_sum (sum) + add_rest (whole, cols, b, a);
    }
}

/* Up to N_SUMS registers of the result, over all rows. */
__attribute__ ((always_inline)) static inline void
mix_columns (gsize n, gsize rows, const float *b, gsize ldb, const float *a, float *c)
{
  RgLanes sums[N_SUMS];

  for (gsize i = 0; i < n; i++)
    sums[i] = rg_lanes_load (c + i * RG_N_LANES);
  for (gsize r = 0; r < rows; r++)
#pragma GCC unroll 4
    for (gsize i = 0; i < n; i++)
      {
        __builtin_prefetch (b + (r + ROWS_AHEAD) * ldb + i * RG_N_LANES);
        sums[i] += rg_lanes_load (b + r * ldb + i * RG_N_LANES) * a[r];
      }
  for (gsize i = 0; i < n; i++)
    rg_lanes_store (c + i * RG_N_LANES, sums[i]);
}

void
RG_LEVELLED (rg_vector_mix) (gsize rows, gsize cols, const float *b, gsize ldb, const float *a, float *c)
{
  gsize k = 0;

  for (; k + N_SUMS * RG_N_LANES <= cols; k += N_SUMS * RG_N_LANES)
    mix_columns (N_SUMS, rows, b + k, ldb, a, c + k);
  for (; k + RG_N_LANES <= cols; k += RG_N_LANES)
    mix_columns (1, rows, b + k, ldb, a, c + k);
  for (; k < cols; k++)
    for (gsize r = 0; r < rows; r++)
      c[k] += a[r] * b[r * ldb + k];
}
