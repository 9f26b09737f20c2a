/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/tensor/pool.h"
#include "engine/types.h"

/* One space for pictures and texts, whatever model makes it: the bundled one, which learned it beside answering, or a model
 * that does nothing else, such as CLIP. What fits together lies in the same direction. */

G_BEGIN_DECLS

/** RgEmbedder: one thread at a time. */
typedef struct _RgEmbedder RgEmbedder;

/**
 * rg_embedder_load:
 * @path: a model folder
 * @pool: (nullable): borrowed, must outlive the embedder
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where the model has no such space, another %RG_ERROR, a
 *   %G_FILE_ERROR or %G_IO_ERROR_CANCELLED
 */
RgEmbedder *rg_embedder_load (const char *path, RgPool *pool, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_embedder_free (RgEmbedder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgEmbedder, rg_embedder_free)

/** rg_embedder_get_width: Returns: numbers of a vector. */
guint rg_embedder_get_width (const RgEmbedder *self);

/**
 * rg_embedder_see:
 * @vector: (out caller-allocates): of length 1
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT (memory)
 */
gboolean rg_embedder_see (RgEmbedder *self, RgImage *image, GCancellable *cancellable, float *vector, GError **error);

/**
 * rg_embedder_read:
 * @text: a caption; one that is too long for the model is cut
 * @vector: (out caller-allocates): of length 1
 *
 * Returns: %FALSE with %RG_ERROR_VALUE for a text that is empty, no UTF-8 or beyond all bounds
 */
gboolean rg_embedder_read (RgEmbedder *self, const char *text, float *vector, GError **error);

G_END_DECLS
