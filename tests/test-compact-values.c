/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elementwise work in bfloat16 against double precision, in lengths that do not fill registers; nothing beyond is written. */
#include "engine/tensor/compact-values.h"

#include <math.h>

#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/softmax.h"
#include "engine/tensor/vector-math.h"
#include "numeric.h"

#define ROUNDING (1.0 / 256)  /* half of a bfloat16's last bit, relative */
#define APPROXIMATION 0x1p-12 /* what comes before it */
#define SMALLEST G_MINFLOAT   /* below, numbers may count as 0 */
#define UNTOUCHED 0x4049      /* 3.14 */
#define MOST 80
#define ROWS 6 /* of a norm: some that go together, and some left over */

static void
assert_rounded (const char *what, gsize at, guint16 actual, double expected, double floor)
{
  numeric_assert_near (what, at, rg_widen (actual), expected, fabs (expected) * (ROUNDING + APPROXIMATION) + floor);
}

static void
assert_untouched (const guint16 *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmphex (values[i], ==, UNTOUCHED);
}

static guint16 *
new_untouched (gsize n)
{
  guint16 *values = g_new (guint16, n);

  for (gsize i = 0; i < n; i++)
    values[i] = UNTOUCHED;

  return values;
}

static float *
new_random (RgRandom *random, gsize n, float most)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = rg_random_range (random, -most, most);

  return values;
}

static void
check_gate (const float *x, gsize n, double a, double b)
{
  g_autofree guint16 *y = new_untouched (n + MOST);
  g_autofree guint16 *slopes = new_untouched (n + MOST);

  rg_compact_gate (y, slopes, x, n, a, b);
  for (gsize i = 0; i < n; i++)
    {
      double v = x[i], s = 1 / (1 + exp (-(a * v + b * v * v * v)));
      double rest = 1 / (1 + exp (a * v + b * v * v * v)); /* 1 − s, where that would be nothing but rounding */

      assert_rounded ("value", i, y[i], v * s, fabs (v) * 0x1p-125);
      assert_rounded ("slope", i, slopes[i], s + v * s * rest * (a + 3 * b * v * v), APPROXIMATION);
    }
  assert_untouched (y + n, MOST);
  assert_untouched (slopes + n, MOST);
}

/* SiLU and both logistic forms of GELU, from where they are 0 to where they are x. */
static void
test_gate (void)
{
  static const double forms[][2] = { { 1, 0 }, { 1.702, 0 }, { 1.5957691216, 0.0713548 } };
  const float nan = NAN;
  guint16 y, slope;
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 1, 0);
  for (guint form = 0; form < G_N_ELEMENTS (forms); form++)
    {
      g_autofree float *near = new_random (&random, 4000, 6);
      g_autofree float *far = new_random (&random, 400, 1000);

      check_gate (near, 4000, forms[form][0], forms[form][1]);
      check_gate (far, 400, forms[form][0], forms[form][1]);
      check_gate ((const float[]){ 0, -0.0f, 1e-30f }, 3, forms[form][0], forms[form][1]);
      for (gsize n = 0; n < MOST; n++)
        check_gate (near + n, n, forms[form][0], forms[form][1]);
    }

  rg_compact_gate (&y, &slope, &nan, 1, 1, 0);
  g_assert_true (isnan (rg_widen (y)) && isnan (rg_widen (slope)));
}

static void
test_multiply (void)
{
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 2, 0);
  for (gsize n = 0; n < MOST; n++)
    {
      g_autofree float *a = new_random (&random, n, 2);
      g_autofree guint16 *b = new_untouched (n);
      g_autofree guint16 *product = new_untouched (n + MOST);

      rg_compact_multiply (product, a, b, n);
      for (gsize i = 0; i < n; i++)
        assert_rounded ("product", i, product[i], (double) a[i] * rg_widen (UNTOUCHED), SMALLEST);
      assert_untouched (product + n, MOST);
    }
}

/* Derivatives by the probabilities that were found, of which nothing beyond the last row's is read. */
static void
check_softmax_backward (RgRandom *random, const guint16 *p, gsize n, gsize length, gsize n_seen)
{
  g_autofree float *dp = new_random (random, n * length, 1);
  g_autofree guint16 *dlogits = new_untouched (n * length);
  const float scale = 0.3f;

  for (gsize r = 0; r < n; r++)
    for (gsize i = n_seen; i < length; i++)
      dp[r * length + i] = NAN;

  rg_compact_softmax_backward (dlogits, dp, p, n, length, n_seen, scale);
  for (gsize r = 0; r < n; r++)
    {
      double dot = 0;

      for (gsize i = 0; i < n_seen; i++)
        dot += dp[r * length + i] * rg_widen (p[r * length + i]);
      for (gsize i = 0; i < n_seen; i++)
        assert_rounded ("dlogit", r * length + i, dlogits[r * length + i], rg_widen (p[r * length + i]) * (dp[r * length + i] - dot) * scale, 1e-6);
    }
}

