/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_BUSY_VIEW (rg_busy_view_get_type ())

/**
 * RgBusyView:
 *
 * What a page shows while there is nothing to be shown yet: what is being done and how far it is, with Stop; or a sentence.
 */
G_DECLARE_FINAL_TYPE (RgBusyView, rg_busy_view, RG, BUSY_VIEW, GtkBox)

GtkWidget *rg_busy_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_busy_view_show_progress: @text: what is being done; @fraction: 0 … 1. */
void rg_busy_view_show_progress (RgBusyView *self, const char *text, double fraction);

/** rg_busy_view_show_sentence: @text: why there is nothing to be shown, and nothing to be waited for. */
void rg_busy_view_show_sentence (RgBusyView *self, const char *text);

G_END_DECLS
