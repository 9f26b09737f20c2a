/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/scene.h"

/* What the drawing board edits: a scene, which of its objects is chosen, and the way back. No widget, no display. */

G_BEGIN_DECLS

/* The sheet in its own pixels; the pictures that come from it have this size. */
#define RG_SCENE_DRAWING_WIDTH 640
#define RG_SCENE_DRAWING_HEIGHT 480

/* Half sides: from hardly seen to three quarters of the sheet's height. */
#define RG_SCENE_DRAWING_MIN_SIZE 16.0
#define RG_SCENE_DRAWING_MAX_SIZE 180.0

#define RG_TYPE_SCENE_DRAWING (rg_scene_drawing_get_type ())

/**
 * RgSceneDrawing:
 *
 * Properties (read only): "selected" (int, an object's index, -1 for none), "can-undo" (boolean).
 * Signal: "changed" after each edit. Edits of the chosen object do nothing, and return %FALSE, where none is chosen.
 */
G_DECLARE_FINAL_TYPE (RgSceneDrawing, rg_scene_drawing, RG, SCENE_DRAWING, GObject)

/** rg_scene_drawing_new: Returns: (transfer full): a white sheet with a red star left of a blue house */
RgSceneDrawing *rg_scene_drawing_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_scene_drawing_get_scene: Returns: (transfer none): as it is now; valid until the next edit */
const RgScene *rg_scene_drawing_get_scene (RgSceneDrawing *self);
guint rg_scene_drawing_get_n_objects (RgSceneDrawing *self);
int rg_scene_drawing_get_selected (RgSceneDrawing *self);
gboolean rg_scene_drawing_get_can_undo (RgSceneDrawing *self);

/** rg_scene_drawing_get_selected_object: Returns: (transfer none) (nullable): valid until the next edit */
const RgObject *rg_scene_drawing_get_selected_object (RgSceneDrawing *self);

/** rg_scene_drawing_select: @index: an object, or -1. Choosing is no edit. */
void rg_scene_drawing_select (RgSceneDrawing *self, int index);

/**
 * rg_scene_drawing_find:
 * @x: in the sheet's pixels
 * @y: in the sheet's pixels
 * @reach: how near a small object counts as hit
 *
 * Returns: the topmost object there, or -1
 */
int rg_scene_drawing_find (RgSceneDrawing *self, double x, double y, double reach);

/**
 * rg_scene_drawing_add:
 * @x: centre, clamped to the sheet
 * @y: centre, clamped to the sheet
 *
 * Puts one object on the sheet, on top, and chooses it.
 *
 * Returns: %FALSE if the sheet holds RG_SCENE_MAX_OBJECTS already
 */
gboolean rg_scene_drawing_add (RgSceneDrawing *self, RgKind kind, RgColor color, RgStyle style, double x, double y);

/** rg_scene_drawing_add_anywhere: as rg_scene_drawing_add(), at the place farthest from all others */
gboolean rg_scene_drawing_add_anywhere (RgSceneDrawing *self, RgKind kind, RgColor color, RgStyle style);

/** rg_scene_drawing_move: @x, @y: the new centre of the chosen object, clamped to the sheet */
gboolean rg_scene_drawing_move (RgSceneDrawing *self, double x, double y);

/** rg_scene_drawing_resize: @size: the new half side of the chosen object, clamped */
gboolean rg_scene_drawing_resize (RgSceneDrawing *self, double size);

/** rg_scene_drawing_rotate: @angle: of the chosen object, clockwise, radians */
gboolean rg_scene_drawing_rotate (RgSceneDrawing *self, double angle);
gboolean rg_scene_drawing_recolor (RgSceneDrawing *self, RgColor color);
gboolean rg_scene_drawing_restyle (RgSceneDrawing *self, RgStyle style);
gboolean rg_scene_drawing_remove (RgSceneDrawing *self);

/** rg_scene_drawing_clear: removes every object. Returns: %FALSE if there was none */
gboolean rg_scene_drawing_clear (RgSceneDrawing *self);

/** rg_scene_drawing_set_background: @rgb: the sheet's colour */
void rg_scene_drawing_set_background (RgSceneDrawing *self, const guint8 rgb[3]);

/**
 * rg_scene_drawing_end_gesture:
 *
 * Moves, turns and resizes of one object that follow each other count as one edit for Undo, until this is called: at the
 * end of a drag.
 */
void rg_scene_drawing_end_gesture (RgSceneDrawing *self);

/** rg_scene_drawing_undo: takes the last edit back. Returns: %FALSE if there is none */
gboolean rg_scene_drawing_undo (RgSceneDrawing *self);

/** rg_scene_drawing_render: Returns: (transfer full): the sheet as a picture, without any mark of choice */
RgImage *rg_scene_drawing_render (RgSceneDrawing *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
