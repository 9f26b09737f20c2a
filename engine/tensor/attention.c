/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <string.h>

#include "engine/tensor/attention-compact.h"
#include "engine/tensor/attention-row.h"
#include "engine/tensor/attention-spec.h"
#include "engine/tensor/attention-walk.h"
#include "engine/tensor/memory.h"
#include "engine/tensor/softmax.h"
#include "engine/tensor/vector-math.h"

/* One head of one segment: where its numbers lie. */
typedef struct
{
  gsize n_q, n_k;           /* all keys, those before included */
  gsize length;             /* of a row of scores: n_k and what fills the last register */
  gsize q, k, v, y;         /* offset of the first element in its tensor */
  gsize before_k, before_v; /* the same of the keys and values before */
  gsize p;                  /* offset in the probabilities */
  gsize row;                /* its first row in a record of the segment */
  const guint32 *ends;      /* nullable: how many of the keys before each row of the text sees, from that one on */
  guint segment;
} Head;

/* What the parallel loop over heads needs. */
typedef struct
{
  RgPass *pass;
  const RgAttentionSpec *spec;
  RgView q, k, v;
  RgTensor *y;
  float *probabilities; /* for each segment, for each head: queries × row length; NULL where the pass does not record */
  const gsize *starts;  /* (S) offset of each segment's first probability */
  const gsize *records; /* (S) offset of each segment in the record */
  gsize n_blocks;       /* of queries, in the longest segment */
} Run;

typedef struct
{
  RgNode node;
  Run run;
  RgAttentionSpec spec; /* the run's own may be gone */
} AttentionNode;

static Head
locate (const Run *run, gsize task)
{
  const RgAttentionSpec *spec = run->spec;
  guint segment = task / spec->n_heads, head = task % spec->n_heads, kv_head = head / rg_attention_get_group (spec);
  gsize first_q = spec->q_offsets[segment], first_k = spec->k_offsets[segment];
  Head self = {
    .n_q = spec->q_offsets[segment + 1] - first_q,
    .n_k = rg_attention_count_keys (spec, segment),
    .length = rg_softmax_get_length (rg_attention_count_keys (spec, segment)),
    .q = first_q * run->q.tensor->cols + run->q.col + head * spec->head_dim,
    .k = first_k * run->k.tensor->cols + run->k.col + kv_head * spec->head_dim,
    .v = first_k * run->v.tensor->cols + run->v.col + kv_head * spec->head_dim,
    .y = first_q * run->y->cols + head * spec->head_dim,
    .before_k = spec->before_k.col + kv_head * spec->head_dim,
    .before_v = spec->before_v.col + kv_head * spec->head_dim,
    .segment = segment,
  };

  self.p = run->starts[segment] + head * self.n_q * self.length;
  if (spec->before_ends != NULL)
    self.ends = spec->before_ends + (spec->q_rows != NULL ? spec->row_offsets[segment] : first_q);
  self.row = head * (spec->record_last > 0 ? MIN (spec->record_last, self.n_q) : self.n_q);

  return self;
}

static gboolean
is_mutual (const RgAttentionSpec *spec, gsize key)
{
  return key >= spec->mutual_first && key < spec->mutual_end;
}

