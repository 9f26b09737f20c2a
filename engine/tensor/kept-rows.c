/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/kept-rows.h"

#include <string.h>

#include "engine/tensor/memory.h"
#include "engine/tensor/vector-math.h"

/* Layers begin at a multiple of so many bytes, a cache line. */
#define LINE 64

static gsize
count_row_bytes (const RgTensor *layer)
{
  return layer->cols * (rg_dtype_get_block_bits (layer->dtype) / 8);
}

static guint8 *
get_bytes (const RgTensor *layer)
{
  return layer->stored != NULL ? (guint8 *) layer->stored : (guint8 *) layer->data;
}

void
rg_kept_rows_init (RgKeptRows *self, guint n_layers, gsize cols)
{
  *self = (RgKeptRows){ g_new0 (RgTensor, n_layers), n_layers, 0, NULL };
  for (guint i = 0; i < n_layers; i++)
    self->layers[i].cols = cols;
}

void
rg_kept_rows_clear (RgKeptRows *self)
{
  g_clear_pointer (&self->layers, g_free);
  g_clear_pointer (&self->block, g_aligned_free);
  self->n_layers = self->n_rows = 0;
}

void
rg_kept_rows_resize (RgKeptRows *self, RgPrecision precision, gsize rows)
{
  gpointer old = self->block;
  gsize n_bytes = 0, at = 0;

  for (guint i = 0; i < self->n_layers; i++)
    {
      if (old == NULL)
        self->layers[i].dtype = precision == RG_PRECISION_FAST ? RG_DTYPE_F16 : RG_DTYPE_F32;
      n_bytes += (rows * count_row_bytes (&self->layers[i]) + LINE - 1) / LINE * LINE;
    }

  self->block = rg_memory_new (MAX (n_bytes, LINE));
  for (guint i = 0; i < self->n_layers; i++)
    {
      RgTensor *layer = &self->layers[i];
      gsize size = count_row_bytes (layer);
      guint8 *to = (guint8 *) self->block + at;

      if (size == 0)
        continue;
      if (layer->rows > 0)
        memcpy (to, get_bytes (layer), MIN (rows, layer->rows) * size);
      layer->rows = rows;
      layer->data = layer->dtype == RG_DTYPE_F32 ? (float *) to : NULL;
      layer->stored = layer->dtype == RG_DTYPE_F32 ? NULL : to;
      at += (rows * size + LINE - 1) / LINE * LINE;
    }
  self->n_rows = rows;
  g_aligned_free (old);
}

RG_VECTORISED static void
narrow (const float *source, guint16 *target, gsize n)
{
  for (gsize i = 0; i < n; i++)
    target[i] = rg_narrow_f16 (source[i]);
}

void
rg_kept_rows_write (RgTensor *layer, gsize row, gsize col, gsize cols, const float *source, gsize stride, gsize n)
{
  g_assert (row + n <= layer->rows && col + cols <= layer->cols);

  for (gsize i = 0; i < n; i++)
    if (layer->dtype == RG_DTYPE_F16)
      narrow (source + i * stride, (guint16 *) get_bytes (layer) + (row + i) * layer->cols + col, cols);
    else
      memcpy (layer->data + (row + i) * layer->cols + col, source + i * stride, cols * sizeof (float));
}

float *
rg_kept_rows_widen (const RgTensor *layer)
{
  float *wide = g_new (float, layer->rows * layer->cols);

  rg_dtype_to_f32 (layer->dtype, get_bytes (layer), wide, layer->rows * layer->cols);

  return wide;
}
