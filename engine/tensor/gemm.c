/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm.h"
#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/memory.h"
#include "engine/tensor/vector-product.h"

#include <cblas.h>
#include <string.h>

/* Multiplications that are worth a task of their own: about ten microseconds, several times what the pool costs. */
#define TASK_WORK (1 << 18)
/* Cuts lie on multiples of these, the tiles of the bfloat16 kernel, so that few tiles are ragged. */
#define GRAIN_ROWS 12
#define GRAIN_COLUMNS 32
/* A block's side is not halved below this. */
#define SMALLEST_SIDE 48
/* Each block packs its own factors. A right factor that has to be widened first costs so many times what a left one does. */
#define WIDENING_COST 3
/* What single precision widens at a time: 4 MiB. */
#define PANEL_VALUES (1 << 20)

typedef struct
{
  RgPrecision precision;
  gboolean trans_a;
  gboolean trans_b;
  gsize m;
  gsize n;
  gsize k;
  const float *a;
  gsize lda;
  RgDtype dtype; /* of b */
  const guint8 *b;
  gsize ldb;
  gboolean accumulate;
  float *c;
  gsize ldc;
} Product;

/* A product cut into blocks of C. */
typedef struct
{
  const Product *whole;
  gsize block_rows;
  gsize block_columns;
  gsize n_across; /* blocks side by side */
} Cut;

static RgScratch scratch = RG_SCRATCH_INIT;
static char *description;

static void
init (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;

  /* OpenBLAS's own threads wait for one another in a spin, which collapses as soon as something else wants a core. */
  openblas_set_num_threads (1);
  description = g_strdup_printf ("%sOpenBLAS %s", rg_gemm_bf16_is_supported () ? "AVX-512 BF16; " : "", openblas_get_corename ());
  g_once_init_leave (&once, 1);
}

static void
clear (const Product *p)
{
  for (gsize i = 0; i < p->m; i++)
    memset (p->c + i * p->ldc, 0, p->n * sizeof (float));
}

static inline CBLAS_TRANSPOSE
transposition (gboolean transposed)
{
  return transposed ? CblasTrans : CblasNoTrans;
}

/* Whether B cannot be read as floats where it lies. */
static gboolean
is_stored (const Product *p)
{
  return p->dtype != RG_DTYPE_F32 || (gsize) p->b % sizeof (float) != 0;
}

/* The block of the product with rows of C from @i and columns from @j. */
static Product
get_block (const Product *p, gsize i, gsize rows, gsize j, gsize columns)
{
  Product block = *p;

  block.m = MIN (p->m - i, rows);
  block.n = MIN (p->n - j, columns);
  block.a += p->trans_a ? i : i * p->lda;
  block.b += rg_dtype_get_size (p->dtype, p->trans_b ? j * p->ldb : j);
  block.c += i * p->ldc + j;

  return block;
}

/* C += op (A) · op (B) where C is a row or a column: one factor is a vector, the other a matrix of @rows × @columns as
 * stored. Nothing is used twice here, so it runs at the speed of memory: unpacked, in full precision. */
static void
add_vector (const Product *p)
{
  static RgVectorProductFunc *const dots[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_dots) }, *const mix[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_mix) };
  const float *b = (const float *) p->b;

  if (p->m == 1 && (!p->trans_a || p->lda == 1) && p->trans_b)
    dots[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->n, p->k, b, p->ldb, 1, p->a, 0, p->c, 0 });
  else if (p->m == 1 && (!p->trans_a || p->lda == 1))
    mix[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->k, p->n, b, p->ldb, 1, p->a, 0, p->c, 0 });
  else if (p->m == 1)
    cblas_sgemv (CblasRowMajor, transposition (!p->trans_b), p->trans_b ? p->n : p->k, p->trans_b ? p->k : p->n, 1, b, p->ldb, p->a, p->trans_a ? p->lda : 1, 1, p->c, 1);
  else
    cblas_sgemv (CblasRowMajor, transposition (p->trans_a), p->trans_a ? p->k : p->m, p->trans_a ? p->m : p->k, 1, p->a, p->lda, b, p->trans_b ? 1 : p->ldb, 1, p->c, p->ldc);
}

static void
multiply_floats (const Product *p)
{
  if (p->m != 1 && p->n != 1)
    {
      cblas_sgemm (CblasRowMajor, transposition (p->trans_a), transposition (p->trans_b), p->m, p->n, p->k, 1, p->a, p->lda, (const float *) p->b, p->ldb, p->accumulate ? 1 : 0, p->c, p->ldc);
      return;
    }

  /* Versions of OpenBLAS differ in whether a NaN survives being multiplied by a beta of 0. */
  if (!p->accumulate)
    clear (p);
  add_vector (p);
}

