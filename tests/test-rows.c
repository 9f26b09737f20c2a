/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>

#include "engine/tensor/ops.h"

/* The ops that move rows, and the loss. */

static NumericCase
case_new (RgRandom *random, NumericOp op, gpointer data, gsize rows, gsize other_rows, gsize cols)
{
  NumericCase self = { op, { numeric_tensor_new (random, rows, cols) }, 1, data };

  if (other_rows > 0)
    self.inputs[self.n_inputs++] = numeric_tensor_new (random, other_rows, cols);

  return self;
}

/* Checks with every choice of inputs that want derivatives. */
static void
check_all (const char *what, NumericCase *self, const double *expected)
{
  for (guint wanting = 0; wanting < 1u << self->n_inputs; wanting++)
    {
      for (guint i = 0; i < self->n_inputs; i++)
        self->inputs[i]->wants_grad = wanting >> i & 1;
      numeric_check (what, self, expected, 3e-7);
    }
  for (guint i = 0; i < self->n_inputs; i++)
    numeric_tensor_free (self->inputs[i]);
}

static RgTensor *
gather_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_gather_rows (pass, in[0], data, 6);
}

static void
test_gather (void)
{
  guint32 ids[] = { 3, 0, 3, 3, 4, 0 };
  RgRandom random;
  NumericCase self;
  double expected[6 * 5];

  rg_random_init (&random, 1, 0);
  self = case_new (&random, gather_op, ids, 5, 0, 5);
  for (gsize i = 0; i < 30; i++)
    expected[i] = self.inputs[0]->data[ids[i / 5] * 5 + i % 5];
  check_all ("gather", &self, expected);
}

static RgTensor *
add_repeated_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_add_repeated (pass, in[0], in[1]);
}

static void
test_add_repeated (void)
{
  RgRandom random;

  rg_random_init (&random, 2, 0);
  for (gsize times = 1; times < 4; times++)
    {
      NumericCase self = case_new (&random, add_repeated_op, NULL, 2 * times, 2, 3);
      double expected[18];

      for (gsize i = 0; i < 6 * times; i++)
        expected[i] = (double) self.inputs[0]->data[i] + self.inputs[1]->data[i % 6];
      check_all ("add repeated", &self, expected);
    }
}

static RgTensor *
prepend_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_prepend_row (pass, in[0], in[1], GPOINTER_TO_UINT (data));
}

static void
test_prepend (void)
{
  RgRandom random;

  rg_random_init (&random, 3, 0);
  for (guint n = 1; n < 4; n++)
    {
      NumericCase self = case_new (&random, prepend_op, GUINT_TO_POINTER (n), 2 * n, 1, 4);
      double expected[3 * 3 * 4];

      for (gsize i = 0; i < n * 3 * 4; i++)
        {
          gsize segment = i / 12, row = i / 4 % 3, col = i % 4;

          expected[i] = row == 0 ? self.inputs[1]->data[col] : self.inputs[0]->data[(segment * 2 + row - 1) * 4 + col];
        }
      check_all ("prepend", &self, expected);
    }
}

static RgTensor *
concat_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_concat_rows (pass, in[0], in[1]);
}

static void
test_concat (void)
{
  RgRandom random;
  NumericCase self;
  double expected[5 * 3];

  rg_random_init (&random, 4, 0);
  self = case_new (&random, concat_op, NULL, 2, 3, 3);
  for (gsize i = 0; i < 15; i++)
    expected[i] = i < 6 ? self.inputs[0]->data[i] : self.inputs[1]->data[i - 6];
  check_all ("concat", &self, expected);
}

static RgTensor *
join_columns_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_join_columns (pass, in[0], in[1]);
}

static void
test_join_columns (void)
{
  RgRandom random;
  NumericCase self;
  double expected[4 * 6];

  rg_random_init (&random, 5, 0);
  self = case_new (&random, join_columns_op, NULL, 4, 4, 3);
  for (gsize i = 0; i < 24; i++)
    expected[i] = self.inputs[i % 6 / 3]->data[i / 6 * 3 + i % 3];
  check_all ("columns", &self, expected);
}

static RgTensor *
segment_mean_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_segment_mean (pass, in[0], data, 3);
}

static void
test_segment_mean (void)
{
  guint offsets[] = { 0, 1, 5, 7 };
  RgRandom random;
  NumericCase self;
  double expected[3 * 4] = { 0 };

  rg_random_init (&random, 5, 0);
  self = case_new (&random, segment_mean_op, offsets, 7, 0, 4);
  for (guint s = 0; s < 3; s++)
    for (guint r = offsets[s]; r < offsets[s + 1]; r++)
      for (guint c = 0; c < 4; c++)
        expected[s * 4 + c] += (double) self.inputs[0]->data[r * 4 + c] / (offsets[s + 1] - offsets[s]);
  check_all ("segment mean", &self, expected);
}

static RgTensor *
put_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_put_rows (pass, in[0], in[1], data);
}

static void
test_put (void)
{
  guint32 ids[] = { 3, 0 };
  RgRandom random;
  NumericCase self;
  double expected[5 * 3];

  rg_random_init (&random, 6, 0);
  self = case_new (&random, put_op, ids, 5, 2, 3);
  for (guint i = 0; i < 15; i++)
    expected[i] = i / 3 == ids[0] ? self.inputs[1]->data[i % 3] : i / 3 == ids[1] ? self.inputs[1]->data[3 + i % 3]
                                                                                  : self.inputs[0]->data[i];
  check_all ("put", &self, expected);
}

