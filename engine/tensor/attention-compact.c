/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/attention-compact.h"

#include <string.h>

#include "engine/tensor/attention-spec.h"
#include "engine/tensor/compact-values.h"
#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/memory.h"
#include "engine/tensor/softmax.h"

/* Rows of all segments in bfloat16: those of the first head, then those of the next. */
typedef struct
{
  guint16 *values;
  gsize n; /* of a head */
} Rows;

#define N_VIEWS 3 /* queries, keys, values */

typedef struct
{
  RgNode node;
  RgAttentionSpec spec;
  RgView views[N_VIEWS];
  RgTensor *y;
  Rows q_rows, k_rows, v_rows;
  guint16 *p;            /* for each segment, for each head: queries × row length */
  const gsize *p_starts; /* (S) */
} Attention;

/* What one head of one segment is made of. */
typedef struct
{
  gsize n_q, n_k, length; /* queries, keys, and how long their row of scores is */
  const guint16 *q, *k, *v;
  guint16 *p;
} Head;

/* What a segment needs while it is computed. All heads side by side but for the scores and @dy. */
typedef struct
{
  float *scores;              /* a block of a head's, or what comes back to them */
  guint16 *dlogits;           /* the same, rounded */
  float *of_queries;          /* n_q × D: y, or dq */
  float *of_keys, *of_values; /* n_k × D: dk and dv */
  guint16 *dy;                /* as Rows, of this segment alone */
} Work;

static gsize
get_width (const RgAttentionSpec *spec)
{
  return (gsize) spec->n_heads * spec->head_dim;
}

static gsize
count_queries (const RgAttentionSpec *spec, guint segment)
{
  return spec->q_offsets[segment + 1] - spec->q_offsets[segment];
}

static Head
get_head (const Attention *self, guint segment, guint head)
{
  const RgAttentionSpec *spec = &self->spec;
  Head part = { .n_q = count_queries (spec, segment), .n_k = rg_attention_count_keys (spec, segment) };
  gsize of_keys = (head * self->k_rows.n + spec->k_offsets[segment]) * spec->head_dim;

  part.length = rg_softmax_get_length (part.n_k);
  part.q = self->q_rows.values + (head * self->q_rows.n + spec->q_offsets[segment]) * spec->head_dim;
  part.k = self->k_rows.values + of_keys;
  part.v = self->v_rows.values + of_keys;
  part.p = self->p + self->p_starts[segment] + head * part.n_q * part.length;

  return part;
}

static Work
get_work (const RgAttentionSpec *spec, const Head *head)
{
  static RgScratch scratch = RG_SCRATCH_INIT;
  gsize n_scores = RG_SOFTMAX_MAX_ROWS * head->length, width = get_width (spec), of_queries = head->n_q * width, of_keys = head->n_k * width;
  Work work;

  work.scores = rg_scratch_get (&scratch, (n_scores + of_queries + 2 * of_keys) * sizeof (float) + (n_scores + of_queries) * sizeof (guint16));
  work.of_queries = work.scores + n_scores;
  work.of_keys = work.of_queries + of_queries;
  work.of_values = work.of_keys + of_keys;
  work.dlogits = (guint16 *) (work.of_values + of_keys);
  work.dy = work.dlogits + n_scores;

  return work;
}

/* The next block of queries before @end. Returns: its first */
static gsize
get_block (gsize n_q, gsize end)
{
  gsize size = rg_attention_get_block (n_q, rg_attention_count_blocks (n_q));

  return (end - 1) / size * size;
}

/* How many keys a query sees, and with it all before it. */
static gsize
count_visible (const RgAttentionSpec *spec, guint segment, gsize query)
{
  return spec->causal ? rg_attention_find_own_key (spec, segment, query) + 1 : rg_attention_count_keys (spec, segment);
}

static RgFactor
get_factor (gboolean transposed, const guint16 *data, gsize ld)
{
  return (RgFactor){ .dtype = RG_DTYPE_BF16, .transposed = transposed, .data = data, .ld = ld };
}

/* C = (accumulate ? C : 0) + A · B in the calling thread. */
static void
multiply (gsize m, gsize n, gsize k, RgFactor a, RgFactor b, gboolean accumulate, float *c, gsize ldc)
{
  rg_gemm_typed (NULL, RG_PRECISION_FAST, m, n, k, &a, &b, accumulate ? c : NULL, ldc, c, ldc);
}

/* Rows @first … of a view, to those of each head. */
static void
split (const RgAttentionSpec *spec, const Rows *rows, RgView from, gsize first, gsize n)
{
  const RgTensor *x = from.tensor;

  rg_compact_split (rows->values + first * spec->head_dim, rows->n * spec->head_dim, x->data + first * x->cols + from.col, n, x->cols, spec->n_heads, spec->head_dim);
}

