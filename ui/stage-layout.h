/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_STAGE_LAYOUT (rg_stage_layout_get_type ())

/**
 * RgStageLayout:
 *
 * Views of one picture, equally large: side by side in a wide place, one above the other in a tall one, or where
 * only the other way fits. The width that it asks for is the widest view's; less height than all of them need is for a
 * scrolled window around it.
 */
G_DECLARE_FINAL_TYPE (RgStageLayout, rg_stage_layout, RG, STAGE_LAYOUT, GtkLayoutManager)

/**
 * rg_stage_layout_is_wide:
 * @n: views
 *
 * Returns: whether @n pictures of usual proportions become larger side by side
 */
gboolean rg_stage_layout_is_wide (int width, int height, guint n);

G_END_DECLS
