/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm-stored.h"

#include <math.h>

#include "engine/tensor/memory.h"
#include "engine/tensor/row-product.h"
#include "engine/tensor/vector-math.h"

/* Rows of weights that are widened at a time, as many as the bfloat16 kernels take in one go; but no more weights than that. */
#define PANEL_ROWS 1024
#define PANEL_VALUES (1 << 22)
/* Weights of one task, a few microseconds. */
#define TASK_WIDEN (1 << 15)
#define TASK_MULTIPLY (1 << 16)

/* --- few rows ------------------------------------------------------------------------------------------------------ */

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

/* --- many rows ----------------------------------------------------------------------------------------------------- */

/* Rows of W, of @cols elements each, to be widened. */
typedef struct
{
  RgDtype dtype;
  const guint8 *source;
  gsize row_bytes, rows, cols, rows_per_task;
  float *target;
} Panel;

static void
widen_rows (gsize task, gpointer data)
{
  const Panel *self = data;
  gsize start = task * self->rows_per_task, rows = MIN (self->rows - start, self->rows_per_task);

  rg_dtype_to_f32 (self->dtype, self->source + start * self->row_bytes, self->target + start * self->cols, rows * self->cols);
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
  const gsize rows = trans_w ? n : k, cols = trans_w ? k : n;
  const gsize length = rg_dtype_get_block_length (dtype);
  Panel panel = { .dtype = dtype, .cols = cols, .row_bytes = cols / length * (rg_dtype_get_block_bits (dtype) / 8) };
  gsize panel_rows;

  g_assert (cols % length == 0);
  if (m == 0 || rows == 0 || cols == 0)
    return;
  if (trans_w && m <= RG_ROW_PRODUCT_MAX)
    {
      multiply_few (pool, precision, &(RgRowProduct){ dtype, w, k, m, a, lda, accumulate, c, ldc }, n);
      return;
    }

  panel_rows = CLAMP (MIN (PANEL_VALUES / cols, PANEL_ROWS), 1, rows);
  panel.target = rg_scratch_get (&scratch, panel_rows * cols * sizeof (float));
  panel.rows_per_task = MAX (1, TASK_WIDEN / cols);
  for (gsize r = 0; r < rows; r += panel_rows)
    {
      panel.source = (const guint8 *) w + r * panel.row_bytes;
      panel.rows = MIN (rows - r, panel_rows);
      rg_pool_run (pool, count_tasks (panel.rows, panel.rows_per_task), widen_rows, &panel);
      if (trans_w)
        rg_gemm (pool, precision, FALSE, TRUE, m, panel.rows, k, a, lda, panel.target, cols, accumulate, c + r, ldc);
      else
        rg_gemm (pool, precision, FALSE, FALSE, m, n, panel.rows, a + r, lda, panel.target, cols, accumulate || r != 0, c, ldc);
    }
}
