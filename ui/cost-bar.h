/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_COST_BAR (rg_cost_bar_get_type ())

/**
 * RgCostBar:
 *
 * One horizontal bar from 0 to a value on an axis that several such bars share, and the value's spread as a whisker. The
 * number stands beside it as text, so that the bar itself is decoration for screen readers.
 */
G_DECLARE_FINAL_TYPE (RgCostBar, rg_cost_bar, RG, COST_BAR, GtkWidget)

GtkWidget *rg_cost_bar_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_cost_bar_set:
 * @spread: half the length of the whisker, 0 for none
 * @low, @high: ends of the axis, with 0 between them and @low < @high
 */
void rg_cost_bar_set (RgCostBar *self, double value, double spread, double low, double high);

/** rg_cost_bar_place: Returns: where @value lies on the axis, 0 … 1. */
double rg_cost_bar_place (double value, double low, double high);

G_END_DECLS