/* How many keys a query may see, or fewer with a window; the rest of its row is zero. */
static gsize
visible_keys (const RgAttentionSpec *spec, const Head *head, gsize query)
{
  gsize own = rg_attention_find_own_key (spec, head->segment, query);

  if (!spec->causal)
    return head->n_k;

  return is_mutual (spec, own) ? spec->mutual_end : own + 1;
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
hide_later (float *rows, gsize first, gsize n_rows, const RgAttentionSpec *spec, const Head *head, gsize n, float value)
{
  for (gsize i = first; head->ends != NULL && i < first + n_rows; i++)
    for (gsize k = head->ends[rg_attention_find_row (spec, head->segment, i)]; k < n; k++)
      rows[(i - first) * head->length + k] = value;
}

/* The first key that a query sees: its window's. */
static gsize
find_first_key (const RgAttentionSpec *spec, const Head *head, gsize query)
{
  gsize own = rg_attention_find_own_key (spec, head->segment, query), first = own + 1 - MIN (own + 1, spec->window);

  if (spec->window == 0)
    return 0;

  return is_mutual (spec, own) ? MIN (first, spec->mutual_first) : first;
}

/* And of keys that stand before it. */
static void
hide_earlier (float *rows, gsize first, gsize n_rows, const RgAttentionSpec *spec, const Head *head, float value)
{
  for (gsize i = 0; spec->window > 0 && i < n_rows; i++)
    {
      gsize begin = find_first_key (spec, head, first + i);

      for (gsize k = 0; k < begin; k++)
        rows[i * head->length + k] = value;
    }
}

/* Floats as a factor. */
static RgFactor
get_factor (gboolean transposed, const float *data, gsize ld)
{
  return (RgFactor){ RG_DTYPE_F32, transposed, data, ld };
}

/* C = (accumulate ? C : 0) + A · B in the calling thread. */
static void
multiply (const Run *run, gsize m, gsize n, gsize k, RgFactor a, RgFactor b, gboolean accumulate, float *c, gsize ldc)
{
  rg_gemm_typed (NULL, run->pass->precision, m, n, k, &a, &b, accumulate ? c : NULL, ldc, c, ldc);
}

/* C = (accumulate ? C : 0) + A · op (B), where B is the keys or values of a head: its columns of @rows from element @offset on. */
static void
multiply_by (const Run *run, gboolean trans_b, gsize m, gsize n, gsize k, RgFactor a, const RgTensor *rows, gsize offset, gboolean accumulate, float *c, gsize ldc)
{
  const guint8 *b = rows->stored != NULL ? rows->stored : rows->data;

  multiply (run, m, n, k, a, (RgFactor){ rows->dtype, trans_b, b + rg_dtype_get_size (rows->dtype, offset), rows->cols }, accumulate, c, ldc);
}

/* What is hidden of the keys of a segment. */
static const guint8 *
get_hidden (const RgAttentionSpec *spec, guint segment)
{
  return spec->hidden != NULL ? spec->hidden + (spec->n_before > 0 ? segment * spec->n_before : spec->k_offsets[segment]) : NULL;
}

/* Queries @first … @first + @n − 1 of a head. @p: (out): n × length probabilities */
static void
weigh (const Run *run, const Head *head, const guint8 *hidden, gsize first, gsize n, float *p)
{
  const RgAttentionSpec *spec = run->spec;
  gsize n_seen = visible_keys (spec, head, first + n - 1), n_before = spec->n_before, n_own = n_seen - n_before;
  gsize n_hidden = n_before > 0 ? n_before : n_seen, n_new = spec->q_period > 0 ? MIN (n, spec->q_period) : n;
  const float *q = run->q.tensor->data + head->q + first * run->q.tensor->cols;
  float scale = rg_attention_get_scale (spec);
  gsize visible[RG_SOFTMAX_MAX_ROWS];

  if (n_before > 0)
    multiply_by (run, TRUE, n_new, n_before, spec->head_dim, get_factor (FALSE, q, run->q.tensor->cols), spec->before_k.tensor, head->before_k, FALSE, p, head->length);
  if (n_own > 0)
    multiply_by (run, TRUE, n_new, n_own, spec->head_dim, get_factor (FALSE, q, run->q.tensor->cols), run->k.tensor, head->k, FALSE, p + n_before, head->length);
  for (gsize i = n_new; i < n; i++)
    memcpy (p + i * head->length, p + (i - n_new) * head->length, n_seen * sizeof (float));

  hide_keys (p, first, n, head->length, hidden, n_hidden, spec->hidden_rows, -G_MAXFLOAT);
  hide_later (p, first, n, spec, head, n_before, -G_MAXFLOAT);
  hide_earlier (p, first, n, spec, head, -G_MAXFLOAT);
  for (gsize i = 0; i < n; i++)
    visible[i] = visible_keys (spec, head, first + i);
  rg_softmax_rows (p, n, head->length, visible, scale);
  hide_keys (p, first, n, head->length, hidden, n_hidden, spec->hidden_rows, 0);
  hide_later (p, first, n, spec, head, n_before, 0);
  hide_earlier (p, first, n, spec, head, 0);
}

/* Of their probabilities what becomes of the values. */
static void
mix (const Run *run, const Head *head, gsize first, gsize n, const float *p)
{
  const RgAttentionSpec *spec = run->spec;
  gsize n_before = spec->n_before, n_own = visible_keys (spec, head, first + n - 1) - n_before;
  float *y = run->y->data + head->y + first * run->y->cols;

  if (n_before > 0)
    multiply_by (run, FALSE, n, spec->head_dim, n_before, get_factor (FALSE, p, head->length), spec->before_v.tensor, head->before_v, FALSE, y, run->y->cols);
  if (n_own > 0)
    multiply_by (run, FALSE, n, spec->head_dim, n_own, get_factor (FALSE, p + n_before, head->length), run->v.tensor, head->v, n_before > 0, y, run->y->cols);
}

/* For the probabilities that nobody keeps, and for derivatives. */
static RgScratch scratch = RG_SCRATCH_INIT, grad_scratch = RG_SCRATCH_INIT;

/* The rows of the block that are to be recorded: the last ones, or all. */
static void
record_rows (const Run *run, const Head *head, guint segment, gsize first, gsize n, const float *p)
{
  const RgAttentionSpec *spec = run->spec;
  gsize begin = spec->record_last > 0 ? head->n_q - MIN (spec->record_last, head->n_q) : 0;
  float *record = spec->record + run->records[segment] + head->row * head->n_k;

  for (gsize i = MAX (first, begin); i < first + n; i++)
    memcpy (record + (i - begin) * head->n_k, p + (i - first) * head->length, head->n_k * sizeof (float));
}

/* Which queries of a head the block with that number has: first … Returns: how many, 0 beyond the last */
static gsize
get_block (const Run *run, const Head *head, gsize block, gsize *first)
{
  gsize size = rg_attention_get_block (head->n_q, run->n_blocks);

  *first = block * size;

  return *first < head->n_q ? MIN (head->n_q - *first, size) : 0;
}

static void
block_forward (gsize task, gpointer data)
{
  Run *run = data;
  const RgAttentionSpec *spec = run->spec;
  gsize number = task / run->n_blocks, first;
  guint segment = number / spec->n_heads;
  Head head = locate (run, number);
  gsize n = get_block (run, &head, task % run->n_blocks, &first);
  float *p;

  if (n == 0)
    return;

  p = run->probabilities != NULL ? run->probabilities + head.p + first * head.length : rg_scratch_get (&scratch, n * head.length * sizeof (float));
  weigh (run, &head, get_hidden (spec, segment), first, n, p);
  mix (run, &head, first, n, p);
  if (spec->record != NULL)
    record_rows (run, &head, segment, first, n, p);
}

static float *
get_grad (RgPass *pass, RgTensor *tensor, gboolean filled)
{
  gboolean accumulate;

  return filled ? rg_pass_grad (pass, tensor, &accumulate) : rg_pass_grad_added (pass, tensor);
}

/* Derivatives with respect to queries, keys and values, and whether they are written, not added to. */
typedef struct
{
  Run run;
  const float *dy;
  float *dq, *dk, *dv;
  gboolean fill_q, fill_k, fill_v;
  double *carried; /* heads of keys × rows, see attention-walk.h */
} Backward;

/* What no query of the block sees has no say. */
static void
record_grads (float *record, const Head *head, gsize n, gsize n_seen, const float *dp)
{
  for (gsize i = 0; i < n; i++, record += head->n_k, dp += head->length)
    {
      memcpy (record, dp, n_seen * sizeof (float));
      memset (record + n_seen, 0, (head->n_k - n_seen) * sizeof (float));
    }
}

/* Queries @first … @first + @n − 1 of a head. @task: number of the segment's head of keys
 * @begins: whether nothing was written yet to the derivatives of the head's keys and values */
static void
block_backward (const Backward *self, const Head *head, gsize task, gsize first, gsize n, gboolean begins)
{
  const Run *run = &self->run;
  const RgAttentionSpec *spec = run->spec;
  gsize n_before = spec->n_before, n_seen = visible_keys (spec, head, first + n - 1), n_own = n_seen - n_before, width = spec->head_dim, length = head->length;
  gsize q_cols = run->q.tensor->cols, at = head->p + first * length;
  const RgFactor q = get_factor (FALSE, run->q.tensor->data + head->q + first * q_cols, q_cols), dy = get_factor (FALSE, self->dy + head->y + first * run->y->cols, run->y->cols);
  float *dq = self->dq + head->q + first * q_cols, *dp = rg_scratch_get (&grad_scratch, n * length * sizeof (float)), scale = rg_attention_get_scale (spec);
  float *p = run->probabilities != NULL ? run->probabilities + at : NULL;

  if (p == NULL)
    {
      p = rg_scratch_get (&scratch, n * length * sizeof (float));
      weigh (run, head, get_hidden (spec, task / (spec->n_heads / rg_attention_get_group (spec))), first, n, p);
    }

  /* dv += pᵀ dy */
  multiply (run, n_own, width, n, get_factor (TRUE, p + n_before, length), dy, !self->fill_v || !begins, self->dv + head->v, run->v.tensor->cols);

  /* dp = dy vᵀ, then through the softmax */
  if (n_before > 0)
    multiply_by (run, TRUE, n, n_before, width, dy, spec->before_v.tensor, head->before_v, FALSE, dp, length);
  multiply_by (run, TRUE, n, n_own, width, dy, run->v.tensor, head->v, FALSE, dp + n_before, length);
  if (spec->record_grad != NULL)
    record_grads (spec->record_grad + (head->row + first) * head->n_k, head, n, n_seen, dp);
  if (spec->walk != NULL)
    rg_attention_walk_carry (spec, task, first, n, n_seen, length, p, dp, self->carried);
  for (gsize i = 0; i < n; i++)
    rg_softmax_row_backward (dp + i * length, p + i * length, n_seen, scale);

  /* dq += dlogits k, dk += dlogitsᵀ q */
  if (n_before > 0)
    multiply_by (run, FALSE, n, width, n_before, get_factor (FALSE, dp, length), spec->before_k.tensor, head->before_k, !self->fill_q, dq, q_cols);
  multiply_by (run, FALSE, n, width, n_own, get_factor (FALSE, dp + n_before, length), run->k.tensor, head->k, !self->fill_q || n_before > 0, dq, q_cols);
  multiply (run, n_own, width, n, get_factor (TRUE, dp + n_before, length), q, !self->fill_k || !begins, self->dk + head->k, run->k.tensor->cols);
}

/* The derivatives of keys and values that none of the head's queries sees. */
static void
clear_unseen (const Backward *self, const Head *head)
{
  const Run *run = &self->run;
  gsize n_before = run->spec->n_before, size = run->spec->head_dim * sizeof (float);
  gsize n_seen = head->n_q > 0 ? visible_keys (run->spec, head, head->n_q - 1) - n_before : 0;

  for (gsize i = n_seen; i < head->n_k - n_before; i++)
    {
      if (self->fill_k)
        memset (self->dk + head->k + i * run->k.tensor->cols, 0, size);
      if (self->fill_v)
        memset (self->dv + head->v + i * run->v.tensor->cols, 0, size);
    }
}

/* The heads that share one of keys and values. */
static void
group_backward (gsize task, gpointer data)
{
  const Backward *self = data;
  guint group = rg_attention_get_group (self->run.spec);

  for (guint i = 0; i < group; i++)
    {
      Head head = locate (&self->run, task * group + i);

      if (i == 0)
        clear_unseen (self, &head);
      for (gsize block = self->run.n_blocks; block > 0; block--)
        {
          gsize first, n = get_block (&self->run, &head, block - 1, &first);

          if (n > 0)
            block_backward (self, &head, task, first, n, i == 0 && first + n == head.n_q);
        }
    }
}

/* Some queries of a segment, with all heads one after the other: what they add to the walk's mean, of which nobody else has these rows. */
static void
mean_block (gsize task, gpointer data)
{
  const Backward *self = data;
  const Run *run = &self->run;
  const RgAttentionSpec *spec = run->spec;
  gsize segment = task / run->n_blocks, first;

  for (guint i = 0; i < spec->n_heads; i++)
    {
      Head head = locate (run, segment * spec->n_heads + i);
      gsize n = get_block (run, &head, task % run->n_blocks, &first), n_seen = n > 0 ? visible_keys (spec, &head, first + n - 1) : 0, y_cols = run->y->cols;
      float *p, *dp = NULL;

      if (n == 0)
        return;

      p = rg_scratch_get (&scratch, n * head.length * sizeof (float));
      weigh (run, &head, get_hidden (spec, segment), first, n, p);
      if (self->dy != NULL)
        {
          dp = rg_scratch_get (&grad_scratch, n * head.length * sizeof (float));
          multiply_by (run, TRUE, n, n_seen, spec->head_dim, get_factor (FALSE, self->dy + head.y + first * y_cols, y_cols), run->v.tensor, head.v, FALSE, dp, head.length);
        }
      rg_attention_walk_average (spec, segment, first, n, n_seen, head.length, p, dp);
    }
}

static void
find_mean (const Backward *self)
{
  const Run *run = &self->run;

  if (run->spec->walk == NULL || run->spec->walk->mean == NULL)
    return;

  rg_attention_walk_clear (run->spec);
  rg_pool_run (run->pass->pool, run->spec->n_segments * run->n_blocks, mean_block, (gpointer) self);
}

static void
attention_backward (RgPass *pass, RgNode *node)
{
  AttentionNode *self = (AttentionNode *) node;
  RgTensor *q = self->run.q.tensor, *k = self->run.k.tensor, *v = self->run.v.tensor;
  Backward backward = { .run = self->run, .dy = self->run.y->grad };

  if (backward.dy == NULL)
    return;

  backward.run.spec = &self->spec;
  backward.fill_q = rg_attention_is_filled (&self->spec, self->run.q, self->run.k, self->run.v, q);
  backward.fill_k = rg_attention_is_filled (&self->spec, self->run.q, self->run.k, self->run.v, k);
  backward.fill_v = rg_attention_is_filled (&self->spec, self->run.q, self->run.k, self->run.v, v);
  backward.dq = get_grad (pass, q, backward.fill_q);
  backward.dk = get_grad (pass, k, backward.fill_k);
  backward.dv = get_grad (pass, v, backward.fill_v);
  if (self->spec.walk != NULL)
    backward.carried = rg_attention_walk_begin (&self->spec);
  rg_pool_run (pass->pool, (gsize) self->spec.n_segments * self->spec.n_heads / rg_attention_get_group (&self->spec), group_backward, &backward);
  if (self->spec.walk != NULL)
    rg_attention_walk_end (&self->spec, backward.carried);
  find_mean (&backward);
}

/* Counts what the segments need: room for probabilities and records, and blocks of queries. Returns: probabilities in all */
static gsize
lay_out (Run *run, gsize *starts, gsize *records)
{
  const RgAttentionSpec *spec = run->spec;
  gsize total = 0, recorded = 0, longest = 0;

  for (guint s = 0; s < spec->n_segments; s++)
    {
      gsize n_q = spec->q_offsets[s + 1] - spec->q_offsets[s], n_k = rg_attention_count_keys (spec, s);

      g_assert (!spec->causal || n_q <= n_k - spec->n_before);
      starts[s] = total;
      records[s] = recorded;
      total += spec->n_heads * n_q * rg_softmax_get_length (n_k);
      recorded += spec->n_heads * n_q * n_k;
      longest = MAX (longest, n_q);
    }
  run->starts = starts;
  run->records = records;
  run->n_blocks = rg_attention_count_blocks (longest);

  return total;
}

/* Whether all there is to compute is one query's, as when an answer is written. */
static gboolean
is_row (const RgPass *pass, const RgAttentionSpec *spec)
{
  return !pass->recording && spec->n_segments == 1 && spec->q_offsets[1] - spec->q_offsets[0] == 1 && spec->before_ends == NULL && spec->walk == NULL;
}

static void
attend_alone (const Run *run)
{
  gsize nowhere = 0;
  Run whole = *run;
  Head head;

  whole.starts = whole.records = &nowhere;
  head = locate (&whole, 0);
  rg_attention_row (run->pass, run->q.tensor->data + head.q, run->k, run->v, run->spec, find_first_key (run->spec, &head, 0), visible_keys (run->spec, &head, 0), head.n_k, run->y->data + head.y);
}

static gboolean
is_compact (const RgPass *pass, const RgAttentionSpec *spec)
{
  return pass->compact && pass->recording && rg_attention_can_be_compact (spec);
}

void
rg_attention_forget (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec)
{
  if (!is_compact (pass, spec))
    return;

  rg_pass_forget (pass, q.tensor);
  rg_pass_forget (pass, k.tensor);
  rg_pass_forget (pass, v.tensor);
}

RgTensor *
rg_attention (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec)
{
  guint n_segments = spec->n_segments;
  Run run = { .pass = pass, .spec = spec, .q = q, .k = k, .v = v };
  RgTensor *y;
  gsize total;

  g_assert (!pass->recording || (spec->record_last == 0 && spec->before_ends == NULL));
  g_assert (spec->window == 0 || spec->causal);
  g_assert (spec->hidden_rows == 0 || (n_segments == 1 && !spec->causal));
  g_assert (spec->n_kv_heads == 0 || spec->n_heads % spec->n_kv_heads == 0);
  g_assert ((spec->record_last == 0 && spec->record_grad == NULL && spec->mutual_end == 0) || n_segments == 1);
  g_assert (spec->walk == NULL || (spec->n_before == 0 && spec->q_offsets == spec->k_offsets && spec->q_rows == NULL));

  if (is_compact (pass, spec))
    return rg_attention_compact (pass, q, k, v, spec);

  run.y = y = rg_pass_tensor (pass, spec->q_offsets[n_segments], (gsize) spec->n_heads * spec->head_dim);
  if (is_row (pass, spec))
    {
      attend_alone (&run);
      return y;
    }

  total = lay_out (&run, rg_arena_alloc (pass->arena, n_segments * sizeof (gsize)), rg_arena_alloc (pass->arena, n_segments * sizeof (gsize)));
  if (pass->recording && (spec->walk == NULL || !spec->walk->again))
    run.probabilities = rg_arena_alloc (pass->arena, total * sizeof (float));
  rg_pool_run (pass->pool, (gsize) n_segments * spec->n_heads * run.n_blocks, block_forward, &run);

  if (!pass->recording)
    find_mean (&(Backward){ .run = run });
  if (pass->recording)
    {
      AttentionNode *node = rg_pass_node (pass, sizeof *node, attention_backward, y);

      node->run = run;
      node->spec = *spec;
    }

  return y;
}
