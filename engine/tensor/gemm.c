/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm.h"
#include "engine/tensor/gemm-bf16.h"
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
  const float *b;
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

/* C += op (A) · op (B) where C is a row or a column: one factor is a vector, the other a matrix of @rows × @columns as
 * stored. Nothing is used twice here, so it runs at the speed of memory: unpacked, in full precision. */
static void
add_vector (const Product *p)
{
  static RgVectorProductFunc *const dots[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_dots) }, *const mix[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_mix) };

  if (p->m == 1 && (!p->trans_a || p->lda == 1) && p->trans_b)
    dots[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->n, p->k, p->b, p->ldb, 1, p->a, 0, p->c, 0 });
  else if (p->m == 1 && (!p->trans_a || p->lda == 1))
    mix[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->k, p->n, p->b, p->ldb, 1, p->a, 0, p->c, 0 });
  else if (p->m == 1)
    cblas_sgemv (CblasRowMajor, transposition (!p->trans_b), p->trans_b ? p->n : p->k, p->trans_b ? p->k : p->n, 1, p->b, p->ldb, p->a, p->trans_a ? p->lda : 1, 1, p->c, 1);
  else
    cblas_sgemv (CblasRowMajor, transposition (p->trans_a), p->trans_a ? p->k : p->m, p->trans_a ? p->m : p->k, 1, p->a, p->lda, p->b, p->trans_b ? 1 : p->ldb, 1, p->c, p->ldc);
}

static void
multiply (const Product *p)
{
  if (p->m == 1 || p->n == 1)
    {
      /* Versions of OpenBLAS differ in whether a NaN survives being multiplied by a beta of 0. */
      if (!p->accumulate)
        clear (p);
      add_vector (p);
    }
  else if (p->precision != RG_PRECISION_F32 && rg_gemm_bf16_is_supported ())
    {
      rg_gemm_bf16 (p->precision == RG_PRECISION_SPLIT, p->trans_a, p->trans_b, p->m, p->n, p->k, p->a, p->lda, p->b, p->ldb, p->accumulate, p->c, p->ldc);
    }
  else
    {
      cblas_sgemm (CblasRowMajor, transposition (p->trans_a), transposition (p->trans_b), p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb, p->accumulate ? 1 : 0, p->c, p->ldc);
    }
}

static void
multiply_block (gsize task, gpointer data)
{
  const Cut *cut = data;
  gsize i = task / cut->n_across * cut->block_rows;
  gsize j = task % cut->n_across * cut->block_columns;
  Product block = *cut->whole;

  block.m = MIN (block.m - i, cut->block_rows);
  block.n = MIN (block.n - j, cut->block_columns);
  block.a += block.trans_a ? i : i * block.lda;
  block.b += block.trans_b ? j * block.ldb : j;
  block.c += i * block.ldc + j;
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
  gsize n_wanted = MIN (2 * rg_pool_get_n_threads (pool), (guint64) p->m * p->n * p->k / TASK_WORK);
  Cut cut = { p, p->m, p->n, 1 };
  gsize n_down = 1;

  while (n_down * cut.n_across < n_wanted && MAX (cut.block_rows, cut.block_columns) >= 2 * SMALLEST_SIDE)
    {
      if (cut.block_rows >= cut.block_columns)
        cut.block_rows = round_up ((cut.block_rows + 1) / 2, GRAIN_ROWS);
      else
        cut.block_columns = round_up ((cut.block_columns + 1) / 2, GRAIN_COLUMNS);
      n_down = (p->m + cut.block_rows - 1) / cut.block_rows;
      cut.n_across = (p->n + cut.block_columns - 1) / cut.block_columns;
    }
  rg_pool_run (pool, n_down * cut.n_across, multiply_block, &cut);
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
  const Product product = { precision, trans_a, trans_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc };

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
