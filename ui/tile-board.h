/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* The pixels that the encoder got, tile by tile, with the patch grid over them and padding hatched. */

G_BEGIN_DECLS

#define RG_TYPE_TILE_BOARD (rg_tile_board_get_type ())

/**
 * RgTileBoard:
 *
 * Properties: "grid" (RgPatchGrid), "patch" (int, the patch pointed at by pointer, touch or keys, -1 for none; settable).
 */
G_DECLARE_FINAL_TYPE (RgTileBoard, rg_tile_board, RG, TILE_BOARD, GtkWidget)

/** rg_tile_board_set_grid: @grid: (nullable): shown from now on; no patch is pointed at. */
void rg_tile_board_set_grid (RgTileBoard *self, RgPatchGrid *grid);

/** rg_tile_board_set_patch: @patch: of the grid, or -1; anything else counts as -1. */
void rg_tile_board_set_patch (RgTileBoard *self, int patch);
int rg_tile_board_get_patch (RgTileBoard *self);

/**
 * rg_tile_board_get_tile_rect:
 *
 * Returns: where @tile is drawn, in the widget's own pixels
 */
RgRect rg_tile_board_get_tile_rect (RgTileBoard *self, guint tile);

G_END_DECLS
