/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/families/bert.h"
#include "engine/tensor/pool.h"
#include "engine/types.h"

/* Vectors of pictures and texts, whatever model makes them: the bundled one, which learned it beside answering, or one that does
 * nothing else: CLIP and SigLIP have one space for both, BERT reads texts, ResNet sees pictures. What is alike lies in the same direction. */

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

/** rg_embedder_get_n_layers: Returns: how many layers put words into context, see rg_embedder_read_word(); 0 where none do. */
guint rg_embedder_get_n_layers (const RgEmbedder *self);

/**
 * rg_embedder_set_pooling: what stands for a text from now on
 *
 * Returns: %FALSE with %RG_ERROR_UNSUPPORTED where the model leaves no choice
 */
gboolean rg_embedder_set_pooling (RgEmbedder *self, RgPooling pooling, GError **error);

/**
 * rg_embedder_see:
 * @vector: (out caller-allocates): of length 1
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, %RG_ERROR_LIMIT (memory) or %RG_ERROR_UNSUPPORTED where the model reads texts alone
 */
gboolean rg_embedder_see (RgEmbedder *self, RgImage *image, GCancellable *cancellable, float *vector, GError **error);

/**
 * rg_embedder_read:
 * @text: a caption; one that is too long for the model is cut
 * @vector: (out caller-allocates): of length 1
 *
 * Returns: %FALSE with %RG_ERROR_VALUE for a text that is empty, no UTF-8 or beyond all bounds, or %RG_ERROR_UNSUPPORTED where
 *   the model sees pictures alone
 */
gboolean rg_embedder_read (RgEmbedder *self, const char *text, float *vector, GError **error);

/**
 * rg_embedder_read_word: what a word means in a text: the mean of its pieces' rows
 * @word: where it stands first in @text as a whole word, or several
 * @layer: after how many layers; 0 for the words' own vectors with their places, before the first
 * @vector: (out caller-allocates): of length 1
 *
 * Returns: %FALSE as for rg_embedder_read(), with %RG_ERROR_VALUE also where @word is not in the part of @text that is read, or
 *   %RG_ERROR_UNSUPPORTED where the model does not put words into context
 */
gboolean rg_embedder_read_word (RgEmbedder *self, const char *text, const char *word, guint layer, float *vector, GError **error);

G_END_DECLS
