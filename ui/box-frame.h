/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* A box drawn on the picture, by pointer, touch or keyboard. */

G_BEGIN_DECLS

#define RG_TYPE_BOX_FRAME (rg_box_frame_get_type ())

/**
 * RgBoxFrame:
 *
 * Lies over the picture. Dragging draws a new box, dragging inside it moves it; the arrow keys move it, with Shift they change
 * its size, and the first one puts a box in the middle.
 * Signal "changed" when the box is another.
 */
G_DECLARE_FINAL_TYPE (RgBoxFrame, rg_box_frame, RG, BOX_FRAME, GtkWidget)

GtkWidget *rg_box_frame_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_box_frame_set_size: of the picture in pixels; 0 for none. Another size takes the box away. */
void rg_box_frame_set_size (RgBoxFrame *self, guint width, guint height);

/** rg_box_frame_get_box: Returns: in pixels of the picture; empty where there is none. */
RgRect rg_box_frame_get_box (RgBoxFrame *self);

/** rg_box_frame_set_box: @box: in pixels of the picture, clipped to it. */
void rg_box_frame_set_box (RgBoxFrame *self, RgRect box);

/**
 * rg_box_step:
 * @box: empty for none
 * @key: a GDK key value
 *
 * What a key does to a box: a step is a twentieth of the picture's side, and no box is smaller than that. Pure function.
 *
 * Returns: whether the key means something here; @box is then the new box
 */
gboolean rg_box_step (RgRect *box, guint key, GdkModifierType state, guint width, guint height);

G_END_DECLS
