/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/types.h"

#include <string.h>

struct _RgAttention
{
  gatomicrefcount ref_count;
  guint n_layers;
  guint n_heads;
  guint n_patches;
  float weights[]; /* n_layers × n_heads × n_patches */
};

G_DEFINE_BOXED_TYPE (RgAttention, rg_attention, rg_attention_ref, rg_attention_unref)

RgAttention *
rg_attention_new (guint n_layers,
                  guint n_heads,
                  guint n_patches,
                  const float *weights)
{
  gsize size = sizeof (float) * n_layers * n_heads * n_patches;
  RgAttention *self = g_malloc0 (sizeof (RgAttention) + size);

  g_atomic_ref_count_init (&self->ref_count);
  self->n_layers = n_layers;
  self->n_heads = n_heads;
  self->n_patches = n_patches;
  memcpy (self->weights, weights, size);

  return self;
}

RgAttention *
rg_attention_ref (RgAttention *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
rg_attention_unref (RgAttention *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

guint
rg_attention_get_n_layers (const RgAttention *self)
{
  return self->n_layers;
}

guint
rg_attention_get_n_heads (const RgAttention *self)
{
  return self->n_heads;
}

guint
rg_attention_get_n_patches (const RgAttention *self)
{
  return self->n_patches;
}

const float *
rg_attention_get_weights (const RgAttention *self)
{
  return self->weights;
}

double
rg_attention_map (const RgAttention *self,
                  int layer,
                  int head,
                  float *map)
{
  guint first_layer = layer < 0 ? 0 : (guint) layer;
  guint last_layer = layer < 0 ? self->n_layers : (guint) layer + 1;
  guint first_head = head < 0 ? 0 : (guint) head;
  guint last_head = head < 0 ? self->n_heads : (guint) head + 1;
  float part = 1.0f / ((last_layer - first_layer) * (last_head - first_head));
  double share = 0;

  g_assert (last_layer <= self->n_layers && last_head <= self->n_heads);
  memset (map, 0, sizeof (float) * self->n_patches);

  for (guint l = first_layer; l < last_layer; l++)
    for (guint h = first_head; h < last_head; h++)
      {
        const float *row = self->weights + ((gsize) l * self->n_heads + h) * self->n_patches;

        for (guint i = 0; i < self->n_patches; i++)
          map[i] += part * row[i];
      }

  for (guint i = 0; i < self->n_patches; i++)
    share += map[i];

  /* Rounding may carry a sum of probabilities past 1. */
  return CLAMP (share, 0, 1);
}
