/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/gemm.h"
#include "engine/tensor/random.h"
#include "engine/tensor/vector-product.h"

#include <math.h>
#include <string.h>

/* A matrix in a block of exactly its size, so that the sanitiser sees a step outside, with NaN between its rows. */
typedef struct
{
  gsize rows;
  gsize columns;
  gsize ld;
  gsize n;
  float *data;
} Matrix;

static Matrix
matrix_new (gsize rows, gsize columns, gsize gap)
{
  Matrix matrix = { rows, columns, columns + gap, (rows - 1) * (columns + gap) + columns, NULL };

  matrix.data = g_new (float, matrix.n);
  for (gsize i = 0; i < matrix.n; i++)
    matrix.data[i] = NAN;
  return matrix;
}

static Matrix
matrix_new_random (RgRandom *random, gsize rows, gsize columns, gsize gap)
{
  Matrix matrix = matrix_new (rows, columns, gap);

  for (gsize i = 0; i < rows; i++)
    for (gsize j = 0; j < columns; j++)
      matrix.data[i * matrix.ld + j] = rg_random_range (random, -1, 1);
  return matrix;
}

static Matrix
matrix_new_transposed (const Matrix *from, gsize gap)
{
  Matrix matrix = matrix_new (from->columns, from->rows, gap);

  for (gsize i = 0; i < from->rows; i++)
    for (gsize j = 0; j < from->columns; j++)
      matrix.data[j * matrix.ld + i] = from->data[i * from->ld + j];
  return matrix;
}

static Matrix
matrix_copy (const Matrix *from)
{
  Matrix matrix = *from;

  matrix.data = g_memdup2 (from->data, from->n * sizeof (float));
  return matrix;
}

/* The factors in both ways of storing them, what was in C, and what has to come out. */
typedef struct
{
  Matrix a[2];
  Matrix b[2];
  Matrix before;
  double *product; /* (m × n) */
  double *sizes;   /* (m × n) |A| · |B| */
} Case;

/* Cuts all values down to what a bfloat16 has. */
static void
matrix_shorten (Matrix *self)
{
  guint32 *bits = (guint32 *) self->data;

  for (gsize i = 0; i < self->n; i++)
    bits[i] &= 0xffff0000;
}

/* @is_short: whether the factors' values are bfloat16 */
static Case
case_new_of (RgRandom *random, gsize m, gsize n, gsize k, gboolean is_short)
{
  Case self;

  self.a[0] = matrix_new_random (random, m, k, rg_random_below (random, 4));
  self.b[0] = matrix_new_random (random, k, n, rg_random_below (random, 4));
  if (is_short)
    {
      matrix_shorten (&self.a[0]);
      matrix_shorten (&self.b[0]);
    }
  self.a[1] = matrix_new_transposed (&self.a[0], rg_random_below (random, 4));
  self.b[1] = matrix_new_transposed (&self.b[0], rg_random_below (random, 4));
  self.before = matrix_new_random (random, m, n, rg_random_below (random, 4));
  self.product = g_new0 (double, m *n);
  self.sizes = g_new0 (double, m *n);
  for (gsize i = 0; i < m; i++)
    for (gsize p = 0; p < k; p++)
      for (gsize j = 0; j < n; j++)
        {
          double one = (double) self.a[0].data[i * self.a[0].ld + p] * self.b[0].data[p * self.b[0].ld + j];

          self.product[i * n + j] += one;
          self.sizes[i * n + j] += fabs (one);
        }
  return self;
}

static Case
case_new (RgRandom *random, gsize m, gsize n, gsize k)
{
  return case_new_of (random, m, n, k, FALSE);
}

static void
case_clear (Case *self)
{
  for (int i = 0; i < 2; i++)
    {
      g_free (self->a[i].data);
      g_free (self->b[i].data);
    }
  g_free (self->before.data);
  g_free (self->product);
  g_free (self->sizes);
}

/* How far an element may be off. A sum of k + 1 floats in any order: (k + 1) · 2⁻²⁴ of the sum of the sizes (Higham,
 * "Accuracy and Stability of Numerical Algorithms", 3.1), three sums where factors are split. Rounding both factors to 8
 * bits: (1 + 2⁻⁸)² - 1 more; splitting them: the second part of each is off by 2⁻⁸ of itself, and their product is left out. */
