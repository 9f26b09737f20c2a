/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/ops.h"

/* Which tensor and column queries, keys and values are in. */
typedef struct
{
  RgAttentionSpec spec;
  guint tensor[3];
  gsize col[3];
  gsize spare; /* columns behind them that nobody reads */
} Layout;

static RgTensor *
attention_op (RgPass *pass, RgTensor **in, gpointer data)
{
  const Layout *self = data;
  RgView views[3];

  for (guint i = 0; i < 3; i++)
    views[i] = (RgView){ in[self->tensor[i]], self->col[i] };

  return rg_attention (pass, views[0], views[1], views[2], &self->spec);
}

static const float *
head_row (const NumericCase *self, guint which, gsize row, guint head)
{
  const Layout *layout = self->data;
  const RgTensor *x = self->inputs[layout->tensor[which]];

  g_assert_cmpuint (row, <, x->rows);

  if (which > 0 && layout->spec.n_kv_heads > 0)
    head /= layout->spec.n_heads / layout->spec.n_kv_heads;

  return x->data + row * x->cols + layout->col[which] + head * layout->spec.head_dim;
}

/* One query of one head over the keys first + begin … first + visible − 1; @p: their probabilities, from first on. */
static void
attend (const NumericCase *self, guint head, gsize query, gsize first, gsize begin, gsize visible, double *p, double *y)
{
  const RgAttentionSpec *spec = &((const Layout *) self->data)->spec;
  double sum = 0;

  for (gsize k = 0; k < visible; k++)
    {
      double dot = 0;

      p[k] = 0;
      if (k < begin || (spec->hidden != NULL && spec->hidden[first + k]))
        continue;
      for (guint i = 0; i < spec->head_dim; i++)
        dot += (double) head_row (self, 0, query, head)[i] * head_row (self, 1, first + k, head)[i];
      sum += p[k] = exp (dot * (spec->scale != 0 ? spec->scale : 1 / sqrt (spec->head_dim)));
    }
  for (guint i = 0; i < spec->head_dim; i++)
    y[i] = 0;
  for (gsize k = 0; k < visible; k++)
    {
      p[k] = sum > 0 ? p[k] / sum : 0;
      for (guint i = 0; i < spec->head_dim; i++)
        y[i] += p[k] * head_row (self, 2, first + k, head)[i];
    }
}

/* @p: (nullable): H × queries × keys of the only segment. */
static double *
expect_attention (const NumericCase *self, double *p)
{
  const RgAttentionSpec *spec = &((const Layout *) self->data)->spec;
  double *y = g_new (double, spec->q_offsets[spec->n_segments] * spec->n_heads * spec->head_dim);

  for (guint s = 0; s < spec->n_segments; s++)
    for (guint head = 0; head < spec->n_heads; head++)
      for (guint q = spec->q_offsets[s]; q < spec->q_offsets[s + 1]; q++)
        {
          guint first = spec->k_offsets[s], n_keys = spec->k_offsets[s + 1] - first;
          guint row = spec->q_rows != NULL ? spec->q_rows[q] : q, end = (spec->q_rows != NULL ? spec->row_offsets : spec->q_offsets)[s + 1];
          guint after = spec->causal ? end - 1 - row : 0; /* keys of rows that follow */
          guint own = n_keys - 1 - after, begin = spec->window > 0 && own + 1 > spec->window ? own + 1 - spec->window : 0;
          g_autofree double *probabilities = g_new0 (double, n_keys);

          if (spec->causal && own >= spec->mutual_first && own < spec->mutual_end)
            {
              after = n_keys - spec->mutual_end;
              begin = MIN (begin, spec->mutual_first);
            }
          attend (self, head, q, first, begin, n_keys - after, probabilities, y + (q * spec->n_heads + head) * spec->head_dim);
          for (guint k = 0; p != NULL && k < n_keys; k++)
            *p++ = probabilities[k];
        }

  return y;
}

