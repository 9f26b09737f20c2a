/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/ops.h"
#include "engine/tensor/vector-math.h"

#define EPSILON 1e-5f
#define OFFSET 0.75f
#define SUM_BOUND 2e-6 /* of sums of a few dozen products */

/* --- norms --- */

static RgTensor *
layer_norm_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_layer_norm (pass, in[0], in[1], in[2], EPSILON);
}

static void
check_layer_norm (RgRandom *random, gsize rows, gsize cols, guint wanting)
{
  NumericCase self = { layer_norm_op, { numeric_tensor_new (random, rows, cols), numeric_tensor_new (random, 1, cols), numeric_tensor_new (random, 1, cols) }, 3 };
  g_autofree double *expected = g_new (double, rows *cols);

  for (guint i = 0; i < 3; i++)
    self.inputs[i]->wants_grad = wanting >> i & 1;
  for (gsize r = 0; r < rows; r++)
    {
      double mean = 0, variance = 0;

      for (gsize c = 0; c < cols; c++)
        mean += numeric_at (self.inputs[0], r, c) / cols;
      for (gsize c = 0; c < cols; c++)
        variance += pow (numeric_at (self.inputs[0], r, c) - mean, 2) / cols;
      for (gsize c = 0; c < cols; c++)
        expected[r * cols + c] = (numeric_at (self.inputs[0], r, c) - mean) / sqrt (variance + EPSILON) * numeric_at (self.inputs[1], 0, c) + numeric_at (self.inputs[2], 0, c);
    }

  numeric_check ("layer norm", &self, expected, SUM_BOUND);
  numeric_case_clear (&self);
}

static void
test_layer_norm (void)
{
  RgRandom random;

  rg_random_init (&random, 3, 0);
  check_layer_norm (&random, 4, 8, 7);
  check_layer_norm (&random, 1, 19, 7);
  for (guint wanting = 0; wanting < 7; wanting++)
    check_layer_norm (&random, 3, 8, wanting);
}

/* No variance: the norm gives its bias, and derivatives that are numbers. */
static void
test_constant_row (void)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float values[16], ones[16], bias[16];
  RgTensor x = { 1, 16, values, .wants_grad = TRUE }, gain = { 1, 16, ones }, shift = { 1, 16, bias };
  RgTensor *y;

  for (guint i = 0; i < 16; i++)
    {
      values[i] = 3.3f;
      ones[i] = 1;
      bias[i] = i;
    }
  pass->recording = TRUE;
  y = rg_layer_norm (pass, &x, &gain, &shift, EPSILON);
  numeric_assert_same ("constant row", y->data, bias, 16, 1e-3);
  memcpy (rg_pass_grad_added (pass, y), bias, sizeof bias);
  rg_pass_backward (pass);
  for (guint i = 0; i < 16; i++)
    g_assert_true (isfinite (x.grad[i]));
}

static RgTensor *
rms_norm_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_rms_norm (pass, in[0], in[1], OFFSET, EPSILON);
}

static void
test_rms_norm (void)
{
  RgRandom random;
  NumericCase self = { rms_norm_op, { NULL }, 2 };
  double expected[4 * 19];

  rg_random_init (&random, 13, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 19);
  self.inputs[1] = numeric_tensor_new (&random, 1, 19);
  for (gsize r = 0; r < 4; r++)
    {
      double squares = 0;

      for (gsize c = 0; c < 19; c++)
        squares += pow (numeric_at (self.inputs[0], r, c), 2) / 19;
      for (gsize c = 0; c < 19; c++)
        expected[r * 19 + c] = numeric_at (self.inputs[0], r, c) / sqrt (squares + EPSILON) * (OFFSET + numeric_at (self.inputs[1], 0, c));
    }
  for (guint wanting = 0; wanting < 4; wanting++)
    {
      self.inputs[0]->wants_grad = wanting & 1;
      self.inputs[1]->wants_grad = wanting >> 1;
      numeric_check ("root mean square", &self, expected, SUM_BOUND);
    }
  numeric_case_clear (&self);
}

/* A gain narrower than the rows: each part of a row is as a row. */
static void
test_rms_norm_of_parts (void)
{
  RgRandom random;
  NumericCase self = { rms_norm_op, { NULL }, 2 };
  double expected[3 * 12];

  rg_random_init (&random, 16, 0);
  self.inputs[0] = numeric_tensor_new (&random, 3, 12);
  self.inputs[1] = numeric_tensor_new (&random, 1, 4);
  for (gsize part = 0; part < 9; part++)
    {
      const float *x = self.inputs[0]->data + part * 4;
      double squares = 0;

      for (gsize c = 0; c < 4; c++)
        squares += pow (x[c], 2) / 4;
      for (gsize c = 0; c < 4; c++)
        expected[part * 4 + c] = x[c] / sqrt (squares + EPSILON) * (OFFSET + self.inputs[1]->data[c]);
    }
  self.inputs[0]->wants_grad = self.inputs[1]->wants_grad = TRUE;
  numeric_check ("root mean square of parts", &self, expected, SUM_BOUND);
  numeric_case_clear (&self);
}

