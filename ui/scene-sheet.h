/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/scene-drawing.h"

G_BEGIN_DECLS

#define RG_TYPE_SCENE_SHEET (rg_scene_sheet_get_type ())

/**
 * RgSceneSheet:
 *
 * The sheet of the drawing board: shows a drawing and edits it by pointer, touch and keys. Drag an object to move it, its
 * corner to resize it, the knob above it to turn it. Keys: Tab from object to object, arrows move (Shift: a little),
 * + and − resize, ( and ) turn, Enter adds (board.add), Delete removes (board.remove), Escape lets go.
 * Signals: "placed" (double x, double y) when an empty place of the sheet is tapped, in the drawing's pixels.
 */
G_DECLARE_FINAL_TYPE (RgSceneSheet, rg_scene_sheet, RG, SCENE_SHEET, GtkWidget)

/** rg_scene_sheet_set_drawing: @drawing: (nullable): shown and edited from now on */
void rg_scene_sheet_set_drawing (RgSceneSheet *self, RgSceneDrawing *drawing);

/**
 * rg_scene_sheet_to_drawing:
 * @x: (inout): from the widget's pixels to the drawing's
 * @y: (inout): likewise
 *
 * Returns: whether the point lies on the sheet
 */
gboolean rg_scene_sheet_to_drawing (RgSceneSheet *self, double *x, double *y);

G_END_DECLS
