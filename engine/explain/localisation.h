/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Whether a map lies on an object whose place is known. All are of raw patches, never of a smoothed map. */

G_BEGIN_DECLS

/**
 * RgLocalisation:
 * @hit: pointing game (Zhang et al., 2018): 1 where the largest value is on the object. Equal largest values share the hit, so
 *   that a map without any preference gets its chance, not 1
 * @energy: share of the positive values' sum that is on the object (Wang et al., Score-CAM, 2020); by chance @area, also for a map
 *   without positive values
 * @auroc: how often a patch of the object has a larger value than another, a half for equal ones; by chance 0.5
 * @area: share of the patches that are the object's
 */
typedef struct
{
  double hit, energy, auroc, area;
} RgLocalisation;

/**
 * rg_localisation_score:
 * @map: @n values, larger is more important
 * @inside: @n bytes, not 0 for patches of the object; at least one is, and one is not
 */
RgLocalisation rg_localisation_score (const float *map, const guint8 *inside, gsize n);

/**
 * rg_localisation_overlap: intersection over union of the object and of the patches whose value is at least @threshold times the
 *   largest one. Returns: 0 … 1; 0 for a map without positive values
 */
double rg_localisation_overlap (const float *map, const guint8 *inside, gsize n, double threshold);

G_END_DECLS
