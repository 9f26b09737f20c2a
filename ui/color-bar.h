/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/explanation.h"
#include "ui/palette.h"

G_BEGIN_DECLS

#define RG_TYPE_COLOR_BAR (rg_color_bar_get_type ())

/**
 * RgColorBar:
 *
 * What the colours of a map stand for: the palette from left to right, and the values at its ends and middle, the last with
 * its unit. Of a signed method it runs from one side of 0 to the other.
 * Properties: "palette" (RgPalette, of methods that are not signed), "scale" (double, the value of the last colour), "method"
 * (uint, RgMethod).
 */
G_DECLARE_FINAL_TYPE (RgColorBar, rg_color_bar, RG, COLOR_BAR, GtkWidget)

GtkWidget *rg_color_bar_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
