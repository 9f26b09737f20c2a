/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/places.h"

#include <math.h>

void
rg_places_fill (RgTensor *tensor, float scale)
{
  guint side = (guint) lround (sqrt (tensor->rows)), quarter = tensor->cols / 4;

  g_assert ((gsize) side * side == tensor->rows && tensor->cols % 4 == 0);

  for (gsize r = 0; r < tensor->rows; r++)
    for (guint i = 0; i < quarter; i++)
      {
        double frequency = pow (20, -(double) i / quarter) * 8 / side;
        double y = r / side * frequency, x = r % side * frequency;
        float *row = tensor->data + r * tensor->cols + i;

        row[0] = scale * sin (y);
        row[quarter] = scale * cos (y);
        row[2 * quarter] = scale * sin (x);
        row[3 * quarter] = scale * cos (x);
      }
}

/* One column of a grid of side × side cells at a point between cells, held at the border. */
static float
interpolate (const float *grid, guint side, gsize stride, double y, double x)
{
  guint top = MIN ((guint) y, side - 1), left = MIN ((guint) x, side - 1);
  guint bottom = MIN (top + 1, side - 1), right = MIN (left + 1, side - 1);
  float fy = MIN (y - top, 1), fx = MIN (x - left, 1);
  float above = grid[(top * side + left) * stride] * (1 - fx) + grid[(top * side + right) * stride] * fx;
  float below = grid[(bottom * side + left) * stride] * (1 - fx) + grid[(bottom * side + right) * stride] * fx;

  return above * (1 - fy) + below * fy;
}

void
rg_places_grow (RgTensor *tensor, const RgTensor *source, float scale)
{
  guint side = (guint) lround (sqrt (tensor->rows)), from = (guint) lround (sqrt (source->rows));
  gsize cols = tensor->cols;
  g_autofree float *learned = g_new (float, source->rows *cols);
  RgTensor began = { .rows = source->rows, .cols = cols, .data = learned };

  rg_places_fill (&began, scale);
  for (gsize i = 0; i < source->rows * cols; i++)
    learned[i] = source->data[i] - learned[i];

  rg_places_fill (tensor, scale);
  for (gsize r = 0; r < tensor->rows; r++)
    for (gsize c = 0; c < cols; c++)
      tensor->data[r * cols + c] += interpolate (learned + c, from, cols, (double) (r / side) * from / side, (double) (r % side) * from / side);
}