static double
bound (RgPrecision precision, gsize k, double size, double before)
{
  double bf16 = precision == RG_PRECISION_FAST ? ldexp (1, -7) + ldexp (1, -16) : precision == RG_PRECISION_SPLIT ? 3.01 * ldexp (1, -16)
                                                                                                                  : 0;

  return bf16 * size + ((precision == RG_PRECISION_SPLIT ? 3 : 1) * k + 2) * ldexp (1, -24) * (size * (1 + bf16) + fabs (before));
}

static void
check (Case *self, RgPool *pool, RgPrecision precision, int trans_a, int trans_b, gboolean accumulate)
{
  gsize m = self->before.rows, n = self->before.columns, k = self->a[0].columns, ld = self->before.ld;
  Matrix c = accumulate ? matrix_copy (&self->before) : matrix_new (m, n, ld - n);
  const Matrix *a = &self->a[trans_a], *b = &self->b[trans_b];

  rg_gemm (pool, precision, trans_a, trans_b, m, n, k, a->data, a->ld, b->data, b->ld, accumulate, c.data, ld);
  for (gsize i = 0; i < c.n; i++)
    {
      gsize row = i / ld, column = i % ld;
      double before = accumulate ? self->before.data[i] : 0;

      if (column >= n)
        g_assert_true (isnan (c.data[i]));
      else if (!(fabs (c.data[i] - (self->product[row * n + column] + before)) <= bound (precision, k, self->sizes[row * n + column], before)))
        g_error ("%zu × %zu × %zu, trans %d %d, precision %d, accumulate %d: C[%zu, %zu] = %g, expected %g", m, n, k, trans_a, trans_b, precision, accumulate, row, column, c.data[i], self->product[row * n + column] + before);
    }
  g_free (c.data);
}

static void
check_all_ways (RgRandom *random, RgPool *pool, gsize m, gsize n, gsize k)
{
  Case self = case_new (random, m, n, k);

  for (int precision = RG_PRECISION_F32; precision <= RG_PRECISION_SPLIT; precision++)
    for (int way = 0; way < 8; way++)
      {
        check (&self, NULL, precision, way & 1, way >> 1 & 1, way >> 2);
        check (&self, pool, precision, way & 1, way >> 1 & 1, way >> 2);
      }
  case_clear (&self);
}

static void
test_small (void)
{
  static const gsize ms[] = { 1, 2, 5, 11, 12, 13, 37 };
  static const gsize ns[] = { 1, 3, 15, 16, 17, 31, 32, 33, 71 };
  static const gsize ks[] = { 1, 2, 3, 16, 31, 32, 33, 67 };
  RgPool *pool = rg_pool_new (2);
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (ms); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (ns); j++)
      for (gsize p = 0; p < G_N_ELEMENTS (ks); p++)
        check_all_ways (&random, pool, ms[i], ns[j], ks[p]);
  rg_pool_free (pool);
}

/* Beyond one slice, one block of rows, one block of columns; enough work for several tasks. */
static void
test_large (void)
{
  static const gsize sizes[][3] = {
    { 48, 64, 256 },
    { 13, 33, 257 },
    { 29, 37, 1283 },
    { 397, 61, 67 },
    { 769, 16, 33 },
    { 7, 1061, 129 },
    { 211, 307, 101 },
    { 389, 1031, 323 },
    { 1, 4099, 257 },
    { 4099, 1, 257 },
    { 24, 32, 513 },
  };
  RgPool *pool = rg_pool_new (3);
  RgRandom random;

  rg_random_init (&random, 2, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_all_ways (&random, pool, sizes[i][0], sizes[i][1], sizes[i][2]);
  rg_pool_free (pool);
}

static void
test_empty (void)
{
  float a = 2, b = 3, c[3] = { 5, 6, 7 };

  for (int precision = 0; precision < 2; precision++)
    {
      rg_gemm (NULL, precision, FALSE, FALSE, 0, 1, 1, &a, 1, &b, 1, FALSE, c, 1);
      rg_gemm (NULL, precision, FALSE, FALSE, 1, 0, 1, &a, 1, &b, 1, FALSE, c, 1);
      rg_gemm (NULL, precision, FALSE, FALSE, 1, 3, 0, &a, 1, &b, 3, TRUE, c, 3);
      g_assert_cmpfloat (c[0], ==, 5);
      g_assert_cmpfloat (c[1], ==, 6);
    }
  rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, 2, 1, 0, &a, 1, &b, 1, FALSE, c, 2);
  g_assert_cmpfloat (c[0], ==, 0);
  g_assert_cmpfloat (c[1], ==, 6);
  g_assert_cmpfloat (c[2], ==, 0);
}

