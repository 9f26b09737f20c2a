/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/row-product.h"

#include "engine/formats/lanes.h"
#include "engine/formats/quant-blocks.h"

/* Weights that are widened at a time; the longest block. */
#define CHUNK 256
/* Sums that run side by side, since one addition takes several times as long as the start of the next. */
#define N_SUMS 4
#define STEP (N_SUMS * RG_N_LANES)

typedef struct
{
  RgLanes lanes[N_SUMS];
  float rest; /* of the elements behind the last whole step */
} Sum;

static inline void
add_products (Sum *sum, const float *w, const float *x, gsize n)
{
  gsize i = 0;

  for (; i + STEP <= n; i += STEP)
#pragma GCC unroll 4
    for (guint s = 0; s < N_SUMS; s++)
      sum->lanes[s] += rg_lanes_load (w + i + s * RG_N_LANES) * rg_lanes_load (x + i + s * RG_N_LANES);

  for (; i < n; i++)
    sum->rest += w[i] * x[i];
}

static inline float
finish (const Sum *sum)
{
  return rg_lanes_sum ((sum->lanes[0] + sum->lanes[1]) + (sum->lanes[2] + sum->lanes[3])) + sum->rest;
}

/* One row of weights with @m rows of x; a constant @m keeps the sums in registers. */
static inline void
multiply_row (const RgRowProduct *self, const guint8 *row, gsize chunk_bytes, gsize m, Sum *sums)
{
  float widened[CHUNK] __attribute__ ((aligned (64)));

  for (gsize p = 0; p < self->k; p += CHUNK, row += chunk_bytes)
    {
      const gsize n = MIN (self->k - p, CHUNK);

      RG_LEVELLED (rg_to_f32) (self->dtype, row, widened, n);
      for (gsize i = 0; i < m; i++)
        add_products (&sums[i], widened, self->x + i * self->ldx + p, n);
    }
}

void
RG_LEVELLED (rg_row_product) (const RgRowProduct *self, gsize start, gsize end)
{
  const gsize length = rg_dtype_get_block_length (self->dtype), size = rg_dtype_get_block_bits (self->dtype) / 8;
  const gsize row_bytes = self->k / length * size, chunk_bytes = CHUNK / length * size;

  for (gsize r = start; r < end; r++)
    {
      Sum sums[RG_ROW_PRODUCT_MAX] = { 0 };

      if (self->m == 1)
        multiply_row (self, self->weights + r * row_bytes, chunk_bytes, 1, sums);
      else
        multiply_row (self, self->weights + r * row_bytes, chunk_bytes, self->m, sums);

      for (gsize i = 0; i < self->m; i++)
        {
          float *y = self->y + i * self->ldy + r;

          *y = (self->accumulate ? *y : 0) + finish (&sums[i]);
        }
    }
}
