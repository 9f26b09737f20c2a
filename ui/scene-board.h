/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* "Draw a scene": a sheet on which a class puts the model's own shapes and pictograms, and asks about them at once. */

G_BEGIN_DECLS

#define RG_TYPE_SCENE_BOARD (rg_scene_board_get_type ())

/**
 * RgSceneBoard:
 *
 * Signal: "changed" (RgImage) with the sheet as it is now, 150 ms after the last of several edits, so that a drag asks
 * the model to look once and not sixty times.
 * Actions: board.add, board.remove, board.clear, board.smaller, board.larger, board.turn-left, board.turn-right,
 * board.undo.
 */
G_DECLARE_FINAL_TYPE (RgSceneBoard, rg_scene_board, RG, SCENE_BOARD, GtkBox)

/** rg_scene_board_new: Returns: (transfer full): a board with a red star left of a blue house */
GtkWidget *rg_scene_board_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_scene_board_get_image: Returns: (transfer full): the sheet as it is now */
RgImage *rg_scene_board_get_image (RgSceneBoard *self) G_GNUC_WARN_UNUSED_RESULT;

/** rg_scene_board_undo: takes the last edit back, if there is one */
void rg_scene_board_undo (RgSceneBoard *self);

G_END_DECLS