static NumericCase
case_new (RgRandom *random, Layout *layout)
{
  const RgAttentionSpec *spec = &layout->spec;
  NumericCase self = { attention_op, { NULL }, 0, layout };
  gsize rows[3] = { 0 }, cols[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      guint t = layout->tensor[i];

      self.n_inputs = MAX (self.n_inputs, t + 1);
      rows[t] = MAX (rows[t], (i == 0 ? spec->q_offsets : spec->k_offsets)[spec->n_segments]);
      cols[t] = MAX (cols[t], layout->col[i] + (i > 0 && spec->n_kv_heads > 0 ? spec->n_kv_heads : spec->n_heads) * spec->head_dim + layout->spare);
    }
  for (guint t = 0; t < self.n_inputs; t++)
    {
      self.inputs[t] = numeric_tensor_new (random, rows[t], cols[t]);
      for (gsize i = 0; i < rows[t] * cols[t]; i++)
        self.inputs[t]->data[i] *= 1.5f;
    }

  return self;
}

static void
check_spare (RgRandom *random, Layout layout)
{
  NumericCase self = case_new (random, &layout);
  g_autofree double *expected = expect_attention (&self, NULL);

  for (guint wanting = 1; wanting < 1u << self.n_inputs; wanting++)
    {
      for (guint i = 0; i < self.n_inputs; i++)
        self.inputs[i]->wants_grad = wanting >> i & 1;
      numeric_check ("attention", &self, expected, 1e-6);
    }
  numeric_case_clear (&self);
}

/* Derivatives are written where attention reads all of a tensor, and added to what is there otherwise. */
static void
check_layout (RgRandom *random, Layout layout)
{
  for (layout.spare = 0; layout.spare < 2; layout.spare++)
    check_spare (random, layout);
}

/* Queries, keys and values side by side in one tensor, texts of different lengths. */
static void
test_self (void)
{
  static const guint offsets[] = { 0, 3, 4, 9 };
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint causal = 0; causal < 2; causal++)
    for (guint heads = 1; heads < 4; heads++)
      {
        gsize d = heads * 2;

        check_layout (&random, (Layout){ { .n_heads = heads, .head_dim = 2, .n_segments = 3, .q_offsets = offsets, .k_offsets = offsets, .causal = causal }, { 0, 0, 0 }, { 1, 1 + d, 1 + 2 * d } });
      }
}

static void
test_cross (void)
{
  static const guint q_offsets[] = { 0, 2, 2, 5 }, k_offsets[] = { 0, 4, 6, 7 };
  RgRandom random;

  rg_random_init (&random, 2, 0);
  check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 3, .n_segments = 3, .q_offsets = q_offsets, .k_offsets = k_offsets }, { 0, 1, 1 }, { 2, 0, 6 } });
  check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 3, .n_segments = 3, .q_offsets = q_offsets, .k_offsets = k_offsets }, { 0, 1, 2 }, { 0, 3, 1 } });
  check_layout (&random, (Layout){ { .n_heads = 1, .head_dim = 1, .n_segments = 3, .q_offsets = q_offsets, .k_offsets = k_offsets }, { 0, 1, 1 }, { 0, 0, 0 } }); /* the keys are the values */
}

/* More keys than queries: the last query sees all of them, as with a cache. */
static void
test_causal_behind (void)
{
  static const guint q_offsets[] = { 0, 2, 3 }, k_offsets[] = { 0, 5, 9 };
  RgRandom random;

  rg_random_init (&random, 3, 0);
  check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 2, .n_segments = 2, .q_offsets = q_offsets, .k_offsets = k_offsets, TRUE }, { 0, 1, 1 }, { 0, 0, 4 } });
}

