/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "engine/tensor/random.h"

#define OUTSIDE 0.025 /* on each side of the interval */

/* What the values of one group have in common. */
typedef struct
{
  double sum;
  guint n;
} Group;

static int
compare (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return left < right ? -1 : left > right;
}

static GArray *
sum_groups (const double *values, const guint *groups, gsize n)
{
  GArray *sums = g_array_new (FALSE, TRUE, sizeof (Group));
  guint last = 0;

  for (gsize i = 0; i < n; i++)
    if (!isnan (values[i]))
      {
        if (sums->len == 0 || groups[i] != last)
          g_array_set_size (sums, sums->len + 1);
        last = groups[i];
        g_array_index (sums, Group, sums->len - 1).sum += values[i];
        g_array_index (sums, Group, sums->len - 1).n++;
      }

  return sums;
}

RgInterval
rg_bootstrap (const double *values, const guint *groups, gsize n, guint n_draws, guint64 seed)
{
  g_autoptr (GArray) sums = sum_groups (values, groups, n);
  g_autofree double *means = g_new (double, n_draws);
  RgInterval self = { .mean = NAN, .low = NAN, .high = NAN };
  double total = 0;
  RgRandom random;

  for (guint i = 0; i < sums->len; i++)
    {
      total += g_array_index (sums, Group, i).sum;
      self.n += g_array_index (sums, Group, i).n;
    }
  if (self.n == 0)
    return self;

  rg_random_init (&random, seed, 0);
  for (guint draw = 0; draw < n_draws; draw++)
    {
      Group sample = { 0 };

      for (guint i = 0; i < sums->len; i++)
        {
          const Group *group = &g_array_index (sums, Group, rg_random_below (&random, sums->len));

          sample.sum += group->sum;
          sample.n += group->n;
        }
      means[draw] = sample.sum / sample.n;
    }
  qsort (means, n_draws, sizeof *means, compare);

  self.mean = total / self.n;
  self.low = means[(guint) (OUTSIDE * (n_draws - 1) + 0.5)];
  self.high = means[(guint) ((1 - OUTSIDE) * (n_draws - 1) + 0.5)];

  return self;
}
