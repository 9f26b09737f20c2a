/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* "Model sees": the exact pixels that the encoder got, and in words how they came out of the picture. */

G_BEGIN_DECLS

#define RG_TYPE_MODEL_VIEW (rg_model_view_get_type ())

/**
 * RgModelView:
 *
 * Properties: "grid" (RgPatchGrid), "patch" (int, the patch pointed at by pointer, touch or keys, -1 for none; settable, so
 * that it can be bound to another view of the same picture).
 */
G_DECLARE_FINAL_TYPE (RgModelView, rg_model_view, RG, MODEL_VIEW, GtkBox)

GtkWidget *rg_model_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_model_view_set_grid: @grid: (nullable): shown from now on; %NULL says that nothing has been looked at yet. */
void rg_model_view_set_grid (RgModelView *self, RgPatchGrid *grid);

/** rg_model_view_set_patch: @patch: of the grid, or -1 */
void rg_model_view_set_patch (RgModelView *self, int patch);
int rg_model_view_get_patch (RgModelView *self);

G_END_DECLS
