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

/* One head of one segment: where its numbers lie. */
typedef struct
{
  gsize n_q, n_k;
  gsize q, k, v, y; /* offset of the first element in its tensor */
  gsize p;          /* offset in the probabilities */
} Head;

/* What the parallel loop over heads needs. */
typedef struct
{
  RgPass *pass;
  const RgAttentionSpec *spec;
  RgView q, k, v;
  RgTensor *y;
  float *probabilities;
  const gsize *starts; /* (S) offset of each segment's first probability */
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
    .n_k = spec->k_offsets[segment + 1] - first_k,
    .q = first_q * run->q.tensor->cols + run->q.col + head * spec->head_dim,
    .k = first_k * run->k.tensor->cols + run->k.col + kv_head * spec->head_dim,
    .v = first_k * run->v.tensor->cols + run->v.col + kv_head * spec->head_dim,
    .y = first_q * run->y->cols + head * spec->head_dim,
  };

  self.p = run->starts[segment] + head * self.n_q * self.n_k;

  return self;
}

/* How many keys a query may see; the rest of its row is zero. */
static gsize
visible_keys (const RgAttentionSpec *spec, const Head *head, gsize query)
{
  return spec->causal ? head->n_k - head->n_q + query + 1 : head->n_k;
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

/* Hidden keys: before the softmax with the lowest of all scores, after it with a probability of exactly zero. */
static void
hide_keys (float *rows, const Head *head, const guint8 *hidden, float value)
{
  for (gsize i = 0; i < head->n_q; i++)
    for (gsize k = 0; k < head->n_k; k++)
      if (hidden[k])
        rows[i * head->n_k + k] = value;
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

static void
head_forward (gsize task, gpointer data)
{
  Run *run = data;
  const RgAttentionSpec *spec = run->spec;
  Head head = locate (run, task);
  float *p = run->probabilities + head.p;
  float scale = get_scale (spec);
  const guint8 *hidden = spec->hidden != NULL ? spec->hidden + spec->k_offsets[task / spec->n_heads] : NULL;

  rg_gemm (NULL, run->pass->precision, FALSE, TRUE, head.n_q, head.n_k, spec->head_dim,
           run->q.tensor->data + head.q, run->q.tensor->cols, run->k.tensor->data + head.k, run->k.tensor->cols,
           FALSE, p, head.n_k);

  if (hidden != NULL)
    hide_keys (p, &head, hidden, -G_MAXFLOAT);
  for (gsize i = 0; i < head.n_q; i++)
    softmax_row (p + i * head.n_k, visible_keys (spec, &head, i), head.n_k, scale);
  if (hidden != NULL)
    hide_keys (p, &head, hidden, 0);

  rg_gemm (NULL, run->pass->precision, FALSE, FALSE, head.n_q, spec->head_dim, head.n_k,
           p, head.n_k, run->v.tensor->data + head.v, run->v.tensor->cols,
           FALSE, run->y->data + head.y, run->y->cols);
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
  gsize largest = 0;
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
    largest = MAX (largest, (gsize) (spec->q_offsets[s + 1] - spec->q_offsets[s]) * (spec->k_offsets[s + 1] - spec->k_offsets[s]));
  dp = rg_arena_alloc (pass->arena, largest * sizeof (float));

  for (gsize task = 0; task < (gsize) spec->n_segments * spec->n_heads; task++)
    {
      Head head = locate (&run, task);
      gboolean first = task % get_group (spec) == 0; /* of those that share keys: later ones add */
      const float *p = self->probabilities + head.p, *dy = self->y->grad + head.y;
      gsize q_cols = self->q.tensor->cols, k_cols = self->k.tensor->cols, v_cols = self->v.tensor->cols, y_cols = self->y->cols;

      /* dv += pᵀ dy */
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, head.n_k, spec->head_dim, head.n_q,
               p, head.n_k, dy, y_cols, !fill_v || !first, dv + head.v, v_cols);

      /* dp = dy vᵀ, then through the softmax */
      rg_gemm (pass->pool, pass->precision, FALSE, TRUE, head.n_q, head.n_k, spec->head_dim,
               dy, y_cols, self->v.tensor->data + head.v, v_cols, FALSE, dp, head.n_k);
      if (spec->record_grad != NULL)
        memcpy (spec->record_grad + head.p, dp, head.n_q * head.n_k * sizeof (float));
      for (gsize i = 0; i < head.n_q; i++)
        softmax_row_backward (dp + i * head.n_k, p + i * head.n_k, head.n_k, scale);

      /* dq += dlogits k, dk += dlogitsᵀ q */
      rg_gemm (pass->pool, pass->precision, FALSE, FALSE, head.n_q, spec->head_dim, head.n_k,
               dp, head.n_k, self->k.tensor->data + head.k, k_cols, !fill_q, dq + head.q, q_cols);
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, head.n_k, spec->head_dim, head.n_q,
               dp, head.n_k, self->q.tensor->data + head.q, q_cols, !fill_k || !first, dk + head.k, k_cols);
    }
}

RgTensor *
rg_attention (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec)
{
  guint n_segments = spec->n_segments;
  RgTensor *y = rg_pass_tensor (pass, spec->q_offsets[n_segments], (gsize) spec->n_heads * spec->head_dim);
  gsize *starts = rg_arena_alloc (pass->arena, n_segments * sizeof (gsize));
  gsize total = 0;
  Run run = { .pass = pass, .spec = spec, .q = q, .k = k, .v = v, .y = y, .starts = starts };

  g_assert (spec->n_kv_heads == 0 || spec->n_heads % spec->n_kv_heads == 0);
  g_assert ((spec->record == NULL && spec->record_grad == NULL) || n_segments == 1);

  for (guint s = 0; s < n_segments; s++)
    {
      g_assert (!spec->causal || spec->q_offsets[s + 1] - spec->q_offsets[s] <= spec->k_offsets[s + 1] - spec->k_offsets[s]);
      starts[s] = total;
      total += (gsize) spec->n_heads * (spec->q_offsets[s + 1] - spec->q_offsets[s]) * (spec->k_offsets[s + 1] - spec->k_offsets[s]);
    }

  run.probabilities = spec->record != NULL ? spec->record : rg_arena_alloc (pass->arena, total * sizeof (float));
  rg_pool_run (pass->pool, (gsize) n_segments * spec->n_heads, head_forward, &run);

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
