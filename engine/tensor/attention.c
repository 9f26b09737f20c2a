/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/vector-math.h"

typedef struct
{
  RgNode node;
  RgView q, k, v;
  RgTensor *y;
  RgAttentionSpec spec;
  float *probabilities; /* for each segment, for each head: queries × keys */
  const gsize *starts;  /* (S) offset of each segment's first probability */
} AttentionNode;

/* Queries of a head that are computed together: their scores stay in the core's cache. */
#define QUERY_BLOCK 64

/* One head of one segment: where its numbers lie. */
typedef struct
{
  gsize n_q, n_k;           /* all keys, those before included */
  gsize q, k, v, y;         /* offset of the first element in its tensor */
  gsize before_k, before_v; /* the same of the keys and values before */
  gsize p;                  /* offset in the probabilities */
  const guint32 *ends;      /* nullable: how many of the keys before each query sees */
} Head;

/* What the parallel loop over heads needs. */
typedef struct
{
  RgPass *pass;
  const RgAttentionSpec *spec;
  RgView q, k, v;
  RgTensor *y;
  float *probabilities; /* as of the node; NULL where nobody wants them all */
  const gsize *starts;  /* (S) offset of each segment's first probability */
  gsize n_blocks;       /* of queries, in the longest segment */
} Run;

/* How many heads of queries share one of keys and values. */
static guint
get_group (const RgAttentionSpec *spec)
{
  return spec->n_kv_heads > 0 ? spec->n_heads / spec->n_kv_heads : 1;
}

static float
get_scale (const RgAttentionSpec *spec)
{
  return spec->scale != 0 ? spec->scale : 1.0f / sqrtf (spec->head_dim);
}

static Head
locate (const Run *run, gsize task)
{
  const RgAttentionSpec *spec = run->spec;
  guint segment = task / spec->n_heads, head = task % spec->n_heads, kv_head = head / get_group (spec);
  gsize first_q = spec->q_offsets[segment], first_k = spec->k_offsets[segment];
  Head self = {
    .n_q = spec->q_offsets[segment + 1] - first_q,
    .n_k = spec->n_before + spec->k_offsets[segment + 1] - first_k,
    .q = first_q * run->q.tensor->cols + run->q.col + head * spec->head_dim,
    .k = first_k * run->k.tensor->cols + run->k.col + kv_head * spec->head_dim,
    .v = first_k * run->v.tensor->cols + run->v.col + kv_head * spec->head_dim,
    .y = first_q * run->y->cols + head * spec->head_dim,
    .before_k = spec->before_k.col + kv_head * spec->head_dim,
    .before_v = spec->before_v.col + kv_head * spec->head_dim,
    .ends = spec->before_ends != NULL ? spec->before_ends + first_q : NULL,
  };

  self.p = run->starts[segment] + head * self.n_q * self.n_k;

  return self;
}

/* How many keys a query may see; the rest of its row is zero. */
static gsize
visible_keys (const RgAttentionSpec *spec, const Head *head, gsize query)
{
  gsize own = head->n_k - head->n_q + query; /* its key */

  if (!spec->causal)
    return head->n_k;

  return own >= spec->mutual_first && own < spec->mutual_end ? spec->mutual_end : own + 1;
}

RG_VECTORISED static void
softmax_row (float *row, gsize visible, gsize n, float scale)
{
  float largest = -G_MAXFLOAT, sum = 0, inverse;

  RG_SIMD_MAX (largest)
  for (gsize i = 0; i < visible; i++)
    largest = row[i] > largest ? row[i] : largest;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < visible; i++)
    {
      row[i] = rg_exp ((row[i] - largest) * scale);
      sum += row[i];
    }

  inverse = 1.0f / sum;
  for (gsize i = 0; i < visible; i++)
    row[i] *= inverse;

  memset (row + visible, 0, (n - visible) * sizeof (float));
}

RG_VECTORISED static void
hide_keys_of_row (float *row, const guint8 *hidden, gsize n, float value)
{
  for (gsize k = 0; k < n; k++)
    row[k] = hidden[k] ? value : row[k];
}

/* Hidden keys: before the softmax with the lowest of all scores, after it with a probability of exactly zero.
 * @first: number of the first row in its segment; @stride: between rows; @period: as RgAttentionSpec.hidden_rows */
