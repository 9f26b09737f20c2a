/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/block.h"

#include <string.h>

#include "engine/tensor/kept-rows.h"

#define INIT_SCALE 0.02f

const RgBlockNames rg_block_names = {
  .norm = "self_attn_norm",
  .qkv = { "self_attn.qkv_proj" },
  .out = "self_attn.out_proj",
  .cross_norm = "cross_attn_norm",
  .cross_q = "cross_attn.q_proj",
  .cross_kv = { "cross_attn.kv_proj" },
  .cross_out = "cross_attn.out_proj",
  .mlp_norm = "mlp_norm",
  .up = "mlp.up_proj",
  .down = "mlp.down_proj",
};

RgBlockConfig
rg_block_config_new (gsize width, guint n_heads, gsize mlp_width)
{
  return (RgBlockConfig){ .width = width, .mlp_width = mlp_width, .n_heads = n_heads, .n_kv_heads = n_heads, .head_dim = width / n_heads, .memory_width = width, .epsilon = 1e-5f };
}

gboolean
rg_block_config_equal (const RgBlockConfig *a, const RgBlockConfig *b)
{
  return a->width == b->width && a->mlp_width == b->mlp_width && a->n_heads == b->n_heads && a->n_kv_heads == b->n_kv_heads &&
         a->head_dim == b->head_dim && a->cross == b->cross && a->cross_alone == b->cross_alone && a->head_norms == b->head_norms && a->out_norms == b->out_norms && a->gates == b->gates && a->scale == b->scale && a->window == b->window && a->memory_width == b->memory_width && a->rotary_base == b->rotary_base && a->rotary_pairs == b->rotary_pairs &&
         memcmp (a->rotary_sections, b->rotary_sections, sizeof a->rotary_sections) == 0 && a->rotary_restarts == b->rotary_restarts &&
         memcmp (&a->rotary_stretch, &b->rotary_stretch, sizeof a->rotary_stretch) == 0 &&
         a->norm == b->norm && a->epsilon == b->epsilon && a->norm_last == b->norm_last && a->activation == b->activation &&
         a->gated == b->gated && a->biases == b->biases;
}

RgRotary
rg_block_config_get_rotary (const RgBlockConfig *config)
{
  RgRotary self = { .head_dim = config->head_dim, .base = config->rotary_base, .restarts = config->rotary_restarts, .stretch = config->rotary_stretch };

  memcpy (self.sections, config->rotary_sections, sizeof self.sections);

  return self;
}

gsize
rg_block_config_count_products (const RgBlockConfig *config)
{
  gsize q_width = (gsize) config->n_heads * config->head_dim, n_mlp = config->gated ? 3 : 2, n_attentions = config->cross && !config->cross_alone ? 2 : 1;

  return config->width * (2 * n_attentions * q_width + (config->cross_alone ? 0 : rg_block_config_cache_width (config)) + n_mlp * config->mlp_width);
}

gsize
rg_block_config_cache_width (const RgBlockConfig *config)
{
  return 2 * (gsize) config->n_kv_heads * config->head_dim;
}

/* Maps side by side, from @width columns: queries, keys and values, or the last two of them; one matrix or several. */
static guint
declare_beside (RgLinear *parts, const char *const *names, const gsize *rows, guint n, gsize width, RgBiases biases, RgParameters *parameters, const char *prefix)
{
  gboolean bias = (biases & RG_BIAS_QKV) != 0, bias_keys = bias && (biases & RG_BIAS_NO_KEYS) == 0;
  gsize sum = 0;

  if (n > 1 && names[1] != NULL)
    {
      for (guint i = 0; i < n; i++)
        rg_linear_declare (&parts[i], rows[i], width, i + 2 == n ? bias_keys : bias, INIT_SCALE, parameters, prefix, names[i]);
      return n;
    }

  for (guint i = 0; i < n; i++)
    sum += rows[i];
  rg_linear_declare (&parts[0], sum, width, bias, INIT_SCALE, parameters, prefix, names[0]);

  return 1;
}

