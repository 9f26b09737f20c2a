/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/ops.h"

/* Rotary positions: the pairs of a head turn with the place of their row. */

#define ROWS 5
#define COLS 15
#define HEADS 2
#define HEAD_DIM 6
#define FIRST 2 /* column */
#define BASE 100

static const guint positions[ROWS] = { 0, 1, 7, 63, 2 };

static RgTensor *
rotate_op (RgPass *pass, RgTensor **in, gpointer data)
{
  static const guint32 all[ROWS] = { 0, 1, 2, 3, 4 };
  RgTensor *copy = rg_gather_rows (pass, in[0], all, ROWS); /* it turns in place */

  rg_rotate (pass, (RgView){ copy, FIRST }, HEADS, rg_rotation_new (pass, positions, ROWS, &(RgRotary){ .head_dim = HEAD_DIM, .base = BASE }));

  return copy;
}

static void
test_rotate (void)
{
  RgRandom random;
  NumericCase self = { rotate_op, { NULL }, 1 };
  double expected[ROWS * COLS];

  rg_random_init (&random, 7, 0);
  self.inputs[0] = numeric_tensor_new (&random, ROWS, COLS);
  for (gsize i = 0; i < ROWS * COLS; i++)
    expected[i] = self.inputs[0]->data[i];
  for (gsize r = 0; r < ROWS; r++)
    for (guint h = 0; h < HEADS; h++)
      for (guint i = 0; i < HEAD_DIM / 2; i++)
        {
          double angle = positions[r] * pow (BASE, -2.0 * i / HEAD_DIM);
          double *pair = expected + r * COLS + FIRST + h * HEAD_DIM + i, a = pair[0], b = pair[HEAD_DIM / 2];

          pair[0] = a * cos (angle) - b * sin (angle);
          pair[HEAD_DIM / 2] = b * cos (angle) + a * sin (angle);
        }
  numeric_check ("rotate", &self, expected, 1e-5);
  numeric_case_clear (&self);
}

/* The derivative is the rotation back: applied to what came out it gives what went in. */
static void
test_rotate_back (void)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;
  RgTensor *x, *y;

  rg_random_init (&random, 8, 0);
  x = numeric_tensor_new (&random, ROWS, COLS);
  pass->recording = TRUE;
  y = rotate_op (pass, &x, NULL);
  memcpy (rg_pass_grad_added (pass, y), y->data, ROWS * COLS * sizeof (float));
  rg_pass_backward (pass);
  numeric_assert_same ("rotated back", x->grad, x->data, ROWS * COLS, 1e-6);
  numeric_tensor_free (x);
}

static double
rotated_dot (const float *q, guint q_position, const float *k, guint k_position)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgTensor *x = rg_pass_tensor (pass, 2, 8);
  const guint places[] = { q_position, k_position };
  double dot = 0;

  memcpy (x->data, q, 8 * sizeof (float));
  memcpy (x->data + 8, k, 8 * sizeof (float));
  rg_rotate (pass, (RgView){ x, 0 }, 1, rg_rotation_new (pass, places, 2, &(RgRotary){ .head_dim = 8, .base = 10000 }));
  for (guint i = 0; i < 8; i++)
    dot += x->data[i] * x->data[8 + i];

  return dot;
}

/* What a query makes of a key depends on how far apart they are, not on where they are. */
static void
test_rotate_relative (void)
{
  RgRandom random;
  RgTensor *q, *k;

  rg_random_init (&random, 9, 0);
  q = numeric_tensor_new (&random, 1, 8);
  k = numeric_tensor_new (&random, 1, 8);
  for (guint distance = 0; distance < 20; distance++)
    {
      double near = rotated_dot (q->data, distance, k->data, 0);

      for (guint shift = 1; shift < 250; shift += 37)
        numeric_assert_near ("q · k", shift, rotated_dot (q->data, distance + shift, k->data, shift), near, 1e-4);
    }
  g_assert_cmpfloat (fabs (rotated_dot (q->data, 3, k->data, 0) - rotated_dot (q->data, 5, k->data, 0)), >, 1e-3);
  numeric_tensor_free (q);
  numeric_tensor_free (k);
}

/* Each axis turns a section of the pairs; where sections restart, so do their frequencies. */
static void
test_rotate_sections (void)
{
  static const guint places[] = { 3, 5, 7 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  const RgRotation *on = rg_rotation_new (pass, places, 1, &(RgRotary){ .head_dim = 16, .base = BASE, .sections = { 2, 3, 3 } });
  const RgRotation *anew = rg_rotation_new (pass, places, 1, &(RgRotary){ .head_dim = 16, .base = BASE, .sections = { 4, 4 }, .restarts = TRUE });

  for (guint i = 0; i < 8; i++)
    {
      numeric_assert_near ("on", i, on->cosines[i], cos (places[i < 2 ? 0 : i < 5 ? 1
                                                                                  : 2] *
                                                         pow (BASE, i / -8.0)),
                           1e-6);
      numeric_assert_near ("anew", i, anew->sines[i], sin (places[i / 4] * pow (BASE, i % 4 / -4.0)), 1e-6);
    }
}

/* To choose rows and turn them by their angles is to choose among turned rows. */
static void
test_rotate_chosen (void)
{
  static const guint32 rows[] = { 1, 2, 4 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRotation *rotation = rg_rotation_new (pass, positions, ROWS, &(RgRotary){ .head_dim = HEAD_DIM, .base = BASE });
  RgRandom random;
  RgTensor *x, *chosen, *turned;

  rg_random_init (&random, 10, 0);
  x = numeric_tensor_new (&random, ROWS, COLS);
  for (guint pairs = 0; pairs < 2; pairs++)
    {
      rotation->pairs = pairs;
      chosen = rg_gather_rows (pass, x, rows, G_N_ELEMENTS (rows));
      rg_rotate (pass, (RgView){ chosen, FIRST }, HEADS, rg_rotation_choose (pass, rotation, rows, G_N_ELEMENTS (rows)));
      turned = rg_gather_rows (pass, x, (const guint32[]){ 0, 1, 2, 3, 4 }, ROWS);
      rg_rotate (pass, (RgView){ turned, FIRST }, HEADS, rotation);
      turned = rg_gather_rows (pass, turned, rows, G_N_ELEMENTS (rows));
      g_assert_cmpmem (chosen->data, chosen->rows * COLS * sizeof (float), turned->data, turned->rows * COLS * sizeof (float));
    }
  numeric_tensor_free (x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rotate/values", test_rotate);
  g_test_add_func ("/rotate/back", test_rotate_back);
  g_test_add_func ("/rotate/relative", test_rotate_relative);
  g_test_add_func ("/rotate/sections", test_rotate_sections);
  g_test_add_func ("/rotate/chosen", test_rotate_chosen);

  return g_test_run ();
}
