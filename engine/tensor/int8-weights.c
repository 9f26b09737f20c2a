/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/int8-weights.h"

#include <math.h>

#include "engine/tensor/memory.h"
#include "engine/tensor/vector-math.h"

#define LARGEST 127
#define RUN 4 /* numbers that follow one another along k in a word */

/* One way of reading the matrix, k × n; see RgInt8Columns. */
typedef struct
{
  gsize k, n, step;
  guint32 *words; /* panels of RG_PANEL_COLUMNS columns: word[run][column] */
  float *scales;  /* (n) */
  gint32 *sums;   /* (n) of each column's numbers */
} Way;

struct _RgInt8Weights
{
  Way ways[2]; /* as stored, and transposed */
};

static gsize
count_panels (const Way *way)
{
  return (way->n + RG_PANEL_COLUMNS - 1) / RG_PANEL_COLUMNS;
}

RgInt8Weights *
rg_int8_weights_new (gsize rows, gsize cols)
{
  RgInt8Weights *self = g_new0 (RgInt8Weights, 1);

  g_assert (rows <= RG_INT8_MOST && cols <= RG_INT8_MOST);

  for (guint transposed = 0; transposed < 2; transposed++)
    {
      Way *way = &self->ways[transposed];

      way->k = transposed ? cols : rows;
      way->n = transposed ? rows : cols;
      way->step = ((way->k + RUN - 1) / RUN + 1) * RG_PANEL_COLUMNS;
      way->words = rg_memory_new0 (count_panels (way) * way->step * sizeof (guint32));
      way->scales = g_new0 (float, count_panels (way) * RG_PANEL_COLUMNS);
      way->sums = g_new0 (gint32, count_panels (way) * RG_PANEL_COLUMNS);
    }

  return self;
}

void
rg_int8_weights_free (RgInt8Weights *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (self->ways); i++)
    {
      g_aligned_free (self->ways[i].words);
      g_free (self->ways[i].scales);
      g_free (self->ways[i].sums);
    }
  g_free (self);
}

RgInt8Columns
rg_int8_weights_get_columns (const RgInt8Weights *self, gboolean transposed)
{
  const Way *way = &self->ways[transposed != FALSE];

  return (RgInt8Columns){ way->words, way->k, way->step, way->scales, way->sums };
}

static inline gint32
to_whole (float value)
{
  return (gint32) (value + (value < 0 ? -0.5f : 0.5f));
}

static inline float
get_larger (float a, float b)
{
  return a > b ? a : b;
}

static inline float
invert (float scale)
{
  return scale > 0 ? 1 / scale : 0;
}

/* Columns of the matrix as it is stored, a panel of them. */
RG_VECTORISED static void
fill_down (const Way *way, const float *values, gsize first, gsize n)
{
  float largest[RG_PANEL_COLUMNS] = { 0 }, inverse[RG_PANEL_COLUMNS];
  gint32 sums[RG_PANEL_COLUMNS] = { 0 };
  guint32 *words = way->words + first / RG_PANEL_COLUMNS * way->step;

  for (gsize p = 0; p < way->k; p++)
    for (gsize j = 0; j < n; j++)
      largest[j] = get_larger (largest[j], fabsf (values[p * way->n + first + j]));
  for (gsize j = 0; j < n; j++)
    inverse[j] = invert (way->scales[first + j] = largest[j] / LARGEST);

  for (gsize p = 0; p < way->k; p += RUN, words += RG_PANEL_COLUMNS)
    {
      guint32 run[RG_PANEL_COLUMNS] = { 0 };

      for (gsize i = 0; i < MIN (way->k - p, RUN); i++)
        for (gsize j = 0; j < n; j++)
          {
            gint32 whole = to_whole (values[(p + i) * way->n + first + j] * inverse[j]);

            sums[j] += whole;
            run[j] |= (guint32) (whole & 0xff) << (8 * i);
          }
      memcpy (words, run, sizeof run);
    }
  memcpy (way->sums + first, sums, n * sizeof *sums);
}

/* A row of the matrix, which is a column of the transposed one. */
RG_VECTORISED static void
fill_across (const Way *way, const float *values, gsize column)
{
  const float *row = values + column * way->k;
  guint32 *words = way->words + column / RG_PANEL_COLUMNS * way->step + column % RG_PANEL_COLUMNS;
  guint32 runs[RG_INT8_MOST / RUN] = { 0 };
  gint8 *wholes = (gint8 *) runs;
  float largest = 0, inverse;
  gint32 sum = 0;

  RG_SIMD_MAX (largest)
  for (gsize p = 0; p < way->k; p++)
    largest = get_larger (largest, fabsf (row[p]));
  inverse = invert (way->scales[column] = largest / LARGEST);
  for (gsize p = 0; p < way->k; p++)
    {
      gint32 whole = to_whole (row[p] * inverse);

      wholes[p] = whole;
      sum += whole;
    }
  way->sums[column] = sum;
  for (gsize run = 0; run < (way->k + RUN - 1) / RUN; run++)
    words[run * RG_PANEL_COLUMNS] = runs[run];
}

void
rg_int8_weights_fill (RgInt8Weights *self, const float *values)
{
  const Way *down = &self->ways[0], *across = &self->ways[1];

  for (gsize first = 0; first < down->n; first += RG_PANEL_COLUMNS)
    fill_down (down, values, first, MIN (down->n - first, RG_PANEL_COLUMNS));
  for (gsize column = 0; column < across->n; column++)
    fill_across (across, values, column);
}
