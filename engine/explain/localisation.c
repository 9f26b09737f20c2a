/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/localisation.h"

RgLocalisation
rg_localisation_score (const float *map, const guint8 *inside, gsize n)
{
  float largest = map[0];
  double energy = 0, total = 0, wins = 0;
  gsize n_inside = 0, n_largest = 0, n_hits = 0;

  for (gsize i = 1; i < n; i++)
    largest = MAX (largest, map[i]);

  for (gsize i = 0; i < n; i++)
    {
      n_inside += inside[i] != 0;
      n_largest += map[i] == largest;
      n_hits += map[i] == largest && inside[i];
      total += MAX (map[i], 0);
      energy += inside[i] ? MAX (map[i], 0) : 0;
    }
  g_assert (n_inside > 0 && n_inside < n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; inside[i] && j < n; j++)
      if (!inside[j])
        wins += map[i] > map[j] ? 1 : map[i] == map[j] ? 0.5
                                                       : 0;

  return (RgLocalisation){
    .hit = (double) n_hits / n_largest,
    .energy = total > 0 ? energy / total : (double) n_inside / n,
    .auroc = wins / n_inside / (n - n_inside),
    .area = (double) n_inside / n,
  };
}

double
rg_localisation_overlap (const float *map, const guint8 *inside, gsize n, double threshold)
{
  float largest = map[0];
  gsize n_both = 0, n_either = 0;

  for (gsize i = 1; i < n; i++)
    largest = MAX (largest, map[i]);
  if (!(largest > 0))
    return 0;

  for (gsize i = 0; i < n; i++)
    {
      gboolean claimed = map[i] >= threshold * largest;

      n_both += claimed && inside[i];
      n_either += claimed || inside[i];
    }

  return (double) n_both / n_either;
}
