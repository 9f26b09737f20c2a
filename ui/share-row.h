/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_SHARE_ROW (rg_share_row_get_type ())

/**
 * RgShareRow:
 *
 * A row of a ranking: a name, a bar, and what the bar says in words. A row has a number, by which its list's owner knows it.
 */
G_DECLARE_FINAL_TYPE (RgShareRow, rg_share_row, RG, SHARE_ROW, GtkListBoxRow)

GtkWidget *rg_share_row_new (guint number) G_GNUC_WARN_UNUSED_RESULT;
guint rg_share_row_get_number (RgShareRow *self);

/** rg_share_row_set: @fraction: of the bar, 0 … 1; negative for no bar. */
void rg_share_row_set (RgShareRow *self, const char *name, double fraction, const char *text);

/**
 * rg_share_row_fill:
 * @list: whose rows are to be @n; rows that are there stay, so that the one that has the focus keeps it
 *
 * Rows are numbered from 0 on.
 */
void rg_share_row_fill (GtkListBox *list, guint n);

G_END_DECLS
