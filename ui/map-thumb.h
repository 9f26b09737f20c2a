/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"
#include "ui/heatmap.h"

G_BEGIN_DECLS

#define RG_TYPE_MAP_THUMB (rg_map_thumb_get_type ())

/**
 * RgMapThumb:
 *
 * A small map on a small picture. Whoever shows it gives it its accessible name, which says what it is a map of.
 */
G_DECLARE_FINAL_TYPE (RgMapThumb, rg_map_thumb, RG, MAP_THUMB, GtkWidget)

/** rg_map_thumb_new: @size: its longer side, pixels, at least; @faint: whether the picture below only says where one is. */
GtkWidget *rg_map_thumb_new (guint size, gboolean faint) G_GNUC_WARN_UNUSED_RESULT;

/** rg_map_thumb_set_largest: @largest: its longer side, pixels, where there is more room than it needs; as made, it does not grow. */
void rg_map_thumb_set_largest (RgMapThumb *self, guint largest);

/**
 * rg_map_thumb_set:
 * @picture: (nullable): below the map
 * @map: (array): one value a patch, copied
 * @style: copied
 */
void rg_map_thumb_set (RgMapThumb *self, GdkTexture *picture, RgPatchGrid *grid, const float *map, const RgHeatmapStyle *style);

G_END_DECLS
