/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_PANE_LAYOUT (rg_pane_layout_get_type ())

/**
 * RgPaneLayout:
 *
 * The picture and a pane about it, of which neither hides the other: the pane beside the picture where that
 * leaves the picture at least as much width as the pane has, or makes it larger than one above the other would; else below it.
 * The first visible child is the picture, the second one the pane. Property "cramped" (boolean, read only): whether they
 * stand one above the other where there is little width, too; it notifies while it lays out, when nothing may come or go.
 */
G_DECLARE_FINAL_TYPE (RgPaneLayout, rg_pane_layout, RG, PANE_LAYOUT, GtkLayoutManager)

G_END_DECLS
