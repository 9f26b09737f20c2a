/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_WRAP_LAYOUT (rg_wrap_layout_get_type ())

/**
 * RgWrapLayout:
 *
 * Sets children one after the other in reading direction, each as wide as it wants to be, and begins a new line where the
 * next one does not fit: what text does with words, and GtkFlowBox with its columns does not. Children that expand share
 * the room that is left in their line. Property "spacing" (int): pixels between children and between lines.
 */
G_DECLARE_FINAL_TYPE (RgWrapLayout, rg_wrap_layout, RG, WRAP_LAYOUT, GtkLayoutManager)

/** rg_wrap_layout_new: Returns: (transfer full): a new layout. */
GtkLayoutManager *rg_wrap_layout_new (int spacing) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
