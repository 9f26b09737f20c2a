/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/train/optimizer.h"
#include "engine/train/orthogonal.h"

#define ROWS 6
#define COLS 10
#define TABLE 12 /* values */
#define VECTOR 5
#define COUNT (ROWS * COLS + TABLE + VECTOR)

/* A matrix, a table and a vector, and the derivatives of two parts of a batch. */
typedef struct
{
  RgParameters *parameters;
  RgTensor matrix, table, vector;
  RgOptimizer *optimizer;
  float *values;
  float first[COUNT], second[COUNT];
  float *grads[2];
} Fixture;

static const RgOptimizerConfig adam = { .learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 0.1, .clip = 1e6 };

static void
set_up (Fixture *self, const RgOptimizerConfig *config)
{
  RgRandom random;

  self->parameters = rg_parameters_new ();
  rg_parameters_declare (self->parameters, &self->matrix, ROWS, COLS, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "matrix");
  rg_parameters_declare (self->parameters, &self->table, TABLE / 4, 4, RG_INIT_NORMAL, 1, RG_PARAMETER_TABLE, "table");
  rg_parameters_declare (self->parameters, &self->vector, 1, VECTOR, RG_INIT_NORMAL, 1, RG_PARAMETER_VECTOR, "vector");
  rg_random_init (&random, 3, 0);
  rg_parameters_begin (self->parameters, &random);
  self->values = rg_parameters_get_values (self->parameters);
  self->optimizer = rg_optimizer_new (config, self->parameters, 0);
  self->grads[0] = self->first;
  self->grads[1] = self->second;
}

static void
tear_down (Fixture *self)
{
  rg_optimizer_free (self->optimizer);
  rg_parameters_free (self->parameters);
}

/* Other derivatives for each step. @sum: (nullable): what they add up to. */
static void
derive (Fixture *self, guint step, double *sum)
{
  RgRandom random;

  rg_random_init (&random, 4, step);
  for (guint i = 0; i < COUNT; i++)
    {
      self->first[i] = rg_random_normal (&random);
      self->second[i] = 0.5 * rg_random_normal (&random);
      if (sum != NULL)
        sum[i] = (double) self->first[i] + self->second[i];
    }
}

static double
length (const double *x, gsize n)
{
  double squares = 0;

  for (gsize i = 0; i < n; i++)
    squares += x[i] * x[i];

  return sqrt (squares);
}

/* AdamW as its paper writes it, for the values from @begin on. */
static void
expect_adam (const RgOptimizerConfig *config, guint step, guint begin, double factor, const double *sum, double *m, double *v, double *values)
{
  for (guint i = begin; i < COUNT; i++)
    {
      double g = sum[i] * factor;

      m[i] = config->beta1 * m[i] + (1 - config->beta1) * g;
      v[i] = config->beta2 * v[i] + (1 - config->beta2) * g * g;
      values[i] -= config->learning_rate * (m[i] / (1 - pow (config->beta1, step)) / (sqrt (v[i] / (1 - pow (config->beta2, step))) + config->epsilon) +
                                            (i < ROWS * COLS + TABLE ? config->weight_decay : 0) * values[i]);
    }
}

static void
check_adam (const RgOptimizerConfig *config)
{
  Fixture self;
  double sum[COUNT], m[COUNT] = { 0 }, v[COUNT] = { 0 }, values[COUNT];

  set_up (&self, config);
  for (guint i = 0; i < COUNT; i++)
    values[i] = self.values[i];

  for (guint step = 1; step <= 4; step++)
    {
      double norm;

      derive (&self, step, sum);
      norm = length (sum, COUNT);
      numeric_assert_near ("norm", step, rg_optimizer_update (self.optimizer, NULL, self.grads, 2, config->learning_rate), norm, 1e-5);
      expect_adam (config, step, 0, MIN (1, config->clip / norm), sum, m, v, values);
      numeric_assert_all_near ("values", self.values, values, COUNT, 1e-5);
      numeric_assert_all_near ("sums", self.first, sum, COUNT, 1e-6);
    }
  g_assert_cmpuint (rg_optimizer_get_step (self.optimizer), ==, 4);
  tear_down (&self);
}

static void
test_adam (void)
{
  RgOptimizerConfig clipped = adam;

  check_adam (&adam);
  clipped.clip = 0.7;
  clipped.epsilon = 0.1; /* otherwise AdamW does not notice how long the derivatives are */
  check_adam (&clipped);
}

/* The matrix moves by its orthogonal momentum, the rest as before. */
static void
test_muon (void)
{
  RgOptimizerConfig config = adam;
  Fixture self;
  double sum[COUNT], m[COUNT] = { 0 }, v[COUNT] = { 0 }, values[COUNT];
  float room[ROWS * COLS + 4 * ROWS * ROWS], update[ROWS * COLS];

  config.momentum = 0.9;
  set_up (&self, &config);
  for (guint i = 0; i < COUNT; i++)
    values[i] = self.values[i];

  for (guint step = 1; step <= 3; step++)
    {
      derive (&self, step, sum);
      rg_optimizer_update (self.optimizer, NULL, self.grads, 2, config.learning_rate);
      expect_adam (&config, step, ROWS * COLS, 1, sum, m, v, values);
      for (guint i = 0; i < ROWS * COLS; i++)
        {
          m[i] = config.momentum * m[i] + sum[i];
          update[i] = config.momentum * m[i] + sum[i];
        }
      rg_orthogonalize (update, ROWS, COLS, room);
      for (guint i = 0; i < ROWS * COLS; i++)
        values[i] -= config.learning_rate * (0.2 * sqrt (COLS) * update[i] + config.weight_decay * values[i]);
      numeric_assert_all_near ("values", self.values, values, COUNT, 1e-4);
    }
  tear_down (&self);
}