/* Rows of which each sees some more than the one before, with some hidden; the second has all of them hidden. */
static void
check_softmax (RgRandom *random, gsize first, gsize step)
{
  const gsize n = 5, length = rg_softmax_get_length (first + n * step);
  const float scale = 0.5f;
  g_autofree float *scores = new_random (random, n * length, 30);
  g_autofree float *given = NULL;
  g_autofree guint16 *p = new_untouched (n * length);
  gsize visible[5];

  for (gsize r = 0; r < n; r++)
    {
      visible[r] = first + (r + 1) * step;
      for (gsize i = 0; i < length; i++)
        if (r == 1 || i % 7 == 3)
          scores[r * length + i] = -G_MAXFLOAT;
      for (gsize i = visible[r]; i < length; i++)
        scores[r * length + i] = NAN;
    }
  given = g_memdup2 (scores, n * length * sizeof (float));

  rg_compact_softmax (p, scores, n, length, visible, scale);
  for (gsize r = 0; r < n; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < visible[r]; i++)
        sum += exp (given[r * length + i] * scale);
      for (gsize i = 0; i < visible[n - 1]; i++)
        if (i >= visible[r] || given[r * length + i] == -G_MAXFLOAT)
          g_assert_cmphex (p[r * length + i], ==, 0);
        else
          assert_rounded ("probability", r * length + i, p[r * length + i], exp (given[r * length + i] * scale) / sum, SMALLEST);
    }
  check_softmax_backward (random, p, n, length, visible[n - 1]);
}

static void
test_softmax (void)
{
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 3, 0);
  for (gsize first = 0; first < MOST; first++)
    {
      check_softmax (&random, first, 1);
      check_softmax (&random, first, 9);
    }
}

/* Derivatives of @rows rows, which are added to those that are there, or not. */
static void
check_norm_backward (RgRandom *random, const float *x, gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate)
{
  g_autofree float *dy = new_random (random, rows * cols, 1);
  g_autofree float *dx = new_random (random, rows * cols + MOST, 1);
  g_autofree float *dgain = new_random (random, cols + MOST, 1);
  g_autofree float *dbias = new_random (random, cols + MOST, 1);
  g_autofree float *dx_before = g_memdup2 (dx, (rows * cols + MOST) * sizeof (float));
  g_autofree float *dgain_before = g_memdup2 (dgain, (cols + MOST) * sizeof (float));
  g_autofree float *dbias_before = g_memdup2 (dbias, (cols + MOST) * sizeof (float));

  rg_compact_norm_backward (dx, dgain, dbias, dy, x, rows, cols, gain, mean, scale, accumulate);
  for (gsize i = 0; i < cols; i++)
    {
      double gains = dgain_before[i], biases = dbias_before[i];

      for (gsize r = 0; r < rows; r++)
        {
          gains += (double) dy[r * cols + i] * (x[r * cols + i] - mean[r]) * scale[r];
          biases += dy[r * cols + i];
        }
      numeric_assert_near ("gain's derivative", i, dgain[i], gains, 1e-4);
      numeric_assert_near ("bias's derivative", i, dbias[i], biases, 1e-5);
    }
  for (gsize r = 0; r < rows; r++)
    {
      const float *in = x + r * cols, *out = dy + r * cols;
      double sum = 0, dot = 0;

      for (gsize i = 0; i < cols; i++)
        {
          sum += (double) out[i] * gain[i];
          dot += (double) out[i] * gain[i] * (in[i] - mean[r]) * scale[r];
        }
      for (gsize i = 0; i < cols; i++)
        {
          double d = (out[i] * gain[i] - sum / cols - (in[i] - mean[r]) * scale[r] * dot / cols) * scale[r];

          numeric_assert_near ("derivative", r * cols + i, dx[r * cols + i], d + (accumulate ? dx_before[r * cols + i] : 0), 1e-4 * MAX (scale[r], 1));
        }
    }
  g_assert_cmpmem (dx + rows * cols, MOST * sizeof (float), dx_before + rows * cols, MOST * sizeof (float));
  g_assert_cmpmem (dgain + cols, MOST * sizeof (float), dgain_before + cols, MOST * sizeof (float));
  g_assert_cmpmem (dbias + cols, MOST * sizeof (float), dbias_before + cols, MOST * sizeof (float));
}