/* --- forward --- */

static void
head_forward (const Attention *self, guint segment, const Head *head, const Work *work, float *y)
{
  const RgAttentionSpec *spec = &self->spec;
  const gsize dim = spec->head_dim, width = get_width (spec), length = head->length;

  for (gsize end = head->n_q, first; end > 0; end = first)
    {
      gsize visible[RG_SOFTMAX_MAX_ROWS], n, n_seen = count_visible (spec, segment, end - 1);
      guint16 *p;

      first = get_block (head->n_q, end);
      n = end - first;
      p = head->p + first * length;
      for (gsize i = 0; i < n; i++)
        visible[i] = count_visible (spec, segment, first + i);

      multiply (n, n_seen, dim, get_factor (FALSE, head->q + first * dim, dim), get_factor (TRUE, head->k, dim), FALSE, work->scores, length);
      rg_compact_softmax (p, work->scores, n, length, visible, rg_attention_get_scale (spec));
      multiply (n, dim, n_seen, get_factor (FALSE, p, length), get_factor (FALSE, head->v, dim), FALSE, y + first * width, width);
    }
}

static void
segment_forward (gsize segment, gpointer data)
{
  const Attention *self = data;
  const RgAttentionSpec *spec = &self->spec;
  const gsize first_q = spec->q_offsets[segment], first_k = spec->k_offsets[segment], width = get_width (spec);
  const Head first = get_head (self, segment, 0);
  const Work work = get_work (spec, &first);

  split (spec, &self->q_rows, self->views[0], first_q, first.n_q);
  split (spec, &self->k_rows, self->views[1], first_k, first.n_k);
  split (spec, &self->v_rows, self->views[2], first_k, first.n_k);
  for (guint h = 0; h < spec->n_heads; h++)
    {
      const Head head = get_head (self, segment, h);

      head_forward (self, segment, &head, &work, work.of_queries + h * spec->head_dim);
    }
  rg_gemm_bf16_round ((guint16 *) self->y->stored + first_q * width, work.of_queries, first.n_q * width);
}

/* --- backward --- */

/* Where the derivatives of queries, keys or values go. */
typedef struct
{
  guint16 *rounded; /* nullable: there they are written, otherwise … */
  float *grad;      /* … here, or added to what is there */
  gsize ld;
  gboolean is_filled;
} Target;

typedef struct
{
  const Attention *forward;
  Target targets[N_VIEWS];
} Backward;

static void
head_backward (const Attention *self, guint segment, const Head *head, const Work *work, const guint16 *dy, gsize col)
{
  const RgAttentionSpec *spec = &self->spec;
  const gsize dim = spec->head_dim, width = get_width (spec), length = head->length;
  float *dq = work->of_queries + col, *dk = work->of_keys + col, *dv = work->of_values + col;

  /* From the last block on, which sees all keys that any sees. */
  for (gsize end = head->n_q, first; end > 0; end = first)
    {
      gsize n, n_seen = count_visible (spec, segment, end - 1);
      gboolean begun = end < head->n_q;
      const guint16 *p;

      first = get_block (head->n_q, end);
      n = end - first;
      p = head->p + first * length;

      /* dv += pᵀ dy, dp = dy vᵀ, then through the softmax */
      multiply (n_seen, dim, n, get_factor (TRUE, p, length), get_factor (FALSE, dy + first * dim, dim), begun, dv, width);
      multiply (n, n_seen, dim, get_factor (FALSE, dy + first * dim, dim), get_factor (TRUE, head->v, dim), FALSE, work->scores, length);
      rg_compact_softmax_backward (work->dlogits, work->scores, p, n, length, n_seen, rg_attention_get_scale (spec));

      /* dq = dlogits k, dk += dlogitsᵀ q */
      multiply (n, dim, n_seen, get_factor (FALSE, work->dlogits, length), get_factor (FALSE, head->k, dim), FALSE, dq + first * width, width);
      multiply (n_seen, dim, n, get_factor (TRUE, work->dlogits, length), get_factor (FALSE, head->q + first * dim, dim), begun, dk, width);
    }
}

static void
deliver (const Target *target, gsize first, gsize n, gsize width, const float *rows)
{
  for (gsize r = 0; r < n; r++, rows += width)
    {
      gsize at = (first + r) * target->ld;

      if (target->rounded != NULL)
        rg_gemm_bf16_round (target->rounded + at, rows, width);
      else if (target->is_filled)
        memcpy (target->grad + at, rows, width * sizeof (float));
      else
        rg_add_values (target->grad + at, rows, width);
    }
}

