/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of whole numbers of 8 bits: exact where the factors are such numbers, near where they are rounded to them. */
#include "engine/tensor/gemm-int8.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/int8-weights.h"
#include "engine/tensor/ops.h"
#include "engine/transformer/parameters.h"
#include "tests/numeric.h"

#define LARGEST 127
#define GAP 3       /* columns of C that nothing may write */
#define UNTOUCHED 7 /* what stands there */

static gboolean
can_multiply (void)
{
  if (!rg_gemm_int8_is_supported ())
    g_test_skip ("this processor does not multiply numbers of 8 bits (AVX-512 VNNI)");

  return rg_gemm_int8_is_supported ();
}

/* A right factor of k × n, stored as it is or the other way round, and what it is rounded to. */
typedef struct
{
  gsize k, n;
  gboolean transposed;
  float *values;
  RgPanels *panels;
  RgFactor factor;
} Right;

static float
get (const Right *self, gsize p, gsize j)
{
  return self->transposed ? self->values[j * self->k + p] : self->values[p * self->n + j];
}

static void
right_fill (Right *self)
{
  rg_panels_fill (self->panels, self->values);
  self->factor = rg_panels_get_factor (self->panels, self->transposed, self->values);
}

static Right
right_new (gboolean transposed, gsize k, gsize n)
{
  Right self = { k, n, transposed, g_new0 (float, k *n) };

  self.panels = rg_panels_new (transposed ? n : k, transposed ? k : n, TRUE);

  return self;
}

static void
right_clear (Right *self)
{
  g_free (self->values);
  rg_panels_free (self->panels);
}

/* Whole numbers; one of each @run that follow one another @step apart is the largest there is, so that rounding keeps all. */
static void
draw_whole (RgRandom *random, float *values, gsize n_runs, gsize run, gsize step, gsize next)
{
  for (gsize r = 0; r < n_runs; r++)
    {
      for (gsize i = 0; i < run; i++)
        values[r * next + i * step] = (int) rg_random_below (random, 2 * LARGEST + 1) - LARGEST;
      values[r * next + rg_random_below (random, run) * step] = rg_random_uniform (random) < 0.5 ? LARGEST : -LARGEST;
    }
}

static float *
new_result (gsize m, gsize n)
{
  float *c = g_new (float, m *(n + GAP));

  for (gsize i = 0; i < m * (n + GAP); i++)
    c[i] = UNTOUCHED;

  return c;
}

static void
check_whole (RgRandom *random, RgPool *pool, gboolean transposed, gsize m, gsize n, gsize k)
{
  Right right = right_new (transposed, k, n);
  g_autofree float *a = g_new (float, m *k), *addend = g_new (float, m *n), *c = new_result (m, n), *d = new_result (m, n);
  g_autofree guint16 *rounded = g_new (guint16, m * k);
  const RgFactor floats = { RG_DTYPE_F32, FALSE, a, k }, halves = { RG_DTYPE_BF16, FALSE, rounded, k };

  draw_whole (random, a, m, k, 1, k);
  draw_whole (random, right.values, n, k, transposed ? 1 : n, transposed ? k : 1);
  for (gsize i = 0; i < m * n; i++)
    addend[i] = (int) rg_random_below (random, 100);
  right_fill (&right);
  rg_gemm_bf16_round (rounded, a, m * k); /* numbers below 256 lose nothing */
  rg_gemm_typed (pool, RG_PRECISION_FAST, m, n, k, &floats, &right.factor, NULL, 0, c, n + GAP);
  rg_gemm_typed (pool, RG_PRECISION_FAST, m, n, k, &halves, &right.factor, addend, n, d, n + GAP);

  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < n + GAP; j++)
      {
        double sum = j < n ? 0 : UNTOUCHED;

        for (gsize p = 0; p < k && j < n; p++)
          sum += a[i * k + p] * get (&right, p, j);
        numeric_assert_near ("product", i * n + j, c[i * (n + GAP) + j], sum, 1e-6 * fabs (sum));
        numeric_assert_near ("added", i * n + j, d[i * (n + GAP) + j], j < n ? sum + addend[i * n + j] : sum, 1e-6 * (fabs (sum) + 100));
      }
  right_clear (&right);
}

/* Ragged tiles, columns and runs, and enough work for several tasks. A product with one row or column of floats is another's work. */
static void
test_whole (void)
{
  static const gsize sizes[][3] = { { 2, 2, 1 }, { 3, 33, 5 }, { 12, 32, 128 }, { 13, 70, 66 }, { 41, 15, 511 }, { 25, 97, RG_INT8_MOST }, { 160, 1000, 47 } };
  g_autoptr (RgPool) pool = rg_pool_new (3);
  RgRandom random;

  if (!can_multiply ())
    return;

  rg_random_init (&random, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint transposed = 0; transposed < 2; transposed++)
      {
        check_whole (&random, NULL, transposed, sizes[i][0], sizes[i][1], sizes[i][2]);
        check_whole (&random, pool, transposed, sizes[i][0], sizes[i][1], sizes[i][2]);
      }
}

