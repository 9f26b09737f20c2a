/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/attention-spec.h"

#include <math.h>

#include "engine/tensor/softmax.h"

/* Blocks are made of so many queries, the tiles of the products. */
#define GRAIN 12

G_STATIC_ASSERT ((RG_ATTENTION_BLOCK + GRAIN - 1) / GRAIN * GRAIN <= RG_SOFTMAX_MAX_ROWS);

guint
rg_attention_get_n_kv_heads (const RgAttentionSpec *spec)
{
  return spec->n_kv_heads > 0 ? spec->n_kv_heads : spec->n_heads;
}

guint
rg_attention_get_group (const RgAttentionSpec *spec)
{
  return spec->n_heads / rg_attention_get_n_kv_heads (spec);
}

float
rg_attention_get_scale (const RgAttentionSpec *spec)
{
  return spec->scale != 0 ? spec->scale : 1.0f / sqrtf (spec->head_dim);
}

gsize
rg_attention_count_keys (const RgAttentionSpec *spec, guint segment)
{
  return spec->n_before + spec->k_offsets[segment + 1] - spec->k_offsets[segment];
}

gsize
rg_attention_find_row (const RgAttentionSpec *spec, guint segment, gsize query)
{
  return spec->q_rows != NULL ? spec->q_rows[spec->q_offsets[segment] + query] - spec->row_offsets[segment] : query;
}

gsize
rg_attention_find_own_key (const RgAttentionSpec *spec, guint segment, gsize query)
{
  const guint *offsets = spec->q_rows != NULL ? spec->row_offsets : spec->q_offsets;

  return rg_attention_count_keys (spec, segment) - (offsets[segment + 1] - offsets[segment]) + rg_attention_find_row (spec, segment, query);
}

gsize
rg_attention_count_blocks (gsize n_queries)
{
  return (n_queries + RG_ATTENTION_BLOCK - 1) / RG_ATTENTION_BLOCK;
}

gsize
rg_attention_get_block (gsize n_queries, gsize n_blocks)
{
  gsize even = (n_queries + n_blocks - 1) / n_blocks;

  return (even + GRAIN - 1) / GRAIN * GRAIN;
}

gboolean
rg_attention_is_filled (const RgAttentionSpec *spec, RgView q, RgView k, RgView v, const RgTensor *tensor)
{
  const RgView views[] = { q, k, v };
  const guint *offsets[] = { spec->q_offsets, spec->k_offsets, spec->k_offsets };
  gsize kv_width = (gsize) rg_attention_get_n_kv_heads (spec) * spec->head_dim;
  gsize widths[] = { (gsize) spec->n_heads * spec->head_dim, kv_width, kv_width }, cols = 0;

  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      if (views[i].tensor != tensor)
        continue;
      if (offsets[i][0] != 0 || offsets[i][spec->n_segments] != tensor->rows)
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (views[j].tensor == tensor && views[j].col < views[i].col + widths[i] && views[i].col < views[j].col + widths[j])
          return FALSE;
      cols += widths[i];
    }

  return cols == tensor->cols && !tensor->grad_set;
}
