/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm-stored.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/ops.h"
#include "engine/tensor/row-product.h"
#include "tests/numeric.h"
#include "tests/stored-weights.h"

/* Weights in their type and as floats, what they are multiplied with, and what has to come out, in double precision. */
typedef struct
{
  RgDtype dtype;
  gboolean trans_w;
  gsize m, n, k;
  guint8 *weights;
  float *values, *a, *before;
  double *product, *sizes; /* (m × n) A · W, |A| · |W| */
} Case;

static void
multiply (Case *self)
{
  for (gsize i = 0; i < self->m; i++)
    for (gsize p = 0; p < self->k; p++)
      for (gsize j = 0; j < self->n; j++)
        {
          double one = (double) self->a[i * self->k + p] * self->values[self->trans_w ? j * self->k + p : p * self->n + j];

          self->product[i * self->n + j] += one;
          self->sizes[i * self->n + j] += fabs (one);
        }
}

static float *
new_values (RgRandom *random, gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = rg_random_range (random, -1, 1);

  return values;
}

static Case
case_new (RgRandom *random, RgDtype dtype, gboolean trans_w, gsize m, gsize n, gsize k)
{
  Case self = { dtype, trans_w, m, n, k };

  self.weights = stored_weights_new (dtype, n * k, random, &self.values);
  self.a = new_values (random, m * k);
  self.before = new_values (random, m * n);
  self.product = g_new0 (double, m *n);
  self.sizes = g_new0 (double, m *n);
  multiply (&self);

  return self;
}

static void
case_clear (Case *self)
{
  g_free (self->weights);
  g_free (self->values);
  g_free (self->a);
  g_free (self->before);
  g_free (self->product);
  g_free (self->sizes);
}

/* Σ |W| of one column of the result. */
static double
sum_of_weights (const Case *self, gsize column)
{
  double sum = 0;

  for (gsize p = 0; p < self->k; p++)
    sum += fabs (self->values[column * self->k + p]);

  return sum;
}

/* As in test-gemm.c: sums of k + 1 floats, and factors of few bits. */
static void
check_result (const Case *self, const char *what, const float *c, RgPrecision precision, gboolean rounded, gboolean accumulate)
{
  double bf16 = precision == RG_PRECISION_FAST ? ldexp (1, -7) + ldexp (1, -16) : precision == RG_PRECISION_SPLIT ? 3.01 * ldexp (1, -16)
                                                                                                                  : 0;
  gboolean rounds = rounded && self->trans_w && self->m == 1 && rg_dtype_get_block_length (self->dtype) > 1; /* x, which is at most 1 */

  for (gsize i = 0; i < self->m * self->n; i++)
    {
      double before = accumulate ? self->before[i] : 0, expected = self->product[i] + before;
      double bound = bf16 * self->sizes[i] + (rounds ? ldexp (1, -16) * sum_of_weights (self, i % self->n) : 0) + (3 * self->k + 2) * ldexp (1, -24) * (self->sizes[i] * (1 + bf16) + fabs (before));

      if (!(fabs (c[i] - expected) <= bound))
        g_error ("%s %s, %zu × %zu × %zu, trans %d, accumulate %d: value %zu is %g, expected %g ± %g", rg_dtype_get_name (self->dtype), what, self->m, self->n, self->k, self->trans_w, accumulate, i, c[i], expected, bound);
    }
}

static void
multiply_case (const Case *self, RgPool *pool, RgPrecision precision, gboolean accumulate, float *c)
{
  if (self->trans_w)
    rg_gemm_stored (pool, precision, self->m, self->k, self->a, self->k, &(RgStoredFactor){ self->n, self->dtype, self->weights, accumulate, c, self->n }, 1);
  else
    rg_gemm_typed (pool, precision, self->m, self->n, self->k, &(RgFactor){ RG_DTYPE_F32, FALSE, self->a, self->k }, &(RgFactor){ self->dtype, FALSE, self->weights, self->n }, accumulate ? c : NULL, self->n, c, self->n);
}

static void
check_case (const Case *self, RgPool *pool)
{
  for (guint way = 0; way < 12; way++)
    {
      gboolean accumulate = way & 1;
      RgPrecision precision = way / 4;
      gboolean few = self->trans_w && self->m <= RG_ROW_PRODUCT_MAX;
      g_autofree float *c = g_memdup2 (self->before, self->m * self->n * sizeof (float));

      multiply_case (self, way & 2 ? pool : NULL, precision, accumulate, c);
      check_result (self, "product", c, few ? RG_PRECISION_F32 : precision, precision != RG_PRECISION_F32, accumulate);
    }
}

