/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/shares.h"

/* What a key of the attention to the memory is. */
static RgSource
find_source (const RgExplained *self, const RgTextRecord *record, gsize key)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n_prefix = rg_image_state_get_n_positions (self->image), token;

  if (config->text.block.cross)
    return config->projector.remembers ? RG_SOURCE_NULL_KEY : RG_SOURCE_WHOLE;
  if (key < n_prefix)
    return RG_SOURCE_FRAME;

  /* A prompt that is seen as a whole is in the memory up to its last token. */
  token = key < record->n_memory ? key - n_prefix : record->first_row + key - record->n_memory;

  return token < self->first ? RG_SOURCE_QUESTION : RG_SOURCE_ANSWER;
}

static RgSource *
list_sources (const RgExplained *self, const RgTextRecord *record)
{
  const guint32 *places = rg_image_state_get_places (self->image);
  RgSource *sources = g_new (RgSource, record->n_keys);

  for (gsize key = 0; key < record->n_keys; key++)
    sources[key] = find_source (self, record, key);
  for (guint p = 0; p < rg_image_state_get_n_patches (self->image); p++)
    sources[places[p]] = RG_SOURCE_PICTURE;

  return sources;
}

/* Patches without a picture. */
static gboolean
is_padding (const RgExplained *self, guint patch)
{
  return self->pixels->grid != NULL && rg_rect_is_empty (rg_patch_grid_get_source_rect (self->pixels->grid, patch));
}

/* The text beside cross-attention: of self-attention, mean of all heads and layers that have it. */
static void
add_text (const RgExplained *self, const RgTextRecord *record, gsize row, RgShares *shares)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_maps = (gsize) rg_text_config_count_self (config) * config->block.n_heads;

  for (gsize map = 0; map < n_maps; map++)
    for (gsize key = 0; key < record->n_rows; key++)
      shares->of[record->first_row + key < self->first ? RG_SOURCE_QUESTION : RG_SOURCE_ANSWER] += record->self_attention[(map * record->n_rows + row) * record->n_rows + key] / n_maps;
}

/* What an answer that looks at the question sees of the picture by way of it. */
static void
measure_through_question (const RgExplained *self, const RgTextRecord *record, gsize row, const double *parts, RgShares *shares)
{
  guint n_patches = rg_image_state_get_n_patches (self->image);
  g_autofree float *picked = g_new (float, record->n_maps *n_patches);

  rg_text_record_pick (record, self->image, record->attention, row, picked);
  for (gsize i = 0; i < record->n_maps * n_patches; i++)
    shares->of[RG_SOURCE_PICTURE] += parts[i / n_patches] * picked[i];
  shares->of[RG_SOURCE_WHOLE] = 1 - shares->of[RG_SOURCE_PICTURE];
}

/* What the attention to the memory is divided among. */
static void
measure_memory (const RgExplained *self, const RgTextRecord *record, gsize row, const double *parts, const guint8 *sinks, RgShares *shares)
{
  const guint32 *places = rg_image_state_get_places (self->image);
  guint n_patches = rg_image_state_get_n_patches (self->image);
  g_autofree RgSource *sources = list_sources (self, record);

  for (gsize map = 0; map < record->n_maps; map++)
    {
      const float *weights = record->attention + (map * record->n_rows + row) * record->n_keys;

      for (gsize key = 0; parts[map] > 0 && key < record->n_keys; key++)
        shares->of[sources[key]] += parts[map] * weights[key];
      for (guint p = 0; parts[map] > 0 && p < n_patches; p++)
        {
          shares->sinks += sinks[map * n_patches + p] ? parts[map] * weights[places[p]] : 0;
          shares->padding += is_padding (self, p) ? parts[map] * weights[places[p]] : 0;
        }
    }
}

void
rg_shares_measure (const RgExplained *self, const RgTextRecord *record, gsize row, const double *parts, const guint8 *sinks, RgShares *shares)
{
  const RgModelConfig *config = rg_model_get_config (self->model);

  *shares = (RgShares){ .is_cross = config->text.block.cross };
  if (config->question_encoder.n_layers > 0)
    measure_through_question (self, record, row, parts, shares);
  else
    measure_memory (self, record, row, parts, sinks, shares);
  if (shares->is_cross)
    add_text (self, record, row, shares);

  for (RgSource source = 0; source < RG_N_SOURCES; source++)
    shares->of[source] = MIN (shares->of[source], 1); /* rounding */
}

static int
compare_sinks (gconstpointer a, gconstpointer b)
{
  const RgSink *one = a, *other = b;

  if (one->share != other->share)
    return one->share < other->share ? 1 : -1;

  return (int) one->patch - (int) other->patch;
}

void
rg_shares_list_sinks (const RgExplained *self, const RgTextRecord *record, const gsize *rows, guint n_rows, const double *parts, const guint8 *sinks, GArray *list)
{
  const guint32 *places = rg_image_state_get_places (self->image);
  guint n_patches = rg_image_state_get_n_patches (self->image);

  for (guint p = 0; p < n_patches; p++)
    {
      RgSink sink = { p, 0, 0 };

      for (gsize map = 0; map < record->n_maps; map++)
        if (sinks[map * n_patches + p])
          {
            sink.n_heads++;
            for (guint i = 0; i < n_rows; i++)
              sink.share += parts[map] * record->attention[(map * record->n_rows + rows[i]) * record->n_keys + places[p]] / n_rows;
          }
      if (sink.n_heads > 0)
        g_array_append_val (list, sink);
    }
  g_array_sort (list, compare_sinks);
}
