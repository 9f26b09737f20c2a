/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_SCENE_TRAY (rg_scene_tray_get_type ())

/**
 * RgSceneTray:
 *
 * A row of the drawing board's buttons that goes on in the next line where the board is narrow. A group for screen readers,
 * named by whoever makes it.
 */
G_DECLARE_FINAL_TYPE (RgSceneTray, rg_scene_tray, RG, SCENE_TRAY, GtkWidget)

/** rg_scene_tray_append: @child: (transfer floating): the new last one */
void rg_scene_tray_append (RgSceneTray *self, GtkWidget *child);

G_END_DECLS
