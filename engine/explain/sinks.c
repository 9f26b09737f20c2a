/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/sinks.h"

#include <math.h>

#define ALWAYS 0.9

/* |v| of each image token for one head of keys and values, relative to their mean. */
static void
measure_values (const RgExplained *self, const RgTensor *memory, guint kv_head, double *lengths)
{
  const RgBlockConfig *config = &rg_model_get_config (self->model)->text.block;
  const guint32 *places = rg_image_state_get_places (self->image);
  guint n_patches = rg_image_state_get_n_patches (self->image);
  double mean = 0;

  for (guint p = 0; p < n_patches; p++)
    {
      const float *v = memory->data + places[p] * memory->cols + memory->cols / 2 + (gsize) kv_head * config->head_dim;
      double square = 0;

      for (guint i = 0; i < config->head_dim; i++)
        square += (double) v[i] * v[i];
      lengths[p] = sqrt (square);
      mean += lengths[p] / n_patches;
    }

  for (guint p = 0; p < n_patches; p++)
    lengths[p] = mean > 0 ? lengths[p] / mean : 1;
}

/* In how many rows each image token gets many times the mean. @attention: of one head */
static void
count_rows (const RgExplained *self, const RgTextRecord *record, const float *attention, guint *n_rows)
{
  const guint32 *places = rg_image_state_get_places (self->image);
  guint n_patches = rg_image_state_get_n_patches (self->image);

  for (gsize row = 0; row < record->n_rows; row++)
    {
      const float *weights = attention + row * record->n_keys;
      double mean = 0;

      for (guint p = 0; p < n_patches; p++)
        mean += weights[places[p]] / n_patches;
      for (guint p = 0; p < n_patches; p++)
        n_rows[p] += weights[places[p]] > 0 && weights[places[p]] >= RG_SINK_TIMES * mean;
    }
}

guint8 *
rg_sinks_find (const RgExplained *self, const RgTextRecord *record)
{
  const RgTextConfig *text = &rg_model_get_config (self->model)->text;
  const RgBlockConfig *config = &text->block;
  guint n_patches = rg_image_state_get_n_patches (self->image), group = config->n_kv_heads > 0 ? config->n_heads / config->n_kv_heads : 1;
  guint8 *sinks = g_new0 (guint8, record->n_maps * n_patches);
  g_autofree double *lengths = g_new (double, n_patches);
  RgTensor memory = { 0 };

  /* Rows that look at the question see the picture by way of it only. */
  if (rg_model_get_config (self->model)->question_encoder.n_layers > 0 || record->n_rows < RG_SINK_ROWS)
    return sinks;

  for (gsize map = 0; map < record->n_maps; map++)
    {
      g_autofree guint *n_rows = g_new0 (guint, n_patches);

      if (map % config->n_heads == 0)
        {
          g_free (memory.data);
          memory = rg_image_state_copy_memory (self->image, rg_text_config_find_look (text, map / config->n_heads));
        }
      measure_values (self, &memory, map % config->n_heads / group, lengths);
      count_rows (self, record, record->attention + map * record->n_rows * record->n_keys, n_rows);
      for (guint p = 0; p < n_patches; p++)
        sinks[map * n_patches + p] = n_rows[p] >= ALWAYS * record->n_rows && lengths[p] <= RG_SINK_VALUE;
    }
  g_free (memory.data);

  return sinks;
}
