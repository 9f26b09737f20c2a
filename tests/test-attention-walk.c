/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"
#include "tests/numeric.h"

#include <string.h>

/* Relevancy on its way back through attention, against w + w Ā with Ā made of the recorded probabilities and derivatives. */

#define ROWS 150 /* several blocks of queries */
#define HEADS 4
#define DIM 3

/* A product of queries, keys and values, what is wanted of their attention, and how relevant its rows are. */
typedef struct
{
  RgTensor *qkv;
  RgAttentionSpec spec;
  float weights[ROWS * HEADS * DIM];
  double relevancy[ROWS];
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  RgRandom random;

  rg_random_init (&random, 21, 0);
  *self = (Fixture){ .spec = { .n_heads = HEADS, .n_kv_heads = 2, .head_dim = DIM, .scale = 2 } };
  self->qkv = numeric_tensor_new (&random, ROWS, (HEADS + 2 * 2) * DIM);
  for (gsize i = 0; i < G_N_ELEMENTS (self->weights); i++)
    self->weights[i] = rg_random_range (&random, -1, 1);
  for (guint i = 0; i < ROWS; i++)
    self->relevancy[i] = i % 3 == 0 ? 0 : rg_random_range (&random, 0, 1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  numeric_tensor_free (self->qkv);
}

/* Forward, and @n times back. */
static void
run (Fixture *self, RgPool *pool, const guint *offsets, guint n_segments, guint n)
{
  g_autoptr (RgPass) pass = rg_pass_new (pool, RG_PRECISION_F32);
  RgTensor *y;
  RgNode *last;

  self->spec.q_offsets = self->spec.k_offsets = offsets;
  self->spec.n_segments = n_segments;
  pass->recording = TRUE;
  y = rg_attention (pass, (RgView){ self->qkv, 0 }, (RgView){ self->qkv, HEADS * DIM }, (RgView){ self->qkv, (HEADS + 2) * DIM }, &self->spec);
  last = pass->last;
  for (guint i = 0; i < n; i++)
    {
      memcpy (rg_pass_grad_added (pass, y), self->weights, y->rows * y->cols * sizeof (float));
      pass->last = last;
      rg_pass_backward (pass);
      self->qkv->grad = NULL;
      self->qkv->grad_set = FALSE;
    }
}

/* All of the rows @first … @end − 1, which see no others: HEADS × n × n each. */
static void
record (Fixture *self, guint first, guint end, float *probabilities, float *gradient)
{
  guint offsets[] = { first, end };

  self->spec.record = probabilities;
  self->spec.record_grad = gradient;
  self->spec.walk = NULL;
  run (self, NULL, offsets, 1, 1);
  self->spec.record = self->spec.record_grad = NULL;
}

/* w + w Ā of those, written to @to. */
static void
walk_plainly (Fixture *self, guint first, guint end, double *to)
{
  guint n = end - first;
  g_autofree float *p = g_new (float, HEADS *n *n), *grad = g_new (float, HEADS *n *n);

  record (self, first, end, p, grad);
  memcpy (to + first, self->relevancy + first, n * sizeof *to);
  for (guint head = 0; head < HEADS; head++)
    for (guint q = 0; q < n; q++)
      for (guint k = 0; k < n; k++)
        {
          gsize i = (head * n + q) * n + k;

          to[first + k] += self->relevancy[first + q] * MAX ((double) p[i] * grad[i], 0) / HEADS;
        }
}

/* Means over heads, of what was recorded: of p where the pass does not record, of max (p dp, 0) where it goes back. */
static void
check_mean (Fixture *self, const guint *offsets, guint n_segments, const guint32 *order, gboolean back)
{
  g_autoptr (RgPool) pool = rg_pool_new (2);
  g_autoptr (RgPass) pass = rg_pass_new (pool, RG_PRECISION_F32);
  g_autofree float *mean = g_new (float, ROWS *ROWS);
  g_autofree double *expected = g_new0 (double, ROWS *ROWS);
  double relevancy[ROWS] = { 0 };
  RgAttentionWalk walk = { .relevancy = relevancy, .order = order, .mean = mean };

  for (guint s = 0; s < n_segments; s++)
    {
      guint first = offsets[s], n = offsets[s + 1] - first;
      g_autofree float *p = g_new (float, HEADS *n *n), *grad = g_new (float, HEADS *n *n);

      record (self, first, first + n, p, grad);
      for (gsize i = 0; i < HEADS * n * n; i++)
        {
          guint row = first + i / n % n, key = first + i % n;

          expected[order[row] * ROWS + order[key]] += (back ? MAX ((double) p[i] * grad[i], 0) : p[i]) / HEADS;
        }
    }

  self->spec.walk = &walk;
  if (back)
    run (self, pool, offsets, n_segments, 1);
  self->spec.q_offsets = self->spec.k_offsets = offsets;
  self->spec.n_segments = n_segments;
  if (!back)
    rg_attention (pass, (RgView){ self->qkv, 0 }, (RgView){ self->qkv, HEADS * DIM }, (RgView){ self->qkv, (HEADS + 2) * DIM }, &self->spec);
  numeric_assert_all_near ("mean", mean, expected, ROWS * ROWS, 1e-6);
}

static void
test_mean (Fixture *self, gconstpointer data)
{
  static const guint whole[] = { 0, ROWS }, windows[] = { 0, 20, 100, ROWS };
  guint32 order[ROWS];

  for (guint r = 0; r < ROWS; r++)
    order[r] = r * 7 % ROWS;
  for (guint back = 0; back < 2; back++)
    {
      check_mean (self, whole, 1, order, back);
      check_mean (self, windows, 3, order, back);
    }
}

/* @order: (nullable): the place of each row's relevancy */
static void
check (Fixture *self, const guint *offsets, guint n_segments, const guint32 *order)
{
  g_autoptr (RgPool) pool = rg_pool_new (2);
  double expected[ROWS] = { 0 }, got[ROWS], changed = 0;
  RgAttentionWalk walk = { .relevancy = got, .order = order };

  for (guint s = 0; s < n_segments; s++)
    walk_plainly (self, offsets[s], offsets[s + 1], expected);
  for (guint r = 0; r < ROWS; r++)
    changed += expected[r] - self->relevancy[r];
  g_assert_cmpfloat (changed, >, 1);

  for (guint way = 0; way < 4; way++)
    {
      walk.again = way & 1;
      self->spec.walk = &walk;
      for (guint r = 0; r < ROWS; r++)
        got[order != NULL ? order[r] : r] = self->relevancy[r];
      run (self, way > 1 ? pool : NULL, offsets, n_segments, 1);
      for (guint r = 0; r < ROWS; r++)
        numeric_assert_near ("relevancy", r, got[order != NULL ? order[r] : r], expected[r], 1e-5);
    }
}

static void
test_text (Fixture *self, gconstpointer data)
{
  static const guint offsets[] = { 0, ROWS };

  self->spec.causal = TRUE;
  check (self, offsets, 1, NULL);
  self->spec.window = 40;
  self->spec.mutual_first = 30;
  self->spec.mutual_end = 90;
  check (self, offsets, 1, NULL);
}

static void
test_picture (Fixture *self, gconstpointer data)
{
  static const guint whole[] = { 0, ROWS }, windows[] = { 0, 20, 100, ROWS };
  guint32 order[ROWS];

  for (guint r = 0; r < ROWS; r++)
    order[r] = r * 7 % ROWS;
  check (self, whole, 1, NULL);
  check (self, whole, 1, order);
  check (self, windows, 3, order);
}

/* The derivatives are the same, whether probabilities were kept or not. */
static void
test_again (Fixture *self, gconstpointer data)
{
  static const guint offsets[] = { 0, ROWS };
  double relevancy[ROWS] = { 0 };
  RgAttentionWalk walk = { .relevancy = relevancy };
  g_autofree float *kept = g_new (float, self->qkv->rows * self->qkv->cols);

  self->spec.causal = TRUE;
  self->spec.walk = &walk;
  for (guint again = 0; again < 2; again++)
    {
      g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
      RgTensor *y;

      walk.again = again;
      self->spec.q_offsets = self->spec.k_offsets = offsets;
      self->spec.n_segments = 1;
      pass->recording = TRUE;
      y = rg_attention (pass, (RgView){ self->qkv, 0 }, (RgView){ self->qkv, HEADS * DIM }, (RgView){ self->qkv, (HEADS + 2) * DIM }, &self->spec);
      memcpy (rg_pass_grad_added (pass, y), self->weights, sizeof self->weights);
      rg_pass_backward (pass);
      if (!again)
        memcpy (kept, self->qkv->grad, self->qkv->rows * self->qkv->cols * sizeof (float));
      else
        numeric_assert_same ("derivatives", self->qkv->grad, kept, self->qkv->rows * self->qkv->cols, 1e-6);
      self->qkv->grad = NULL;
      self->qkv->grad_set = FALSE;
    }
}

/* Going back a second time goes on from what there is. */
static void
test_twice (Fixture *self, gconstpointer data)
{
  static const guint offsets[] = { 0, ROWS };
  double once[ROWS], twice[ROWS];
  RgAttentionWalk walk = { .relevancy = once };

  self->spec.walk = &walk;
  memcpy (once, self->relevancy, sizeof once);
  memcpy (twice, self->relevancy, sizeof twice);
  run (self, NULL, offsets, 1, 1);
  run (self, NULL, offsets, 1, 1);
  walk.relevancy = twice;
  run (self, NULL, offsets, 1, 2);
  for (guint r = 0; r < ROWS; r++)
    numeric_assert_near ("relevancy", r, twice[r], once[r], 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/attention-walk/text", test_text);
  ADD ("/attention-walk/picture", test_picture);
  ADD ("/attention-walk/mean", test_mean);
  ADD ("/attention-walk/again", test_again);
  ADD ("/attention-walk/twice", test_twice);

  return g_test_run ();
}