static RgTensor *
join_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_join_rows (pass, in[0], 3);
}

static void
test_join (void)
{
  RgRandom random;
  NumericCase self;
  double expected[6 * 4];

  rg_random_init (&random, 7, 0);
  self = case_new (&random, join_op, NULL, 6, 0, 4);
  for (guint i = 0; i < 24; i++)
    expected[i] = self.inputs[0]->data[i];
  check_all ("join", &self, expected);
}

/* --- loss --- */

typedef struct
{
  RgPass *pass;
  RgTensor *logits;
  const int *targets;
} Loss;

static double
get_loss (gpointer data)
{
  Loss *self = data;

  return rg_cross_entropy (self->pass, self->logits, self->targets, 1, NULL, NULL);
}

static double
expect_loss (const RgTensor *logits, const int *targets)
{
  double loss = 0;
  guint n = 0;

  for (gsize r = 0; r < logits->rows; r++)
    {
      const float *row = logits->data + r * logits->cols;
      double sum = 0;

      if (targets[r] < 0)
        continue;
      for (gsize c = 0; c < logits->cols; c++)
        sum += exp ((double) row[c] - row[targets[r]]);
      loss += log (sum);
      n++;
    }

  return n > 0 ? loss / n : 0;
}

static void
test_cross_entropy (void)
{
  static const int targets[] = { 2, -1, 0, 6, -1, 2 };
  const float weight = 0.25f;
  g_autoptr (RgPass) quiet = rg_pass_new (NULL, RG_PRECISION_F32), pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;
  Loss self = { quiet, NULL, targets };
  guint right, counted;
  double loss;

  rg_random_init (&random, 6, 0);
  self.logits = numeric_tensor_new (&random, 6, 7);
  self.logits->data[2 * 7 + 0] = 3; /* one that is right */
  self.logits->data[5 * 7 + 2] = -3;

  pass->recording = TRUE;
  for (guint times = 1; times < 3; times++)
    {
      loss = rg_cross_entropy (pass, self.logits, targets, weight, &right, &counted);
      numeric_assert_near ("loss", 0, loss, expect_loss (self.logits, targets), 1e-6);
      g_assert_cmpuint (counted, ==, 4);
      for (gsize i = 0; i < 42; i++)
        numeric_assert_near ("loss", i, self.logits->grad[i], times * weight * numeric_derivative (&self.logits->data[i], 0.02f, get_loss, &self), 1e-5);
    }

  right = 0;
  for (gsize r = 0; r < 6; r++)
    {
      gsize best = 0;

      for (gsize c = 1; c < 7; c++)
        if (self.logits->data[r * 7 + c] > self.logits->data[r * 7 + best])
          best = c;
      right += targets[r] == (int) best;
    }
  rg_cross_entropy (quiet, self.logits, targets, weight, &counted, NULL);
  g_assert_cmpuint (counted, ==, right);
  g_assert_cmpuint (right, >=, 1);
  numeric_tensor_free (self.logits);
}

static void
test_nothing_counts (void)
{
  static const int targets[] = { -1, -1 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float values[] = { 1, 2, 3, 4 };
  RgTensor logits = { 2, 2, values, .wants_grad = TRUE };
  guint right, counted;

  g_assert_cmpfloat (rg_cross_entropy (pass, &logits, targets, 1, &right, &counted), ==, 0);
  g_assert_cmpuint (right + counted, ==, 0);
  g_assert_null (logits.grad); /* not recording */

  pass->recording = TRUE;
  g_assert_cmpfloat (rg_cross_entropy (pass, &logits, targets, 1, NULL, NULL), ==, 0);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat (logits.grad[i], ==, 0);
}

/* Logits of any size give a loss; one that is not a number is not hidden. */
static void
test_extreme_logits (void)
{
  static const int targets[] = { 0, 1 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float values[] = { 1e4f, -1e4f, 0, 1e30f, -1e30f, 0 };
  RgTensor logits = { 2, 3, values, .wants_grad = TRUE };

  pass->recording = TRUE;
  numeric_assert_near ("loss", 0, rg_cross_entropy (pass, &logits, targets, 1, NULL, NULL), 1e30, 1e24);
  for (guint i = 0; i < 6; i++)
    g_assert_true (isfinite (logits.grad[i]));
  numeric_assert_near ("loss", 0, logits.grad[3], 0.5, 1e-6);
  numeric_assert_near ("loss", 1, logits.grad[4], -0.5, 1e-6);

  for (guint i = 0; i < 3; i++)
    {
      float before = values[i];

      values[i] = NAN;
      g_assert_true (isnan (rg_cross_entropy (pass, &logits, targets, 1, NULL, NULL)));
      values[i] = before;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rows/gather", test_gather);
  g_test_add_func ("/rows/add-repeated", test_add_repeated);
  g_test_add_func ("/rows/prepend", test_prepend);
  g_test_add_func ("/rows/concat", test_concat);
  g_test_add_func ("/rows/columns", test_join_columns);
  g_test_add_func ("/rows/segment-mean", test_segment_mean);
  g_test_add_func ("/rows/put", test_put);
  g_test_add_func ("/rows/join", test_join);
  g_test_add_func ("/loss/cross-entropy", test_cross_entropy);
  g_test_add_func ("/loss/nothing-counts", test_nothing_counts);
  g_test_add_func ("/loss/extreme", test_extreme_logits);

  return g_test_run ();
}
