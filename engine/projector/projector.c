/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/projector/projector.h"

#include <string.h>

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

/* Squares of @size · @size rows of a square grid become rows. Open models are not trained: no derivative. */
static RgTensor *
shuffle (RgPass *pass, RgTensor *x, guint size, guint n_images)
{
  gsize side = 0, n_patches = x->rows / n_images, width = x->cols;
  RgTensor *y = rg_pass_tensor (pass, x->rows / (size * size), width * size * size);

  g_assert (!pass->recording);

  while (side * side < n_patches)
    side++;
  g_assert (side * side == n_patches && side % size == 0);

  for (gsize r = 0; r < x->rows; r++)
    {
      gsize image = r / n_patches, row = r % n_patches / side, col = r % side, across = side / size;
      gsize to = image * n_patches / (size * size) + row / size * across + col / size, part = row % size * size + col % size;

      memcpy (y->data + to * y->cols + part * width, x->data + r * width, width * sizeof (float));
    }

  return y;
}

/* Squares of rows that stand side by side become their mean. @x: (N · P) × s² · D. Returns: (N · P) × D */
static RgTensor *
take_mean (RgPass *pass, const RgTensor *x, guint n)
{
  gsize width = x->cols / n;
  RgTensor *y = rg_pass_tensor (pass, x->rows, width);

  for (gsize r = 0; r < x->rows; r++)
    for (gsize c = 0; c < width; c++)
      {
        float sum = 0;

        for (guint i = 0; i < n; i++)
          sum += x->data[r * x->cols + i * width + c];
        y->data[r * width + c] = sum / n;
      }

  return y;
}

/* Rows one behind the other become one. */
static RgTensor *
join_blocks (RgPass *pass, RgTensor *x, guint n)
{
  g_assert (!pass->recording && x->rows % n == 0);

  return rg_pass_input (pass, x->rows / n, x->cols * n, x->data);
}

/* All but the first row of each picture. */
static RgTensor *
skip_class (RgPass *pass, RgTensor *x, guint n_images)
{
  gsize n_rows = x->rows / n_images;
  RgTensor *y = rg_pass_tensor (pass, x->rows - n_images, x->cols);

  g_assert (!pass->recording);

  for (gsize i = 0; i < n_images; i++)
    memcpy (y->data + i * (n_rows - 1) * x->cols, x->data + (i * n_rows + 1) * x->cols, (n_rows - 1) * x->cols * sizeof (float));

  return y;
}

RgTensor *
rg_projector_forward (RgPass *pass, RgProjector *self, const RgProjectorConfig *config, RgTensor *x, guint n_images)
{
  if (config->skip_class)
    x = skip_class (pass, x, n_images);
  if (config->merge == RG_MERGE_SHUFFLE || config->merge == RG_MERGE_MEAN)
    x = shuffle (pass, x, config->merge_size, n_images); /* (N · P) × s² · D_vision */
  if (config->merge == RG_MERGE_MEAN)
    x = take_mean (pass, x, config->merge_size * config->merge_size); /* (N · P) × D_vision */
  if (config->merge == RG_MERGE_BLOCKS)
    x = join_blocks (pass, x, config->merge_size * config->merge_size); /* (N · P) × s² · D_vision */
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
