/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/seen-view.h"

#include <math.h>

static const RgVisionConfig *
get_config (const RgSeenView *self)
{
  return &rg_model_get_config (self->answer->model)->vision;
}

guint
rg_seen_view_count (const RgExplained *answer)
{
  return rg_model_get_config (answer->model)->vision.max_tiles > 0 ? 1 : answer->pixels->n_views;
}

void
rg_seen_view_init (RgSeenView *self, const RgExplained *answer, guint number)
{
  const RgVisionConfig *config = &rg_model_get_config (answer->model)->vision;
  const RgPixelValues *pixels = answer->pixels;
  gsize n_patches = rg_image_state_get_n_patches (answer->image);

  *self = (RgSeenView){ .answer = answer, .number = number };
  self->n_before = (rg_image_state_get_tokens (answer->image)->rows - n_patches) / pixels->n_views;
  self->offsets[1] = rg_vision_config_count_rows (config, pixels->width, pixels->height);
  if (config->max_tiles == 0)
    return;

  rg_vision_config_init_tiles (config, pixels->rows, pixels->cols, &self->tiles);
  self->n_before = self->tiles.n_rows - n_patches / self->tiles.n;
  self->offsets[1] = rg_tiles_count_rows (&self->tiles);
}

static RgTensor *
run (RgPass *pass, const RgStretch *stretch, RgAttentionWalk *walk, gpointer data)
{
  const RgSeenView *self = data;
  RgModel *model = self->answer->model;
  const RgPixelValues *pixels = self->answer->pixels;
  RgTensor *values = stretch->x == NULL ? rg_model_get_views (model, pass, pixels, self->number, 1) : NULL;
  RgVisionRun vision = {
    .n_images = 1,
    .offsets = self->offsets,
    .width = pixels->width,
    .height = pixels->height,
    .tile_rows = pixels->rows,
    .tile_cols = pixels->cols,
    .walk = walk,
    .stretch = stretch,
  };

  return rg_vision_encoder_forward (pass, rg_model_get_encoder (model), get_config (self), values, &vision);
}

void
rg_seen_view_prepare (RgSeenView *self, RgDescent *descent)
{
  const RgVisionConfig *config = get_config (self);

  *descent = (RgDescent){ .answer = self->answer, .n_layers = rg_vision_config_count_layers (config), .n_heads = config->block.n_heads, .n_rows = self->offsets[1], .width = config->block.width, .run = run, .data = self };
}

gsize
rg_seen_view_count_patches (const RgSeenView *self)
{
  return rg_image_state_get_n_patches (self->answer->image) / rg_seen_view_count (self->answer);
}

guint
rg_seen_view_find_rows (const RgSeenView *self, guint patch, guint32 *rows)
{
  gsize n_tile = self->tiles.n_rows - self->n_before;

  if (self->tiles.max == 0)
    return rg_projector_config_find_rows (&rg_model_get_config (self->answer->model)->projector, self->offsets[1], self->n_before + patch, rows);

  *rows = rg_tiles_find_row (&self->tiles, patch / n_tile * self->tiles.n_rows + self->n_before + patch % n_tile);

  return 1;
}

guint
rg_seen_view_count_most (const RgSeenView *self)
{
  guint side = rg_model_get_config (self->answer->model)->projector.merge_size;

  return side * side;
}

void
rg_seen_view_sum_rows (const RgSeenView *self, const double *rows, double *patches)
{
  g_autofree guint32 *own = g_new (guint32, rg_seen_view_count_most (self));

  for (gsize p = 0; p < rg_seen_view_count_patches (self); p++)
    {
      guint n = rg_seen_view_find_rows (self, p, own);

      patches[p] = 0;
      for (guint i = 0; i < n; i++)
        patches[p] += rows[own[i]];
    }
}

double
rg_seen_view_get_part (const RgSeenView *self, guint layer)
{
  const RgVisionConfig *config = get_config (self);
  gsize column, step;

  if (self->tiles.max == 0)
    return layer == config->n_layers;

  return rg_vision_config_find_part (config, layer, &column, &step) ? (double) config->block.width / rg_vision_config_get_width (config) : 0;
}

double
rg_seen_view_get_gate (const RgSeenView *self, guint layer)
{
  const RgVisionEncoder *encoder = rg_model_get_encoder (self->answer->model);

  return layer < get_config (self)->n_layers ? 1 : fabs (tanh (encoder->layers[layer].attention_gate.data[0]));
}
