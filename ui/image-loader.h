/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* Pictures from files, drops and the clipboard, read by a worker thread: the main thread never decodes. Functions are for
 * the main thread, callbacks come there. For what is accepted and what comes out see ui/image-decoder.h. */

G_BEGIN_DECLS

/**
 * rg_image_loader_load_async:
 * @file: of any kind that GIO knows
 * @cancellable: (nullable):
 */
void rg_image_loader_load_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * rg_image_loader_load_bytes_async:
 * @bytes: the content of a picture file, as a browser drops it
 */
void rg_image_loader_load_bytes_async (GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * rg_image_loader_load_texture_async:
 * @texture: pixels from the clipboard or a drop
 */
void rg_image_loader_load_texture_async (GdkTexture *texture, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * rg_image_loader_load_finish:
 * @result: of any of the three
 *
 * Returns: (transfer full) (nullable): the picture, or %NULL with an error whose message is one sentence for people
 *   (%G_IO_ERROR_CANCELLED needs none)
 */
RgImage *rg_image_loader_load_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_to_texture:
 *
 * Returns: (transfer full): a texture over the same pixels, which are not copied
 */
GdkTexture *rg_image_to_texture (RgImage *image) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
