/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/vector-product.h"

#include "engine/formats/lanes.h"

/* Rows of B, or registers of a row, that are worked on side by side. */
#define N_SUMS 4
/* Rows of A for which an element of B is read once: as many as there are registers for their sums. */
#define N_TOGETHER (RG_N_LANES == 16 ? 4 : 2)
/* So many rows further down memory is called for, line by line. */
#define ROWS_AHEAD 48
#define LINE 64

/* --- elements of B; where this is inlined, @dtype is a constant, as is the number of rows of A below ------------------- */

static inline const guint8 *
find (const RgVectorProduct *self, RgDtype dtype, gsize row, gsize col)
{
  return (const guint8 *) self->b + (row * self->ldb + col) * (dtype == RG_DTYPE_F32 ? 4 : 2);
}

static inline float
widen_one (const guint8 *source, RgDtype dtype)
{
  RgToF32Func *const widen = RG_LEVELLED (rg_to_f32);
  float value;

  widen (dtype, source, &value, 1);

  return value;
}

/* Rows of a head lie apart, which the processor's own prefetching does not make out. */
__attribute__ ((always_inline)) static inline void
call_for (const RgVectorProduct *self, RgDtype dtype, gsize row, gsize n, gsize first, gsize end)
{
  for (gsize r = row; r < row + n; r++)
    for (gsize k = first; k < end; k += LINE / (dtype == RG_DTYPE_F32 ? 4 : 2))
      __builtin_prefetch (find (self, dtype, r, k));
}

/* --- sums along the rows of B ------------------------------------------------------------------------------------------ */

/* Rows @r … @r + @n − 1 of B with rows @i … @i + @m − 1 of A. */
__attribute__ ((always_inline)) static inline void
dot_block (const RgVectorProduct *self, RgDtype dtype, gsize m, gsize n, gsize i, gsize r)
{
  const gsize whole = self->cols / RG_N_LANES * RG_N_LANES;
  const float *a = self->a + i * self->lda;
  float *c = self->c + i * self->ldc + r;
  RgLanes sums[N_TOGETHER][N_SUMS];

#pragma GCC unroll 4
  for (gsize h = 0; h < m; h++)
#pragma GCC unroll 4
    for (gsize j = 0; j < N_SUMS; j++)
      sums[h][j] = (RgLanes){ 0 };
  call_for (self, dtype, r + ROWS_AHEAD, n, 0, self->cols);

  for (gsize k = 0; k < whole; k += RG_N_LANES)
    {
      RgLanes b[N_SUMS];

#pragma GCC unroll 4
      for (gsize j = 0; j < n; j++)
        b[j] = rg_lanes_widen (dtype, find (self, dtype, r + j, k));
#pragma GCC unroll 4
      for (gsize h = 0; h < m; h++)
        {
          const RgLanes part = rg_lanes_load (a + h * self->lda + k);

#pragma GCC unroll 4
          for (gsize j = 0; j < n; j++)
            sums[h][j] += b[j] * part;
        }
    }
#pragma GCC unroll 4
  for (gsize h = 0; h < m; h++)
    {
      const RgQuarter four = rg_lanes_sum_four (sums[h]);
      RgQuarter before = { 0 };

      memcpy (&before, c + h * self->ldc, n * sizeof (float));
      before += four;
      memcpy (c + h * self->ldc, &before, n * sizeof (float));
    }
  for (gsize k = whole; k < self->cols; k++)
    for (gsize j = 0; j < n; j++)
      for (gsize h = 0; h < m; h++)
        c[h * self->ldc + j] += widen_one (find (self, dtype, r + j, k), dtype) * a[h * self->lda + k];
}

__attribute__ ((always_inline)) static inline void
dot_rows (const RgVectorProduct *self, RgDtype dtype, gsize m, gsize i)
{
  gsize r = 0;

  for (; r + N_SUMS <= self->rows; r += N_SUMS)
    dot_block (self, dtype, m, N_SUMS, i, r);
  for (; r < self->rows; r++)
    dot_block (self, dtype, m, 1, i, r);
}