static RgTensor *
normalize_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_normalize_rows (pass, in[0]);
}

static void
test_normalize_rows (void)
{
  RgRandom random;
  NumericCase self = { normalize_op, { NULL }, 1 };
  double expected[4 * 7];

  rg_random_init (&random, 4, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 7);
  for (gsize r = 0; r < 4; r++)
    {
      double squares = 0;

      for (gsize c = 0; c < 7; c++)
        squares += pow (numeric_at (self.inputs[0], r, c), 2);
      for (gsize c = 0; c < 7; c++)
        expected[r * 7 + c] = numeric_at (self.inputs[0], r, c) / sqrt (squares);
    }
  numeric_check ("unit rows", &self, expected, SUM_BOUND);

  self.inputs[0]->wants_grad = FALSE;
  numeric_check ("unit rows", &self, expected, SUM_BOUND);
  numeric_case_clear (&self);
}

static void
test_zero_row (void)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float zeros[5] = { 0 };
  RgTensor x = { 1, 5, zeros, .wants_grad = TRUE };
  RgTensor *y;

  pass->recording = TRUE;
  y = rg_normalize_rows (pass, &x);
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpfloat (y->data[i], ==, 0);
      rg_pass_grad_added (pass, y)[i] = 1;
    }
  rg_pass_backward (pass);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpfloat (x.grad[i], ==, 0);
}

/* --- activations --- */

static const RgActivation activations[] = { RG_ACTIVATION_GELU_TANH, RG_ACTIVATION_GELU_ERF, RG_ACTIVATION_GELU_QUICK, RG_ACTIVATION_SILU, RG_ACTIVATION_RELU };

static double
activate (RgActivation kind, double x)
{
  switch (kind)
    {
    case RG_ACTIVATION_GELU_TANH:
      return x / 2 * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
    case RG_ACTIVATION_GELU_ERF:
      return x / 2 * (1 + erf (x / sqrt (2)));
    case RG_ACTIVATION_GELU_QUICK:
      return x / (1 + exp (-1.702 * x));
    case RG_ACTIVATION_SILU:
      return x / (1 + exp (-x));
    case RG_ACTIVATION_RELU:
      return MAX (x, 0);
    default:
      g_assert_not_reached ();
    }
}

static RgTensor *
activate_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_activate (pass, in[0], *(const RgActivation *) data);
}

static void
test_activations (void)
{
  RgRandom random;
  double expected[3 * 37];

  rg_random_init (&random, 5, 0);
  for (guint k = 0; k < G_N_ELEMENTS (activations); k++)
    {
      NumericCase self = { activate_op, { numeric_tensor_new (&random, 3, 37) }, 1, (gpointer) &activations[k] };

      for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        {
          float *x = &self.inputs[0]->data[i];

          *x *= 6;
          if (fabsf (*x) < 0.2f)
            *x += 0.5f; /* differences across the corner of the rectifier mean nothing */
          expected[i] = activate (activations[k], *x);
        }
      numeric_check ("activation", &self, expected, 3e-7);

      self.inputs[0]->wants_grad = FALSE;
      numeric_check ("activation", &self, expected, 3e-7);
      numeric_case_clear (&self);
    }
}

/* All of them are 0 far to the left, and x far to the right. */
static void
check_far (RgActivation kind)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float far[] = { -1e6f, -100, -40, 40, 100, 1e6f };
  RgTensor x = { 1, G_N_ELEMENTS (far), far, .wants_grad = TRUE };
  RgTensor *y;

  pass->recording = TRUE;
  y = rg_activate (pass, &x, kind);
  for (gsize i = 0; i < x.cols; i++)
    {
      numeric_assert_near ("activation", i, y->data[i], MAX (far[i], 0), 1e-6);
      rg_pass_grad_added (pass, y)[i] = 1;
    }
  rg_pass_backward (pass);
  for (gsize i = 0; i < x.cols; i++)
    numeric_assert_near ("its derivative", i, x.grad[i], far[i] > 0, 1e-6);
}

static void
test_activations_far (void)
{
  for (guint k = 0; k < G_N_ELEMENTS (activations); k++)
    check_far (activations[k]);
}

static RgTensor *
multiply_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_multiply (pass, in[0], in[1]);
}

static void
test_multiply (void)
{
  RgRandom random;
  NumericCase self = { multiply_op, { NULL }, 2 };
  double expected[3 * 21];

  rg_random_init (&random, 12, 0);
  for (guint i = 0; i < 2; i++)
    self.inputs[i] = numeric_tensor_new (&random, 3, 21);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    expected[i] = (double) self.inputs[0]->data[i] * self.inputs[1]->data[i];
  for (guint wanting = 0; wanting < 4; wanting++)
    {
      self.inputs[0]->wants_grad = wanting & 1;
      self.inputs[1]->wants_grad = wanting >> 1;
      numeric_check ("product", &self, expected, 1e-7);
    }
  numeric_case_clear (&self);
}

