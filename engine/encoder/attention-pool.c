/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/attention-pool.h"

#define INIT_SCALE 0.02f

void
rg_attention_pool_declare (RgAttentionPool *self, gsize width, gsize mlp_width, RgParameters *parameters, const char *prefix)
{
  *self = (RgAttentionPool){ 0 };
  rg_parameters_declare (parameters, &self->probe, 1, width, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_VECTOR, "%s.probe", prefix);
  rg_parameters_declare (parameters, &self->qkv.weight, 3 * width, width, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_MATRIX, "%s.attention.in_proj_weight", prefix);
  rg_parameters_declare (parameters, &self->qkv.bias, 1, 3 * width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.attention.in_proj_bias", prefix);
  rg_linear_declare (&self->out, width, width, TRUE, INIT_SCALE, parameters, prefix, "attention.out_proj");
  rg_norm_declare (&self->norm, RG_NORM_LAYER, width, parameters, prefix, "layernorm");
  rg_linear_declare (&self->up, mlp_width, width, TRUE, INIT_SCALE, parameters, prefix, "mlp.fc1");
  rg_linear_declare (&self->down, width, mlp_width, TRUE, INIT_SCALE, parameters, prefix, "mlp.fc2");
}

RgTensor *
rg_attention_pool_forward (RgPass *pass, RgAttentionPool *self, RgTensor *x, const RgAttentionPoolRun *run)
{
  gsize d = x->cols;
  guint *one_each = rg_arena_alloc (pass->arena, (run->n_segments + 1) * sizeof *one_each);
  guint32 *same = rg_arena_alloc (pass->arena, run->n_segments * sizeof *same);
  RgAttentionSpec spec = {
    .n_heads = run->n_heads,
    .head_dim = d / run->n_heads,
    .n_segments = run->n_segments,
    .q_offsets = one_each,
    .k_offsets = run->offsets,
    .record = run->record,
  };
  RgTensor *probes, *rows, *y;

  for (guint i = 0; i <= run->n_segments; i++)
    one_each[i] = i;
  for (guint i = 0; i < run->n_segments; i++)
    same[i] = 0;

  /* One matrix makes all three, so each side makes what it does not need, too: little, beside the blocks before. */
  probes = rg_linear_forward (pass, &self->qkv, rg_gather_rows (pass, &self->probe, same, run->n_segments), NULL); /* N × 3D */
  rows = rg_linear_forward (pass, &self->qkv, x, NULL);                                                            /* R × 3D */
  y = rg_attention (pass, (RgView){ probes, 0 }, (RgView){ rows, d }, (RgView){ rows, 2 * d }, &spec);             /* N × D */
  y = rg_linear_forward (pass, &self->out, y, NULL);

  x = rg_linear_forward (pass, &self->up, rg_norm_forward (pass, &self->norm, y, run->epsilon), NULL);

  return rg_linear_forward (pass, &self->down, rg_activate (pass, x, run->activation), y);
}
