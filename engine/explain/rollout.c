/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/rollout.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

/* Self-attention of the encoder's layers in one view, mean over heads: layers × T × T. */
typedef struct
{
  guint n_layers;
  gsize n_rows; /* T */
  float *means;
} Encoding;

static void
encoding_clear (Encoding *self)
{
  g_clear_pointer (&self->means, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoding, encoding_clear)

static gboolean
check_size (const RgVisionConfig *config, gsize n_rows, GError **error)
{
  if ((guint64) config->n_layers * config->block.n_heads * n_rows * n_rows * sizeof (float) <= RG_ROLLOUT_MAX_BYTES)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("The encoder sees this picture in %u rows: its attention among all of them is too much to be traced back."), (guint) n_rows);

  return FALSE;
}

static gboolean
record_view (Encoding *self, const RgExplained *answer, guint view, GError **error)
{
  const RgVisionConfig *config = &rg_model_get_config (answer->model)->vision;
  guint width = answer->pixels->width, height = answer->pixels->height;
  gsize n_rows = rg_vision_config_count_rows (config, width, height), n = n_rows * n_rows, n_heads = config->block.n_heads;
  guint offsets[] = { 0, n_rows };
  g_autofree float *record = NULL;

  if (!check_size (config, n_rows, error))
    return FALSE;

  record = g_new (float, config->n_layers *n_heads *n);
  rg_pass_reset (answer->pass);
  if (rg_vision_encoder_forward (answer->pass, rg_model_get_encoder (answer->model), config, rg_model_get_views (answer->model, answer->pass, answer->pixels, view, 1),
                                 &(RgVisionRun){ .n_images = 1, .offsets = offsets, .width = width, .height = height, .record = record }) == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return FALSE;
    }

  *self = (Encoding){ config->n_layers, n_rows, g_new0 (float, config->n_layers *n) };
  for (gsize map = 0; map < config->n_layers * n_heads; map++)
    for (gsize i = 0; i < n; i++)
      self->means[map / n_heads * n + i] += record[map * n + i] / n_heads;

  return TRUE;
}

/* From the rows behind the last layer to those before the first. */
static void
trace_back (const Encoding *self, float *rows)
{
  gsize n = self->n_rows;
  g_autofree float *above = g_new (float, n);

  for (guint layer = self->n_layers; layer-- > 0;)
    {
      const float *attention = self->means + layer * n * n;

      memcpy (above, rows, n * sizeof (float));
      for (gsize i = 0; i < n; i++)
        rows[i] /= 2;
      for (gsize row = 0; row < n; row++)
        for (gsize i = 0; above[row] != 0 && i < n; i++)
          rows[i] += above[row] * attention[row * n + i] / 2;
    }
}

/* @map: P_view values of the tokens of one view, in place. @n_before: tokens of the view that are no patch */
static void
trace_view (const Encoding *self, const RgProjectorConfig *config, guint n_before, gsize n_patches, float *map)
{
  g_autofree float *rows = g_new0 (float, self->n_rows);
  g_autofree guint32 *own = g_new (guint32, config->merge_size * config->merge_size);

  for (gsize p = 0; p < n_patches; p++)
    {
      guint n = rg_projector_config_find_rows (config, self->n_rows, n_before + p, own);

      for (guint i = 0; i < n; i++)
        rows[own[i]] += map[p] / n;
    }

  trace_back (self, rows);

  for (gsize p = 0; p < n_patches; p++)
    {
      guint n = rg_projector_config_find_rows (config, self->n_rows, n_before + p, own);

      map[p] = 0;
      for (guint i = 0; i < n; i++)
        map[p] += rows[own[i]];
    }
}

gboolean
rg_rollout_map (const RgExplained *self, const RgLooking *looking, float *maps, GError **error)
{
  const RgProjectorConfig *config = &rg_model_get_config (self->model)->projector;
  guint n_views = self->pixels->n_views;
  gsize n_patches = rg_image_state_get_n_patches (self->image), n_view = n_patches / n_views;
  guint n_before = (rg_image_state_get_tokens (self->image)->rows - n_patches) / n_views;

  if (!rg_looked_map (self, looking, -1, -1, maps, error))
    return FALSE;

  for (guint view = 0; view < n_views; view++)
    {
      g_auto (Encoding) encoding = { 0 };

      if (!record_view (&encoding, self, view, error))
        return FALSE;
      for (guint w = 0; w < self->n_words; w++)
        trace_view (&encoding, config, n_before, n_view, maps + w * n_patches + view * n_view);
    }

  return TRUE;
}

gboolean
rg_rollout_encoder (const RgExplained *self, float *map, GError **error)
{
  gsize n_patches = rg_model_get_n_patches (self->model);
  g_auto (Encoding) encoding = { 0 };

  if (!record_view (&encoding, self, 0, error))
    return FALSE;

  memset (map, 0, n_patches * sizeof (float));
  for (gsize i = 0; i < encoding.n_layers * n_patches * n_patches; i++)
    map[i % n_patches] += encoding.means[i] / (encoding.n_layers * n_patches);

  return TRUE;
}
