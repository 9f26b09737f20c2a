/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/deletion.h"

#include <string.h>

#include "engine/explain/patch-order.h"

static const double shares[] = { 0, 1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 3.0 / 4, 1 };

#define N_SHARES G_N_ELEMENTS (shares)

gboolean
rg_deletion_scale (guint n_patches, RgHideFunc hide, gpointer data, RgDeletionScale *scale, GError **error)
{
  g_autofree guint8 *hidden = g_malloc0 (n_patches);

  if (!hide (data, hidden, 1, &scale->whole, error))
    return FALSE;
  memset (hidden, 1, n_patches);

  return hide (data, hidden, 1, &scale->blank, error);
}

/* The area under one curve. @removed: what becomes of a patch whose turn has come. */
static gboolean
follow (const guint *places, guint n, guint8 removed, const RgDeletionScale *scale, RgHideFunc hide, gpointer data, double *area, GError **error)
{
  g_autofree guint8 *hidden = g_malloc (n);
  double before = removed;

  memset (hidden, !removed, n);
  *area = 0;
  for (guint i = 1; i < N_SHARES; i++)
    {
      double logprob, now = !removed;

      for (guint p = 0; p < (guint) (shares[i] * n + 0.5); p++)
        hidden[places[p]] = removed;
      if (i + 1 < N_SHARES)
        {
          if (!hide (data, hidden, 1, &logprob, error))
            return FALSE;
          now = CLAMP ((logprob - scale->blank) / (scale->whole - scale->blank), 0, 1);
        }
      *area += (before + now) / 2 * (shares[i] - shares[i - 1]);
      before = now;
    }

  return TRUE;
}

gboolean
rg_deletion_measure (const float *map, guint n_patches, RgRandom *random, const RgDeletionScale *scale, RgHideFunc hide, gpointer data, RgDeletion *result, GError **error)
{
  g_autofree guint *places = g_new (guint, n_patches);

  for (guint p = 0; p < n_patches; p++)
    places[p] = p;
  rg_patch_order_sort (places, n_patches, map, random);

  return follow (places, n_patches, 1, scale, hide, data, &result->deletion, error) &&
         follow (places, n_patches, 0, scale, hide, data, &result->insertion, error);
}