/* Odd widths where the type allows them; with blocks, one, and numbers that are no multiple of a chunk. */
static void
test_products (gconstpointer data)
{
  static const gsize ms[] = { 1, 2, 7, 8, 9, 64, 131 };
  const RgDtype dtype = *(const RgDtype *) data;
  const gsize length = rg_dtype_get_block_length (dtype);
  const gsize widths[] = { length == 1 ? 7 : length, length == 1 ? 333 : 2 * 256 + MAX (length, 64) };
  g_autoptr (RgPool) pool = rg_pool_new (3);
  RgRandom random;

  rg_random_init (&random, 1, dtype);
  for (guint i = 0; i < G_N_ELEMENTS (ms); i++)
    for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
      for (guint trans_w = 0; trans_w < 2; trans_w++)
        {
          Case self = case_new (&random, dtype, trans_w, ms[i], trans_w ? 53 : widths[w], trans_w ? widths[w] : 53);

          check_case (&self, pool);
          case_clear (&self);
        }
}

/* More than one panel of widened weights, in both directions, and enough for several tasks. */
static void
test_panels (void)
{
  static const RgDtype dtypes[] = { RG_DTYPE_BF16, RG_DTYPE_Q8_0 };
  g_autoptr (RgPool) pool = rg_pool_new (3);
  RgRandom random;

  rg_random_init (&random, 2, 0);
  for (guint t = 0; t < G_N_ELEMENTS (dtypes); t++)
    for (guint trans_w = 0; trans_w < 2; trans_w++)
      {
        Case self = case_new (&random, dtypes[t], trans_w, 10, trans_w ? 1100 : 1024, trans_w ? 1024 : 1100);

        check_case (&self, pool);
        case_clear (&self);
      }
}

/* Each level of processors that this one contains, at an odd address. */
static void
test_levels (void)
{
  static RgRowProductFunc *const by_level[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_row_product) };
  RgRandom random;

  rg_random_init (&random, 3, 0);
  for (guint t = 0; t < G_N_ELEMENTS (stored_dtypes); t++)
    for (gsize m = 1; m <= RG_ROW_PRODUCT_MAX; m += 3)
      {
        const gsize length = rg_dtype_get_block_length (stored_dtypes[t]), k = length == 1 ? 331 : 2 * 256 + length;
        const gsize size = 5 * k / length * (rg_dtype_get_block_bits (stored_dtypes[t]) / 8);
        Case self = case_new (&random, stored_dtypes[t], TRUE, m, 5, k);
        g_autofree guint8 *odd = g_malloc (size + 1);

        memcpy (odd + 1, self.weights, size);
        for (RgCpuLevel level = RG_CPU_BASE; level <= rg_cpu_get_level (); level++)
          {
            g_autofree float *y = g_memdup2 (self.before, m * 5 * sizeof (float));
            RgRowProduct product = { self.dtype, odd + 1, k, m, self.a, k, TRUE, y, 5 };

            by_level[level](&product, 0, 2);
            by_level[level](&product, 2, 5);
            check_result (&self, "row product", y, RG_PRECISION_F32, FALSE, TRUE);

            if (m == 1 && length > 1)
              {
                g_autofree float *room = g_new (float, k);
                RgRoundedRow rounded = rg_row_round (self.a, k, room);

                product.rounded = &rounded;
                product.accumulate = FALSE;
                by_level[level](&product, 0, 5);
                check_result (&self, "rounded product", y, RG_PRECISION_F32, TRUE, FALSE);
              }
          }
        case_clear (&self);
      }
}

static void
test_empty (void)
{
  const guint16 one = 0x3c00;
  float a = 2, c = 5;

  rg_gemm_stored (NULL, RG_PRECISION_F32, 0, 1, &a, 1, &(RgStoredFactor){ 1, RG_DTYPE_F16, &one, FALSE, &c, 1 }, 1);
  rg_gemm_stored (NULL, RG_PRECISION_F32, 1, 1, &a, 1, &(RgStoredFactor){ 0, RG_DTYPE_F16, &one, FALSE, &c, 1 }, 1);
  g_assert_cmpfloat (c, ==, 5);
  rg_gemm_stored (NULL, RG_PRECISION_F32, 1, 1, &a, 1, &(RgStoredFactor){ 1, RG_DTYPE_F16, &one, FALSE, &c, 1 }, 1);
  g_assert_cmpfloat (c, ==, 2);
}

