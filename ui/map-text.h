/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"

/* The text twin of a map: the same facts in a sentence, for screen readers and for whoever prefers words. */

G_BEGIN_DECLS

/**
 * RgRegion: ninths of the picture, row by row.
 */
typedef enum
{
  RG_REGION_UPPER_LEFT,
  RG_REGION_TOP,
  RG_REGION_UPPER_RIGHT,
  RG_REGION_LEFT,
  RG_REGION_CENTRE,
  RG_REGION_RIGHT,
  RG_REGION_LOWER_LEFT,
  RG_REGION_BOTTOM,
  RG_REGION_LOWER_RIGHT,
} RgRegion;

#define RG_N_REGIONS (RG_REGION_LOWER_RIGHT + 1)

/** rg_region_get_name: Returns: (transfer none): its translated name, as in "mostly upper left". */
const char *rg_region_get_name (RgRegion self);

/**
 * rg_map_text_sum_regions:
 * @map: (array): one value a patch
 * @mass: (out caller-allocates): sums of @map over the ninths in which the patches' centres lie
 *
 * Patches of pure padding count nowhere.
 */
void rg_map_text_sum_regions (const RgPatchGrid *grid, const float *map, double mass[RG_N_REGIONS]);

/**
 * rg_map_text_describe:
 * @map: (array): one value a patch
 * @share: of attention on the picture, 0 … 1
 *
 * Returns: (transfer full): for example "41 % on the picture, mostly upper left, strongest at row 2, column 3"
 */
char *rg_map_text_describe (const RgPatchGrid *grid, const float *map, double share);

/**
 * rg_map_text_describe_patch:
 * @map: (array) (nullable): one value a patch, by @method
 *
 * Returns: (transfer full): one patch, for example "Row 2, column 3: 5.1 %"
 */
char *rg_map_text_describe_patch (const RgPatchGrid *grid, RgMethod method, const float *map, guint patch);

G_END_DECLS