/* Small integers are bfloat16 numbers: nothing may be lost. Numbers between two bfloat16 go to the nearest, a tie to the
 * even one. */
static void
test_rounding (void)
{
  static const float in[] = { 1 + 0x1p-9f, 1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1p-8f + 0x1p-20f };
  static const float rounded[] = { 1, 1, 1 + 0x1p-6f, 1 + 0x1p-7f };
  float a[2 * 64], b[64 * 2], c[4];

  for (int i = 0; i < 128; i++)
    {
      a[i] = i % 11 - 5;
      b[i] = i % 7 - 3;
    }
  rg_gemm (NULL, RG_PRECISION_FAST, FALSE, TRUE, 2, 2, 64, a, 64, b, 64, FALSE, c, 2);
  for (int i = 0; i < 4; i++)
    {
      float sum = 0;

      for (int p = 0; p < 64; p++)
        sum += a[i / 2 * 64 + p] * b[i % 2 * 64 + p];
      g_assert_cmpfloat (c[i], ==, sum);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (in); i++)
    for (int precision = 0; precision < 2; precision++)
      {
        const float ones[2] = { 1, 1 }, left[2] = { in[i], in[i] };
        gboolean fast = precision == RG_PRECISION_FAST && rg_gemm_rounds (RG_PRECISION_FAST);

        rg_gemm (NULL, precision, FALSE, FALSE, 2, 2, 1, left, 1, ones, 2, FALSE, c, 2);
        g_assert_cmpfloat (c[3], ==, fast ? rounded[i] : in[i]);
        rg_gemm (NULL, precision, FALSE, FALSE, 2, 2, 1, ones, 1, left, 2, FALSE, c, 2);
        g_assert_cmpfloat (c[3], ==, fast ? rounded[i] : in[i]);
      }
}

typedef struct
{
  const Case *input;
  gboolean same;
} Caller;

static gpointer
call_often (gpointer data)
{
  Caller *caller = data;
  const Matrix *a = &caller->input->a[0], *b = &caller->input->b[0];
  gsize n = b->columns, n_bytes = a->rows * n * sizeof (float);
  float *first[2] = { g_malloc (n_bytes), g_malloc (n_bytes) }, *again = g_malloc (n_bytes);

  caller->same = TRUE;
  for (int i = 0; i < 400; i++)
    {
      float *c = i < 2 ? first[i] : again;

      rg_gemm (NULL, i % 2, FALSE, FALSE, a->rows, n, a->columns, a->data, a->ld, b->data, b->ld, FALSE, c, n);
      caller->same = caller->same && memcmp (c, first[i % 2], n_bytes) == 0;
    }
  g_free (first[0]);
  g_free (first[1]);
  g_free (again);
  return NULL;
}

/* @halves: (out) (transfer full): what the factor points to */
static RgFactor
get_factor (const Matrix *matrix, gboolean transposed, gboolean is_short, guint16 **halves)
{
  *halves = is_short ? g_new (guint16, matrix->n) : NULL;
  for (gsize i = 0; is_short && i < matrix->n; i++)
    memcpy (&(*halves)[i], (const guint16 *) &matrix->data[i] + 1, sizeof (guint16));

  return is_short ? (RgFactor){ RG_DTYPE_BF16, transposed, *halves, matrix->ld } : (RgFactor){ RG_DTYPE_F32, transposed, matrix->data, matrix->ld };
}

/* A product of factors of which one or both are stored as bfloat16, added to nothing, to C itself or to something else.
 * @how: bits: is A short, is B short, is there an addend, is it C */
