/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/looked.h"

#include <math.h>
#include <string.h>

#include "engine/image-state.h"

#define LONE 10 /* times as large as each neighbour */

gboolean
rg_looked_each (const RgExplained *self, RgTokenMapFunc func, gpointer data, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  g_autofree float *weights = g_new (float, config->n_layers * config->block.n_heads * n_patches);
  g_autofree float *map = g_new (float, n_patches);

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < self->words[w].n; t++)
      {
        gsize at = self->first + self->words[w].first + t;

        if (!rg_model_differentiate (self->model, self->pass, self->image, self->ids, at, self->first, self->ids[at], weights, NULL, error))
          return FALSE;

        rg_explained_note_run (self);
        func (data, weights, map);
        for (gsize p = 0; p < n_patches; p++)
          maps[w * n_patches + p] = MAX (maps[w * n_patches + p], map[p]);
      }

  return TRUE;
}

/* --- one layer or head, or the mean --- */

typedef struct
{
  guint n_layers, n_heads, n_patches;
  int layer, head;
} Choice;

static void
map_choice (gpointer data, const float *weights, float *map)
{
  const Choice *self = data;
  g_autoptr (RgAttention) attention = rg_attention_new (self->n_layers, self->n_heads, self->n_patches, weights);

  rg_attention_map (attention, self->layer, self->head, map);
}

gboolean
rg_looked_map (const RgExplained *self, int layer, int head, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  Choice choice = { config->n_layers, config->block.n_heads, rg_image_state_get_n_patches (self->image), layer, head };

  return rg_looked_each (self, map_choice, &choice, maps, error);
}

/* --- chosen heads --- */

/* W_Oᵀ W_O of one head, head_dim × head_dim: |W_O v|² = vᵀ (W_Oᵀ W_O) v needs no longer vector than v. */
static float *
multiply_by_itself (const RgTensor *out, gsize head, gsize dim)
{
  float *square = g_new0 (float, dim *dim);

  for (gsize row = 0; row < out->rows; row++)
    {
      const float *w = out->data + row * out->cols + head * dim;

      for (gsize i = 0; i < dim; i++)
        for (gsize j = 0; j < dim; j++)
          square[i * dim + j] += w[i] * w[j];
    }

  return square;
}

void
rg_looked_value_norms (RgModel *model, RgImageState *image, guint layer, guint head, float *norms)
{
  const RgBlockConfig *config = &rg_model_get_config (model)->text.block;
  const RgTensor *memory = rg_image_state_get_memory (image, layer);
  const guint32 *places = rg_image_state_get_places (image);
  gsize dim = config->head_dim, n_patches = rg_image_state_get_n_patches (image);
  gsize value = memory->cols / 2 + head * config->n_kv_heads / config->n_heads * dim;
  const RgBlock *block = &rg_model_get_decoder (model)->layers[layer];
  g_autofree float *square = multiply_by_itself (config->cross ? &block->cross_out.weight : &block->out.weight, head, dim);
  double sum = 0;

  for (gsize p = 0; p < n_patches; p++)
    {
      const float *v = memory->data + places[p] * memory->cols + value;
      float product = 0;

      for (gsize i = 0; i < dim; i++)
        for (gsize j = 0; j < dim; j++)
          product += v[i] * square[i * dim + j] * v[j];
      norms[p] = sqrt (MAX (product, 0)); /* rounding */
      sum += norms[p];
    }

  for (gsize p = 0; p < n_patches; p++)
    norms[p] = sum > 0 ? norms[p] * n_patches / sum : 1;
}

void
rg_head_mixer_init (RgHeadMixer *self, const RgCalibration *calibration, RgModel *model, RgImageState *image)
{
  const RgModelConfig *config = rg_model_get_config (model);
  gsize n_patches = rg_image_state_get_n_patches (image);
  guint side = 1;

  while ((gsize) side * side < n_patches)
    side++;
  *self = (RgHeadMixer){ calibration, config->text.n_layers, config->text.block.n_heads, (gsize) side * side == n_patches ? side : 0, n_patches };
  if (!calibration->value_norm)
    return;

  self->norms = g_new (float, calibration->n_heads *n_patches);
  for (guint i = 0; i < calibration->n_heads; i++)
    rg_looked_value_norms (model, image, calibration->heads[i].layer, calibration->heads[i].head, self->norms + i * n_patches);
}

void
rg_head_mixer_clear (RgHeadMixer *self)
{
  g_clear_pointer (&self->norms, g_free);
}

/* Adds one head's part to @map. @norms: (nullable) */
static void
add_head (const float *weights, const float *norms, gsize n_patches, double weight, double taken_off, float *map)
{
  double mean = 0;

  for (gsize p = 0; p < n_patches; p++)
    mean += weights[p] / n_patches;
  for (gsize p = 0; p < n_patches; p++)
    map[p] += weight * (weights[p] - taken_off * mean) * (norms != NULL ? norms[p] : 1);
}

/* A peak beside which there is next to nothing is made as high as what surrounds it. */
static void
level_lone_peaks (float *map, int grid)
{
  gsize n_patches = (gsize) grid * grid;
  g_autofree float *before = g_memdup2 (map, n_patches * sizeof (float));

  for (int row = 0; row < grid; row++)
    for (int col = 0; col < grid; col++)
      {
        float largest = 0, sum = 0;
        guint n = 0;

        for (int r = MAX (row - 1, 0); r <= MIN (row + 1, grid - 1); r++)
          for (int c = MAX (col - 1, 0); c <= MIN (col + 1, grid - 1); c++)
            if (r != row || c != col)
              {
                largest = MAX (largest, before[r * grid + c]);
                sum += before[r * grid + c];
                n++;
              }
        if (n > 0 && before[row * grid + col] > LONE * largest)
          map[row * grid + col] = sum / n;
      }
}

void
rg_head_mixer_mix (gpointer data, const float *weights, float *map)
{
  const RgHeadMixer *self = data;
  const RgCalibration *calibration = self->calibration;
  gsize n_patches = self->n_patches, n_all = (gsize) self->n_layers * self->n_heads;

  memset (map, 0, n_patches * sizeof (float));
  for (guint i = 0; i < calibration->n_heads; i++)
    {
      const RgHeadWeight *chosen = &calibration->heads[i];
      gsize head = (gsize) chosen->layer * self->n_heads + chosen->head;

      add_head (weights + head * n_patches, self->norms != NULL ? self->norms + i * n_patches : NULL, n_patches, chosen->weight, calibration->floor, map);
    }
  for (gsize head = 0; calibration->n_heads == 0 && head < n_all; head++)
    add_head (weights + head * n_patches, NULL, n_patches, 1.0 / n_all, calibration->floor, map);

  for (gsize p = 0; p < n_patches; p++)
    map[p] = MAX (map[p], 0);
  if (calibration->lone_peaks && self->grid > 0)
    level_lone_peaks (map, self->grid);
}

gboolean
rg_looked_calibrated_map (const RgExplained *self, float *maps, GError **error)
{
  static const RgCalibration none = { 0 };
  g_auto (RgHeadMixer) mixer = { 0 };

  /* Values are the memory's, which may have to be made first. */
  if (!rg_image_state_ask (self->image, self->model, self->pass, self->ids, self->first, NULL, error))
    return FALSE;

  rg_head_mixer_init (&mixer, self->calibration != NULL ? self->calibration : &none, self->model, self->image);

  return rg_looked_each (self, rg_head_mixer_mix, &mixer, maps, error);
}
