/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/rank-correlation.h"

#include <math.h>

static int
compare (gconstpointer a, gconstpointer b, gpointer values)
{
  float left = ((const float *) values)[*(const guint *) a], right = ((const float *) values)[*(const guint *) b];

  return left < right ? -1 : left > right;
}

/* @ranks: (out): 0 … n − 1, less their mean. */
static void
rank (const float *values, gsize n, double *ranks)
{
  g_autofree guint *order = g_new (guint, n);

  for (gsize i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, n, sizeof *order, compare, (gpointer) values);

  for (gsize first = 0, next; first < n; first = next)
    {
      for (next = first + 1; next < n && values[order[next]] == values[order[first]];)
        next++;
      for (gsize i = first; i < next; i++)
        ranks[order[i]] = ((double) first + next - n) / 2;
    }
}

double
rg_rank_correlation (const float *a, const float *b, gsize n)
{
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  double xx = 0, yy = 0, xy = 0;

  rank (a, n, x);
  rank (b, n, y);
  for (gsize i = 0; i < n; i++)
    {
      xx += x[i] * x[i];
      yy += y[i] * y[i];
      xy += x[i] * y[i];
    }

  return xx > 0 && yy > 0 ? CLAMP (xy / sqrt (xx * yy), -1, 1) : 0;
}
