/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/windows.h"

#include <string.h>

/* The rows of one window, behind those that are there. */
static void
add_window (RgWindows *self, guint top, guint left, guint bottom, guint right, guint cols, guint block_area)
{
  guint end = self->offsets[self->n];

  for (guint row = top; row < bottom; row++)
    for (guint col = left; col < right; col++)
      for (guint i = 0; i < block_area; i++, end++)
        {
          self->order[end] = (row * cols + col) * block_area + i;
          self->places[self->order[end]] = end;
        }
  self->offsets[++self->n] = end;
}

RgWindows *
rg_windows_new (RgPass *pass, guint rows, guint cols, guint block_area, guint window)
{
  guint n_rows = rows * cols * block_area, n_windows = ((rows + window - 1) / window) * ((cols + window - 1) / window);
  RgWindows *self = rg_arena_alloc (pass->arena, sizeof *self);

  *self = (RgWindows){
    .offsets = rg_arena_alloc (pass->arena, (n_windows + 1) * sizeof (guint)),
    .order = rg_arena_alloc (pass->arena, n_rows * sizeof (guint32)),
    .places = rg_arena_alloc (pass->arena, n_rows * sizeof (guint32)),
  };
  self->offsets[0] = 0;
  for (guint top = 0; top < rows; top += window)
    for (guint left = 0; left < cols; left += window)
      add_window (self, top, left, MIN (top + window, rows), MIN (left + window, cols), cols, block_area);

  return self;
}

void
rg_windows_spread (const RgWindows *self, guint n_segments, const guint *offsets, guint n_heads, const float *record, float *to)
{
  gsize n_rows = self->offsets[self->n];

  memset (to, 0, n_heads * n_rows * n_rows * sizeof (float));
  for (guint s = 0; s < n_segments; s++)
    for (guint head = 0; head < n_heads; head++)
      for (guint q = offsets[s]; q < offsets[s + 1]; q++)
        for (guint k = offsets[s]; k < offsets[s + 1]; k++)
          to[(head * n_rows + self->order[q]) * n_rows + self->order[k]] = *record++;
}