static void
check_factors (Case *self, RgPool *pool, RgPrecision precision, int trans_a, int trans_b, guint how)
{
  gsize m = self->before.rows, n = self->before.columns, k = self->a[0].columns;
  gboolean adds = (how & 4) != 0, in_place = adds && (how & 8) != 0;
  Matrix c = in_place ? matrix_copy (&self->before) : matrix_new (m, n, 3);
  g_autofree guint16 *a_halves = NULL;
  g_autofree guint16 *b_halves = NULL;
  RgFactor a = get_factor (&self->a[trans_a], trans_a, (how & 1) != 0, &a_halves), b = get_factor (&self->b[trans_b], trans_b, (how & 2) != 0, &b_halves);

  rg_gemm_typed (pool, precision, m, n, k, &a, &b, in_place ? c.data : adds ? self->before.data
                                                                            : NULL,
                 self->before.ld, c.data, c.ld);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < n; j++)
      {
        double before = adds ? self->before.data[i * self->before.ld + j] : 0, expected = self->product[i * n + j] + before, got = c.data[i * c.ld + j];

        if (!(fabs (got - expected) <= bound (RG_PRECISION_F32, 3 * k, self->sizes[i * n + j], before)))
          g_error ("%zu × %zu × %zu, trans %d %d, precision %d, how %u: C[%zu, %zu] = %g, expected %g", m, n, k, trans_a, trans_b, precision, how, i, j, got, expected);
      }
  g_free (c.data);
}

/* Nothing is rounded where the values have no more bits than a bfloat16, so single precision is what has to come out. */
static void
test_factors (void)
{
  static const gsize sizes[][3] = { { 1, 1, 1 }, { 1, 40, 33 }, { 12, 32, 32 }, { 13, 50, 31 }, { 30, 1, 70 }, { 61, 100, 300 }, { 400, 33, 65 } };
  g_autoptr (RgPool) pool = rg_pool_new (2);
  RgRandom random;

  rg_random_init (&random, 7, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Case self = case_new_of (&random, sizes[i][0], sizes[i][1], sizes[i][2], TRUE);

      for (RgPrecision precision = RG_PRECISION_F32; precision <= RG_PRECISION_SPLIT; precision++)
        for (guint how = 0; how < 16; how++)
          for (guint trans = 0; trans < 4; trans++)
            if ((how & 1) == 0 || rg_gemm_rounds (precision))
              check_factors (&self, trans % 2 == 0 ? NULL : pool, precision, trans & 1, trans >> 1, how);
      case_clear (&self);
    }
}

/* To nearest, ties to even, and nothing behind the end. */
static void
test_round (void)
{
  static const struct
  {
    guint32 from;
    guint16 to;
  } ties[] = { { 0x3f808000, 0x3f80 }, { 0x3f818000, 0x3f82 }, { 0x3f808001, 0x3f81 }, { 0xbf807fff, 0xbf80 }, { 0x7f800000, 0x7f80 }, { 0x80000000, 0x8000 } };
  RgRandom random;

  if (!rg_gemm_rounds (RG_PRECISION_FAST))
    {
      g_test_skip ("this processor does not multiply bfloat16");
      return;
    }

  rg_random_init (&random, 8, 0);
  for (gsize n = 1; n < 70; n++)
    {
      Matrix values = matrix_new_random (&random, 1, n, 0);
      g_autofree guint16 *rounded = g_new (guint16, n);

      rg_gemm_bf16_round (rounded, values.data, n);
      for (gsize i = 0; i < n; i++)
        {
          float back;

          rg_dtype_to_f32 (RG_DTYPE_BF16, &rounded[i], &back, 1);
          g_assert_cmpfloat (fabsf (back - values.data[i]), <=, ldexpf (fabsf (values.data[i]), -8));
        }
      g_free (values.data);
    }

  for (guint i = 0; i < G_N_ELEMENTS (ties); i++)
    {
      guint16 rounded;
      float value;

      memcpy (&value, &ties[i].from, sizeof value);
      rg_gemm_bf16_round (&rounded, &value, 1);
      g_assert_cmphex (rounded, ==, ties[i].to);
    }
}

/* Several callers at once do not share scratch memory: each gets the same bits every time. */
static void
test_concurrent (void)
{
  Case inputs[3];
  Caller callers[3];
  GThread *threads[3];
  RgRandom random;

  rg_random_init (&random, 3, 0);
  for (int i = 0; i < 3; i++)
    {
      inputs[i] = case_new (&random, 61 + i, 45 - i, 70 + 3 * i);
      callers[i].input = &inputs[i];
    }
  for (int i = 0; i < 3; i++)
    threads[i] = g_thread_new ("caller", call_often, &callers[i]);
  for (int i = 0; i < 3; i++)
    {
      g_thread_join (threads[i]);
      g_assert_true (callers[i].same);
      case_clear (&inputs[i]);
    }
}

