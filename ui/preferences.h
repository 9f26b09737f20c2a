/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define RG_TYPE_PREFERENCES (rg_preferences_get_type ())

/**
 * RgPreferences:
 *
 * The preferences window. Everything takes effect at once, except the number of threads.
 */
G_DECLARE_FINAL_TYPE (RgPreferences, rg_preferences, RG, PREFERENCES, AdwPreferencesWindow)

/**
 * rg_preferences_new:
 * @settings: of the schema io.github.regard_app.Regard
 *
 * Returns: (transfer none): a new window, which GTK owns until it is closed
 */
GtkWidget *rg_preferences_new (GSettings *settings);

G_END_DECLS