/* Of the values that products round: half a step of a row and of a column, for each of the numbers added up. */
static void
test_rounding (void)
{
  enum
  {
    M = 14,
    N = 45,
    K = 200
  };
  float a[M * K], c[M * N];
  const RgFactor left = { RG_DTYPE_F32, FALSE, a, K };
  RgRandom random;

  if (!can_multiply ())
    return;

  rg_random_init (&random, 2, 0);
  for (guint transposed = 0; transposed < 2; transposed++)
    {
      Right right = right_new (transposed, K, N);
      double of_rows[M] = { 0 }, of_columns[N] = { 0 };

      /* Rows and columns of very different sizes, one of each zeros. */
      for (guint i = 0; i < M * K; i++)
        a[i] = i / K == 3 ? 0 : rg_random_range (&random, -1, 1) * exp2 (i / K % 5 * 8.0 - 16);
      for (guint p = 0; p < K; p++)
        for (guint j = 0; j < N; j++)
          right.values[transposed ? j * K + p : p * N + j] = j == 7 ? 0 : rg_random_range (&random, -1, 1) * exp2 (j % 4 * 6.0 - 12);
      right_fill (&right);
      for (guint i = 0; i < M * K; i++)
        of_rows[i / K] = MAX (of_rows[i / K], fabs (a[i]));
      for (guint i = 0; i < K * N; i++)
        of_columns[i % N] = MAX (of_columns[i % N], fabs (get (&right, i / N, i % N)));
      rg_gemm_typed (NULL, RG_PRECISION_FAST, M, N, K, &left, &right.factor, NULL, 0, c, N);

      for (guint i = 0; i < M; i++)
        for (guint j = 0; j < N; j++)
          {
            double sum = 0, off = 0;

            for (guint p = 0; p < K; p++)
              {
                double x = a[i * K + p], w = get (&right, p, j), step = of_rows[i] / (2 * LARGEST), weight_step = of_columns[j] / (2 * LARGEST);

                sum += x * w;
                off += fabs (x) * weight_step + fabs (w) * step + step * weight_step;
              }
            numeric_assert_near ("rounded product", i * N + j, c[i * N + j], sum, off * (1 + 1e-5));
          }
      right_clear (&right);
    }
}

/* --- maps --- */

static double
get_size (const float *values, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) values[i] * values[i];

  return sqrt (sum);
}

static void
assert_near (const char *what, const float *a, const float *b, gsize n, double most)
{
  g_autofree float *off = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    off[i] = a[i] - b[i];
  if (get_size (off, n) > most * get_size (b, n))
    g_error ("%s: off by %g of its size", what, get_size (off, n) / get_size (b, n));
}

/* Returns: (transfer none): what columns @first … give; the derivatives are left in @x and @map */
static RgTensor *
run_map (RgPass *pass, RgTensor *x, RgLinear *map, gsize first, gsize n)
{
  RgTensor *y, *in[] = { x, &map->weight };

  rg_pass_reset (pass);
  pass->recording = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (in); i++)
    {
      in[i]->grad = NULL;
      in[i]->grad_set = FALSE;
      in[i]->wants_grad = TRUE;
    }
  y = rg_linear_rows (pass, x, map, first, n);
  for (gsize i = 0; i < y->rows * n; i++)
    rg_pass_grad_added (pass, y)[i] = cos (i);
  rg_pass_backward (pass);

  return y;
}

/* Forward and back to what was multiplied in 8 bits, where there are whole columns of them; the weights' derivatives do not change. */
static void
test_map (void)
{
  enum
  {
    ROWS = 30,
    IN = 50,
    OUT = 90
  };
  static const gsize ranges[][2] = { { 0, OUT }, { 0, 64 }, { 32, 58 }, { 7, 40 } };
  g_autoptr (RgPass) exact = rg_pass_new (NULL, RG_PRECISION_FAST), pass = rg_pass_new (NULL, RG_PRECISION_FAST);
  g_autoptr (RgPanels) panels = NULL;
  RgRandom random;
  RgTensor *x, *same_x, *weight;

  if (!can_multiply ())
    return;

  rg_random_init (&random, 3, 0);
  x = numeric_tensor_new (&random, ROWS, IN);
  same_x = numeric_tensor_new (&random, ROWS, IN);
  memcpy (same_x->data, x->data, ROWS * IN * sizeof (float));
  weight = numeric_tensor_new (&random, OUT, IN);
  panels = rg_panels_new (OUT, IN, TRUE);
  rg_panels_fill (panels, weight->data);
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      gsize first = ranges[i][0], n = ranges[i][1];
      gboolean forward = first % RG_PANEL_COLUMNS == 0, backward = n == OUT;
      RgLinear plain = { *weight }, rounded = { *weight };
      RgTensor *expected, *y;

      rounded.weight.panels = panels;
      expected = run_map (exact, same_x, &plain, first, n);
      y = run_map (pass, x, &rounded, first, n);
      assert_near ("y", y->data, expected->data, ROWS * n, forward ? 0.02 : 0);
      assert_near ("dx", x->grad, same_x->grad, ROWS * IN, backward ? 0.02 : 0);
      g_assert_true ((memcmp (y->data, expected->data, ROWS * n * sizeof (float)) != 0) == forward);
      g_assert_true ((memcmp (x->grad, same_x->grad, ROWS * IN * sizeof (float)) != 0) == backward);
      g_assert_cmpmem (rounded.weight.grad + first * IN, n * IN * sizeof (float), plain.weight.grad + first * IN, n * IN * sizeof (float));
    }
  numeric_tensor_free (x);
  numeric_tensor_free (same_x);
  numeric_tensor_free (weight);
}

