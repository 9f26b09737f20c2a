/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention of one query, and attention to rows that are kept. */
#include <math.h>
#include <string.h>

#include "engine/tensor/kept-rows.h"
#include "engine/tensor/ops.h"
#include "tests/numeric.h"

#define HEADS 6
#define KV_HEADS 2
#define DIM 20 /* no whole register */
#define WIDTH (2 * KV_HEADS * DIM)

typedef struct
{
  RgPass *pass;
  RgKeptRows rows; /* before, own */
  float *wide[2];  /* the same */
  RgTensor *q;
  guint q_offsets[2], k_offsets[2];
  RgAttentionSpec spec;
} Fixture;

/* @n_queries: rows of q */
static void
fixture_init (Fixture *self, RgPool *pool, RgPrecision kept, gsize n_before, gsize n_own, guint n_queries)
{
  RgRandom random;

  rg_random_init (&random, 21, 0);
  *self = (Fixture){ .pass = rg_pass_new (pool, RG_PRECISION_F32), .q_offsets = { 0, n_queries }, .k_offsets = { 0, n_own } };
  rg_kept_rows_init (&self->rows, 2, WIDTH);
  rg_kept_rows_resize (&self->rows, kept, MAX (n_before, n_own));
  for (guint i = 0; i < 2; i++)
    {
      RgTensor *source = numeric_tensor_new (&random, MAX (n_before, n_own), WIDTH);

      rg_kept_rows_write (&self->rows.layers[i], 0, 0, WIDTH, source->data, WIDTH, source->rows);
      self->wide[i] = rg_kept_rows_widen (&self->rows.layers[i]);
      numeric_tensor_free (source);
    }
  self->q = numeric_tensor_new (&random, n_queries, HEADS * DIM + 3);
  for (gsize i = 0; i < self->q->rows * self->q->cols; i++)
    self->q->data[i] *= 3;
  self->spec = (RgAttentionSpec){ .n_heads = HEADS, .n_kv_heads = KV_HEADS, .head_dim = DIM, .n_segments = 1, .q_offsets = self->q_offsets, .k_offsets = self->k_offsets };
  if (n_before > 0)
    {
      self->spec.before_k = (RgView){ &self->rows.layers[0], 0 };
      self->spec.before_v = (RgView){ &self->rows.layers[0], WIDTH / 2 };
      self->spec.n_before = n_before;
    }
}

static void
fixture_clear (Fixture *self)
{
  rg_pass_free (self->pass);
  rg_kept_rows_clear (&self->rows);
  for (guint i = 0; i < 2; i++)
    g_free (self->wide[i]);
  numeric_tensor_free (self->q);
}

static RgTensor *
run (Fixture *self)
{
  return rg_attention (self->pass, (RgView){ self->q, 2 }, (RgView){ &self->rows.layers[1], 0 }, (RgView){ &self->rows.layers[1], WIDTH / 2 }, &self->spec);
}

/* The double-precision loop. @first, @n_seen: the first key that the query sees, and the one behind the last. @p: HEADS × keys; @y: HEADS × DIM */
static void
expect (const Fixture *self, gsize first, gsize n_seen, double *p, double *y)
{
  const RgAttentionSpec *spec = &self->spec;
  gsize n_keys = spec->n_before + self->k_offsets[1], n_hidden = spec->n_before > 0 ? spec->n_before : n_keys;

  memset (p, 0, HEADS * n_keys * sizeof *p);
  memset (y, 0, HEADS * DIM * sizeof *y);
  for (guint head = 0; head < HEADS; head++)
    {
      const float *q = self->q->data + 2 + head * DIM;
      double sum = 0;

      for (guint step = 0; step < 2; step++)
        for (gsize k = first; k < n_seen; k++)
          {
            const float *row = (k < spec->n_before ? self->wide[0] + k * WIDTH : self->wide[1] + (k - spec->n_before) * WIDTH) + head / (HEADS / KV_HEADS) * DIM;
            double dot = 0;

            if (spec->hidden != NULL && k < n_hidden && spec->hidden[k])
              continue;
            for (guint i = 0; step == 0 && i < DIM; i++)
              dot += (double) q[i] * row[i];
            if (step == 0)
              sum += p[head * n_keys + k] = exp (dot / sqrt (DIM));
            else
              for (guint i = 0; i < DIM; i++)
                y[head * DIM + i] += p[head * n_keys + k] / sum * row[WIDTH / 2 + i];
          }
      for (gsize k = 0; sum > 0 && k < n_keys; k++)
        p[head * n_keys + k] /= sum;
    }
}

static void
check (Fixture *self, gsize first, gsize n_seen)
{
  gsize n_keys = self->spec.n_before + self->k_offsets[1];
  g_autofree double *p = g_new (double, HEADS *n_keys);
  g_autofree float *record = g_new (float, HEADS *n_keys);
  double y[HEADS * DIM];

  expect (self, first, n_seen, p, y);
  for (gsize i = 0; i < HEADS * n_keys; i++)
    record[i] = NAN;
  self->spec.record = record;
  numeric_assert_all_near ("attention of a row", run (self)->data, y, HEADS * DIM, 1e-6);
  numeric_assert_all_near ("its record", record, p, HEADS * n_keys, 1e-6);
  self->spec.record = NULL;
  numeric_assert_all_near ("attention without record", run (self)->data, y, HEADS * DIM, 1e-6);
}

