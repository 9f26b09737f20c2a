/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm-stored.h"

#include <math.h>

#include "engine/tensor/memory.h"
#include "engine/tensor/row-product.h"
#include "engine/tensor/vector-math.h"

/* Products of one task, a few microseconds. */
#define TASK_MULTIPLY (1 << 15)

/* Products of the same rows, of which each has tasks that follow those of the one before. */
typedef struct
{
  RgRowProduct products[RG_STORED_FACTORS_MAX];
  const RgStoredFactor *factors;
  gsize ends[RG_STORED_FACTORS_MAX]; /* first task behind those of each */
  gsize rows_per_task;
} RowTasks;

static void
multiply_rows (gsize task, gpointer data)
{
  static RgRowProductFunc *const by_level[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_row_product) };
  const RowTasks *self = data;
  guint i = 0;
  gsize start;

  while (task >= self->ends[i])
    i++;
  start = (task - (i > 0 ? self->ends[i - 1] : 0)) * self->rows_per_task;

  by_level[rg_cpu_get_level ()](&self->products[i], start, MIN (start + self->rows_per_task, self->factors[i].n));
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
multiply_few (RgPool *pool, RgPrecision precision, gsize m, gsize k, const float *a, gsize lda, const RgStoredFactor *factors, guint n_factors)
{
  RowTasks tasks = { .factors = factors, .rows_per_task = MAX (1, TASK_MULTIPLY / k / m) };
  gsize n_tasks = 0;
  RgRoundedRow rounded = { NULL };

  for (guint i = 0; i < n_factors; i++)
    {
      const RgStoredFactor *factor = &factors[i];
      gboolean rounds = precision != RG_PRECISION_F32 && m == 1 && rg_dtype_get_block_length (factor->dtype) > 1;

      if (rounds && rounded.values == NULL)
        rounded = rg_row_round (a, k, rg_scratch_get (&scratch, k * sizeof (float)));
      tasks.products[i] = (RgRowProduct){ factor->dtype, factor->w, k, m, a, lda, factor->accumulate, factor->c, factor->ldc, rounds ? &rounded : NULL };
      n_tasks += (factor->n + tasks.rows_per_task - 1) / tasks.rows_per_task;
      tasks.ends[i] = n_tasks;
    }

  rg_pool_run (pool, n_tasks, multiply_rows, &tasks);
}

void
rg_gemm_stored (RgPool *pool, RgPrecision precision, gsize m, gsize k, const float *a, gsize lda, const RgStoredFactor *factors, guint n_factors)
{
  g_assert (n_factors <= RG_STORED_FACTORS_MAX);

  for (guint i = 0; i < n_factors; i++)
    g_assert (k % rg_dtype_get_block_length (factors[i].dtype) == 0);
  if (m > 0 && m <= RG_ROW_PRODUCT_MAX && k > 0)
    {
      multiply_few (pool, precision, m, k, a, lda, factors, n_factors);
      return;
    }

  for (guint i = 0; i < n_factors; i++)
    {
      const RgStoredFactor *factor = &factors[i];

      rg_gemm_typed (pool, precision, m, factor->n, k, &(RgFactor){ RG_DTYPE_F32, FALSE, a, lda }, &(RgFactor){ factor->dtype, TRUE, factor->w, k }, factor->accumulate ? factor->c : NULL, factor->ldc, factor->c, factor->ldc);
    }
}