static void
hide_keys (float *rows, gsize first, gsize n_rows, gsize stride, const guint8 *hidden, gsize n, gsize period, float value)
{
  for (gsize i = 0; hidden != NULL && i < n_rows; i++)
    hide_keys_of_row (rows + i * stride, hidden + (period > 0 ? (first + i) / period * n : 0), n, value);
}

/* The same of rows before that stand behind the query. */
static void
hide_later (float *rows, gsize n_rows, gsize stride, const guint32 *ends, gsize n, float value)
{
  for (gsize i = 0; ends != NULL && i < n_rows; i++)
    for (gsize k = ends[i]; k < n; k++)
      rows[i * stride + k] = value;
}

/* dlogits = p (dp − Σ p dp) · scale, written over dp. */
RG_VECTORISED static void
softmax_row_backward (float *dp, const float *p, gsize n, float scale)
{
  float dot = 0;

  RG_SIMD_SUM (dot)
  for (gsize i = 0; i < n; i++)
    dot += dp[i] * p[i];

  for (gsize i = 0; i < n; i++)
    dp[i] = p[i] * (dp[i] - dot) * scale;
}

/* Queries @first … @first + @n − 1 of a head. @p: (out): n × n_k probabilities */
static void
attend (const Run *run, const Head *head, const guint8 *hidden, gsize first, gsize n, float *p)
{
  const RgAttentionSpec *spec = run->spec;
  gsize n_seen = visible_keys (spec, head, first + n - 1), n_before = spec->n_before, n_own = n_seen - n_before;
  gsize n_hidden = n_before > 0 ? n_before : n_seen;
  const float *q = run->q.tensor->data + head->q + first * run->q.tensor->cols;
  float *y = run->y->data + head->y + first * run->y->cols, scale = get_scale (spec);
  const guint32 *ends = head->ends != NULL ? head->ends + first : NULL;

  if (n_before > 0)
    rg_gemm (NULL, run->pass->precision, FALSE, TRUE, n, n_before, spec->head_dim,
             q, run->q.tensor->cols, spec->before_k.tensor->data + head->before_k, spec->before_k.tensor->cols, FALSE, p, head->n_k);
  if (n_own > 0)
    rg_gemm (NULL, run->pass->precision, FALSE, TRUE, n, n_own, spec->head_dim,
             q, run->q.tensor->cols, run->k.tensor->data + head->k, run->k.tensor->cols, FALSE, p + n_before, head->n_k);

  hide_keys (p, first, n, head->n_k, hidden, n_hidden, spec->hidden_rows, -G_MAXFLOAT);
  hide_later (p, n, head->n_k, ends, n_before, -G_MAXFLOAT);
  for (gsize i = 0; i < n; i++)
    softmax_row (p + i * head->n_k, visible_keys (spec, head, first + i), head->n_k, scale);
  hide_keys (p, first, n, head->n_k, hidden, n_hidden, spec->hidden_rows, 0);
  hide_later (p, n, head->n_k, ends, n_before, 0);

  if (n_before > 0)
    rg_gemm (NULL, run->pass->precision, FALSE, FALSE, n, spec->head_dim, n_before,
             p, head->n_k, spec->before_v.tensor->data + head->before_v, spec->before_v.tensor->cols, FALSE, y, run->y->cols);
  if (n_own > 0)
    rg_gemm (NULL, run->pass->precision, FALSE, FALSE, n, spec->head_dim, n_own,
             p + n_before, head->n_k, run->v.tensor->data + head->v, run->v.tensor->cols, n_before > 0, y, run->y->cols);
}

/* Room for the probabilities that nobody keeps, one a thread. */
static float *
get_scratch (gsize n)
{
  static GPrivate scratch = G_PRIVATE_INIT (g_free);
  static __thread gsize size;

  if (size < n)
    {
      g_private_replace (&scratch, g_new (float, n));
      size = n;
    }

  return g_private_get (&scratch);
}

