/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "engine/train/scene.h"

G_BEGIN_DECLS

/**
 * rg_backdrop_paint:
 * @surface: an RGB24 image at least as large as the scene
 *
 * Covers @surface with the scene's backdrop.
 */
void rg_backdrop_paint (const RgScene *scene, cairo_surface_t *surface);

/**
 * rg_backdrop_choose:
 * @scene: its objects are there already; backdrop and ink are set
 * @backdrops: bit mask, 1 << RgBackdrop, not 0
 *
 * Tries until every object stands out, and takes the best one tried where none is good enough.
 */
void rg_backdrop_choose (RgScene *scene, guint backdrops, RgRandom *random);

G_END_DECLS
