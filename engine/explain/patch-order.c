/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/patch-order.h"

#include <stdlib.h>

typedef struct
{
  guint patch;
  float value;
  guint64 lot;
} Place;

static int
compare (const void *a, const void *b)
{
  const Place *left = a, *right = b;

  if (left->value != right->value)
    return left->value > right->value ? -1 : 1;

  return left->lot < right->lot ? -1 : left->lot > right->lot;
}

void
rg_patch_order_sort (guint *patches, guint n, const float *map, RgRandom *random)
{
  g_autofree Place *places = g_new (Place, n);

  for (guint i = 0; i < n; i++)
    places[i] = (Place){ patches[i], map != NULL ? map[patches[i]] : 0, rg_random_next (random) };
  qsort (places, n, sizeof (Place), compare);
  for (guint i = 0; i < n; i++)
    patches[i] = places[i].patch;
}