/* Derivatives that are not numbers are noticed, and change nothing. */
static void
test_not_a_number (void)
{
  Fixture self;
  float before[COUNT];

  set_up (&self, &adam);
  memcpy (before, self.values, sizeof before);
  derive (&self, 1, NULL);
  self.second[7] = NAN;
  g_assert_false (isfinite (rg_optimizer_update (self.optimizer, NULL, self.grads, 2, 0.01)));
  g_assert_cmpmem (self.values, sizeof before, before, sizeof before);
  g_assert_cmpuint (rg_optimizer_get_step (self.optimizer), ==, 0);
  tear_down (&self);
}

/* --- orthogonal --- */

/* Orthonormal rows by Gram and Schmidt. */
static void
fill_orthonormal (RgRandom *random, double *q, gsize rows, gsize cols)
{
  for (gsize r = 0; r < rows; r++)
    {
      double *row = q + r * cols;
      double norm;

      for (gsize c = 0; c < cols; c++)
        row[c] = rg_random_normal (random);
      for (gsize other = 0; other < r; other++)
        {
          double dot = 0;

          for (gsize c = 0; c < cols; c++)
            dot += row[c] * q[other * cols + c];
          for (gsize c = 0; c < cols; c++)
            row[c] -= dot * q[other * cols + c];
        }
      norm = length (row, cols);
      for (gsize c = 0; c < cols; c++)
        row[c] /= norm;
    }
}

/* X = Uᵀ diag (s) Q, or its transpose, with singular values from 30 down to @smallest of that, becomes Uᵀ diag (f) Q with f near 1,
 * or less where they are very small. @bound: of U X Qᵀ beside its diagonal */
static void
check_orthogonal (gsize rank, gsize side, gboolean tall, double smallest, double bound)
{
  g_autofree double *u = g_new (double, rank *rank), *q = g_new (double, rank *side);
  g_autofree float *x = g_new0 (float, rank *side), *room = g_new (float, rg_orthogonalize_room (rank, side));
  gsize row_step = tall ? 1 : side, col_step = tall ? rank : 1;
  double least = smallest < 0.01 ? -bound : 0.6;
  RgRandom random;

  rg_random_init (&random, 5, rank * side);
  fill_orthonormal (&random, u, rank, rank);
  fill_orthonormal (&random, q, rank, side);
  for (gsize i = 0; i < rank; i++)
    for (gsize r = 0; r < rank; r++)
      for (gsize c = 0; c < side; c++)
        x[r * row_step + c * col_step] += 30 * pow (smallest, (double) i / rank) * u[i * rank + r] * q[i * side + c];

  rg_orthogonalize (x, tall ? side : rank, tall ? rank : side, room);

  for (gsize i = 0; i < rank; i++)
    for (gsize j = 0; j < rank; j++)
      {
        double dot = 0;

        for (gsize r = 0; r < rank; r++)
          for (gsize c = 0; c < side; c++)
            dot += u[i * rank + r] * x[r * row_step + c * col_step] * q[j * side + c];
        if (i == j)
          g_assert_true (dot > least && dot < 1.3);
        else
          g_assert_cmpfloat (fabs (dot), <, bound);
      }
}

static void
test_orthogonal (void)
{
  float zeros[12] = { 0 }, room[12 + 36];

  check_orthogonal (8, 8, FALSE, 0.01, 0.06);
  check_orthogonal (20, 70, FALSE, 0.01, 0.06);
  check_orthogonal (20, 70, TRUE, 0.01, 0.06);
  check_orthogonal (40, 50, FALSE, 1e-6, 0.1);
  check_orthogonal (40, 90, TRUE, 1e-6, 0.1); /* in one stage it comes apart */
  check_orthogonal (1, 9, TRUE, 0.01, 0.06);

  rg_orthogonalize (zeros, 3, 4, room);
  for (guint i = 0; i < G_N_ELEMENTS (zeros); i++)
    g_assert_cmpfloat (zeros[i], ==, 0);
}

/* --- schedule --- */

static void
test_rate (void)
{
  const RgOptimizerConfig config = { .learning_rate = 2, .warmup_steps = 10, .decay = 0.5, .final = 0.1 };

  g_assert_cmpfloat_with_epsilon (rg_optimizer_rate (&config, 0, 100), 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (rg_optimizer_rate (&config, 9, 100), 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (rg_optimizer_rate (&config, 50, 100), 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (rg_optimizer_rate (&config, 75, 100), 2 * (0.1 + 0.9 / 2), 1e-12);
  g_assert_cmpfloat_with_epsilon (rg_optimizer_rate (&config, 100, 100), 0.2, 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/optimizer/adam", test_adam);
  g_test_add_func ("/optimizer/muon", test_muon);
  g_test_add_func ("/optimizer/not-a-number", test_not_a_number);
  g_test_add_func ("/optimizer/orthogonal", test_orthogonal);
  g_test_add_func ("/optimizer/rate", test_rate);

  return g_test_run ();
}
