/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/scene.h"

G_BEGIN_DECLS

/**
 * rg_camera_expose:
 * @rgb: (inout): 3 * width * height bytes
 * @scratch: 3 * width * height bytes, overwritten
 *
 * Applies the scene's blur, exposure, sensor noise and block coding, in that order.
 */
void rg_camera_expose (const RgScene *scene, guint8 *rgb, guint8 *scratch);

G_END_DECLS
