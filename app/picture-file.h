/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Pictures that `regard-cli` writes. */

G_BEGIN_DECLS

/** rg_picture_file_save_rgb: writes @width × @height × 3 bytes to @path as PNG, in one step. */
gboolean rg_picture_file_save_rgb (const guint8 *rgb, guint width, guint height, const char *path, GError **error);

/** rg_picture_file_save_gray: the same for @width × @height bytes, grey. */
gboolean rg_picture_file_save_gray (const guint8 *gray, guint width, guint height, const char *path, GError **error);

G_END_DECLS
