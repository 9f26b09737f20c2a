/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/box.h"

static double
get_size (RgRect rect)
{
  return rect.width * rect.height;
}

double
rg_box_get_area (const RgPatchGrid *grid, RgRect box)
{
  RgRect whole = rg_patch_grid_get_original (grid);

  return get_size (rg_rect_intersect (whole, box)) / get_size (whole);
}

void
rg_box_weigh (const RgPatchGrid *grid, RgRect box, float *weights)
{
  for (guint p = 0; p < rg_patch_grid_get_n_patches (grid); p++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (grid, p);

      weights[p] = rg_rect_is_empty (rect) ? 0 : (float) (get_size (rg_rect_intersect (rect, box)) / get_size (rect));
    }
}

double
rg_box_hold (const float *weights, const float *map, guint n_patches)
{
  double inside = 0, sum = 0;

  for (guint p = 0; p < n_patches; p++)
    {
      inside += weights[p] * MAX (map[p], 0.0f);
      sum += MAX (map[p], 0.0f);
    }

  return sum > 0 ? inside / sum : 0;
}
