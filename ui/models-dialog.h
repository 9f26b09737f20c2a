/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define RG_TYPE_MODELS_DIALOG (rg_models_dialog_get_type ())

/**
 * RgModelsDialog:
 *
 * The models on this computer, with a sentence for those that cannot be used here. Signal: "chosen" (char *path), once, when
 * somebody wants one that can; the dialog then closes.
 */
G_DECLARE_FINAL_TYPE (RgModelsDialog, rg_models_dialog, RG, MODELS_DIALOG, AdwWindow)

/**
 * rg_models_dialog_new:
 * @settings: (nullable): where the folder of one's choice is kept
 * @bundled: (nullable): the folder of the model that comes with Regard
 * @current: (nullable): the path of the model that answers now, which the list marks
 *
 * Begins to look for models. Returns: (transfer none): a new window, which GTK owns until it is closed
 */
GtkWidget *rg_models_dialog_new (GSettings *settings, const char *bundled, const char *current);

G_END_DECLS
