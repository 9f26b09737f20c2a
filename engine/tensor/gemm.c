/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm.h"
#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/gemm-int8.h"
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
  gsize m;
  gsize n;
  gsize k;
  RgFactor a;
  RgFactor b;
  const float *addend;
  gsize ld_addend;
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

/* C becomes the addend, or 0. */
static void
begin (const Product *p)
{
  for (gsize i = 0; i < p->m && p->addend != p->c; i++)
    if (p->addend != NULL)
      memcpy (p->c + i * p->ldc, p->addend + i * p->ld_addend, p->n * sizeof (float));
    else
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
  return p->b.dtype != RG_DTYPE_F32 || (gsize) p->b.data % sizeof (float) != 0;
}

/* The block of the product with rows of C from @i and columns from @j. */
static Product
get_block (const Product *p, gsize i, gsize rows, gsize j, gsize columns)
{
  Product block = *p;

  block.m = MIN (p->m - i, rows);
  block.n = MIN (p->n - j, columns);
  block.a = rg_factor_from (&p->a, p->a.transposed ? 0 : i, p->a.transposed ? i : 0);
  block.b = rg_factor_from (&p->b, p->b.transposed ? j : 0, p->b.transposed ? 0 : j);
  block.addend = p->addend != NULL ? p->addend + i * p->ld_addend + j : NULL;
  block.c += i * p->ldc + j;

  return block;
}

/* C += op (A) · op (B) where C is a row or a column: one factor is a vector, the other a matrix of @rows × @columns as
 * stored. Nothing is used twice here, so it runs at the speed of memory: unpacked, in full precision. */
static void
add_vector (const Product *p)
{
  static RgVectorProductFunc *const dots[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_dots) }, *const mix[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_mix) };
  const float *a = p->a.data, *b = p->b.data;
  gboolean trans_a = p->a.transposed, trans_b = p->b.transposed;
  gsize lda = p->a.ld, ldb = p->b.ld;

  if (p->m == 1 && (!trans_a || lda == 1) && trans_b)
    dots[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->n, p->k, b, ldb, 1, a, 0, p->c, 0 });
  else if (p->m == 1 && (!trans_a || lda == 1))
    mix[rg_cpu_get_level ()](&(RgVectorProduct){ RG_DTYPE_F32, p->k, p->n, b, ldb, 1, a, 0, p->c, 0 });
  else if (p->m == 1)
    cblas_sgemv (CblasRowMajor, transposition (!trans_b), trans_b ? p->n : p->k, trans_b ? p->k : p->n, 1, b, ldb, a, trans_a ? lda : 1, 1, p->c, 1);
  else
    cblas_sgemv (CblasRowMajor, transposition (trans_a), trans_a ? p->k : p->m, trans_a ? p->m : p->k, 1, a, lda, b, trans_b ? 1 : ldb, 1, p->c, p->ldc);
}

static void
multiply_floats (const Product *p)
{
  gboolean is_vector = p->m == 1 || p->n == 1;

  g_assert (p->a.dtype == RG_DTYPE_F32);

  /* Versions of OpenBLAS differ in whether a NaN survives being multiplied by a beta of 0. */
  if (p->addend != NULL || is_vector)
    begin (p);
  if (is_vector)
    add_vector (p);
  else
    cblas_sgemm (CblasRowMajor, transposition (p->a.transposed), transposition (p->b.transposed), p->m, p->n, p->k, 1, p->a.data, p->a.ld, p->b.data, p->b.ld, p->addend != NULL ? 1 : 0, p->c, p->ldc);
}

/* Some rows of B as it is stored at a time: columns of C, or steps of the sums. */
static void
multiply_stored (const Product *p)
{
  const gboolean trans_b = p->b.transposed;
  const gsize rows = trans_b ? p->n : p->k, cols = trans_b ? p->k : p->n;
  const gsize panel_rows = CLAMP (PANEL_VALUES / cols, 1, rows);
  float *floats = rg_scratch_get (&scratch, panel_rows * cols * sizeof (float));

  for (gsize r = 0; r < rows; r += panel_rows)
    {
      const gsize n = MIN (rows - r, panel_rows);
      Product panel = trans_b ? get_block (p, 0, p->m, r, n) : *p;

      for (gsize i = 0; i < n; i++)
        rg_dtype_to_f32 (p->b.dtype, rg_factor_from (&p->b, r + i, 0).data, floats + i * cols, cols);
      panel.b = (RgFactor){ RG_DTYPE_F32, trans_b, floats, cols };
      if (!trans_b)
        {
          panel.k = n;
          panel.a = rg_factor_from (&p->a, p->a.transposed ? r : 0, p->a.transposed ? 0 : r);
          if (r != 0)
            {
              panel.addend = p->c;
              panel.ld_addend = p->ldc;
            }
        }
      multiply_floats (&panel);
    }
}

static void
multiply (const Product *p)
{
  gboolean is_vector = (p->m == 1 || p->n == 1) && p->a.dtype == RG_DTYPE_F32;

  if (!is_vector && p->precision == RG_PRECISION_FAST && p->b.int8.words != NULL && p->b.int8.k == p->k && !p->a.transposed)
    rg_gemm_int8 (p->m, p->n, p->k, &p->a, &p->b, p->addend, p->ld_addend, p->c, p->ldc);
  else if (!is_vector && rg_gemm_rounds (p->precision))
    rg_gemm_bf16 (p->precision == RG_PRECISION_SPLIT, p->m, p->n, p->k, &p->a, &p->b, p->addend, p->ld_addend, p->c, p->ldc);
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
  const gsize grain = p->b.transposed ? GRAIN_COLUMNS : MAX (GRAIN_COLUMNS, rg_dtype_get_block_length (p->b.dtype));
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
rg_gemm_typed (RgPool *pool, RgPrecision precision, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  const Product product = { precision, m, n, k, *a, *b, addend, ld_addend, c, ldc };

  /* OpenBLAS counts in int. */
  g_assert (MAX (MAX (m, n), k) <= G_MAXINT32 && MAX (MAX (a->ld, b->ld), MAX (ld_addend, ldc)) <= G_MAXINT32);
  init ();
  if (m == 0 || n == 0)
    return;
  if (k == 0)
    begin (&product);
  else if (rg_pool_get_n_threads (pool) == 1)
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
  rg_gemm_typed (pool, precision, m, n, k, &(RgFactor){ RG_DTYPE_F32, trans_a, a, lda }, &(RgFactor){ RG_DTYPE_F32, trans_b, b, ldb }, accumulate ? c : NULL, ldc, c, ldc);
}

gboolean
rg_gemm_rounds (RgPrecision precision)
{
  return precision != RG_PRECISION_F32 && rg_gemm_bf16_is_supported ();
}

const char *
rg_gemm_describe (void)
{
  init ();
  return description;
}