static void
segment_backward (gsize segment, gpointer data)
{
  const Backward *backward = data;
  const Attention *self = backward->forward;
  const RgAttentionSpec *spec = &self->spec;
  const gsize width = get_width (spec), first_q = spec->q_offsets[segment], first_k = spec->k_offsets[segment];
  const Head first = get_head (self, segment, 0);
  const Work work = get_work (spec, &first);
  const gsize step = first.n_q * spec->head_dim;
  gsize n_seen = first.n_q > 0 ? count_visible (spec, segment, first.n_q - 1) : 0;

  rg_compact_split (work.dy, step, self->y->grad + first_q * width, first.n_q, width, spec->n_heads, spec->head_dim);
  memset (work.of_keys + n_seen * width, 0, (first.n_k - n_seen) * width * sizeof (float));
  memset (work.of_values + n_seen * width, 0, (first.n_k - n_seen) * width * sizeof (float));
  for (guint h = 0; h < spec->n_heads; h++)
    {
      const Head head = get_head (self, segment, h);

      head_backward (self, segment, &head, &work, work.dy + h * step, h * spec->head_dim);
    }
  deliver (&backward->targets[0], first_q, first.n_q, width, work.of_queries);
  deliver (&backward->targets[1], first_k, first.n_k, width, work.of_keys);
  deliver (&backward->targets[2], first_k, first.n_k, width, work.of_values);
}

/* Queries, keys and values are often of the same tensor: the first of them that is asks for its derivatives. */
static void
find_targets (RgPass *pass, const Attention *self, Target *targets)
{
  gboolean filled[N_VIEWS];

  for (guint i = 0; i < N_VIEWS; i++)
    filled[i] = rg_attention_is_filled (&self->spec, self->views[0], self->views[1], self->views[2], self->views[i].tensor);

  for (guint i = 0; i < N_VIEWS; i++)
    {
      RgTensor *tensor = self->views[i].tensor;
      gboolean accumulate;

      targets[i] = (Target){ .ld = tensor->cols, .is_filled = filled[i] };
      if (filled[i])
        rg_pass_grad_rounded (pass, tensor);
      if (filled[i] && tensor->rounded_grad != NULL)
        targets[i].rounded = tensor->rounded_grad + self->views[i].col;
      else
        targets[i].grad = (filled[i] ? rg_pass_grad (pass, tensor, &accumulate) : rg_pass_grad_added (pass, tensor)) + self->views[i].col;
    }
}

static void
attention_backward (RgPass *pass, RgNode *node)
{
  Attention *self = (Attention *) node;
  Backward backward = { .forward = self };

  if (self->y->grad == NULL)
    return;

  find_targets (pass, self, backward.targets);
  rg_pool_run (pass->pool, self->spec.n_segments, segment_backward, &backward);
}

/* --- the op --- */

gboolean
rg_attention_can_be_compact (const RgAttentionSpec *spec)
{
  return rg_attention_get_group (spec) == 1 && spec->n_before == 0 && spec->window == 0 && spec->mutual_end == 0 && spec->q_period == 0 &&
         spec->record == NULL && spec->record_grad == NULL && spec->walk == NULL && spec->hidden == NULL;
}

static Rows
make_rows (RgPass *pass, const RgAttentionSpec *spec, const guint *offsets)
{
  gsize n = offsets[spec->n_segments];

  return (Rows){ rg_arena_alloc (pass->arena, n * get_width (spec) * sizeof (guint16)), n };
}

RgTensor *
rg_attention_compact (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec)
{
  Attention *self;
  gsize *p_starts = rg_arena_alloc (pass->arena, spec->n_segments * sizeof (gsize)), n_p = 0;
  RgTensor *y = rg_pass_factor (pass, spec->q_offsets[spec->n_segments], get_width (spec));

  g_assert (q.tensor->data != NULL && k.tensor->data != NULL && v.tensor->data != NULL);

  for (guint s = 0; s < spec->n_segments; s++)
    {
      gsize n_q = count_queries (spec, s), n_k = rg_attention_count_keys (spec, s);

      g_assert (!spec->causal || n_q <= n_k);
      p_starts[s] = n_p;
      n_p += spec->n_heads * n_q * rg_softmax_get_length (n_k);
    }

  self = rg_pass_node (pass, sizeof *self, attention_backward, y);
  self->spec = *spec;
  self->views[0] = q;
  self->views[1] = k;
  self->views[2] = v;
  self->y = y;
  self->q_rows = make_rows (pass, spec, spec->q_offsets);
  self->k_rows = make_rows (pass, spec, spec->k_offsets);
  self->v_rows = make_rows (pass, spec, spec->k_offsets);
  self->p = rg_arena_alloc (pass->arena, n_p * sizeof (guint16));
  self->p_starts = p_starts;
  rg_pool_run (pass->pool, spec->n_segments, segment_forward, self);

  return y;
}
