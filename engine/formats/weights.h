/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "engine/formats/gguf.h"
#include "engine/formats/stored-tensor.h"

/* The weights of a model, name → tensor, whether one safetensors file holds them, several that an index lists, or a GGUF
 * file. Code that fills a model's parameters asks here and does not know the difference; names and metadata do differ, and
 * are the business of the code that knows the family. */

G_BEGIN_DECLS

/** RgWeights: open files; immutable, for any thread, reference counted. */
typedef struct _RgWeights RgWeights;

/**
 * rg_weights_open:
 * @path: a folder with model.safetensors or, without that, model.safetensors.index.json; or such an index (its name ends
 *   with .index.json), a safetensors file or a GGUF file, told apart by how they begin
 *
 * Maps the files; tensors are read from the disk when their bytes are touched. Of an index, every tensor it lists must be
 * in the file it names and in no other; tensors that it does not list are left out. A shard may be a symbolic link, as it
 * is in the cache of Hugging Face's programs.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_LIMIT, %RG_ERROR_UNSUPPORTED or a
 *   %G_FILE_ERROR, which name the file that is to blame
 */
RgWeights *rg_weights_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * rg_weights_join:
 *
 * Returns: (transfer full) (nullable): the tensors of both; %NULL with %RG_ERROR_FORMAT where both have one of the same name
 */
RgWeights *rg_weights_join (RgWeights *a, RgWeights *b, GError **error) G_GNUC_WARN_UNUSED_RESULT;
RgWeights *rg_weights_ref (RgWeights *self);

/** rg_weights_unref: the last one ends the mappings; tensors that came from it are then gone. */
void rg_weights_unref (RgWeights *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgWeights, rg_weights_unref)

/** rg_weights_get_n_tensors: Returns: how many tensors there are in all files. */
guint rg_weights_get_n_tensors (const RgWeights *self);

/** rg_weights_get: Returns: (transfer none): tensor @i, file by file, @i below the number of tensors. */
const RgStoredTensor *rg_weights_get (const RgWeights *self, guint i);

/** rg_weights_find: Returns: (transfer none) (nullable): the tensor of this name. */
const RgStoredTensor *rg_weights_find (const RgWeights *self, const char *name);

/** rg_weights_get_gguf: Returns: (transfer none) (nullable): the GGUF file, for its metadata; %NULL for safetensors. */
RgGguf *rg_weights_get_gguf (const RgWeights *self);

G_END_DECLS
