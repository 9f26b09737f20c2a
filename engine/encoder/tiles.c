/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/tiles.h"

#include <math.h>
#include <string.h>

#define MULTIPLE 8 /* of rows */
#define INIT_SCALE 0.02f

guint
rg_tiles_count_shapes (guint max)
{
  guint n = 0;

  for (guint r = 1; r <= max; r++)
    n += max / r;

  return n;
}

guint
rg_tiles_find_shape (guint max, guint rows, guint cols)
{
  guint shape = cols;

  if (rows == 0 || cols == 0 || rows > max || cols > max / rows)
    return 0;

  for (guint r = 1; r < rows; r++)
    shape += max / r;

  return shape;
}

void
rg_tiles_get_shape (guint max, guint shape, guint *rows, guint *cols)
{
  *cols = shape;
  for (*rows = 1; *cols > max / *rows; *rows += 1)
    *cols -= max / *rows;
}

/* Of one tile. */
static gsize
count_padded (const RgTiles *self)
{
  return (self->n_rows + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
}

gsize
rg_tiles_count_rows (const RgTiles *self)
{
  return self->max * count_padded (self);
}

void
rg_tile_embeddings_declare (RgTileEmbeddings *self, guint max, gsize n_rows, gsize width, const RgTileNames *names, RgParameters *parameters, const char *prefix)
{
  gsize n = 1 + rg_tiles_count_shapes (max);

  rg_parameters_declare (parameters, &self->before, n, max * width, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", prefix, names->before);
  rg_parameters_declare (parameters, &self->before_gate, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s", prefix, names->before_gate);
  rg_parameters_declare (parameters, &self->after, n, max * width, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", prefix, names->after);
  rg_parameters_declare (parameters, &self->after_gate, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s", prefix, names->after_gate);
  rg_parameters_declare (parameters, &self->places, n, max * n_rows * width, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", prefix, names->places);
  rg_parameters_declare (parameters, &self->places_gate, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s", prefix, names->places_gate);
}

/* Of this picture's shape, whatever type the file has. */
static const float *
get_row (RgPass *pass, const RgTiles *self, RgTensor *table)
{
  return rg_gather_rows (pass, table, &self->shape, 1)->data;
}

/* to += factor · from */
static void
add (float *to, const float *from, float factor, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] += factor * from[i];
}

RgTensor *
rg_tiles_enter (RgPass *pass, const RgTiles *self, RgTileEmbeddings *embeddings, const RgTensor *patches, const RgTensor *class_token, const RgTensor *places, RgNorm *norm, float epsilon)
{
  gsize n_rows = self->n_rows, n_patches = n_rows - 1, width = patches->cols, n_tile = n_rows * width;
  float before_gate = tanhf (embeddings->before_gate.data[0]), places_gate = tanhf (embeddings->places_gate.data[0]);
  const float *before = get_row (pass, self, &embeddings->before), *tile_places = get_row (pass, self, &embeddings->places);
  RgTensor *x = rg_pass_tensor (pass, self->max * n_rows, width), *y = rg_pass_tensor (pass, rg_tiles_count_rows (self), width);

  g_assert (!pass->recording && patches->rows == self->n * n_patches && places->rows == n_rows);

  memset (x->data, 0, x->rows * width * sizeof (float));
  for (guint t = 0; t < self->max; t++)
    {
      float *tile = x->data + t * n_tile;

      if (t < self->n)
        memcpy (tile + width, patches->data + t * n_patches * width, n_patches * width * sizeof (float));
      for (gsize r = 1; r < n_rows; r++)
        add (tile + r * width, before + t * width, before_gate, width);
      memcpy (tile, class_token->data, width * sizeof (float));
      add (tile, places->data, 1 - places_gate, n_tile);
      add (tile, tile_places + t * n_tile, places_gate, n_tile);
    }

  x = rg_norm_forward (pass, norm, x, epsilon);
  memset (y->data, 0, y->rows * width * sizeof (float));
  for (guint t = 0; t < self->max; t++)
    memcpy (y->data + t * count_padded (self) * width, x->data + t * n_tile, n_tile * sizeof (float));

  return y;
}

RgTensor *
rg_tiles_mark (RgPass *pass, const RgTiles *self, RgTileEmbeddings *embeddings, RgTensor *x)
{
  float gate = tanhf (embeddings->after_gate.data[0]);
  const float *after = get_row (pass, self, &embeddings->after);
  RgTensor *marks = rg_pass_tensor (pass, x->rows, x->cols);

  marks->wants_grad = FALSE;
  for (gsize r = 0; r < x->rows; r++)
    for (gsize c = 0; c < x->cols; c++)
      marks->data[r * x->cols + c] = gate * after[r / count_padded (self) * x->cols + c];

  return rg_add_repeated (pass, x, marks);
}

const guint8 *
rg_tiles_hide (RgPass *pass, const RgTiles *self)
{
  gsize padded = count_padded (self), n = rg_tiles_count_rows (self);
  guint8 *hidden = rg_arena_alloc (pass->arena, n * n), *empty = rg_arena_alloc (pass->arena, n);

  for (gsize r = 0; r < n; r++)
    empty[r] = r / padded >= self->n || r % padded >= self->n_rows;
  for (gsize r = 0; r < n; r++)
    if (empty[r])
      memcpy (hidden + r * n, empty, n);
    else
      memset (hidden + r * n, 0, n);

  return hidden;
}

gsize
rg_tiles_find_row (const RgTiles *self, gsize row)
{
  return row / self->n_rows * count_padded (self) + row % self->n_rows;
}

void
rg_tiles_put (const RgTiles *self, const RgTensor *x, RgTensor *to, gsize column, gsize step)
{
  g_assert (to->rows == self->max * self->n_rows);

  for (gsize r = 0; r < to->rows; r++)
    {
      const float *from = x->data + rg_tiles_find_row (self, r) * x->cols;
      float *row = to->data + r * to->cols + column;

      for (gsize c = 0; c < x->cols; c++)
        row[c * step] = from[c];
    }
}

void
rg_tiles_take (const RgTiles *self, const RgTensor *from, gsize column, gsize step, float *to, gsize width)
{
  for (gsize r = 0; r < from->rows; r++)
    for (gsize c = 0; c < width; c++)
      to[rg_tiles_find_row (self, r) * width + c] += from->data[r * from->cols + column + c * step];
}
