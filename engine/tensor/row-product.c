/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/row-product.h"

#include "engine/formats/lanes.h"

/* Weights that are widened at a time; the longest block. */
#define CHUNK 256
/* Sums that run side by side, since one addition takes several times as long as the start of the next. */
#define N_SUMS 4

/* One row of weights; where this is inlined, @m and @n_sums are constants, so that the sums are registers. */
__attribute__ ((always_inline)) static inline void
multiply_row (const RgRowProduct *self, const guint8 *row, gsize chunk_bytes, gsize m, gsize n_sums, RgLanes sums[][N_SUMS])
{
  RgToF32Func *const widen = RG_LEVELLED (rg_to_f32);
  float widened[CHUNK] __attribute__ ((aligned (64)));

  for (gsize p = 0; p < self->k; p += CHUNK, row += chunk_bytes)
    {
      const gsize n = MIN (self->k - p, CHUNK), step = n_sums * RG_N_LANES;
      const float *x = self->x + p;
      gsize at = 0;

      widen (self->dtype, row, widened, n);
      /* A last part that fills no register counts as filled up with zeros. */
      for (; at + step <= n; at += step)
#pragma GCC unroll 4
        for (gsize s = 0; s < n_sums; s++)
          {
            const RgLanes w = rg_lanes_load (widened + at + s * RG_N_LANES);

#pragma GCC unroll 8
            for (gsize i = 0; i < m; i++)
              sums[i][s] += w * rg_lanes_load (x + i * self->ldx + at + s * RG_N_LANES);
          }
      for (; at < n; at += RG_N_LANES)
        {
          const gsize n_bytes = MIN (n - at, RG_N_LANES) * sizeof (float);
          RgLanes w = { 0 };

          memcpy (&w, widened + at, n_bytes);
          for (gsize i = 0; i < m; i++)
            {
              RgLanes part = { 0 };

              memcpy (&part, x + i * self->ldx + at, n_bytes);
              sums[i][0] += w * part;
            }
        }
    }
}

/* Rows of weights, as above. */
__attribute__ ((always_inline)) static inline void
multiply_rows (const RgRowProduct *self, gsize start, gsize end, gsize m, gsize n_sums)
{
  const gsize length = rg_dtype_get_block_length (self->dtype), size = rg_dtype_get_block_bits (self->dtype) / 8;
  const gsize row_bytes = self->k / length * size, chunk_bytes = CHUNK / length * size;

  for (gsize r = start; r < end; r++)
    {
      RgLanes sums[RG_ROW_PRODUCT_MAX][N_SUMS];

      for (gsize i = 0; i < m; i++)
        for (gsize s = 0; s < n_sums; s++)
          sums[i][s] = (RgLanes){ 0 };
      multiply_row (self, self->weights + r * row_bytes, chunk_bytes, m, n_sums, sums);
      for (gsize i = 0; i < m; i++)
        {
          float *y = self->y + i * self->ldy + r;

          for (gsize s = 1; s < n_sums; s++)
            sums[i][0] += sums[i][s];
          *y = (self->accumulate ? *y : 0) + rg_lanes_sum (sums[i][0]);
        }
    }
}

static void
multiply_exact (const RgRowProduct *self, gsize start, gsize end)
{
  switch (self->m)
    {
    case 1:
      multiply_rows (self, start, end, 1, 4);
      break;
    case 2:
      multiply_rows (self, start, end, 2, 2);
      break;
    case 3:
      multiply_rows (self, start, end, 3, 2);
      break;
    case 4:
      multiply_rows (self, start, end, 4, 1);
      break;
    case 5:
      multiply_rows (self, start, end, 5, 1);
      break;
    case 6:
      multiply_rows (self, start, end, 6, 1);
      break;
    case 7:
      multiply_rows (self, start, end, 7, 1);
      break;
    default:
      multiply_rows (self, start, end, RG_ROW_PRODUCT_MAX, 1);
      break;
    }
}

/* --- one row and weights that stand alone -------------------------------------------------------------------------- */

__attribute__ ((always_inline)) static inline void
multiply_alone (const RgRowProduct *self, gsize start, gsize end, RgDtype dtype, gsize size)
{
  RgToF32Func *const widen = RG_LEVELLED (rg_to_f32);
  const gsize step = N_SUMS * RG_N_LANES;

  for (gsize r = start; r < end; r++)
    {
      const guint8 *row = self->weights + r * self->k * size;
      RgLanes sums[N_SUMS] = { 0 };
      gsize p = 0;

      for (; p + step <= self->k; p += step)
#pragma GCC unroll 4
        for (gsize s = 0; s < N_SUMS; s++)
          sums[s] += rg_lanes_widen (dtype, row + (p + s * RG_N_LANES) * size) * rg_lanes_load (self->x + p + s * RG_N_LANES);
      for (; p + RG_N_LANES <= self->k; p += RG_N_LANES)
        sums[0] += rg_lanes_widen (dtype, row + p * size) * rg_lanes_load (self->x + p);
      for (; p < self->k; p++)
        {
          float w;

          widen (dtype, row + p * size, &w, 1);
          sums[1][0] += w * self->x[p];
        }
      self->y[r] = (self->accumulate ? self->y[r] : 0) + rg_lanes_sum ((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
}

void
RG_LEVELLED (rg_row_product) (const RgRowProduct *self, gsize start, gsize end)
{
  RgRowProductFunc *const multiply_rounded = RG_LEVELLED (rg_row_product_rounded);

  if (self->rounded != NULL)
    multiply_rounded (self, start, end);
  else if (self->m == 1 && self->dtype == RG_DTYPE_F32)
    multiply_alone (self, start, end, RG_DTYPE_F32, 4);
  else if (self->m == 1 && self->dtype == RG_DTYPE_F16)
    multiply_alone (self, start, end, RG_DTYPE_F16, 2);
  else if (self->m == 1 && self->dtype == RG_DTYPE_BF16)
    multiply_alone (self, start, end, RG_DTYPE_BF16, 2);
  else
    multiply_exact (self, start, end);
}