static void
test_norm (void)
{
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 4, 0);
  for (gsize cols = 1; cols < MOST; cols++)
    {
      g_autofree float *x = new_random (&random, ROWS * cols, 5);
      g_autofree float *gain = new_random (&random, cols, 2);
      g_autofree float *bias = new_random (&random, cols, 1);
      g_autofree guint16 *y = new_untouched (ROWS * cols + MOST);
      float mean[ROWS], scale[ROWS];

      rg_compact_norm (y, x, ROWS, cols, gain, bias, 1e-3f, mean, scale);
      for (gsize r = 0; r < ROWS; r++)
        {
          double sum = 0, squares = 0, s;

          for (gsize i = 0; i < cols; i++)
            sum += x[r * cols + i];
          for (gsize i = 0; i < cols; i++)
            squares += pow (x[r * cols + i] - sum / cols, 2);
          s = 1 / sqrt (squares / cols + 1e-3);
          numeric_assert_near ("mean", r, mean[r], sum / cols, 1e-5);
          numeric_assert_near ("scale", r, scale[r], s, 1e-5 * s);
          for (gsize i = 0; i < cols; i++)
            assert_rounded ("value", r * cols + i, y[r * cols + i], (x[r * cols + i] - sum / cols) * s * gain[i] + bias[i], 1e-4);
        }
      assert_untouched (y + ROWS * cols, MOST);
      check_norm_backward (&random, x, ROWS, cols, gain, mean, scale, cols % 2);
    }
}

static const gsize dims[] = { 8, 16, 20, 32, 40, 48 }; /* of heads */

/* Heads out of rows with others beside them, to where there is room between them. */
static void
check_split (RgRandom *random, gsize dim, guint n_heads)
{
  const gsize ld = n_heads * dim + 5, step = ROWS * dim + MOST;
  g_autofree float *x = new_random (random, ROWS * ld, 5);
  g_autofree guint16 *heads = new_untouched (n_heads * step);

  rg_compact_split (heads, step, x, ROWS, ld, n_heads, dim);
  for (guint h = 0; h < n_heads; h++)
    {
      for (gsize i = 0; i < ROWS * dim; i++)
        assert_rounded ("of a head", h * step + i, heads[h * step + i], x[i / dim * ld + h * dim + i % dim], 0);
      assert_untouched (heads + h * step + ROWS * dim, MOST);
    }
}

static void
test_split (void)
{
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 5, 0);
  for (guint i = 0; i < G_N_ELEMENTS (dims); i++)
    for (guint n_heads = 1; n_heads < 4; n_heads++)
      check_split (&random, dims[i], n_heads);
}

static void
check_turn_back (RgRandom *random, gsize dim, guint n_heads)
{
  const gsize half = dim / 2, ld = n_heads * dim + MOST;
  g_autofree float *angles = new_random (random, ROWS * half, G_PI);
  g_autofree float *cosines = g_new (float, ROWS *half);
  g_autofree float *sines = g_new (float, ROWS *half);
  g_autofree float *values = new_random (random, ROWS * ld, 5);
  g_autofree guint16 *x = new_untouched (ROWS * ld);
  g_autofree guint16 *before = NULL;

  for (gsize i = 0; i < ROWS * half; i++)
    {
      cosines[i] = cos (angles[i]);
      sines[i] = sin (angles[i]);
    }
  for (gsize r = 0; r < ROWS; r++)
    rg_gemm_bf16_round (x + r * ld, values + r * ld, n_heads * dim);
  before = g_memdup2 (x, ROWS * ld * sizeof (guint16));

  rg_compact_turn_back (x, ROWS, ld, n_heads, half, cosines, sines);
  for (gsize r = 0; r < ROWS; r++)
    {
      for (gsize i = 0; i < n_heads * half; i++)
        {
          gsize first = r * ld + i / half * dim + i % half, second = first + half;
          double c = cosines[r * half + i % half], s = sines[r * half + i % half], a = rg_widen (before[first]), b = rg_widen (before[second]);

          assert_rounded ("first", first, x[first], a * c + b * s, 1e-6);
          assert_rounded ("second", second, x[second], b * c - a * s, 1e-6);
        }
      assert_untouched (x + r * ld + n_heads * dim, MOST);
    }
}

static void
test_turn_back (void)
{
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 6, 0);
  for (guint i = 0; i < G_N_ELEMENTS (dims); i++)
    for (guint n_heads = 1; n_heads < 4; n_heads++)
      check_turn_back (&random, dims[i], n_heads);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compact-values/gate", test_gate);
  g_test_add_func ("/compact-values/multiply", test_multiply);
  g_test_add_func ("/compact-values/softmax", test_softmax);
  g_test_add_func ("/compact-values/norm", test_norm);
  g_test_add_func ("/compact-values/split", test_split);
  g_test_add_func ("/compact-values/turn-back", test_turn_back);

  return g_test_run ();
}
