/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/projector/projector.h"

#define INIT_SCALE 0.02f
#define NORM_EPSILON 1e-5f

const RgProjectorNames rg_projector_names = {
  .prefix = "projector",
  .up = "up_proj",
  .down = "down_proj",
  .last_norm = "norm",
};

RgProjectorConfig
rg_projector_config_bundled (gsize vision_width, gsize text_width, guint n_patches)
{
  return (RgProjectorConfig){
    .in_width = vision_width,
    .out_width = text_width,
    .n_patches = n_patches,
    .merge_size = 1,
    .n_maps = 2,
    .bias = TRUE,
    .activation = RG_ACTIVATION_GELU_TANH,
    .last_norm = TRUE,
    .remembers = TRUE,
  };
}

void
rg_projector_declare (RgProjector *self, const RgProjectorConfig *config, const RgProjectorNames *names, RgParameters *parameters)
{
  gsize side_by_side = config->merge == RG_MERGE_MEAN ? 1 : config->merge_size * config->merge_size;
  gsize merged = config->in_width * side_by_side, out = config->out_width;
  gsize inner = config->n_maps > 1 && config->inner_width > 0 ? config->inner_width : out;

  rg_parameters_set_in_out (parameters, names != NULL && names->in_out);
  if (config->merged_norm)
    rg_norm_declare (&self->merged_norm, config->merged_norm_kind, merged, parameters, names->prefix, names->merged_norm);
  if (config->n_maps > 0)
    rg_linear_declare (&self->up, inner, merged, config->bias, INIT_SCALE, parameters, names->prefix, names->up);
  if (config->n_maps > 1)
    rg_linear_declare (&self->down, out, inner, config->bias, INIT_SCALE, parameters, names->prefix, names->down);
  rg_parameters_set_in_out (parameters, FALSE);
  if (config->last_norm)
    rg_norm_declare (&self->norm, RG_NORM_LAYER, out, parameters, names->prefix, names->last_norm);
  if (config->remembers)
    {
      rg_parameters_declare (parameters, &self->places, config->n_patches, out, RG_INIT_PLACES, 0.5f, RG_PARAMETER_VECTOR, "%s.position_embedding.weight", names->prefix);
      rg_parameters_declare (parameters, &self->null_key, 1, out, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.null_key.weight", names->prefix);
    }
}

/* Rows of a square grid, in the order of its squares of @size · @size, row by row: those of a square follow one another. */
static RgTensor *
sort_squares (RgPass *pass, RgTensor *x, guint size, guint n_images)
{
  gsize side = 0, n_patches = x->rows / n_images;
  guint32 *order = rg_arena_alloc (pass->arena, x->rows * sizeof *order);

  while (side * side < n_patches)
    side++;
  g_assert (side * side == n_patches && side % size == 0);

  for (gsize r = 0; r < x->rows; r++)
    {
      gsize image = r / n_patches, row = r % n_patches / side, col = r % side, across = side / size;
      gsize square = image * n_patches / (size * size) + row / size * across + col / size;

      order[square * size * size + row % size * size + col % size] = r;
    }

  return rg_gather_rows (pass, x, order, x->rows);
}

/* @n rows that follow one another become their mean. */
static RgTensor *
take_mean (RgPass *pass, RgTensor *x, guint n)
{
  guint *offsets = rg_arena_alloc (pass->arena, (x->rows / n + 1) * sizeof *offsets);

  for (gsize i = 0; i <= x->rows / n; i++)
    offsets[i] = i * n;

  return rg_segment_mean (pass, x, offsets, x->rows / n);
}

/* All but the first row of each picture. */
static RgTensor *
skip_class (RgPass *pass, RgTensor *x, guint n_images)
{
  gsize n_rows = x->rows / n_images, n = 0;
  guint32 *rows = rg_arena_alloc (pass->arena, x->rows * sizeof *rows);

  for (gsize r = 0; r < x->rows; r++)
    if (r % n_rows > 0)
      rows[n++] = r;

  return rg_gather_rows (pass, x, rows, n);
}

RgTensor *
rg_projector_forward (RgPass *pass, RgProjector *self, const RgProjectorConfig *config, RgTensor *x, guint n_images)
{
  if (config->skip_class)
    x = skip_class (pass, x, n_images);
  if (config->merge == RG_MERGE_SHUFFLE || config->merge == RG_MERGE_MEAN)
    x = sort_squares (pass, x, config->merge_size, n_images);
  if (config->merge == RG_MERGE_MEAN)
    x = take_mean (pass, x, config->merge_size * config->merge_size); /* (N · P) × D_vision */
  else if (config->merge != RG_MERGE_NONE)
    x = rg_join_rows (pass, x, config->merge_size * config->merge_size); /* (N · P) × s² · D_vision */
  if (config->merged_norm)
    x = rg_norm_forward (pass, &self->merged_norm, x, config->epsilon);
  if (config->n_maps > 0)
    x = rg_linear_forward (pass, &self->up, x, NULL); /* (N · P) × D_text */
  if (config->n_maps > 1)
    x = rg_linear_forward (pass, &self->down, rg_activate_factor (pass, x, config->activation), NULL);

  return config->last_norm ? rg_norm_forward (pass, &self->norm, x, NORM_EPSILON) : x;
}

guint
rg_projector_config_find_rows (const RgProjectorConfig *config, gsize n_rows, guint token, guint32 *rows)
{
  guint first = config->skip_class ? 1 : 0, size = config->merge_size, n = size * size;
  gsize side = 0, across;

  if (config->merge == RG_MERGE_NONE)
    {
      rows[0] = first + token;
      return 1;
    }

  while (side * side < n_rows - first)
    side++;
  across = side / size;
  for (guint i = 0; i < n; i++)
    rows[i] = first + (config->merge == RG_MERGE_BLOCKS ? token * n + i : (token / across * size + i / size) * side + token % across * size + i % size);

  return n;
}

RgTensor *
rg_projector_remember (RgPass *pass, RgProjector *self, const RgProjectorConfig *config, RgTensor *tokens, guint n_images)
{
  if (!config->remembers)
    return tokens;

  return rg_prepend_row (pass, rg_add_repeated (pass, tokens, &self->places), &self->null_key, n_images);
}
