/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "engine/types.h"

G_BEGIN_DECLS

/**
 * rg_picture_surface_new:
 * @rgb: @width × @height × 3 bytes, copied
 *
 * Any thread. Returns: (transfer full): the pixels as CAIRO_FORMAT_RGB24; the surface's status says where there was no memory
 */
cairo_surface_t *rg_picture_surface_new (const guint8 *rgb, guint width, guint height) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_picture_surface_new_small:
 * @most: pixels
 *
 * Any thread. Returns: (transfer full): the same of @image, made smaller where its longer side has more than @most pixels
 */
cairo_surface_t *rg_picture_surface_new_small (RgImage *image, guint most) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
