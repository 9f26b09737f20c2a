/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-text.h"

#include "ui/closures.h"
#include "ui/why-text.h"

/* Of all mass on the picture: a ninth that holds so much is where it mostly is. An even map has 0.11 in each. */
#define MOSTLY 0.5
#define MAINLY 0.25

/* A smaller share says nothing about a place. */
#define HARDLY 0.02

const char *
rg_region_get_name (RgRegion self)
{
  static const char *const names[RG_N_REGIONS] = {
    NC_ ("region", "upper left"),
    NC_ ("region", "top"),
    NC_ ("region", "upper right"),
    NC_ ("region", "left"),
    NC_ ("region", "centre"),
    NC_ ("region", "right"),
    NC_ ("region", "lower left"),
    NC_ ("region", "bottom"),
    NC_ ("region", "lower right"),
  };

  g_return_val_if_fail (self < RG_N_REGIONS, "");

  return g_dpgettext2 (NULL, "region", names[self]);
}

void
rg_map_text_sum_regions (const RgPatchGrid *grid,
                         const float *map,
                         double mass[RG_N_REGIONS])
{
  guint n_patches = rg_patch_grid_get_n_patches (grid);
  RgRect whole = rg_patch_grid_get_original (grid);

  memset (mass, 0, RG_N_REGIONS * sizeof (double));

  for (guint patch = 0; patch < n_patches; patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (grid, patch);
      guint row, col;

      if (rect.width <= 0 || rect.height <= 0 || !(map[patch] > 0))
        continue;

      col = MIN ((guint) (3 * (rect.x + rect.width / 2) / whole.width), 2);
      row = MIN ((guint) (3 * (rect.y + rect.height / 2) / whole.height), 2);
      mass[3 * row + col] += map[patch];
    }
}

char *
rg_map_text_describe (const RgPatchGrid *grid,
                      const float *map,
                      double share)
{
  g_autofree char *percent = rg_format_percent (share);
  double mass[RG_N_REGIONS], total = 0;
  guint n_patches = rg_patch_grid_get_n_patches (grid);
  guint strongest = 0, row, col;
  RgRegion region = 0;
  const char *name;

  rg_map_text_sum_regions (grid, map, mass);
  for (guint i = 0; i < RG_N_REGIONS; i++)
    {
      total += mass[i];
      if (mass[i] > mass[region])
        region = i;
    }

  if (!(share >= HARDLY) || !(total > 0))
    return g_strdup_printf (_ ("%s on the picture: this word hardly looked at it"), percent);

  for (guint patch = 0; patch < n_patches; patch++)
    if (map[patch] > map[strongest])
      strongest = patch;
  rg_patch_grid_locate (grid, strongest, NULL, &row, &col);
  name = rg_region_get_name (region);

  if (mass[region] >= MOSTLY * total)
    return g_strdup_printf (_ ("%s on the picture, mostly %s, strongest at row %u, column %u"), percent, name, row + 1, col + 1);

  if (mass[region] >= MAINLY * total)
    return g_strdup_printf (_ ("%s on the picture, most of all %s, strongest at row %u, column %u"), percent, name, row + 1, col + 1);

  return g_strdup_printf (_ ("%s on the picture, spread widely, strongest at row %u, column %u"), percent, row + 1, col + 1);
}

char *
rg_map_text_describe_patch (const RgPatchGrid *grid,
                            RgMethod method,
                            const float *map,
                            guint patch)
{
  g_autofree char *value = NULL;
  guint row, col;

  rg_patch_grid_locate (grid, patch, NULL, &row, &col);

  if (map == NULL)
    return g_strdup_printf (_ ("Row %u, column %u"), row + 1, col + 1);

  value = rg_why_text_value (method, map[patch]);

  if (rg_method_is_share (method))
    return g_strdup_printf (_ ("Row %u, column %u: %s of the attention"), row + 1, col + 1, value);

  return g_strdup_printf (_ ("Row %u, column %u: %s"), row + 1, col + 1, value);
}
