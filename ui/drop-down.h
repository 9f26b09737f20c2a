/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* What a screen reader says of a GtkDropDown. The focus is on the button inside it, which GTK gives no name. */

G_BEGIN_DECLS

/**
 * rg_drop_down_name:
 *
 * Gives the button inside @self a name that keeps in step with the choice: "Way of drawing: Outlined". What is chosen between
 * is the text of the label whose mnemonic leads to @self, or else its tooltip.
 */
void rg_drop_down_name (GtkDropDown *self);

G_END_DECLS