/* Other precisions read the values themselves. */
static void
test_precisions (void)
{
  g_autoptr (RgPass) pass = NULL;
  g_autoptr (RgPanels) panels = NULL;
  RgRandom random;
  RgTensor *x, *weight;

  if (!can_multiply ())
    return;

  rg_random_init (&random, 4, 0);
  x = numeric_tensor_new (&random, 9, 300);
  weight = numeric_tensor_new (&random, 40, 300);
  panels = rg_panels_new (40, 300, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      RgTensor rounded = *weight;
      const RgPrecision precision = i == 0 ? RG_PRECISION_F32 : RG_PRECISION_SPLIT;

      g_clear_pointer (&pass, rg_pass_free);
      pass = rg_pass_new (NULL, precision);
      rounded.panels = panels; /* of zeros */
      g_assert_cmpmem (rg_linear (pass, x, &rounded, NULL, NULL)->data, 9 * 40 * sizeof (float), rg_linear (pass, x, weight, NULL, NULL)->data, 9 * 40 * sizeof (float));
    }
  numeric_tensor_free (x);
  numeric_tensor_free (weight);
}

/* --- parameters --- */

static gboolean
has_int8 (const RgTensor *tensor)
{
  g_assert_nonnull (tensor->panels);

  return rg_panels_get_factor (tensor->panels, FALSE, tensor->data).int8.words != NULL;
}

/* Matrices that are not too large, once they were packed, and those of a replica; after a change when they are packed again. */
static void
test_parameters (void)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);
  RgParameters *parameters = rg_parameters_new (), *replicated = rg_parameters_new ();
  RgTensor tensors[4], replicas[4], plain, *x;
  g_autofree float *before = NULL;
  RgRandom random;

  for (guint i = 0; i < 2; i++)
    {
      RgParameters *to = i == 0 ? parameters : replicated;
      RgTensor *tensor = i == 0 ? tensors : replicas;

      rg_parameters_declare (to, &tensor[0], 71, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "matrix");
      rg_parameters_declare (to, &tensor[1], RG_INT8_MOST + 1, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "large");
      rg_parameters_declare (to, &tensor[2], 1, 71, RG_INIT_NORMAL, 1, RG_PARAMETER_VECTOR, "bias");
      rg_parameters_declare (to, &tensor[3], 33, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_TABLE, "table");
    }
  rg_random_init (&random, 5, 0);
  rg_parameters_begin (parameters, &random);
  x = numeric_tensor_new (&random, 5, 50);
  if (can_multiply ())
    {
      rg_parameters_pack (parameters, NULL, TRUE);
      rg_parameters_share (replicated, parameters);
      g_assert_true (has_int8 (&tensors[0]) && replicas[0].panels == tensors[0].panels);
      g_assert_false (has_int8 (&tensors[1]) || has_int8 (&tensors[3]));
      g_assert_null (tensors[2].panels);

      plain = tensors[0];
      plain.panels = NULL;
      before = g_memdup2 (rg_linear (pass, x, &tensors[0], NULL, NULL)->data, 5 * 71 * sizeof (float));
      assert_near ("packed", before, rg_linear (pass, x, &plain, NULL, NULL)->data, 5 * 71, 0.02);
      for (gsize i = 0; i < 71 * 50; i++)
        tensors[0].data[i] *= 2;
      g_assert_cmpmem (rg_linear (pass, x, &replicas[0], NULL, NULL)->data, 5 * 71 * sizeof (float), before, 5 * 71 * sizeof (float));
      rg_parameters_pack (parameters, NULL, TRUE);
      for (gsize i = 0; i < 5 * 71; i++)
        before[i] *= 2;
      g_assert_cmpmem (rg_linear (pass, x, &replicas[0], NULL, NULL)->data, 5 * 71 * sizeof (float), before, 5 * 71 * sizeof (float));
    }

  numeric_tensor_free (x);
  rg_parameters_free (replicated);
  rg_parameters_free (parameters);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/int8/whole", test_whole);
  g_test_add_func ("/int8/rounding", test_rounding);
  g_test_add_func ("/int8/map", test_map);
  g_test_add_func ("/int8/precisions", test_precisions);
  g_test_add_func ("/int8/parameters", test_parameters);

  return g_test_run ();
}
