/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#define STEP 0.02f
#define GRADIENT_BOUND 1e-3
#define EXISTING 0.75f /* derivatives that are there before, exact in float */

gboolean
numeric_can_round (void)
{
  if (rg_gemm_rounds (RG_PRECISION_FAST))
    return TRUE;

  g_test_skip ("this processor does not multiply bfloat16");

  return FALSE;
}

RgTensor *
numeric_tensor_new (RgRandom *random, gsize rows, gsize cols)
{
  RgTensor *self = g_new0 (RgTensor, 1);

  self->rows = rows;
  self->cols = cols;
  self->data = g_new (float, rows *cols);
  self->wants_grad = TRUE;
  for (gsize i = 0; i < rows * cols; i++)
    self->data[i] = rg_random_range (random, -1, 1);

  return self;
}

void
numeric_tensor_free (RgTensor *self)
{
  g_free (self->data);
  g_free (self);
}

void
numeric_assert_near (const char *what, gsize at, double actual, double expected, double bound)
{
  if (!(fabs (actual - expected) <= bound))
    g_error ("%s: value %zu is %.9g, expected %.9g ± %.3g", what, at, actual, expected, bound);
}

void
numeric_assert_all_near (const char *what, const float *actual, const double *expected, gsize n, double bound)
{
  double largest = 1;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, fabs (expected[i]));
  for (gsize i = 0; i < n; i++)
    numeric_assert_near (what, i, actual[i], expected[i], bound * largest);
}

void
numeric_assert_same (const char *what, const float *actual, const float *expected, gsize n, double bound)
{
  g_autofree double *wide = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    wide[i] = expected[i];
  numeric_assert_all_near (what, actual, wide, n, bound);
}

double
numeric_derivative (float *at, float step, NumericFunc func, gpointer data)
{
  static const int places[] = { -2, -1, 1, 2 };
  static const double weights[] = { 1, -8, 8, -1 };
  float before = *at;
  double sum = 0, width = 0;

  /* The point that was really taken differs a little from the one that was wanted: measured, not assumed. */
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      *at = before + places[i] * step;
      width += weights[i] * ((double) *at - before);
      sum += weights[i] * func (data);
    }
  *at = before;

  return sum / width;
}

void
numeric_spoil_memory (RgPass *pass, gsize n)
{
  memset (rg_pass_tensor (pass, 1, n)->data, 0xff, n * sizeof (float));
  rg_pass_reset (pass);
}

/* --- ops --- */

/* The sum of all results, each times a weight of its own. */
typedef struct
{
  NumericCase *op;
  RgPass *pass;
  const float *weights;
} Weighted;

static double
weighted_sum (gpointer data)
{
  Weighted *self = data;
  double sum = 0;
  RgTensor *y;

  rg_pass_reset (self->pass);
  y = self->op->op (self->pass, self->op->inputs, self->op->data);
  for (gsize i = 0; i < y->rows * y->cols; i++)
    sum += (double) self->weights[i] * y->data[i];

  return sum;
}

static void
leave_grad (RgPass *pass, RgTensor *y, const float *weights)
{
  gboolean accumulate;
  float *grad = rg_pass_grad (pass, y, &accumulate);

  g_assert_false (accumulate);
  memcpy (grad, weights, y->rows * y->cols * sizeof (float));
}

/* @existing: whether derivatives are there already; @n_uses: how often the op is used on the same inputs. */
static void
check_gradients (const char *what, NumericCase *self, double *const *expected, RgPool *pool, const float *weights, gboolean existing, guint n_uses)
{
  RgPass *pass = rg_pass_new (pool, RG_PRECISION_F32);
  RgTensor *y[2];

  numeric_spoil_memory (pass, 1 << 15);
  pass->recording = TRUE;
  for (guint i = 0; i < self->n_inputs; i++)
    {
      RgTensor *input = self->inputs[i];

      if (!existing || !input->wants_grad)
        continue;
      input->grad = g_new (float, input->rows * input->cols);
      input->grad_set = TRUE;
      for (gsize j = 0; j < input->rows * input->cols; j++)
        input->grad[j] = EXISTING;
    }

  for (guint use = 0; use < n_uses; use++)
    y[use] = self->op (pass, self->inputs, self->data);
  for (guint use = 0; use < n_uses; use++)
    leave_grad (pass, y[use], weights);
  rg_pass_backward (pass);

  for (guint i = 0; i < self->n_inputs; i++)
    {
      RgTensor *input = self->inputs[i];
      double largest = 1;

      if (!input->wants_grad)
        {
          g_assert_null (input->grad);
          continue;
        }
      g_assert_true (input->grad_set);
      for (gsize j = 0; j < input->rows * input->cols; j++)
        largest = MAX (largest, fabs (expected[i][j]));
      for (gsize j = 0; j < input->rows * input->cols; j++)
        numeric_assert_near (what, i * 1000 + j, input->grad[j], n_uses * expected[i][j] + (existing ? EXISTING : 0), n_uses * GRADIENT_BOUND * largest);
      if (existing)
        g_free (input->grad);
      input->grad = NULL;
      input->grad_set = FALSE;
    }
  rg_pass_free (pass);
}

void
numeric_check (const char *what, NumericCase *self, const double *expected, double bound)
{
  g_autoptr (RgPool) pool = rg_pool_new (2);
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32), pooled = rg_pass_new (pool, RG_PRECISION_F32);
  RgTensor *y = self->op (pass, self->inputs, self->data), *other = self->op (pooled, self->inputs, self->data);
  gsize n = y->rows * y->cols;
  g_autofree float *weights = g_new (float, n);
  Weighted weighted = { self, pass, weights };
  double *derivatives[G_N_ELEMENTS (self->inputs)] = { NULL };
  RgRandom random;

  g_assert_false (y->wants_grad);
  numeric_assert_same (what, other->data, y->data, n, 1e-6);
  if (expected != NULL)
    numeric_assert_all_near (what, y->data, expected, n, bound);

  rg_random_init (&random, n, 0);
  for (gsize i = 0; i < n; i++)
    weights[i] = rg_random_range (&random, -1, 1);

  for (guint i = 0; i < self->n_inputs; i++)
    {
      RgTensor *input = self->inputs[i];

      derivatives[i] = g_new (double, input->rows * input->cols);
      for (gsize j = 0; input->wants_grad && j < input->rows * input->cols; j++)
        derivatives[i][j] = numeric_derivative (&input->data[j], STEP, weighted_sum, &weighted);
    }

  for (guint way = 0; way < 4; way++)
    {
      check_gradients (what, self, derivatives, NULL, weights, way & 1, 1 + way / 2);
      check_gradients (what, self, derivatives, pool, weights, way & 1, 1 + way / 2);
    }

  for (guint i = 0; i < self->n_inputs; i++)
    g_free (derivatives[i]);
}

void
numeric_case_add (NumericCase *self, RgTensor *input)
{
  if (input->cols == 0)
    return;

  g_assert (self->n_inputs < G_N_ELEMENTS (self->inputs));
  input->wants_grad = TRUE;
  self->inputs[self->n_inputs++] = input;
}

void
numeric_case_clear (NumericCase *self)
{
  for (guint i = 0; i < self->n_inputs; i++)
    numeric_tensor_free (self->inputs[i]);
}

double
numeric_at (const RgTensor *x, gsize row, gsize col)
{
  g_assert_true (row < x->rows && col < x->cols);

  return x->data[row * x->cols + col];
}
