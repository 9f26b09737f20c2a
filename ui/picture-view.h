/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"
#include "ui/answer.h"
#include "ui/box-frame.h"
#include "ui/palette.h"

/* The picture, as large as fits, and over it the map of the chosen word. */

G_BEGIN_DECLS

#define RG_TYPE_PICTURE_VIEW (rg_picture_view_get_type ())

/**
 * RgPictureView:
 *
 * Properties: "image" (RgImage), "title" (string, its name for screen readers), "answer" (RgAnswer, whose grid and map are
 * drawn), "palette" (RgPalette), "map-opacity" (double, 0 … 1), "smooth" (boolean), "patch" (int, the patch pointed at by
 * pointer, touch or arrow keys, -1 for none; settable, so that other views can point).
 * Read only: "grid" (RgPatchGrid, of the answer).
 */
G_DECLARE_FINAL_TYPE (RgPictureView, rg_picture_view, RG, PICTURE_VIEW, GtkWidget)

GtkWidget *rg_picture_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_picture_view_set_image: @image: (nullable): shown from now on. */
void rg_picture_view_set_image (RgPictureView *self, RgImage *image);

/** rg_picture_view_set_answer: @answer: (nullable): drawn from now on, and followed. */
void rg_picture_view_set_answer (RgPictureView *self, RgAnswer *answer);

/** rg_picture_view_set_patch: @patch: of the answer's grid, or -1. */
void rg_picture_view_set_patch (RgPictureView *self, int patch);
int rg_picture_view_get_patch (RgPictureView *self);

/** rg_picture_view_get_box_frame: Returns: (transfer none): what draws a box on the picture; hidden until somebody shows it. */
RgBoxFrame *rg_picture_view_get_box_frame (RgPictureView *self);

/**
 * rg_picture_view_fit:
 * @width: of the picture in pixels
 * @height: of the picture in pixels
 *
 * Returns: the largest rectangle of the picture's proportions in an area, centred; empty for an empty area
 */
RgRect rg_picture_view_fit (double area_width, double area_height, guint width, guint height);

G_END_DECLS