void
rg_block_declare (RgBlock *self, const RgBlockConfig *config, const RgBlockNames *names, RgParameters *parameters, const char *prefix)
{
  gsize d = config->width, q = (gsize) config->n_heads * config->head_dim, kv = (gsize) config->n_kv_heads * config->head_dim;
  gsize widths[] = { q, kv, kv };
  gboolean bias_qkv = (config->biases & RG_BIAS_QKV) != 0, bias_out = (config->biases & RG_BIAS_OUT) != 0, bias_mlp = (config->biases & RG_BIAS_MLP) != 0;

  rg_parameters_set_in_out (parameters, names->in_out);
  if (!config->cross_alone)
    {
      rg_norm_declare (&self->norm, config->norm, d, parameters, prefix, names->norm);
      self->n_qkv = declare_beside (self->qkv, names->qkv, widths, 3, d, config->biases, parameters, prefix);
      rg_linear_declare (&self->out, d, q, bias_out, INIT_SCALE, parameters, prefix, names->out);
    }

  if (config->cross)
    {
      rg_norm_declare (&self->cross_norm, config->norm, d, parameters, prefix, names->cross_norm);
      rg_linear_declare (&self->cross_q, q, d, bias_qkv, INIT_SCALE, parameters, prefix, names->cross_q);
      self->n_cross_kv = declare_beside (self->cross_kv, names->cross_kv, widths + 1, 2, config->memory_width, config->biases, parameters, prefix);
      rg_linear_declare (&self->cross_out, d, q, bias_out, INIT_SCALE, parameters, prefix, names->cross_out);
    }
  if (config->head_norms)
    {
      rg_norm_declare (&self->q_norm, config->norm, config->head_dim, parameters, prefix, names->q_norm);
      rg_norm_declare (&self->k_norm, config->norm, config->head_dim, parameters, prefix, names->k_norm);
    }
  if (config->out_norms)
    {
      rg_norm_declare (&self->out_norm, config->norm, d, parameters, prefix, names->out_norm);
      rg_norm_declare (&self->mlp_out_norm, config->norm, d, parameters, prefix, names->mlp_out_norm);
    }
  if (config->gates)
    {
      rg_parameters_declare (parameters, &self->attention_gate, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s", prefix, names->attention_gate);
      rg_parameters_declare (parameters, &self->mlp_gate, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s", prefix, names->mlp_gate);
    }

  rg_norm_declare (&self->mlp_norm, config->norm, d, parameters, prefix, names->mlp_norm);
  if (config->gated)
    rg_linear_declare (&self->gate, config->mlp_width, d, bias_mlp, INIT_SCALE, parameters, prefix, names->gate);
  rg_linear_declare (&self->up, config->mlp_width, d, bias_mlp, INIT_SCALE, parameters, prefix, names->up);
  rg_linear_declare (&self->down, d, config->mlp_width, bias_mlp, INIT_SCALE, parameters, prefix, names->down);
  rg_parameters_set_in_out (parameters, FALSE);
}

/* Adds the new keys and values, each the rest of its tensor's columns or as many as the other, to the cache. */
static void
remember_rows (RgBlockCache *cache, RgView k, RgView v)
{
  gsize half = cache->rows.cols / 2, n = k.tensor->rows;

  g_assert (v.col + half == v.tensor->cols && k.col + half <= k.tensor->cols);

  rg_kept_rows_write (&cache->rows, cache->n_rows, 0, half, k.tensor->data + k.col, k.tensor->cols, n);
  rg_kept_rows_write (&cache->rows, cache->n_rows, half, half, v.tensor->data + v.col, v.tensor->cols, n);
  cache->n_rows += n;
}

/* What a part of the block reads, and what becomes of x + f (x). */
static RgTensor *
enter (RgPass *pass, RgNorm *norm, const RgBlockConfig *config, RgTensor *x)
{
  return config->norm_last ? x : rg_norm_forward_factor (pass, norm, x, config->epsilon);
}

/* A norm behind a part. @read: (out) (nullable): what it reads */
static RgTensor *
norm_behind (RgPass *pass, RgNorm *norm, const RgBlockConfig *config, RgTensor *x, RgTensor **read)
{
  if (read != NULL)
    *read = x;

  return rg_norm_forward (pass, norm, x, config->epsilon);
}

static RgTensor *
leave (RgPass *pass, RgNorm *norm, const RgBlockConfig *config, RgTensor *x, RgTensor **read)
{
  return config->norm_last ? norm_behind (pass, norm, config, x, read) : x;
}

/* x + map (inner), or through a gate or a norm. @closed: (nullable): rows to which nothing is added */
static RgTensor *
add_mapped (RgPass *pass, const RgBlockConfig *config, RgLinear *map, RgNorm *norm, const RgTensor *gate, RgTensor *inner, RgTensor *x, const guint8 *closed, RgTensor **read)
{
  if (config->out_norms)
    return rg_add_repeated (pass, x, norm_behind (pass, norm, config, rg_linear_forward (pass, map, inner, NULL), read));

  return config->gates ? rg_add_gated (pass, x, rg_linear_forward (pass, map, inner, NULL), gate, closed) : rg_linear_forward (pass, map, inner, x);
}

/* @bytes: (nullable): @n of each row. Returns: (nullable): those of the rows to keep */
static const guint8 *
choose (RgPass *pass, const guint8 *bytes, gsize n, const RgRowChoice *keep)
{
  guint8 *chosen;

  if (bytes == NULL || keep == NULL)
    return bytes;

  chosen = rg_arena_alloc (pass->arena, keep->n * n);
  for (gsize i = 0; i < keep->n; i++)
    memcpy (chosen + i * n, bytes + keep->rows[i] * n, n);

  return chosen;
}

/* Queries, keys and values of the rows @x: of one tensor, R × (H + 2 KV) · head_dim, or of several where heads have norms, or only some rows
 * ask. @keep: (nullable): those */
static void
ask (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgRowChoice *keep, RgView *q, RgView *k, RgView *v)
{
  gsize q_width = (gsize) config->n_heads * config->head_dim, kv_width = (gsize) config->n_kv_heads * config->head_dim;
  RgTensor *asking = keep != NULL ? rg_gather_rows (pass, x, keep->rows, keep->n) : x;

  if (config->head_norms && !config->cross)
    {
      g_assert (self->n_qkv == 3);

      *q = (RgView){ rg_norm_forward (pass, &self->q_norm, rg_linear_forward (pass, &self->qkv[0], asking, NULL), config->epsilon) };
      *k = (RgView){ rg_norm_forward (pass, &self->k_norm, rg_linear_forward (pass, &self->qkv[1], x, NULL), config->epsilon) };
      *v = (RgView){ rg_linear_forward (pass, &self->qkv[2], x, NULL) };
      return;
    }

  if (keep == NULL)
    {
      q->tensor = k->tensor = v->tensor = rg_linear_beside (pass, x, self->qkv, self->n_qkv);
      q->col = 0;
      k->col = q_width;
      v->col = q_width + kv_width;
      return;
    }

  *q = (RgView){ rg_linear_rows (pass, asking, &self->qkv[0], 0, q_width) };
  k->tensor = v->tensor = self->n_qkv > 1 ? rg_linear_beside (pass, x, self->qkv + 1, 2) : rg_linear_rows (pass, x, &self->qkv[0], q_width, 2 * kv_width);
  k->col = 0;
  v->col = kv_width;
}

/* As ask(), of each of the rows @x that are not alike once. */
static void
ask_once (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgRepeats *repeats, RgView *q, RgView *k, RgView *v)
{
  const RgTensor *beside;

  ask (pass, self, config, enter (pass, &self->norm, config, rg_repeats_choose (pass, repeats, x)), NULL, q, k, v);
  beside = q->tensor;
  q->tensor = rg_repeats_spread (pass, repeats, q->tensor);
  k->tensor = k->tensor == beside ? q->tensor : rg_repeats_spread (pass, repeats, k->tensor);
  v->tensor = v->tensor == beside ? q->tensor : rg_repeats_spread (pass, repeats, v->tensor);
}

/* By the rows' positions, queries and keys alike. */
static void
rotate (RgPass *pass, const RgBlockConfig *config, RgView q, RgView k, const RgRotation *rotation, const RgRowChoice *keep)
{
  if (q.tensor == k.tensor)
    {
      rg_rotate (pass, q, config->n_heads + config->n_kv_heads, rotation);
      return;
    }

  rg_rotate (pass, q, config->n_heads, keep != NULL ? rg_rotation_choose (pass, rotation, keep->rows, keep->n) : rotation);
  rg_rotate (pass, k, config->n_kv_heads, rotation);
}

/* All rows of @x @n times, one after the other. */
static RgTensor *
repeat (RgPass *pass, RgTensor *x, gsize n)
{
  guint32 *rows = rg_arena_alloc (pass->arena, n * x->rows * sizeof *rows);

  for (gsize i = 0; i < n * x->rows; i++)
    rows[i] = i % x->rows;

  return rg_gather_rows (pass, x, rows, n * x->rows);
}

static RgTensor *
self_attention (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  gsize kv_width = (gsize) config->n_kv_heads * config->head_dim;
  RgView q, k, v;
  guint cached_offsets[2] = { 0 };
  RgAttentionSpec spec = {
    .n_heads = config->n_heads,
    .n_kv_heads = config->n_kv_heads,
    .head_dim = config->head_dim,
    .scale = config->scale,
    .n_segments = run->n_segments,
    .q_offsets = run->offsets,
    .k_offsets = run->offsets,
    .causal = run->causal,
    .mutual_first = run->mutual_first,
    .mutual_end = run->mutual_end,
    .window = config->window,
    .record = run->self_record,
    .record_grad = run->self_record_grad,
    .walk = run->walk,
    .hidden = config->cross ? NULL : run->memory_hidden,
    .hidden_rows = !config->cross && run->hidden_each ? 1 : 0,
  };
  RgTensor *y, **read = run->normed != NULL ? &run->normed->self : NULL;

  if (run->repeats != NULL && run->keep == NULL)
    ask_once (pass, self, config, x, run->repeats, &q, &k, &v);
  else
    ask (pass, self, config, enter (pass, &self->norm, config, x), run->keep, &q, &k, &v);
  if (run->memory != NULL && !config->cross)
    {
      spec.before_k = (RgView){ run->memory, 0 };
      spec.before_v = (RgView){ run->memory, kv_width };
      spec.n_before = run->memory->rows;
      spec.before_ends = run->memory_ends;
      spec.record = run->record;
      spec.record_last = run->record_last;
      spec.record_grad = run->record_grad;
    }

  if (run->rotation != NULL)
    rotate (pass, config, q, k, run->rotation, run->keep);

  if (run->cache != NULL)
    {
      g_assert (!pass->recording && run->n_segments == 1);

      remember_rows (run->cache, k, v);
      cached_offsets[1] = run->cache->n_rows;
      spec.k_offsets = cached_offsets;
      k = (RgView){ &run->cache->rows, 0 };
      v = (RgView){ &run->cache->rows, kv_width };
    }

  if (run->keep != NULL)
    {
      x = rg_gather_rows (pass, x, run->keep->rows, run->keep->n);
      spec.q_rows = run->keep->rows;
      spec.row_offsets = run->offsets;
      spec.q_offsets = run->keep->offsets;
    }

  y = rg_attention (pass, q, k, v, &spec); /* R × H · head_dim */
  rg_attention_forget (pass, q, k, v, &spec);

  return leave (pass, &self->norm, config, add_mapped (pass, config, &self->out, &self->out_norm, &self->attention_gate, y, x, NULL, read), read);
}

static RgTensor *
cross_attention (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  const guint8 *hidden = run->hidden_each ? choose (pass, run->memory_hidden, run->memory->rows, run->keep) : run->memory_hidden;
  RgTensor *q = rg_linear_forward (pass, &self->cross_q, enter (pass, &self->cross_norm, config, x), NULL); /* R × H · head_dim */
  RgAttentionSpec spec = {
    .n_heads = config->n_heads,
    .n_kv_heads = config->n_kv_heads,
    .head_dim = config->head_dim,
    .n_segments = run->n_segments,
    .q_offsets = run->keep != NULL ? run->keep->offsets : run->offsets,
    .k_offsets = run->memory_offsets,
    .record = run->record,
    .record_last = run->record_last,
    .record_grad = run->record_grad,
    .hidden = hidden,
    .hidden_rows = run->hidden_each ? 1 : 0,
  };
  guint q_offsets[] = { 0, q->rows * (run->alike ? run->n_segments : 1) }, k_offsets[] = { 0, run->memory->rows };
  RgTensor *y, **read = run->normed != NULL ? &run->normed->cross : NULL;
  RgView k, v;

  if (config->head_norms)
    q = rg_norm_forward (pass, &self->q_norm, q, config->epsilon);
  if (run->alike)
    {
      spec.q_period = q->rows;
      q = repeat (pass, q, run->n_segments);
      x = repeat (pass, x, run->n_segments);
    }

  /* Rows that look at the same memory are one segment, whichever texts they belong to. */
  if (run->memory_offsets == NULL)
    {
      g_assert (!pass->recording && q->rows % run->n_segments == 0);

      spec.n_segments = 1;
      spec.q_offsets = q_offsets;
      spec.k_offsets = k_offsets;
      spec.hidden_rows = run->hidden_each ? 1 : q->rows / run->n_segments;
    }
  k = (RgView){ run->memory, 0 };
  v = (RgView){ run->memory, (gsize) config->n_kv_heads * config->head_dim };
  y = rg_attention (pass, (RgView){ q, 0 }, k, v, &spec);
  rg_attention_forget (pass, (RgView){ q, 0 }, k, v, &spec);

  return leave (pass, &self->cross_norm, config, add_mapped (pass, config, &self->cross_out, &self->out_norm, &self->attention_gate, y, x, NULL, read), read);
}

static RgTensor *
mlp (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  const guint8 *closed = choose (pass, run->closed, 1, run->keep);
  RgTensor **read = run->normed != NULL ? &run->normed->mlp : NULL;
  RgTensor *normed = enter (pass, &self->mlp_norm, config, x), *both[2], *inner;

  rg_linear_apart (pass, normed, (RgLinear *[]){ &self->up, &self->gate }, config->gated ? 2 : 1, both); /* R × mlp_width each */
  inner = config->gated ? rg_multiply (pass, rg_activate (pass, both[1], config->activation), both[0]) : rg_activate_factor (pass, both[0], config->activation);
  if (!config->gated)
    rg_pass_forget (pass, both[0]);

  return leave (pass, &self->mlp_norm, config, add_mapped (pass, config, &self->down, &self->mlp_out_norm, &self->mlp_gate, inner, x, closed, read), read);
}

RgTensor *
rg_block_remember (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *memory)
{
  RgTensor *keys;

  if (!config->head_norms)
    return rg_linear_beside (pass, memory, self->cross_kv, self->n_cross_kv);

  g_assert (self->n_cross_kv == 2);

  keys = rg_norm_forward (pass, &self->k_norm, rg_linear_forward (pass, &self->cross_kv[0], memory, NULL), config->epsilon);

  return rg_join_columns (pass, keys, rg_linear_forward (pass, &self->cross_kv[1], memory, NULL));
}

RgTensor *
rg_block_forward (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  RgBlockRun own = *run;

  if (run->alike)
    {
      g_assert (!pass->recording && run->keep == NULL && run->cache == NULL && run->memory_offsets == NULL && x->rows == run->offsets[1]);
      own.n_segments = 1;
    }

  if (!config->cross_alone)
    x = self_attention (pass, self, config, x, &own);
  else if (run->keep != NULL)
    x = rg_gather_rows (pass, x, run->keep->rows, run->keep->n);

  if (config->cross && run->memory != NULL)
    x = cross_attention (pass, self, config, x, run);
  else if (config->cross_alone)
    return x;

  return mlp (pass, self, config, x, run);
}
