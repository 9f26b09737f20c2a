/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/answer.h"

G_BEGIN_DECLS

#define RG_TYPE_BOX_VIEW (rg_box_view_get_type ())

/**
 * RgBoxView:
 *
 * The maps of an answer read backwards: for a box on the picture the words that used it, by the method whose map is shown, and
 * the heads of the chosen word that looked into it. Choosing a word or a head shows its map.
 * Signals: "word-chosen" (uint), "head-chosen" (uint layer, uint head).
 */
G_DECLARE_FINAL_TYPE (RgBoxView, rg_box_view, RG, BOX_VIEW, GtkBox)

GtkWidget *rg_box_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_box_view_update: @box: in pixels of the picture that @answer's grid is of, empty for none. */
void rg_box_view_update (RgBoxView *self, RgAnswer *answer, RgRect box);

/** rg_box_view_get_text: Returns: (transfer none): the text twin of what it shows. */
const char *rg_box_view_get_text (RgBoxView *self);

G_END_DECLS
