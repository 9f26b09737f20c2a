/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/head-measure.h"
#include "ui/answer.h"
#include "ui/heatmap.h"

G_BEGIN_DECLS

#define RG_TYPE_HEAD_GALLERY (rg_head_gallery_get_type ())

/**
 * RgHeadGallery:
 *
 * Every layer and head of the chosen word as small maps, in an order of one's choice: by place in the model, share on the
 * picture, sharpness, or attention in the box. All on one scale, unless the answer's is stretched: then each on its own.
 * Properties: "order" (uint, RgHeadOrder).
 * Signal "head-chosen" (int layer, int head; -1 for the mean of all).
 */
G_DECLARE_FINAL_TYPE (RgHeadGallery, rg_head_gallery, RG, HEAD_GALLERY, GtkBox)

GtkWidget *rg_head_gallery_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_head_gallery_update:
 * @image: (nullable): the picture below the maps
 * @box: in pixels of the picture, empty for none
 * @style: how the maps are drawn; its scale and opacity are not used, as the picture below is but a hint
 */
void rg_head_gallery_update (RgHeadGallery *self, RgAnswer *answer, RgImage *image, RgRect box, const RgHeatmapStyle *style);

void rg_head_gallery_set_order (RgHeadGallery *self, RgHeadOrder order);

/** rg_head_gallery_get_heads: Returns: (transfer none): the RgHeadItem in their order. */
GListModel *rg_head_gallery_get_heads (RgHeadGallery *self);

/** rg_head_gallery_get_text: Returns: (transfer none): what stands above the maps: of what they are, and their scale. */
const char *rg_head_gallery_get_text (RgHeadGallery *self);

G_END_DECLS