/* --- ops ----------------------------------------------------------------------------------------------------------- */

#define WIDTH 256
#define OUT 5

static RgTensor *
apply_linear (RgPass *pass, RgTensor **inputs, gpointer data)
{
  return rg_linear (pass, inputs[0], inputs[1], inputs[2], inputs[3]);
}

static RgTensor *
apply_beside (RgPass *pass, RgTensor **inputs, gpointer data)
{
  RgLinear *parts = data; /* stay while the pass records */

  parts[0] = (RgLinear){ *inputs[1], *inputs[2] };
  parts[1] = (RgLinear){ *inputs[1], { 0 } };

  return rg_linear_beside (pass, inputs[0], parts, 2);
}

static RgTensor *
stored_tensor_new (RgRandom *random, RgDtype dtype, guint8 **bytes, float **values)
{
  RgTensor *self = g_new0 (RgTensor, 1);

  *bytes = stored_weights_new (dtype, OUT * WIDTH, random, values);
  *self = (RgTensor){ .rows = OUT, .cols = WIDTH, .stored = *bytes, .dtype = dtype };

  return self;
}

/* The values, and the derivatives with respect to input, bias and residual, for few rows and for many. */
static void
test_linear (gconstpointer data)
{
  const RgDtype dtype = *(const RgDtype *) data;
  RgRandom random;

  rg_random_init (&random, 4, dtype);
  for (gsize rows = 3; rows < 20; rows += 9)
    {
      g_autofree guint8 *bytes = NULL;
      g_autofree float *values = NULL;
      g_autofree double *expected = g_new0 (double, rows *OUT);
      RgLinear parts[2];
      NumericCase linear = { .op = apply_linear, .n_inputs = 4, .data = parts };

      linear.inputs[0] = numeric_tensor_new (&random, rows, WIDTH);
      linear.inputs[1] = stored_tensor_new (&random, dtype, &bytes, &values);
      linear.inputs[2] = numeric_tensor_new (&random, 1, OUT);
      linear.inputs[3] = numeric_tensor_new (&random, rows, OUT);
      for (gsize r = 0; r < rows; r++)
        for (gsize c = 0; c < OUT; c++)
          {
            double sum = linear.inputs[2]->data[c] + linear.inputs[3]->data[r * OUT + c];

            for (gsize p = 0; p < WIDTH; p++)
              sum += (double) linear.inputs[0]->data[r * WIDTH + p] * values[c * WIDTH + p];
            expected[r * OUT + c] = sum;
          }
      numeric_check ("linear", &linear, expected, 1e-5);
      linear.op = apply_beside;
      linear.inputs[2]->wants_grad = FALSE; /* goes to a copy */
      linear.n_inputs = 3;
      numeric_tensor_free (linear.inputs[3]);
      numeric_check ("beside", &linear, NULL, 0);
      numeric_case_clear (&linear);
    }
}

static void
test_gather (gconstpointer data)
{
  static const guint32 ids[] = { 4, 0, 4, 2 };
  const RgDtype dtype = *(const RgDtype *) data;
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  g_autofree guint8 *bytes = NULL;
  g_autofree float *values = NULL;
  g_autofree RgTensor *table = NULL;
  RgTensor *y;
  RgRandom random;

  rg_random_init (&random, 5, dtype);
  table = stored_tensor_new (&random, dtype, &bytes, &values);
  y = rg_gather_rows (pass, table, ids, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpmem (y->data + i * WIDTH, WIDTH * sizeof (float), values + ids[i] * WIDTH, WIDTH * sizeof (float));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemm-stored/panels", test_panels);
  g_test_add_func ("/gemm-stored/levels", test_levels);
  g_test_add_func ("/gemm-stored/empty", test_empty);
  for (guint i = 0; i < G_N_ELEMENTS (stored_dtypes); i++)
    {
      const char *name = rg_dtype_get_name (stored_dtypes[i]);
      g_autofree char *products = g_strconcat ("/gemm-stored/products/", name, NULL);
      g_autofree char *linear = g_strconcat ("/gemm-stored/linear/", name, NULL);
      g_autofree char *gather = g_strconcat ("/gemm-stored/gather/", name, NULL);

      g_test_add_data_func (products, &stored_dtypes[i], test_products);
      g_test_add_data_func (linear, &stored_dtypes[i], test_linear);
      g_test_add_data_func (gather, &stored_dtypes[i], test_gather);
    }

  return g_test_run ();
}
