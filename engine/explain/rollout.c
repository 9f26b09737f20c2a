/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/rollout.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/explain/looked.h"

/* Self-attention of the encoder's layers, mean over heads: layers × P × P; NULL where it was cancelled. */
static float *
record_encoder (const RgExplained *self, GError **error)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  gsize n_patches = rg_model_get_n_patches (self->model), n = n_patches * n_patches, n_heads = config->block.n_heads;
  guint offsets[] = { 0, n_patches };
  g_autofree float *record = g_new (float, config->n_layers *n_heads *n);
  RgVisionRun run = { .n_images = 1, .offsets = offsets, .record = record };
  float *means;

  rg_pass_reset (self->pass);
  if (rg_vision_encoder_forward (self->pass, rg_model_get_encoder (self->model), config, rg_model_get_view (self->model, self->pass, self->pixels, 0), &run) == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return NULL;
    }

  means = g_new0 (float, config->n_layers *n);
  for (gsize map = 0; map < config->n_layers * n_heads; map++)
    for (gsize i = 0; i < n; i++)
      means[map / n_heads * n + i] += record[map * n + i] / n_heads;

  return means;
}

/* What the encoder's layers did on the way to the image tokens. */
typedef struct
{
  RgModel *model;
  const float *layers; /* layers × P × P */
} Path;

static void
trace_back (gpointer data, const float *weights, float *map)
{
  const Path *self = data;
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n_patches = rg_model_get_n_patches (self->model), n_maps = (gsize) config->text.n_layers * config->text.block.n_heads;
  g_autofree float *above = g_new (float, n_patches);

  memset (map, 0, n_patches * sizeof (float));
  for (gsize i = 0; i < n_maps * n_patches; i++)
    map[i % n_patches] += weights[i] / n_maps;

  for (guint layer = config->vision.n_layers; layer-- > 0;)
    {
      const float *attention = self->layers + layer * n_patches * n_patches;

      memcpy (above, map, n_patches * sizeof (float));
      for (gsize p = 0; p < n_patches; p++)
        map[p] /= 2;
      for (gsize row = 0; row < n_patches; row++)
        for (gsize p = 0; p < n_patches; p++)
          map[p] += above[row] * attention[row * n_patches + p] / 2;
    }
}

gboolean
rg_rollout_map (const RgExplained *self, float *maps, GError **error)
{
  g_autofree float *layers = record_encoder (self, error);

  return layers != NULL && rg_looked_each (self, trace_back, &(Path){ self->model, layers }, maps, error);
}

gboolean
rg_rollout_encoder (const RgExplained *self, float *map, GError **error)
{
  gsize n_layers = rg_model_get_config (self->model)->vision.n_layers, n_patches = rg_model_get_n_patches (self->model);
  g_autofree float *layers = record_encoder (self, error);

  if (layers == NULL)
    return FALSE;

  memset (map, 0, n_patches * sizeof (float));
  for (gsize i = 0; i < n_layers * n_patches * n_patches; i++)
    map[i % n_patches] += layers[i] / (n_layers * n_patches);

  return TRUE;
}
