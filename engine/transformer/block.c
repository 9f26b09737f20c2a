/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/block.h"

#include <string.h>

#define NORM_EPSILON 1e-5f
#define INIT_SCALE 0.02f

static void
declare_norm (RgParameters *parameters, gsize width, RgTensor *gain, RgTensor *bias, const char *prefix, const char *name)
{
  rg_parameters_declare (parameters, gain, 1, width, RG_INIT_CONSTANT, 1, RG_PARAMETER_VECTOR, "%s.%s.weight", prefix, name);
  rg_parameters_declare (parameters, bias, 1, width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s.bias", prefix, name);
}

static void
declare_matrix (RgParameters *parameters, RgTensor *tensor, gsize rows, gsize cols, const char *prefix, const char *name)
{
  rg_parameters_declare (parameters, tensor, rows, cols, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_MATRIX, "%s.%s.weight", prefix, name);
}

void
rg_block_declare (RgBlock *self, const RgBlockConfig *config, RgParameters *parameters, const char *prefix)
{
  gsize d = config->width;

  declare_norm (parameters, d, &self->norm_gain, &self->norm_bias, prefix, "self_attn_norm");
  declare_matrix (parameters, &self->qkv, 3 * d, d, prefix, "self_attn.qkv_proj");
  declare_matrix (parameters, &self->out, d, d, prefix, "self_attn.out_proj");

  if (config->cross)
    {
      declare_norm (parameters, d, &self->cross_norm_gain, &self->cross_norm_bias, prefix, "cross_attn_norm");
      declare_matrix (parameters, &self->cross_q, d, d, prefix, "cross_attn.q_proj");
      declare_matrix (parameters, &self->cross_kv, 2 * d, d, prefix, "cross_attn.kv_proj");
      declare_matrix (parameters, &self->cross_out, d, d, prefix, "cross_attn.out_proj");
    }

  declare_norm (parameters, d, &self->mlp_norm_gain, &self->mlp_norm_bias, prefix, "mlp_norm");
  declare_matrix (parameters, &self->up, config->mlp_width, d, prefix, "mlp.up_proj");
  declare_matrix (parameters, &self->down, d, config->mlp_width, prefix, "mlp.down_proj");
}

/* Adds the new keys and values to the cache. */
static void
remember_rows (RgBlockCache *cache, RgTensor *qkv, gsize d)
{
  g_assert (cache->n_rows + qkv->rows <= cache->rows.rows);

  for (gsize r = 0; r < qkv->rows; r++)
    memcpy (cache->rows.data + (cache->n_rows + r) * 2 * d, qkv->data + r * 3 * d + d, 2 * d * sizeof (float));

  cache->n_rows += qkv->rows;
}

static RgTensor *
self_attention (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  gsize d = config->width;
  guint head_dim = d / config->n_heads;
  RgTensor *normed = rg_layer_norm (pass, x, &self->norm_gain, &self->norm_bias, NORM_EPSILON);
  RgTensor *qkv = rg_linear (pass, normed, &self->qkv, NULL, NULL); /* R × 3D */
  RgView q = { qkv, 0 }, k = { qkv, d }, v = { qkv, 2 * d };
  guint cached_offsets[2] = { 0 };
  RgAttentionSpec spec = {
    .n_heads = config->n_heads,
    .head_dim = head_dim,
    .n_segments = run->n_segments,
    .q_offsets = run->offsets,
    .k_offsets = run->offsets,
    .causal = run->causal,
    .record = run->self_record,
  };
  RgTensor *y;

  if (run->rotation != NULL)
    rg_rotate (pass, q, 2 * config->n_heads, run->rotation); /* queries and keys */

  if (run->cache != NULL)
    {
      g_assert (!pass->recording && run->n_segments == 1);

      remember_rows (run->cache, qkv, d);
      cached_offsets[1] = run->cache->n_rows;
      spec.k_offsets = cached_offsets;
      k = (RgView){ &run->cache->rows, 0 };
      v = (RgView){ &run->cache->rows, d };
    }

  y = rg_attention (pass, q, k, v, &spec); /* R × D */

  if (run->keep != NULL)
    {
      x = rg_gather_rows (pass, x, run->keep->rows, run->keep->n);
      y = rg_gather_rows (pass, y, run->keep->rows, run->keep->n);
    }

  return rg_linear (pass, y, &self->out, NULL, x);
}

static RgTensor *
cross_attention (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  RgTensor *normed = rg_layer_norm (pass, x, &self->cross_norm_gain, &self->cross_norm_bias, NORM_EPSILON);
  RgTensor *q = rg_linear (pass, normed, &self->cross_q, NULL, NULL); /* R × D */
  RgAttentionSpec spec = {
    .n_heads = config->n_heads,
    .head_dim = config->width / config->n_heads,
    .n_segments = run->n_segments,
    .q_offsets = run->keep != NULL ? run->keep->offsets : run->offsets,
    .k_offsets = run->memory_offsets,
    .record = run->record,
    .record_grad = run->record_grad,
    .hidden = run->memory_hidden,
  };
  RgTensor *y = rg_attention (pass, (RgView){ q, 0 }, (RgView){ run->memory, 0 }, (RgView){ run->memory, config->width }, &spec);

  return rg_linear (pass, y, &self->cross_out, NULL, x);
}

RgTensor *
rg_block_remember (RgPass *pass, RgBlock *self, RgTensor *memory)
{
  return rg_linear (pass, memory, &self->cross_kv, NULL, NULL);
}

RgTensor *
rg_block_forward (RgPass *pass, RgBlock *self, const RgBlockConfig *config, RgTensor *x, const RgBlockRun *run)
{
  RgTensor *normed, *inner;

  x = self_attention (pass, self, config, x, run);

  if (config->cross && run->memory != NULL)
    x = cross_attention (pass, self, config, x, run);

  normed = rg_layer_norm (pass, x, &self->mlp_norm_gain, &self->mlp_norm_bias, NORM_EPSILON);
  inner = rg_activate (pass, rg_linear (pass, normed, &self->up, NULL, NULL), RG_ACTIVATION_GELU_TANH); /* R × mlp_width */

  return rg_linear (pass, inner, &self->down, NULL, x);
}
