/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/scene.h"

/* The world's things and colours in the user's language, for tooltips and screen readers. The questions and answers have
 * grammars of their own in the engine; here stand single words only. */

G_BEGIN_DECLS

/** rg_scene_name_kind: Returns: (transfer none): "star", translated */
const char *rg_scene_name_kind (RgKind kind);

/** rg_scene_name_color: Returns: (transfer none): "red", translated */
const char *rg_scene_name_color (RgColor color);

/** rg_scene_name_style: Returns: (transfer none): "By hand", translated, for a list of choices */
const char *rg_scene_name_style (RgStyle style);

/** rg_scene_name_object: Returns: (transfer full): "star, red", translated */
char *rg_scene_name_object (const RgObject *object) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