/* --- sums across them -------------------------------------------------------------------------------------------------- */

/* @n registers of the results from column @k on, over all rows of B. */
__attribute__ ((always_inline)) static inline void
mix_columns (const RgVectorProduct *self, RgDtype dtype, gsize m, gsize n, gsize i, gsize k)
{
  const float *a = self->a + i * self->lda;
  float *c = self->c + i * self->ldc + k;
  RgLanes sums[N_TOGETHER][N_SUMS];

  for (gsize h = 0; h < m; h++)
    for (gsize j = 0; j < n; j++)
      sums[h][j] = rg_lanes_load (c + h * self->ldc + j * RG_N_LANES);
  for (gsize r = 0; r < self->rows; r++)
    {
      RgLanes b[N_SUMS];

      call_for (self, dtype, r + ROWS_AHEAD, 1, k, k + n * RG_N_LANES);
#pragma GCC unroll 4
      for (gsize j = 0; j < n; j++)
        b[j] = rg_lanes_widen (dtype, find (self, dtype, r, k + j * RG_N_LANES));
#pragma GCC unroll 4
      for (gsize h = 0; h < m; h++)
#pragma GCC unroll 4
        for (gsize j = 0; j < n; j++)
          sums[h][j] += b[j] * a[h * self->lda + r];
    }
  for (gsize h = 0; h < m; h++)
    for (gsize j = 0; j < n; j++)
      rg_lanes_store (c + h * self->ldc + j * RG_N_LANES, sums[h][j]);
}

__attribute__ ((always_inline)) static inline void
mix_rows (const RgVectorProduct *self, RgDtype dtype, gsize m, gsize i)
{
  gsize k = 0;

  for (; k + N_SUMS * RG_N_LANES <= self->cols; k += N_SUMS * RG_N_LANES)
    mix_columns (self, dtype, m, N_SUMS, i, k);
  for (; k + RG_N_LANES <= self->cols; k += RG_N_LANES)
    mix_columns (self, dtype, m, 1, i, k);
  for (; k < self->cols; k++)
    for (gsize r = 0; r < self->rows; r++)
      for (gsize h = i; h < i + m; h++)
        self->c[h * self->ldc + k] += self->a[h * self->lda + r] * widen_one (find (self, dtype, r, k), dtype);
}

/* --- all rows of A ----------------------------------------------------------------------------------------------------- */

__attribute__ ((always_inline)) static inline void
add_product (const RgVectorProduct *self, RgDtype dtype, gboolean across, gsize m, gsize i)
{
  if (across)
    mix_rows (self, dtype, m, i);
  else
    dot_rows (self, dtype, m, i);
}

/* As many rows at a time as fit, then those left over. */
__attribute__ ((always_inline)) static inline void
add_products (const RgVectorProduct *self, RgDtype dtype, gboolean across)
{
  gsize i = 0;

  for (; i + N_TOGETHER <= self->m; i += N_TOGETHER)
    add_product (self, dtype, across, N_TOGETHER, i);
  if (self->m - i == 1)
    add_product (self, dtype, across, 1, i);
  else if (self->m - i == 2)
    add_product (self, dtype, across, 2, i);
  else if (self->m - i == 3)
    add_product (self, dtype, across, MIN (3, N_TOGETHER), i);
}

void
RG_LEVELLED (rg_vector_dots) (const RgVectorProduct *self)
{
  if (self->dtype == RG_DTYPE_F32)
    add_products (self, RG_DTYPE_F32, FALSE);
  else
    add_products (self, RG_DTYPE_F16, FALSE);
}

void
RG_LEVELLED (rg_vector_mix) (const RgVectorProduct *self)
{
  if (self->dtype == RG_DTYPE_F32)
    add_products (self, RG_DTYPE_F32, TRUE);
  else
    add_products (self, RG_DTYPE_F16, TRUE);
}
