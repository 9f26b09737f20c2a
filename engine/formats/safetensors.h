/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "engine/formats/stored-tensor.h"

/* safetensors (github.com/huggingface/safetensors), a file of named tensors:
 *
 *   offset  size  what
 *        0     8  N, the header's length, unsigned, little-endian, at most 100 000 000
 *        8     N  the header: one JSON object in UTF-8, begins with '{', may be padded with spaces at its end
 *      8+N        the data, to the end of the file
 *
 *   {"__metadata__": {"format": "pt"},                                          strings only; may be absent
 *    "lm_head.weight": {"dtype": "F32", "shape": [7, 4], "data_offsets": [0, 112]},   bytes of the data, from … up to
 *    …}
 *
 * Elements are little-endian, in C order, without padding; a tensor may begin at any byte. Every byte of the data belongs
 * to exactly one tensor. The reader takes the file as hostile: what does not follow these rules to the letter is refused. */

G_BEGIN_DECLS

/** RgSafetensors: an open file; immutable, for any thread, reference counted. */
typedef struct _RgSafetensors RgSafetensors;

/**
 * rg_safetensors_open:
 *
 * Maps the file; tensors are read from the disk when their bytes are touched.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_LIMIT or a %G_FILE_ERROR
 */
RgSafetensors *rg_safetensors_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_safetensors_new: as rg_safetensors_open() on @content, which messages call @name. */
RgSafetensors *rg_safetensors_new (GBytes *content, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
RgSafetensors *rg_safetensors_ref (RgSafetensors *self);

/** rg_safetensors_unref: the last one ends the mapping; tensors and strings that came from it are then gone. */
void rg_safetensors_unref (RgSafetensors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSafetensors, rg_safetensors_unref)

/** rg_safetensors_get_n_tensors: Returns: how many tensors there are. */
guint rg_safetensors_get_n_tensors (const RgSafetensors *self);

/** rg_safetensors_get: Returns: (transfer none): tensor @i in the order of the bytes, @i below the number of tensors. */
const RgStoredTensor *rg_safetensors_get (const RgSafetensors *self, guint i);

/** rg_safetensors_find: Returns: (transfer none) (nullable): the tensor of this name. */
const RgStoredTensor *rg_safetensors_find (const RgSafetensors *self, const char *name);

/** rg_safetensors_get_metadata: Returns: (transfer none) (nullable): the string that __metadata__ holds under @key. */
const char *rg_safetensors_get_metadata (const RgSafetensors *self, const char *key);

/**
 * rg_safetensors_write:
 * @tensors: (array length=n): their names differ; n_bytes fits dtype and shape; no quantised types
 * @metadata: (nullable) (element-type utf8 utf8): written to __metadata__
 *
 * Writes @path in one step: a reader finds the old file or the whole new one. Largest elements come first, then names in
 * byte order, so the same tensors give the same file and every tensor is aligned to its elements.
 *
 * Returns: %FALSE with a %G_FILE_ERROR, the old file untouched
 */
gboolean rg_safetensors_write (const char *path, const RgStoredTensor *tensors, guint n, GHashTable *metadata, GError **error);

G_END_DECLS
