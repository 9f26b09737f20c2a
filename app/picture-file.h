/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "engine/types.h"

/* Pictures that `regard-cli` writes. */

G_BEGIN_DECLS

/** rg_picture_file_surface: Returns: (transfer full): @image as a surface of CAIRO_FORMAT_RGB24. */
cairo_surface_t *rg_picture_file_surface (RgImage *image) G_GNUC_WARN_UNUSED_RESULT;

/** rg_picture_file_save: writes @surface to @path as PNG, in one step. */
gboolean rg_picture_file_save (cairo_surface_t *surface, const char *path, GError **error);

/** rg_picture_file_save_rgb: the same for @width × @height × 3 bytes. */
gboolean rg_picture_file_save_rgb (const guint8 *rgb, guint width, guint height, const char *path, GError **error);

/** rg_picture_file_save_gray: the same for @width × @height bytes, grey. */
gboolean rg_picture_file_save_gray (const guint8 *gray, guint width, guint height, const char *path, GError **error);

G_END_DECLS