/* The last rows of the block that are to be recorded. */
static void
record_last (const RgAttentionSpec *spec, const Head *head, guint head_number, gsize first, gsize n, const float *p)
{
  gsize n_rows = MIN (spec->record_last, head->n_q), begin = head->n_q - n_rows;

  for (gsize i = MAX (first, begin); i < first + n; i++)
    memcpy (spec->record + ((gsize) head_number * n_rows + i - begin) * head->n_k, p + (i - first) * head->n_k, head->n_k * sizeof (float));
}

static void
block_forward (gsize task, gpointer data)
{
  Run *run = data;
  const RgAttentionSpec *spec = run->spec;
  gsize number = task / run->n_blocks, first = task % run->n_blocks * QUERY_BLOCK, n;
  guint segment = number / spec->n_heads;
  Head head = locate (run, number);
  const guint8 *hidden = spec->hidden != NULL ? spec->hidden + (spec->n_before > 0 ? segment * spec->n_before : spec->k_offsets[segment]) : NULL;

  if (first >= head.n_q)
    return;

  n = MIN (head.n_q - first, QUERY_BLOCK);
  if (run->probabilities != NULL)
    attend (run, &head, hidden, first, n, run->probabilities + head.p + first * head.n_k);
  else
    {
      float *p = get_scratch (n * head.n_k);

      attend (run, &head, hidden, first, n, p);
      if (spec->record != NULL)
        record_last (spec, &head, number % spec->n_heads, first, n, p);
    }
}

/* Whether the heads together write every derivative of @tensor once, so that it need not be cleared first: queries, keys
 * and values are often all there is of the product they come from. */
static gboolean
is_filled (const AttentionNode *self, const RgTensor *tensor)
{
  const RgAttentionSpec *spec = &self->spec;
  const RgView *views[] = { &self->q, &self->k, &self->v };
  const guint *offsets[] = { spec->q_offsets, spec->k_offsets, spec->k_offsets };
  gsize kv_width = (gsize) spec->n_heads / get_group (spec) * spec->head_dim;
  gsize widths[] = { (gsize) spec->n_heads * spec->head_dim, kv_width, kv_width }, cols = 0;

  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      if (views[i]->tensor != tensor)
        continue;
      if (offsets[i][0] != 0 || offsets[i][spec->n_segments] != tensor->rows)
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (views[j]->tensor == tensor && views[j]->col < views[i]->col + widths[i] && views[i]->col < views[j]->col + widths[j])
          return FALSE;
      cols += widths[i];
    }

  return cols == tensor->cols && !tensor->grad_set;
}

static float *
get_grad (RgPass *pass, RgTensor *tensor, gboolean filled)
{
  gboolean accumulate;

  return filled ? rg_pass_grad (pass, tensor, &accumulate) : rg_pass_grad_added (pass, tensor);
}