/* Of which the second row is closed, and has no part of what would be added. */
static const guint8 closed_rows[] = { 0, 1, 0, 0 };

static RgTensor *
add_gated_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_add_gated (pass, in[0], in[1], data, closed_rows);
}

static void
test_add_gated (void)
{
  float open = 0.4f;
  RgTensor gate = { 1, 1, &open };
  RgRandom random;
  NumericCase self = { add_gated_op, { NULL }, 2, &gate };
  double expected[4 * 5];

  rg_random_init (&random, 15, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 5);
  self.inputs[1] = numeric_tensor_new (&random, 4, 5);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    expected[i] = self.inputs[0]->data[i] + (closed_rows[i / 5] ? 0 : tanh (open) * self.inputs[1]->data[i]);
  for (guint wanting = 0; wanting < 4; wanting++)
    {
      self.inputs[0]->wants_grad = wanting & 1;
      self.inputs[1]->wants_grad = wanting >> 1;
      numeric_check ("gated sum", &self, expected, 3e-7);
    }
  numeric_case_clear (&self);
}

static RgTensor *
exp_scale_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_exp_scale (pass, in[0], in[1]);
}

static void
test_exp_scale (void)
{
  RgRandom random;
  NumericCase self = { exp_scale_op, { NULL }, 2 };
  double expected[4 * 5];

  rg_random_init (&random, 6, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 5);
  self.inputs[1] = numeric_tensor_new (&random, 1, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    expected[i] = exp (self.inputs[1]->data[0]) * self.inputs[0]->data[i];
  for (guint wanting = 0; wanting < 4; wanting++)
    {
      self.inputs[0]->wants_grad = wanting & 1;
      self.inputs[1]->wants_grad = wanting >> 1;
      numeric_check ("exp scale", &self, expected, 3e-7);
    }
  numeric_case_clear (&self);
}

/* A loop that may become vector instructions, as in the ops. */
RG_VECTORISED static void
exp_all (float *y, const float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = rg_exp (x[i]);
}

static void
test_exp (void)
{
  gsize n = 400000;
  g_autofree float *x = g_new (float, n), *y = g_new (float, n);
  float odd[] = { -INFINITY, -1e9f, -88, 89, INFINITY, NAN, 0, -0.0f }, out[G_N_ELEMENTS (odd)];

  for (gsize i = 0; i < n; i++)
    x[i] = -87 + 175.0 * i / (n - 1);
  exp_all (y, x, n);
  for (gsize i = 0; i < n; i++)
    numeric_assert_near ("exp", i, y[i] / exp (x[i]), 1, 2.5e-7);

  exp_all (out, odd, G_N_ELEMENTS (odd));
  for (gsize i = 0; i < 5; i++)
    numeric_assert_near ("exp", i, out[i] / exp (i < 3 ? -87 : 88), 1, 2.5e-7);
  g_assert_true (isnan (out[5]));
  g_assert_cmpfloat (out[6], ==, 1);
  g_assert_cmpfloat (out[7], ==, 1);
}

static RgTensor *
map_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_linear (pass, in[0], in[1], in[2], NULL);
}

/* A value that is not a number shows in its row, and nowhere else. */
static void
test_nan (void)
{
  static const NumericOp ops[] = { map_op, layer_norm_op, normalize_op, rms_norm_op, activate_op, activate_op, activate_op, activate_op, activate_op };
  RgRandom random;
  RgTensor *in[3];
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);

  rg_random_init (&random, 7, 0);
  in[0] = numeric_tensor_new (&random, 3, 20);
  in[0]->data[20 + 17] = NAN;
  in[1] = numeric_tensor_new (&random, 20, 20);
  in[2] = numeric_tensor_new (&random, 1, 20);
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    {
      RgTensor *y = ops[i](pass, in, (gpointer) &activations[i % G_N_ELEMENTS (activations)]); /* the last five try each */

      g_assert_true (isnan (y->data[20 + 17]));
      for (gsize c = 0; c < 20; c++)
        g_assert_true (isfinite (y->data[c]) && isfinite (y->data[40 + c]));
    }
  for (guint i = 0; i < 3; i++)
    numeric_tensor_free (in[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ops/layer-norm", test_layer_norm);
  g_test_add_func ("/ops/constant-row", test_constant_row);
  g_test_add_func ("/ops/normalize-rows", test_normalize_rows);
  g_test_add_func ("/ops/zero-row", test_zero_row);
  g_test_add_func ("/ops/rms-norm", test_rms_norm);
  g_test_add_func ("/ops/rms-norm/parts", test_rms_norm_of_parts);
  g_test_add_func ("/ops/add-gated", test_add_gated);
  g_test_add_func ("/ops/activations", test_activations);
  g_test_add_func ("/ops/activations-far", test_activations_far);
  g_test_add_func ("/ops/multiply", test_multiply);
  g_test_add_func ("/ops/exp-scale", test_exp_scale);
  g_test_add_func ("/ops/exp", test_exp);
  g_test_add_func ("/ops/nan", test_nan);

  return g_test_run ();
}
