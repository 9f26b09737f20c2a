/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/repeats.h"

const RgRepeats *
rg_repeats_find (RgPass *pass, const guint32 *ids, gsize n, gsize n_ids)
{
  RgRepeats *self = rg_arena_alloc (pass->arena, sizeof *self);
  guint32 *firsts = rg_arena_alloc (pass->arena, n * sizeof *firsts), *kinds = rg_arena_alloc (pass->arena, n * sizeof *kinds);
  g_autofree guint32 *seen = g_new0 (guint32, n_ids); /* 1 + the kind of each id, or 0 */

  *self = (RgRepeats){ n, 0, firsts, kinds };
  for (gsize r = 0; r < n; r++)
    {
      g_assert (ids[r] < n_ids);
      if (seen[ids[r]] == 0)
        {
          firsts[self->n] = r;
          seen[ids[r]] = ++self->n;
        }
      kinds[r] = seen[ids[r]] - 1;
    }

  return self;
}

RgTensor *
rg_repeats_choose (RgPass *pass, const RgRepeats *self, RgTensor *x)
{
  g_assert (x->rows == self->n_rows);

  return rg_gather_rows (pass, x, self->firsts, self->n);
}

RgTensor *
rg_repeats_spread (RgPass *pass, const RgRepeats *self, RgTensor *y)
{
  RgTensor *all = rg_gather_rows (pass, y, self->kinds, self->n_rows);

  g_assert (y->rows == self->n);

  rg_pass_forget (pass, y);

  return all;
}