/* Some rows of B as it is stored at a time: columns of C, or steps of the sums. */
static void
multiply_stored (const Product *p)
{
  const gsize rows = p->trans_b ? p->n : p->k, cols = p->trans_b ? p->k : p->n;
  const gsize panel_rows = CLAMP (PANEL_VALUES / cols, 1, rows);
  float *floats = rg_scratch_get (&scratch, panel_rows * cols * sizeof (float));

  for (gsize r = 0; r < rows; r += panel_rows)
    {
      const gsize n = MIN (rows - r, panel_rows);
      Product panel = p->trans_b ? get_block (p, 0, p->m, r, n) : *p;

      for (gsize i = 0; i < n; i++)
        rg_dtype_to_f32 (p->dtype, p->b + rg_dtype_get_size (p->dtype, (r + i) * p->ldb), floats + i * cols, cols);
      panel.dtype = RG_DTYPE_F32;
      panel.b = (const guint8 *) floats;
      panel.ldb = cols;
      if (!p->trans_b)
        {
          panel.k = n;
          panel.a += p->trans_a ? r * p->lda : r;
          panel.accumulate = p->accumulate || r != 0;
        }
      multiply_floats (&panel);
    }
}

static void
multiply (const Product *p)
{
  if (p->m != 1 && p->n != 1 && p->precision != RG_PRECISION_F32 && rg_gemm_bf16_is_supported ())
    rg_gemm_bf16 (p->precision == RG_PRECISION_SPLIT, p->trans_a, p->trans_b, p->m, p->n, p->k, p->a, p->lda, p->dtype, p->b, p->ldb, p->accumulate, p->c, p->ldc);
  else if (is_stored (p))
    multiply_stored (p);
  else
    multiply_floats (p);
}

static void
multiply_block (gsize task, gpointer data)
{
  const Cut *cut = data;
  const Product block = get_block (cut->whole, task / cut->n_across * cut->block_rows, cut->block_rows, task % cut->n_across * cut->block_columns, cut->block_columns);

  multiply (&block);
}

static gsize
round_up (gsize n, gsize grain)
{
  return (n + grain - 1) / grain * grain;
}

/* Halves the longer side until there are enough blocks: square blocks share most, as each packs both its factors. */
static void
multiply_in_pool (RgPool *pool, const Product *p)
{
  const gsize n_wanted = MIN (2 * rg_pool_get_n_threads (pool), (guint64) p->m * p->n * p->k / TASK_WORK);
  const gsize grain = p->trans_b ? GRAIN_COLUMNS : MAX (GRAIN_COLUMNS, rg_dtype_get_block_length (p->dtype));
  const gsize fewest_columns = 2 * MAX (SMALLEST_SIDE, grain), cost = is_stored (p) ? WIDENING_COST : 1;
  Cut cut = { p, p->m, p->n, 1 };
  gsize n_down = 1;

  while (n_down * cut.n_across < n_wanted && (cut.block_rows >= 2 * SMALLEST_SIDE || cut.block_columns >= fewest_columns))
    {
      if (cut.block_columns < fewest_columns || (cut.block_rows >= 2 * SMALLEST_SIDE && cut.block_rows >= cost * cut.block_columns))
        cut.block_rows = round_up ((cut.block_rows + 1) / 2, GRAIN_ROWS);
      else
        cut.block_columns = round_up ((cut.block_columns + 1) / 2, grain);
      n_down = (p->m + cut.block_rows - 1) / cut.block_rows;
      cut.n_across = (p->n + cut.block_columns - 1) / cut.block_columns;
    }
  rg_pool_run (pool, n_down * cut.n_across, multiply_block, &cut);
}

void
rg_gemm_typed (RgPool *pool,
               RgPrecision precision,
               gboolean trans_a,
               gboolean trans_b,
               gsize m,
               gsize n,
               gsize k,
               const float *a,
               gsize lda,
               RgDtype dtype,
               const void *b,
               gsize ldb,
               gboolean accumulate,
               float *c,
               gsize ldc)
{
  const Product product = { precision, trans_a, trans_b, m, n, k, a, lda, dtype, b, ldb, accumulate, c, ldc };

  /* OpenBLAS counts in int. */
  g_assert (MAX (MAX (m, n), k) <= G_MAXINT32 && MAX (MAX (lda, ldb), ldc) <= G_MAXINT32);
  init ();
  if (m == 0 || n == 0)
    return;
  if (k == 0)
    {
      if (!accumulate)
        clear (&product);
      return;
    }
  if (rg_pool_get_n_threads (pool) == 1)
    multiply (&product);
  else
    multiply_in_pool (pool, &product);
}

void
rg_gemm (RgPool *pool,
         RgPrecision precision,
         gboolean trans_a,
         gboolean trans_b,
         gsize m,
         gsize n,
         gsize k,
         const float *a,
         gsize lda,
         const float *b,
         gsize ldb,
         gboolean accumulate,
         float *c,
         gsize ldc)
{
  rg_gemm_typed (pool, precision, trans_a, trans_b, m, n, k, a, lda, RG_DTYPE_F32, b, ldb, accumulate, c, ldc);
}

gboolean
rg_gemm_has_fast (void)
{
  return rg_gemm_bf16_is_supported ();
}

const char *
rg_gemm_describe (void)
{
  init ();
  return description;
}
