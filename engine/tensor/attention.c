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

static Head
locate (const Run *run, gsize task)
{
  const RgAttentionSpec *spec = run->spec;
  guint segment = task / spec->n_heads, head = task % spec->n_heads;
  gsize first_q = spec->q_offsets[segment], first_k = spec->k_offsets[segment];
  Head self = {
    .n_q = spec->q_offsets[segment + 1] - first_q,
    .n_k = spec->k_offsets[segment + 1] - first_k,
    .q = first_q * run->q.tensor->cols + run->q.col + head * spec->head_dim,
    .k = first_k * run->k.tensor->cols + run->k.col + head * spec->head_dim,
    .v = first_k * run->v.tensor->cols + run->v.col + head * spec->head_dim,
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
  float scale = 1.0f / sqrtf (spec->head_dim);
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

/* The derivatives of queries, keys and values lie in slices of tensors that others share: cleared once, then added to. */
static void
attention_backward (RgPass *pass, RgNode *node)
{
  AttentionNode *self = (AttentionNode *) node;
  const RgAttentionSpec *spec = &self->spec;
  Run run = { .spec = spec, .q = self->q, .k = self->k, .v = self->v, .y = self->y, .starts = self->starts };
  gsize largest = 0;
  float scale = 1.0f / sqrtf (spec->head_dim);
  float *dq, *dk, *dv, *dp;

  if (self->y->grad == NULL)
    return;

  dq = rg_pass_grad_added (pass, self->q.tensor);
  dk = rg_pass_grad_added (pass, self->k.tensor);
  dv = rg_pass_grad_added (pass, self->v.tensor);

  for (guint s = 0; s < spec->n_segments; s++)
    largest = MAX (largest, (gsize) (spec->q_offsets[s + 1] - spec->q_offsets[s]) * (spec->k_offsets[s + 1] - spec->k_offsets[s]));
  dp = rg_arena_alloc (pass->arena, largest * sizeof (float));

  for (gsize task = 0; task < (gsize) spec->n_segments * spec->n_heads; task++)
    {
      Head head = locate (&run, task);
      const float *p = self->probabilities + head.p, *dy = self->y->grad + head.y;
      gsize q_cols = self->q.tensor->cols, k_cols = self->k.tensor->cols, v_cols = self->v.tensor->cols, y_cols = self->y->cols;

      /* dv += pᵀ dy */
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, head.n_k, spec->head_dim, head.n_q,
               p, head.n_k, dy, y_cols, TRUE, dv + head.v, v_cols);

      /* dp = dy vᵀ, then through the softmax */
      rg_gemm (pass->pool, pass->precision, FALSE, TRUE, head.n_q, head.n_k, spec->head_dim,
               dy, y_cols, self->v.tensor->data + head.v, v_cols, FALSE, dp, head.n_k);
      if (spec->record_grad != NULL)
        memcpy (spec->record_grad + head.p, dp, head.n_q * head.n_k * sizeof (float));
      for (gsize i = 0; i < head.n_q; i++)
        softmax_row_backward (dp + i * head.n_k, p + i * head.n_k, head.n_k, scale);

      /* dq += dlogits k, dk += dlogitsᵀ q */
      rg_gemm (pass->pool, pass->precision, FALSE, FALSE, head.n_q, spec->head_dim, head.n_k,
               dp, head.n_k, self->k.tensor->data + head.k, k_cols, TRUE, dq + head.q, q_cols);
      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, head.n_k, spec->head_dim, head.n_q,
               dp, head.n_k, self->q.tensor->data + head.q, q_cols, TRUE, dk + head.k, k_cols);
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

/* --- rotary positions --- */

typedef struct
{
  RgNode node;
  RgView x;
  guint n_heads, head_dim;
  const guint *positions;
  float base;
} RotateNode;

/* Turns every pair by its angle, or back with @sign −1: the derivative of a rotation is the rotation back. */
static void
rotate (float *x, gsize rows, gsize cols, guint n_heads, guint head_dim, const guint *positions, float base, float sign)
{
  guint half = head_dim / 2;
  float frequency[256];

  g_assert (half <= G_N_ELEMENTS (frequency));

  for (guint i = 0; i < half; i++)
    frequency[i] = powf (base, -2.0f * i / head_dim);

  for (gsize r = 0; r < rows; r++)
    for (guint i = 0; i < half; i++)
      {
        float angle = positions[r] * frequency[i];
        float c = cosf (angle), s = sign * sinf (angle);

        for (guint h = 0; h < n_heads; h++)
          {
            float *pair = x + r * cols + h * head_dim + i;
            float a = pair[0], b = pair[half];

            pair[0] = a * c - b * s;
            pair[half] = b * c + a * s;
          }
      }
}

static void
rotate_backward (RgPass *pass, RgNode *node)
{
  RotateNode *self = (RotateNode *) node;
  RgTensor *x = self->x.tensor;

  if (x->grad != NULL)
    rotate (x->grad + self->x.col, x->rows, x->cols, self->n_heads, self->head_dim, self->positions, self->base, -1);
}

void
rg_rotate (RgPass *pass, RgView x, guint n_heads, guint head_dim, const guint *positions, float base)
{
  rotate (x.tensor->data + x.col, x.tensor->rows, x.tensor->cols, n_heads, head_dim, positions, base, 1);

  if (pass->recording)
    {
      RotateNode *node = rg_pass_node (pass, sizeof *node, rotate_backward);

      node->x = x;
      node->n_heads = n_heads;
      node->head_dim = head_dim;
      node->positions = positions;
      node->base = base;
    }
}
