/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include "engine/tensor/ops.h"

#define EPSILON 1e-5f
#define SUM_BOUND 2e-6 /* of sums of a few dozen products */

/* @data: bit 0: with a bias; bit 1: with a residual. */
static RgTensor *
linear_op (RgPass *pass, RgTensor **in, gpointer data)
{
  guint ways = GPOINTER_TO_UINT (data);

  return rg_linear (pass, in[0], in[1], ways & 1 ? in[2] : NULL, ways & 2 ? in[ways & 1 ? 3 : 2] : NULL);
}

static void
check_linear (RgRandom *random, gsize rows, gsize d_in, gsize d_out, guint ways, guint wanting)
{
  NumericCase self = { linear_op, { numeric_tensor_new (random, rows, d_in), numeric_tensor_new (random, d_out, d_in) }, 2, GUINT_TO_POINTER (ways) };
  g_autofree double *expected = g_new0 (double, rows *d_out);

  if (ways & 1)
    self.inputs[self.n_inputs++] = numeric_tensor_new (random, 1, d_out);
  if (ways & 2)
    self.inputs[self.n_inputs++] = numeric_tensor_new (random, rows, d_out);
  for (guint i = 0; i < self.n_inputs; i++)
    self.inputs[i]->wants_grad = wanting >> i & 1;

  for (gsize r = 0; r < rows; r++)
    for (gsize o = 0; o < d_out; o++)
      {
        double *y = &expected[r * d_out + o];

        for (gsize i = 0; i < d_in; i++)
          *y += numeric_at (self.inputs[0], r, i) * numeric_at (self.inputs[1], o, i);
        if (ways & 1)
          *y += numeric_at (self.inputs[2], 0, o);
        if (ways & 2)
          *y += numeric_at (self.inputs[self.n_inputs - 1], r, o);
      }

  numeric_check ("linear", &self, expected, SUM_BOUND);
  numeric_case_clear (&self);
}

static void
test_linear (void)
{
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint ways = 0; ways < 4; ways++)
    {
      check_linear (&random, 5, 7, 3, ways, 15);
      check_linear (&random, 1, 6, 4, ways, 15);
      check_linear (&random, 6, 3, 1, ways, 15);
      for (guint wanting = 0; wanting < 15; wanting++)
        check_linear (&random, 3, 4, 5, ways, wanting);
    }
}

/* Inputs: x, then weight and bias of each part. */
static RgTensor *
beside_op (RgPass *pass, RgTensor **in, gpointer data)
{
  RgLinear *parts = data;

  return rg_linear_beside (pass, in[0], parts, 3);
}

static void
test_linear_beside (void)
{
  static const gsize widths[] = { 5, 2, 4 };
  RgRandom random;
  RgLinear parts[3] = { 0 };
  NumericCase self = { beside_op, { NULL }, 1, parts };
  double expected[4 * 11];
  RgTensor *borrowed[6] = { NULL };
  gsize col = 0;

  rg_random_init (&random, 14, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 6);
  for (guint i = 0; i < 3; i++)
    {
      borrowed[2 * i] = numeric_tensor_new (&random, widths[i], 6);
      parts[i].weight = *borrowed[2 * i];
      self.inputs[self.n_inputs++] = &parts[i].weight;
      if (i != 1)
        {
          borrowed[2 * i + 1] = numeric_tensor_new (&random, 1, widths[i]);
          parts[i].bias = *borrowed[2 * i + 1];
          self.inputs[self.n_inputs++] = &parts[i].bias;
        }
      for (gsize r = 0; r < 4; r++)
        for (gsize o = 0; o < widths[i]; o++)
          {
            double *y = &expected[r * 11 + col + o];

            *y = i != 1 ? parts[i].bias.data[o] : 0;
            for (gsize c = 0; c < 6; c++)
              *y += (double) numeric_at (self.inputs[0], r, c) * numeric_at (&parts[i].weight, o, c);
          }
      col += widths[i];
    }
  g_assert_null (rg_linear_get_bias (&parts[1]));
  numeric_check ("side by side", &self, expected, SUM_BOUND);
  numeric_tensor_free (self.inputs[0]);
  for (guint i = 0; i < G_N_ELEMENTS (borrowed); i++)
    g_clear_pointer (&borrowed[i], numeric_tensor_free);
}

/* Two choices of rows of one map, with some in both and some in none. */
static RgTensor *
rows_op (RgPass *pass, RgTensor **in, gpointer data)
{
  RgTensor *first = rg_linear_rows (pass, in[0], data, 1, 5), *second = rg_linear_rows (pass, in[0], data, 4, 3);

  return rg_join_columns (pass, first, second);
}

static void
test_linear_rows (void)
{
  static const gsize rows[] = { 1, 2, 3, 4, 5, 4, 5, 6 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;
  RgTensor *x, *weight, *bias, *whole;

  rg_random_init (&random, 15, 0);
  x = numeric_tensor_new (&random, 4, 6);
  weight = numeric_tensor_new (&random, 9, 6);
  bias = numeric_tensor_new (&random, 1, 9);
  for (guint with_bias = 0; with_bias < 2; with_bias++)
    {
      RgLinear map = { .weight = *weight, .bias = with_bias ? *bias : (RgTensor){ 0 } };
      NumericCase self = { rows_op, { x, &map.weight, &map.bias }, 2 + with_bias, &map };
      double expected[4 * 8];

      whole = rg_linear (pass, x, weight, with_bias ? bias : NULL, NULL);
      for (gsize i = 0; i < 32; i++)
        expected[i] = numeric_at (whole, i / 8, rows[i % 8]);
      numeric_check ("some rows", &self, expected, 1e-6);
    }
  numeric_tensor_free (x);
  numeric_tensor_free (weight);
  numeric_tensor_free (bias);
}

/* A residual stream: each row of sums is read by the next norm and carried on, so derivatives that were moved are added to. */
static RgTensor *
stream_op (RgPass *pass, RgTensor **in, gpointer data)
{
  RgTensor *x = in[0];

  for (guint i = 0; i < 3; i++)
    x = rg_linear (pass, rg_layer_norm (pass, x, in[2], in[3], EPSILON), in[1], NULL, x);

  return rg_linear (pass, x, in[1], NULL, x);
}

static void
test_residual (void)
{
  RgRandom random;
  NumericCase self = { stream_op, { NULL }, 4 };

  rg_random_init (&random, 2, 0);
  self.inputs[0] = numeric_tensor_new (&random, 3, 6);
  self.inputs[1] = numeric_tensor_new (&random, 6, 6);
  self.inputs[2] = numeric_tensor_new (&random, 1, 6);
  self.inputs[3] = numeric_tensor_new (&random, 1, 6);
  for (gsize i = 0; i < 18; i++)
    self.inputs[0]->data[i] *= 3;
  numeric_check ("residual", &self, NULL, 0);
  numeric_case_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linear/one", test_linear);
  g_test_add_func ("/linear/beside", test_linear_beside);
  g_test_add_func ("/linear/rows", test_linear_rows);
  g_test_add_func ("/linear/residual", test_residual);

  return g_test_run ();
}