/* The double-precision loop of one element. @b: as stored */
static double
add_up (double sum, const Matrix *a, gsize i, const Matrix *b, gsize start, gsize step)
{
  for (gsize k = 0; k < a->columns; k++)
    sum += (double) a->data[i * a->ld + k] * b->data[start + k * step];

  return sum;
}

/* @halves: (nullable): B as F16, of which the values of @b are exact copies. @across: which of the two products */
static void
check_vectors (RgVectorProductFunc *func, const Matrix *a, const Matrix *b, const guint16 *halves, gboolean across)
{
  const gsize n = across ? b->columns : b->rows;
  RgRandom random;
  Matrix before, c;

  rg_random_init (&random, 5, 0);
  before = matrix_new_random (&random, a->rows, n, 2);
  c = matrix_copy (&before);
  func (&(RgVectorProduct){ halves != NULL ? RG_DTYPE_F16 : RG_DTYPE_F32, b->rows, b->columns, halves != NULL ? (const void *) halves : b->data, b->ld, a->rows, a->data, a->ld, c.data, c.ld });
  for (gsize i = 0; i < a->rows; i++)
    for (gsize j = 0; j < n; j++)
      g_assert_cmpfloat_with_epsilon (c.data[i * c.ld + j], add_up (before.data[i * c.ld + j], a, i, b, across ? j : j * b->ld, across ? b->ld : 1), 1e-5);

  g_free (before.data);
  g_free (c.data);
}

/* Rows and a matrix at each level of processors that this one contains, with and without a last part that fills no register. */
static void
test_vectors (void)
{
  static RgVectorProductFunc *const dots[] = { RG_LEVELS (rg_vector_dots) }, *const mix[] = { RG_LEVELS (rg_vector_mix) };
  static const gsize sizes[][2] = { { 1, 1 }, { 3, 7 }, { 4, 16 }, { 9, 64 }, { 33, 81 } };
  RgRandom random;

  rg_random_init (&random, 4, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize m = 1; m <= 7; m++)
      for (RgCpuLevel level = RG_CPU_BASE; level <= rg_cpu_get_level (); level++)
        {
          Matrix b = matrix_new_random (&random, sizes[i][0], sizes[i][1], 3), along = matrix_new_random (&random, m, b.columns, 1), across = matrix_new_random (&random, m, b.rows, 1);
          g_autofree guint16 *halves = g_new (guint16, b.n);

          check_vectors (dots[level], &along, &b, NULL, FALSE);
          check_vectors (mix[level], &across, &b, NULL, TRUE);
          for (gsize j = 0; j < b.n; j++)
            halves[j] = rg_narrow_f16 (b.data[j]);
          rg_dtype_to_f32 (RG_DTYPE_F16, halves, b.data, b.n);
          check_vectors (dots[level], &along, &b, halves, FALSE);
          check_vectors (mix[level], &across, &b, halves, TRUE);
          g_free (b.data);
          g_free (along.data);
          g_free (across.data);
        }
}

static void
test_describe (void)
{
  g_assert_cmpuint (strlen (rg_gemm_describe ()), >, 0);
  g_assert_true ((strstr (rg_gemm_describe (), "BF16") != NULL) == rg_gemm_rounds (RG_PRECISION_FAST));
}

/* As tests/meson.build runs this program: at each level by itself. */
static void
test_level (void)
{
  const char *most = g_getenv (RG_CPU_LEVEL_VARIABLE);

  if (most == NULL)
    {
      g_test_skip ("no level is set");
      return;
    }
  g_assert_cmpint (rg_cpu_get_level (), <=, strcmp (most, "base") == 0 ? RG_CPU_BASE : strcmp (most, "v3") == 0 ? RG_CPU_V3
                                                                                                                : RG_CPU_V4);
  g_assert_false (rg_gemm_rounds (RG_PRECISION_FAST));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemm/small", test_small);
  g_test_add_func ("/gemm/large", test_large);
  g_test_add_func ("/gemm/empty", test_empty);
  g_test_add_func ("/gemm/rounding", test_rounding);
  g_test_add_func ("/gemm/factors", test_factors);
  g_test_add_func ("/gemm/round", test_round);
  g_test_add_func ("/gemm/concurrent", test_concurrent);
  g_test_add_func ("/gemm/vectors", test_vectors);
  g_test_add_func ("/gemm/describe", test_describe);
  g_test_add_func ("/gemm/level", test_level);
  return g_test_run ();
}
