/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/square-hiding.h"

#include <math.h>
#include <string.h>

#include "engine/explain/rank-correlation.h"

/* Where the windows are: @n of them in a row and in a column. */
typedef struct
{
  guint side, step, n;
} Windows;

static Windows
get_windows (guint grid)
{
  guint side = MAX (grid / 4, 1), step = MAX (side / 2, 1);

  return (Windows){ side, step, (grid - side) / step + 1 };
}

guint
rg_square_hiding_count (guint grid)
{
  Windows windows = get_windows (grid);

  return windows.n * windows.n;
}

gboolean
rg_square_hiding_costs (guint grid, RgHideFunc hide, gpointer data, float *costs, GError **error)
{
  Windows windows = get_windows (grid);
  g_autofree guint8 *hidden = g_malloc0 ((gsize) grid * grid);
  double whole, logprob;

  if (!hide (data, hidden, 1, &whole, error))
    return FALSE;

  for (guint i = 0; i < windows.n * windows.n; i++)
    {
      memset (hidden, 0, (gsize) grid * grid);
      for (guint row = 0; row < windows.side; row++)
        memset (hidden + (i / windows.n * windows.step + row) * grid + i % windows.n * windows.step, 1, windows.side);
      if (!hide (data, hidden, 1, &logprob, error))
        return FALSE;
      costs[i] += whole - logprob;
    }

  return TRUE;
}

void
rg_square_hiding_sums (guint grid, const float *map, float *sums)
{
  Windows windows = get_windows (grid);

  for (guint i = 0; i < windows.n * windows.n; i++)
    {
      sums[i] = 0;
      for (guint p = 0; p < windows.side * windows.side; p++)
        sums[i] += map[(i / windows.n * windows.step + p / windows.side) * grid + i % windows.n * windows.step + p % windows.side];
    }
}

double
rg_square_hiding_compare (guint grid, const float *sums, const float *costs, double least)
{
  guint n = rg_square_hiding_count (grid);
  g_autofree float *counted = g_new (float, n);
  guint n_counted = 0;

  for (guint i = 0; i < n; i++)
    {
      counted[i] = fabsf (costs[i]) < least ? 0 : costs[i];
      n_counted += counted[i] != 0;
    }

  return n_counted > 0 ? rg_rank_correlation (sums, counted, n) : NAN;
}