/* Some keys see one another, those before and behind them only what is before. */
static void
test_mutual (void)
{
  static const guint q_offsets[] = { 0, 6 }, k_offsets[] = { 0, 8 };
  static const gsize ranges[][2] = { { 0, 8 }, { 0, 5 }, { 3, 7 }, { 5, 6 } };
  RgRandom random;

  rg_random_init (&random, 14, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 2, .n_segments = 1, .q_offsets = q_offsets, .k_offsets = k_offsets, TRUE, ranges[i][0], ranges[i][1] }, { 0, 1, 1 }, { 0, 0, 4 } });
}

/* Rows see a few before them, those of a picture all of it; of many rows, of some of them, and behind a cache. */
static void
test_window (void)
{
  static const guint offsets[] = { 0, 12 }, q_offsets[] = { 0, 3 }, many[] = { 0, 150 };
  static const guint32 rows[] = { 1, 6, 11 };
  RgRandom random;

  rg_random_init (&random, 17, 0);
  for (guint window = 1; window < 14; window += 3)
    for (guint end = 0; end <= 8; end += 8)
      {
        RgAttentionSpec spec = { .n_heads = 2, .n_kv_heads = 1, .head_dim = 3, .n_segments = 1, .q_offsets = offsets, .k_offsets = offsets, .causal = TRUE, .mutual_first = end / 2, .mutual_end = end, .window = window };

        check_layout (&random, (Layout){ spec, { 0, 1, 1 }, { 0, 0, 3 } });
        spec.q_offsets = q_offsets;
        check_layout (&random, (Layout){ spec, { 0, 1, 1 }, { 0, 0, 3 } });
        spec.q_rows = rows;
        spec.row_offsets = offsets;
        check_layout (&random, (Layout){ spec, { 0, 1, 1 }, { 0, 0, 3 } });
      }
  check_layout (&random, (Layout){ { .n_heads = 1, .head_dim = 2, .n_segments = 1, .q_offsets = many, .k_offsets = many, .causal = TRUE, .window = 70 }, { 0, 1, 1 }, { 0, 0, 2 } });
}

/* Some rows of texts ask, and not the last ones; of one text none. */
static void
test_chosen (void)
{
  static const guint32 rows[] = { 1, 3, 8, 9 };
  static const guint q_offsets[] = { 0, 2, 2, 4 }, row_offsets[] = { 0, 5, 7, 11 }, k_offsets[] = { 0, 6, 8, 12 };
  RgRandom random;

  rg_random_init (&random, 15, 0);
  check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 2, .n_segments = 3, .q_offsets = q_offsets, .k_offsets = k_offsets, .causal = TRUE, .q_rows = rows, .row_offsets = row_offsets }, { 0, 1, 1 }, { 0, 0, 4 } });
}

