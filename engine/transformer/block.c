/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/block.h"

#include <string.h>

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
         a->head_dim == b->head_dim && a->cross == b->cross && a->cross_alone == b->cross_alone && a->head_norms == b->head_norms && a->gates == b->gates && a->memory_width == b->memory_width && a->rotary_base == b->rotary_base && a->rotary_pairs == b->rotary_pairs &&
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
      rg_norm_declare (&self->cross_q_norm, config->norm, config->head_dim, parameters, prefix, names->cross_q_norm);
      rg_norm_declare (&self->cross_k_norm, config->norm, config->head_dim, parameters, prefix, names->cross_k_norm);
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

/* Adds the new keys and values, which follow @n_before columns of queries, to the cache. */
static void
remember_rows (RgBlockCache *cache, RgTensor *qkv, gsize n_before)
{
  gsize width = cache->rows.cols;

  g_assert (cache->n_rows + qkv->rows <= cache->rows.rows && n_before + width == qkv->cols);

  for (gsize r = 0; r < qkv->rows; r++)
    memcpy (cache->rows.data + (cache->n_rows + r) * width, qkv->data + r * qkv->cols + n_before, width * sizeof (float));

  cache->n_rows += qkv->rows;
}

/* What a part of the block reads, and what becomes of x + f (x). */
static RgTensor *
enter (RgPass *pass, RgNorm *norm, const RgBlockConfig *config, RgTensor *x)
{
  return config->norm_last ? x : rg_norm_forward (pass, norm, x, config->epsilon);
}

static RgTensor *
leave (RgPass *pass, RgNorm *norm, const RgBlockConfig *config, RgTensor *x)
{
  return config->norm_last ? rg_norm_forward (pass, norm, x, config->epsilon) : x;
}

/* x + map (inner), or through a gate. @closed: (nullable): rows to which nothing is added */
static RgTensor *
add_mapped (RgPass *pass, const RgBlockConfig *config, RgLinear *map, const RgTensor *gate, RgTensor *inner, RgTensor *x, const guint8 *closed)
{
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
  gsize q_width = (gsize) config->n_heads * config->head_dim, kv_width = (gsize) config->n_kv_heads * config->head_dim;
  RgTensor *qkv = rg_linear_beside (pass, enter (pass, &self->norm, config, x), self->qkv, self->n_qkv); /* R × (H + 2 KV) · head_dim */
  RgView q = { qkv, 0 }, k = { qkv, q_width }, v = { qkv, q_width + kv_width };
  guint cached_offsets[2] = { 0 };
  RgAttentionSpec spec = {
    .n_heads = config->n_heads,
    .n_kv_heads = config->n_kv_heads,
    .head_dim = config->head_dim,
    .n_segments = run->n_segments,
    .q_offsets = run->offsets,
    .k_offsets = run->offsets,
    .causal = run->causal,
    .mutual_first = run->mutual_first,
    .mutual_end = run->mutual_end,
    .record = run->self_record,
    .record_grad = run->self_record_grad,
    .hidden = config->cross ? NULL : run->memory_hidden,
    .hidden_rows = !config->cross && run->hidden_each ? 1 : 0,
  };
  RgTensor *y;

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
    rg_rotate (pass, q, config->n_heads + config->n_kv_heads, run->rotation); /* queries and keys */

  if (run->cache != NULL)
    {
      g_assert (!pass->recording && run->n_segments == 1);

      remember_rows (run->cache, qkv, q_width);
      cached_offsets[1] = run->cache->n_rows;
      spec.k_offsets = cached_offsets;
      k = (RgView){ &run->cache->rows, 0 };
      v = (RgView){ &run->cache->rows, kv_width };
    }

  if (run->keep != NULL)
    {
      x = rg_gather_rows (pass, x, run->keep->rows, run->keep->n);
      q.tensor = rg_gather_rows (pass, qkv, run->keep->rows, run->keep->n);
      spec.q_rows = run->keep->rows;
      spec.row_offsets = run->offsets;
      spec.q_offsets = run->keep->offsets;
    }

  y = rg_attention (pass, q, k, v, &spec); /* R × H · head_dim */

  return leave (pass, &self->norm, config, add_mapped (pass, config, &self->out, &self->attention_gate, y, x, NULL));
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
  RgTensor *y;

  if (config->head_norms)
    q = rg_norm_forward (pass, &self->cross_q_norm, q, config->epsilon);
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
  y = rg_attention (pass, (RgView){ q, 0 }, (RgView){ run->memory, 0 }, (RgView){ run->memory, (gsize) config->n_kv_heads * config->head_dim }, &spec);

  return leave (pass, &self->cross_norm, config, add_mapped (pass, config, &self->cross_out, &self->attention_gate, y, x, NULL));
}

static RgTensor *
mlp (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const guint8 *closed)
{
  RgTensor *normed = enter (pass, &self->mlp_norm, config, x), *up = rg_linear_forward (pass, &self->up, normed, NULL), *inner;

  if (config->gated)
    inner = rg_multiply (pass, rg_activate (pass, rg_linear_forward (pass, &self->gate, normed, NULL), config->activation), up); /* R × mlp_width */
  else
    inner = rg_activate (pass, up, config->activation); /* R × mlp_width */

  return leave (pass, &self->mlp_norm, config, add_mapped (pass, config, &self->down, &self->mlp_gate, inner, x, closed));
}

RgTensor *
rg_block_remember (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *memory)
{
  RgTensor *both = rg_linear_beside (pass, memory, self->cross_kv, self->n_cross_kv), *keys;
  gsize width = both->cols / 2;

  if (!config->head_norms)
    return both;

  /* Whoever trains such a model will want a derivative here. */
  g_assert (!pass->recording);

  keys = rg_pass_tensor (pass, both->rows, width);
  for (gsize r = 0; r < both->rows; r++)
    memcpy (keys->data + r * width, both->data + r * both->cols, width * sizeof (float));
  keys = rg_norm_forward (pass, &self->cross_k_norm, keys, config->epsilon);
  for (gsize r = 0; r < both->rows; r++)
    memcpy (both->data + r * both->cols, keys->data + r * width, width * sizeof (float));

  return both;
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

  return mlp (pass, self, config, x, choose (pass, run->closed, 1, run->keep));
}