/* On both sides of the length of a chunk, with one thread and two. */
static void
test_lengths (void)
{
  static const gsize lengths[][2] = { { 0, 1 }, { 1, 1 }, { 0, 127 }, { 0, 128 }, { 129, 1 }, { 300, 17 }, { 5, 257 } };
  static const RgPrecision precisions[] = { RG_PRECISION_F32, RG_PRECISION_FAST };
  g_autoptr (RgPool) pool = rg_pool_new (2);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint p = 0; p < G_N_ELEMENTS (precisions); p++)
      {
        Fixture self;

        fixture_init (&self, p == 0 ? NULL : pool, precisions[p], lengths[i][0], lengths[i][1], 1);
        check (&self, 0, lengths[i][0] + lengths[i][1]);
        fixture_clear (&self);
      }
}

/* Some keys, a whole chunk of them, and all. */
static void
test_hidden (void)
{
  guint8 hidden[300] = { 0 };
  Fixture self;

  for (guint before = 0; before < 2; before++)
    {
      fixture_init (&self, NULL, RG_PRECISION_FAST, before ? 300 : 0, before ? 9 : 300, 1);
      self.spec.hidden = hidden;
      memset (hidden, 0, sizeof hidden);
      for (guint i = 0; i < sizeof hidden; i += 3)
        hidden[i] = 1;
      check (&self, 0, self.spec.n_before + self.k_offsets[1]);
      memset (hidden, 1, 140);
      check (&self, 0, self.spec.n_before + self.k_offsets[1]);
      memset (hidden, 1, sizeof hidden);
      check (&self, 0, self.spec.n_before + self.k_offsets[1]);
      fixture_clear (&self);
    }
}

/* A row that is chosen from the middle of a text sees nothing of what follows. */
static void
test_chosen (void)
{
  static const guint32 chosen = 4;
  static const guint row_offsets[] = { 0, 9 };
  Fixture self;

  fixture_init (&self, NULL, RG_PRECISION_F32, 3, 140, 1);
  self.spec.causal = TRUE;
  self.spec.q_rows = &chosen;
  self.spec.row_offsets = row_offsets;
  check (&self, 0, 3 + 140 - 9 + chosen + 1);
  fixture_clear (&self);
}

/* A window that begins among the keys before, in a later chunk, or behind them all. */
static void
test_window (void)
{
  static const gsize windows[] = { 1, 30, 41, 170, 340, 900 };
  Fixture self;

  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      fixture_init (&self, NULL, RG_PRECISION_FAST, 300, 40, 1);
      self.spec.causal = TRUE;
      self.spec.window = windows[i];
      check (&self, 340 - MIN (windows[i], 340), 340);
      fixture_clear (&self);
    }
}

/* Several queries, and derivatives: kept rows are what they are widened to. */
static void
test_kept (void)
{
  float *results[2][2] = { { NULL } };

  for (guint wide = 0; wide < 2; wide++)
    {
      Fixture self;
      RgTensor plain[2], *y;
      float *grad;

      fixture_init (&self, NULL, RG_PRECISION_FAST, 11, 5, 3);
      self.spec.causal = TRUE;
      for (guint i = 0; i < 2; i++)
        plain[i] = (RgTensor){ .rows = 11, .cols = WIDTH, .data = self.wide[i] };
      if (wide)
        self.spec.before_k.tensor = self.spec.before_v.tensor = &plain[0];
      results[wide][0] = g_memdup2 (rg_attention (self.pass, (RgView){ self.q, 2 }, (RgView){ wide ? &plain[1] : &self.rows.layers[1], 0 }, (RgView){ wide ? &plain[1] : &self.rows.layers[1], WIDTH / 2 }, &self.spec)->data, 3 * HEADS * DIM * sizeof (float));

      /* Derivatives flow into queries only. */
      rg_pass_reset (self.pass);
      self.pass->recording = TRUE;
      y = rg_attention (self.pass, (RgView){ self.q, 2 }, (RgView){ &plain[1], 0 }, (RgView){ &plain[1], WIDTH / 2 }, &self.spec);
      grad = rg_pass_grad_added (self.pass, y);
      for (guint i = 0; i < 3 * HEADS * DIM; i++)
        grad[i] = cosf (i);
      rg_pass_backward (self.pass);
      results[wide][1] = g_memdup2 (self.q->grad, 3 * self.q->cols * sizeof (float));
      fixture_clear (&self);
    }
  numeric_assert_same ("attention to kept rows", results[0][0], results[1][0], 3 * HEADS * DIM, 0);
  numeric_assert_same ("its derivatives", results[0][1], results[1][1], 3 * (HEADS * DIM + 3), 0);
  for (guint i = 0; i < 4; i++)
    g_free (results[i / 2][i % 2]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attention-row/lengths", test_lengths);
  g_test_add_func ("/attention-row/hidden", test_hidden);
  g_test_add_func ("/attention-row/chosen", test_chosen);
  g_test_add_func ("/attention-row/window", test_window);
  g_test_add_func ("/attention-row/kept", test_kept);
  return g_test_run ();
}
