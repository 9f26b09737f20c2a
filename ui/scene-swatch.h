/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/train/scene.h"

G_BEGIN_DECLS

#define RG_TYPE_SCENE_SWATCH (rg_scene_swatch_get_type ())

/**
 * RgSceneSwatch:
 *
 * One of the world's things as the face of a button: a paintable that draws it as the generator does.
 */
G_DECLARE_FINAL_TYPE (RgSceneSwatch, rg_scene_swatch, RG, SCENE_SWATCH, GObject)

/** rg_scene_swatch_new: Returns: (transfer full): @kind in @color and @style */
GdkPaintable *rg_scene_swatch_new (RgKind kind, RgColor color, RgStyle style) G_GNUC_WARN_UNUSED_RESULT;

/** rg_scene_swatch_set: draws another colour and style from now on */
void rg_scene_swatch_set (RgSceneSwatch *self, RgColor color, RgStyle style);

G_END_DECLS