static void
test_record (void)
{
  static const guint q_offsets[] = { 0, 5 }, k_offsets[] = { 0, 8 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;

  rg_random_init (&random, 4, 0);
  for (guint causal = 0; causal < 2; causal++)
    {
      float record[3 * 5 * 8];
      double p[3 * 5 * 8];
      Layout layout = { { .n_heads = 3, .head_dim = 4, .n_segments = 1, .q_offsets = q_offsets, .k_offsets = k_offsets, causal }, { 0, 1, 1 }, { 0, 0, 12 }, 1 };
      NumericCase self = case_new (&random, &layout);
      g_autofree double *expected = expect_attention (&self, p);
      RgTensor *fast, *slow;

      for (gsize i = 0; i < G_N_ELEMENTS (record); i++)
        record[i] = NAN;
      fast = attention_op (pass, self.inputs, &layout);
      layout.spec.record = record;
      slow = attention_op (pass, self.inputs, &layout);

      numeric_assert_same ("recorded", slow->data, fast->data, 5 * 12, 0);
      numeric_assert_all_near ("record", record, p, G_N_ELEMENTS (record), 1e-6);
      for (guint row = 0; row < 15; row++)
        {
          double sum = 0;

          for (guint k = 0; k < 8; k++)
            {
              sum += record[row * 8 + k];
              if (causal && k > 3 + row % 5)
                g_assert_cmpfloat (record[row * 8 + k], ==, 0);
            }
          numeric_assert_near ("sum of probabilities", row, sum, 1, 1e-6);
        }
      numeric_case_clear (&self);
    }
}

/* Keys that stand before, in a tensor of their own, and the same keys above the others in one tensor. */
#define N_BEFORE 5
#define N_OWN 130 /* three blocks of queries */

static RgTensor *
before_op (RgPass *pass, RgTensor **in, gpointer data)
{
  RgAttentionSpec spec = *(const RgAttentionSpec *) data;

  spec.before_k = (RgView){ in[1], 1 };
  spec.before_v = (RgView){ in[1], 5 };
  spec.n_before = N_BEFORE;

  return rg_attention (pass, (RgView){ in[0], 0 }, (RgView){ in[0], 8 }, (RgView){ in[0], 12 }, &spec);
}

static RgTensor *
joined_op (RgPass *pass, RgTensor **in, gpointer data)
{
  static const guint k_offsets[] = { 0, N_BEFORE + N_OWN };
  RgAttentionSpec spec = *(const RgAttentionSpec *) data;
  RgTensor *keys = rg_pass_tensor (pass, N_BEFORE, 8), *own = rg_pass_tensor (pass, N_OWN, 8), *joined;

  for (gsize r = 0; r < N_BEFORE; r++)
    memcpy (keys->data + r * 8, in[1]->data + r * in[1]->cols + 1, 8 * sizeof (float));
  for (gsize r = 0; r < N_OWN; r++)
    memcpy (own->data + r * 8, in[0]->data + r * 16 + 8, 8 * sizeof (float));
  joined = rg_concat_rows (pass, keys, own);
  spec.k_offsets = k_offsets;

  return rg_attention (pass, (RgView){ in[0], 0 }, (RgView){ joined, 0 }, (RgView){ joined, 4 }, &spec);
}

static void
test_before (void)
{
  static const guint offsets[] = { 0, N_OWN };
  static const guint8 hidden[N_BEFORE + N_OWN] = { 0, 1, 0, 1 };
  gsize n_keys = N_BEFORE + N_OWN, n_records = 2 * N_OWN * n_keys;
  g_autofree float *record = g_new (float, n_records), *joined = g_new (float, n_records), *last = g_new (float, 2 * 3 * n_keys);
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;

  rg_random_init (&random, 11, 0);
  for (guint causal = 0; causal < 2; causal++)
    {
      RgAttentionSpec spec = { .n_heads = 2, .n_kv_heads = 1, .head_dim = 4, .n_segments = 1, .q_offsets = offsets, .k_offsets = offsets, .causal = causal, .hidden = hidden };
      RgTensor *in[] = { numeric_tensor_new (&random, N_OWN, 16), numeric_tensor_new (&random, N_BEFORE, 10) };
      RgTensor *fast = before_op (pass, in, &spec), *slow;

      spec.record = joined;
      slow = joined_op (pass, in, &spec);
      numeric_assert_same ("keys before", fast->data, slow->data, N_OWN * 8, 1e-6);
      spec.record = record;
      before_op (pass, in, &spec);
      numeric_assert_same ("record", record, joined, n_records, 1e-6);
      spec.record = last;
      spec.record_last = 3;
      before_op (pass, in, &spec);
      for (guint head = 0; head < 2; head++)
        numeric_assert_same ("last rows", last + head * 3 * n_keys, joined + (head * N_OWN + N_OWN - 3) * n_keys, 3 * n_keys, 1e-6);

      numeric_tensor_free (in[0]);
      numeric_tensor_free (in[1]);
    }
}

/* Small enough for differences. */
static void
test_before_backward (void)
{
  static const guint offsets[] = { 0, 4 };
  static const guint8 hidden[N_BEFORE] = { 1 };
  RgAttentionSpec spec = { .n_heads = 2, .n_kv_heads = 1, .head_dim = 4, .n_segments = 1, .q_offsets = offsets, .k_offsets = offsets, .causal = TRUE, .hidden = hidden };
  RgRandom random;
  NumericCase self = { .op = before_op, .n_inputs = 2, .data = &spec };

  rg_random_init (&random, 12, 0);
  self.inputs[0] = numeric_tensor_new (&random, 4, 16);
  self.inputs[1] = numeric_tensor_new (&random, N_BEFORE, 10);
  self.inputs[1]->wants_grad = FALSE;
  numeric_check ("attention with keys before", &self, NULL, 0);
  numeric_case_clear (&self);
}

/* A record may be kept while the pass learns: both see the same probabilities. */
static RgTensor *
recorded_op (RgPass *pass, RgTensor **in, gpointer data)
{
  Layout layout = *(const Layout *) data;

  layout.spec.record = rg_arena_alloc (pass->arena, 2 * 3 * 3 * sizeof (float));

  return attention_op (pass, in, &layout);
}

static void
test_record_backward (void)
{
  static const guint offsets[] = { 0, 3 };
  Layout layout = { { .n_heads = 2, .head_dim = 2, .n_segments = 1, .q_offsets = offsets, .k_offsets = offsets, TRUE }, { 0, 0, 0 }, { 0, 4, 8 }, 1 };
  RgRandom random;
  NumericCase self;

  rg_random_init (&random, 5, 0);
  self = case_new (&random, &layout);
  self.op = recorded_op;
  numeric_check ("recorded attention", &self, NULL, 0);
  numeric_case_clear (&self);
}

/* Keys that no query may see: the loop leaves them out, the op and its derivatives must come to the same. The second segment
 * has no key left. */
static void
test_hidden (void)
{
  static const guint q_offsets[] = { 0, 2, 3, 6 }, k_offsets[] = { 0, 4, 6, 11 };
  static const guint8 hidden[] = { 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0 };
  RgRandom random;

  rg_random_init (&random, 10, 0);
  for (guint causal = 0; causal < 2; causal++)
    check_layout (&random, (Layout){ { .n_heads = 2, .head_dim = 3, .n_segments = 3, .q_offsets = q_offsets, .k_offsets = k_offsets, causal, .hidden = hidden }, { 0, 1, 1 }, { 2, 0, 6 } });
}

/* Several heads of queries to one of keys and values, and a scale of one's own. */
static void
test_shared_keys (void)
{
  static const guint offsets[] = { 0, 3, 7 };
  RgRandom random;

  rg_random_init (&random, 15, 0);
  for (guint kv_heads = 1; kv_heads <= 4; kv_heads *= 2)
    {
      gsize k = 4 * 3, v = k + kv_heads * 3;

      check_layout (&random, (Layout){ { .n_heads = 4, .n_kv_heads = kv_heads, .head_dim = 3, .scale = 0.9f, .n_segments = 2, .q_offsets = offsets, .k_offsets = offsets, .causal = TRUE }, { 0, 0, 0 }, { 0, k, v } });
    }
}

/* A hidden key is as good as one that is not there, and one with a score beyond all others is hidden as well. */
static void
test_hidden_record (void)
{
  static const guint q_offsets[] = { 0, 3 }, k_offsets[] = { 0, 4 };
  static const guint8 hidden[] = { 0, 1, 0, 0 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float record[2 * 3 * 4];
  double p[2 * 3 * 4];
  Layout layout = { { .n_heads = 2, .head_dim = 2, .n_segments = 1, .q_offsets = q_offsets, .k_offsets = k_offsets, .record = record, .hidden = hidden }, { 0, 1, 1 }, { 0, 0, 4 }, 1 };
  RgRandom random;
  NumericCase self;

  rg_random_init (&random, 11, 0);
  self = case_new (&random, &layout);
  for (guint i = 0; i < 9; i++)
    self.inputs[1]->data[9 + i] = 1e18f; /* key and value 1 */
  g_free (expect_attention (&self, p));
  attention_op (pass, self.inputs, &layout);
  numeric_assert_all_near ("record", record, p, G_N_ELEMENTS (record), 1e-6);
  for (guint row = 0; row < 6; row++)
    g_assert_cmpfloat (record[row * 4 + 1], ==, 0);
  numeric_case_clear (&self);
}

/* d loss / d probability is the weight of the output times the value: the loop is its definition. */
static void
test_record_grad (void)
{
  static const guint q_offsets[] = { 0, 3 }, k_offsets[] = { 0, 5 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float record_grad[2 * 3 * 5], *grad;
  double expected[2 * 3 * 5] = { 0 };
  Layout layout = { { .n_heads = 2, .head_dim = 4, .n_segments = 1, .q_offsets = q_offsets, .k_offsets = k_offsets, .record_grad = record_grad }, { 0, 1, 1 }, { 1, 0, 8 }, 1 };
  RgRandom random;
  NumericCase self;
  RgTensor *y;

  rg_random_init (&random, 12, 0);
  self = case_new (&random, &layout);
  pass->recording = TRUE;
  y = attention_op (pass, self.inputs, &layout);
  grad = rg_pass_grad_added (pass, y);
  for (guint i = 0; i < 3 * 8; i++)
    grad[i] = rg_random_range (&random, -1, 1);
  for (guint head = 0; head < 2; head++)
    for (guint q = 0; q < 3; q++)
      for (guint k = 0; k < 5; k++)
        for (guint i = 0; i < 4; i++)
          expected[(head * 3 + q) * 5 + k] += (double) grad[q * 8 + head * 4 + i] * head_row (&self, 2, k, head)[i];
  rg_pass_backward (pass);
  numeric_assert_all_near ("derivative of the probabilities", record_grad, expected, G_N_ELEMENTS (record_grad), 1e-6);
  numeric_case_clear (&self);
}

/* Scores of any size give probabilities; a value that is not a number spoils its own segment only. */
static void
test_extremes (void)
{
  static const guint offsets[] = { 0, 2, 4 };
  Layout layout = { { .n_heads = 1, .head_dim = 2, .n_segments = 2, .q_offsets = offsets, .k_offsets = offsets, FALSE }, { 0, 0, 0 }, { 0, 2, 4 }, 1 };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  RgRandom random;
  NumericCase self;
  float *x;
  RgTensor *y;

  rg_random_init (&random, 6, 0);
  self = case_new (&random, &layout);
  x = self.inputs[0]->data;
  x[0] = 1e18f; /* query 0 */
  x[2] = 1e18f; /* key 0 */
  x[7 + 2] = -1e18f;
  y = attention_op (pass, self.inputs, &layout);
  g_assert_cmpfloat (y->data[0], ==, x[4]);
  g_assert_cmpfloat (y->data[1], ==, x[5]);

  x[7 + 3] = NAN;
  y = attention_op (pass, self.inputs, &layout);
  for (guint i = 0; i < 8; i++)
    g_assert_true (isnan (y->data[i]) == (i < 4));
  numeric_case_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attention/self", test_self);
  g_test_add_func ("/attention/cross", test_cross);
  g_test_add_func ("/attention/causal-behind", test_causal_behind);
  g_test_add_func ("/attention/mutual", test_mutual);
  g_test_add_func ("/attention/window", test_window);
  g_test_add_func ("/attention/chosen", test_chosen);
  g_test_add_func ("/attention/record", test_record);
  g_test_add_func ("/attention/record-backward", test_record_backward);
  g_test_add_func ("/attention/before", test_before);
  g_test_add_func ("/attention/before-backward", test_before_backward);
  g_test_add_func ("/attention/shared-keys", test_shared_keys);
  g_test_add_func ("/attention/hidden", test_hidden);
  g_test_add_func ("/attention/hidden-record", test_hidden_record);
  g_test_add_func ("/attention/record-grad", test_record_grad);
  g_test_add_func ("/attention/extremes", test_extremes);

  return g_test_run ();
}
