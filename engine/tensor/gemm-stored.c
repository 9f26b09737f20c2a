/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm-stored.h"

#include <math.h>

#include "engine/tensor/memory.h"
#include "engine/tensor/row-product.h"
#include "engine/tensor/vector-math.h"

/* Products of one task, a few microseconds. */
#define TASK_MULTIPLY (1 << 16)

typedef struct
{
  const RgRowProduct *product;
  gsize n, rows_per_task;
} RowTasks;

static void
multiply_rows (gsize task, gpointer data)
{
  static RgRowProductFunc *const by_level[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_row_product) };
  const RowTasks *self = data;
  gsize start = task * self->rows_per_task;

  by_level[rg_cpu_get_level ()](self->product, start, MIN (start + self->rows_per_task, self->n));
}

static gsize
count_tasks (gsize n, gsize per_task)
{
  return (n + per_task - 1) / per_task;
}

static RgScratch scratch = RG_SCRATCH_INIT;

RG_VECTORISED RgRoundedRow
rg_row_round (const float *x, gsize k, float *room)
{
  float *scales = room, *sums = scales + k / RG_ROUNDED_RUN;
  gint16 *values = (gint16 *) (room + k / 2); /* behind 3 k / 32 floats */

  for (gsize p = 0; p < k; p += RG_ROUNDED_RUN)
    {
      float largest = 0, factor;
      int total[2] = { 0 };

      RG_SIMD_MAX (largest)
      for (gsize i = 0; i < RG_ROUNDED_RUN; i++)
        largest = MAX (largest, fabsf (x[p + i]));

      factor = largest > 1e-30f ? G_MAXINT16 / largest : 0; /* whose inverse is finite */
      for (gsize i = 0; i < RG_ROUNDED_RUN; i++)
        values[p + i] = (gint16) (x[p + i] * factor + (x[p + i] < 0 ? -0.5f : 0.5f));
      for (gsize i = 0; i < RG_ROUNDED_RUN; i++)
        total[i / 16] += values[p + i];

      scales[p / RG_ROUNDED_RUN] = largest / G_MAXINT16;
      for (guint half = 0; half < 2; half++)
        sums[p / 16 + half] = total[half] * scales[p / RG_ROUNDED_RUN];
    }

  return (RgRoundedRow){ values, scales, sums };
}

static void
multiply_few (RgPool *pool, RgPrecision precision, RgRowProduct *product, gsize n)
{
  RowTasks tasks = { product, n, MAX (1, TASK_MULTIPLY / product->k / product->m) };
  RgRoundedRow rounded;

  if (precision != RG_PRECISION_F32 && product->m == 1 && rg_dtype_get_block_length (product->dtype) > 1)
    {
      rounded = rg_row_round (product->x, product->k, rg_scratch_get (&scratch, product->k * sizeof (float)));
      product->rounded = &rounded;
    }

  rg_pool_run (pool, count_tasks (n, tasks.rows_per_task), multiply_rows, &tasks);
}

void
rg_gemm_stored (RgPool *pool,
                RgPrecision precision,
                gboolean trans_w,
                gsize m,
                gsize n,
                gsize k,
                const float *a,
                gsize lda,
                RgDtype dtype,
                const void *w,
                gboolean accumulate,
                float *c,
                gsize ldc)
{
  const gsize cols = trans_w ? k : n;

  g_assert (cols % rg_dtype_get_block_length (dtype) == 0);
  if (trans_w && m > 0 && m <= RG_ROW_PRODUCT_MAX && n > 0 && k > 0)
    multiply_few (pool, precision, &(RgRowProduct){ dtype, w, k, m, a, lda, accumulate, c, ldc }, n);
  else
    rg_gemm_typed (pool, precision, FALSE, trans_w, m, n, k, a, lda, dtype, w, cols, accumulate, c, ldc);
}
