/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/bench-products.h"

#include <cblas.h>

#include "engine/tensor/gemm-stored.h"
#include "engine/tensor/random.h"

/* The product by which machines are compared. */
#define M 1024
#define N 3072
#define K 768

#define WEIGHT_BYTES (64 * 1024 * 1024)
#define REPEATS 5
#define ENOUGH_S 10 /* after which nothing is repeated */

static const RgDtype types[RG_BENCH_N_TYPES] = {
  RG_DTYPE_F32,
  RG_DTYPE_F16,
  RG_DTYPE_BF16,
  RG_DTYPE_Q8_0,
  RG_DTYPE_Q6_K,
  RG_DTYPE_Q5_K,
  RG_DTYPE_Q5_1,
  RG_DTYPE_Q5_0,
  RG_DTYPE_Q4_K,
  RG_DTYPE_Q4_1,
  RG_DTYPE_Q4_0,
  RG_DTYPE_IQ4_NL,
  RG_DTYPE_IQ4_XS,
  RG_DTYPE_Q3_K,
  RG_DTYPE_Q2_K,
};

double
rg_bench_measure (RgBenchWork work, gpointer data)
{
  double best = G_MAXDOUBLE;
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < REPEATS && g_get_monotonic_time () - begin < ENOUGH_S * G_USEC_PER_SEC; i++)
    {
      gint64 start = g_get_monotonic_time ();

      work (data);
      best = MIN (best, (g_get_monotonic_time () - start) * 1e-6);
    }

  return MAX (best, 1e-6);
}

typedef struct
{
  RgPool *pool;
  RgPrecision precision;
  RgDtype dtype;
  gsize n_rows; /* of weights, of K elements, for the product with one row */
  const guint8 *weights;
  const float *a, *b;
  float *c;
} Product;

static void
multiply_blas (gpointer data)
{
  Product *self = data;

  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, M, N, K, 1, self->a, K, self->b, K, 0, self->c, N);
}

static void
multiply (gpointer data)
{
  Product *self = data;

  rg_gemm (self->pool, self->precision, FALSE, TRUE, M, N, K, self->a, K, self->b, K, FALSE, self->c, N);
}

static void
multiply_row (gpointer data)
{
  Product *self = data;

  rg_gemm_stored (self->pool, self->precision, 1, K, self->a, K, &(RgStoredFactor){ self->n_rows, self->dtype, self->weights, FALSE, self->c, self->n_rows }, 1);
}

static void
multiply_rows (gpointer data)
{
  Product *self = data;

  rg_gemm_stored (self->pool, self->precision, M, K, self->a, K, &(RgStoredFactor){ N, self->dtype, self->weights, FALSE, self->c, N }, 1);
}

static float *
new_values (gsize n, RgRandom *random)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = rg_random_range (random, -1, 1);

  return values;
}

/* Bytes that are small normal numbers in every type, wherever its scales lie. */
static guint8 *
new_weights (RgRandom *random)
{
  guint8 *bytes = g_malloc (WEIGHT_BYTES);

  for (gsize i = 0; i < WEIGHT_BYTES; i++)
    bytes[i] = 0x28 + rg_random_below (random, 8);

  return bytes;
}

void
rg_bench_products_measure (RgBenchProducts *self, RgPool *pool)
{
  const double work = 2e-9 * M * N * K;
  RgRandom random;
  g_autofree float *a = NULL, *b = NULL, *c = g_new (float, M *N);
  g_autofree guint8 *weights = NULL;
  Product product;

  rg_random_init (&random, 1, 0);
  a = new_values (M * K, &random);
  b = new_values (N * K, &random);
  weights = new_weights (&random);
  product = (Product){ .pool = pool, .weights = weights, .a = a, .b = b, .c = c };

  self->f32_gflops = work / rg_bench_measure (multiply, &product);
  product.precision = RG_PRECISION_FAST;
  self->fast_gflops = work / rg_bench_measure (multiply, &product);

  for (guint i = 0; i < RG_BENCH_N_TYPES; i++)
    {
      gsize row_bytes = K / rg_dtype_get_block_length (types[i]) * (rg_dtype_get_block_bits (types[i]) / 8);

      product.dtype = self->types[i].dtype = types[i];
      product.n_rows = WEIGHT_BYTES / row_bytes;
      self->types[i].row_gbytes = 1e-9 * product.n_rows * row_bytes / rg_bench_measure (multiply_row, &product);
      self->types[i].rows_gflops = work / rg_bench_measure (multiply_rows, &product);
    }

  /* The engine's threads call OpenBLAS one by one; here it has its own. */
  openblas_set_num_threads (rg_pool_get_n_threads (pool));
  self->blas_gflops = work / rg_bench_measure (multiply_blas, &product);
  openblas_set_num_threads (1);
}