static void
attention_backward (RgPass *pass, RgNode *node)
{
  AttentionNode *self = (AttentionNode *) node;
  const RgAttentionSpec *spec = &self->spec;
  Run run = { .spec = spec, .q = self->q, .k = self->k, .v = self->v, .y = self->y, .starts = self->starts };
  gsize largest = 0, n_before = spec->n_before;
  float scale = get_scale (spec);
  gboolean fill_q, fill_k, fill_v;
  float *dq, *dk, *dv, *dp;

  if (self->y->grad == NULL)
    return;

  fill_q = is_filled (self, self->q.tensor);
  fill_k = is_filled (self, self->k.tensor);
  fill_v = is_filled (self, self->v.tensor);
  dq = get_grad (pass, self->q.tensor, fill_q);
  dk = get_grad (pass, self->k.tensor, fill_k);
  dv = get_grad (pass, self->v.tensor, fill_v);

  for (guint s = 0; s < spec->n_segments; s++)
    largest = MAX (largest, (gsize) (spec->q_offsets[s + 1] - spec->q_offsets[s]) * (n_before + spec->k_offsets[s + 1] - spec->k_offsets[s]));
  dp = rg_arena_alloc (pass->arena, largest * sizeof (float));

  for (gsize task = 0; task < (gsize) spec->n_segments * spec->n_heads; task++)
    {
      Head head = locate (&run, task);
      gboolean first = task % get_group (spec) == 0; /* of those that share keys: later ones add */
      const float *p = self->probabilities + head.p, *dy = self->y->grad + head.y;
      gsize q_cols = self->q.tensor->cols, k_cols = self->k.tensor->cols, v_cols = self->v.tensor->cols, y_cols = self->y->cols;

      gsize n_own = head.n_k - n_before;

      /* dv += pᵀ dy */
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, n_own, spec->head_dim, head.n_q,
               p + n_before, head.n_k, dy, y_cols, !fill_v || !first, dv + head.v, v_cols);

      /* dp = dy vᵀ, then through the softmax */
      if (n_before > 0)
        rg_gemm (pass->pool, pass->precision, FALSE, TRUE, head.n_q, n_before, spec->head_dim,
                 dy, y_cols, spec->before_v.tensor->data + head.before_v, spec->before_v.tensor->cols, FALSE, dp, head.n_k);
      rg_gemm (pass->pool, pass->precision, FALSE, TRUE, head.n_q, n_own, spec->head_dim,
               dy, y_cols, self->v.tensor->data + head.v, v_cols, FALSE, dp + n_before, head.n_k);
      if (spec->record_grad != NULL)
        memcpy (spec->record_grad + head.p, dp, head.n_q * head.n_k * sizeof (float));
      for (gsize i = 0; i < head.n_q; i++)
        softmax_row_backward (dp + i * head.n_k, p + i * head.n_k, head.n_k, scale);

      /* dq += dlogits k, dk += dlogitsᵀ q */
      if (n_before > 0)
        rg_gemm (pass->pool, pass->precision, FALSE, FALSE, head.n_q, spec->head_dim, n_before,
                 dp, head.n_k, spec->before_k.tensor->data + head.before_k, spec->before_k.tensor->cols, !fill_q, dq + head.q, q_cols);
      rg_gemm (pass->pool, pass->precision, FALSE, FALSE, head.n_q, spec->head_dim, n_own,
               dp + n_before, head.n_k, self->k.tensor->data + head.k, k_cols, !fill_q || n_before > 0, dq + head.q, q_cols);
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, n_own, spec->head_dim, head.n_q,
               dp + n_before, head.n_k, self->q.tensor->data + head.q, q_cols, !fill_k || !first, dk + head.k, k_cols);
    }
}

RgTensor *
rg_attention (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec)
{
  guint n_segments = spec->n_segments;
  RgTensor *y = rg_pass_tensor (pass, spec->q_offsets[n_segments], (gsize) spec->n_heads * spec->head_dim);
  gsize *starts = rg_arena_alloc (pass->arena, n_segments * sizeof (gsize));
  gsize total = 0, longest = 0;
  gboolean keeps_all = pass->recording || (spec->record != NULL && spec->record_last == 0);
  Run run = { .pass = pass, .spec = spec, .q = q, .k = k, .v = v, .y = y, .starts = starts };

  g_assert (!pass->recording || (spec->record_last == 0 && spec->before_ends == NULL));
  g_assert (spec->hidden_rows == 0 || (n_segments == 1 && !spec->causal));
  g_assert (spec->n_kv_heads == 0 || spec->n_heads % spec->n_kv_heads == 0);
  g_assert ((spec->record_last == 0 && spec->record_grad == NULL && spec->mutual_end == 0) || n_segments == 1);

  for (guint s = 0; s < n_segments; s++)
    {
      gsize n_q = spec->q_offsets[s + 1] - spec->q_offsets[s], n_k = spec->n_before + spec->k_offsets[s + 1] - spec->k_offsets[s];

      g_assert (!spec->causal || n_q <= n_k - spec->n_before);
      starts[s] = total;
      total += spec->n_heads * n_q * n_k;
      longest = MAX (longest, n_q);
    }

  if (keeps_all)
    run.probabilities = spec->record != NULL ? spec->record : rg_arena_alloc (pass->arena, total * sizeof (float));
  run.n_blocks = (longest + QUERY_BLOCK - 1) / QUERY_BLOCK;
  rg_pool_run (pass->pool, (gsize) n_segments * spec->n_heads * run.n_blocks, block_forward, &run);

  if (pass->recording)
    {
      AttentionNode *node = rg_pass_node (pass, sizeof *node, attention_backward);

      node->q = q;
      node->k = k;
      node->v = v;
      node->y = y;
      node->spec = *spec;
      node->probabilities = run.probabilities;
      node->starts = starts;
    }

  return y;
}
