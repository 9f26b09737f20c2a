/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "engine/formats/json-file.h"
#include "engine/formats/stored-tensor.h"

/* GGUF (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3, little-endian: a file of named values and named tensors:
 *
 *   offset  size  what
 *        0     4  "GGUF"
 *        4     4  u32 version
 *        8     8  u64 number of tensors
 *       16     8  u64 number of keys
 *       24        the keys:     string name, u32 kind, value
 *                 the tensors:  string name, u32 n_dims, u64 size[n_dims] (fastest first), u32 type, u64 offset
 *                 zeros up to a multiple of the value of general.alignment, 32 where that is absent
 *                 the data; a tensor's offset is counted from here and a multiple of the alignment
 *
 *   string  u64 length, so many bytes of UTF-8, no NUL
 *   kind    0 u8  1 i8  2 u16  3 i16  4 u32  5 i32  6 f32  7 bool (a byte, 0 or 1)  8 string  9 array  10 u64  11 i64  12 f64
 *   array   u32 kind, u64 n, n values of that kind; no arrays of arrays
 *   type    a number of its own for every element type, see types[] in gguf.c; blocks as in quant-blocks.h
 *
 * The fields follow each other without padding. The reader takes the file as hostile: every length is compared with what
 * is left of the file before anything is done with it, names are unique, and tensors lie within the file and share no
 * byte. Files of big-endian machines, files in several parts and element types without a float value are refused.
 *
 * Values are asked for as in json-file.h: what the file does not satisfy is an error that names file, key and expectation:
 *
 *   model.gguf: llama.block_count: expected a whole number between 1 and 512, found "many" */

G_BEGIN_DECLS

/** RgGguf: an open file; immutable, for any thread, reference counted. */
typedef struct _RgGguf RgGguf;

/** RgGgufString: @length bytes within the mapped file: not terminated, not checked to be UTF-8. */
typedef struct
{
  const char *text;
  gsize length;
} RgGgufString;

/**
 * rg_gguf_open:
 *
 * Maps the file; tensors are read from the disk when their bytes are touched.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_LIMIT, %RG_ERROR_UNSUPPORTED or a
 *   %G_FILE_ERROR
 */
RgGguf *rg_gguf_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_gguf_new: as rg_gguf_open() on @content, which messages call @name; aligned tensors want aligned content. */
RgGguf *rg_gguf_new (GBytes *content, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
RgGguf *rg_gguf_ref (RgGguf *self);

/** rg_gguf_unref: the last one ends the mapping; tensors and strings that came from it are then gone. */
void rg_gguf_unref (RgGguf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgGguf, rg_gguf_unref)

/** rg_gguf_looks_like: Returns: whether @content begins as a GGUF file does. */
gboolean rg_gguf_looks_like (GBytes *content);

/** rg_gguf_get_name: Returns: (transfer none): what messages call the file. */
const char *rg_gguf_get_name (const RgGguf *self);

/** rg_gguf_get_n_tensors: Returns: how many tensors there are; 0 in a file that only holds a vocabulary. */
guint rg_gguf_get_n_tensors (const RgGguf *self);

/** rg_gguf_get: Returns: (transfer none): tensor @i in the order of the file's table, slowest dimension first. */
const RgStoredTensor *rg_gguf_get (const RgGguf *self, guint i);

/** rg_gguf_find: Returns: (transfer none) (nullable): the tensor of this name. */
const RgStoredTensor *rg_gguf_find (const RgGguf *self, const char *name);

/** rg_gguf_has: Returns: whether there is a value of any kind under @key. */
gboolean rg_gguf_has (const RgGguf *self, const char *key);

/** rg_gguf_get_length: Returns: how many elements the array under @key has; 0 where there is none. */
guint rg_gguf_get_length (const RgGguf *self, const char *key);

/**
 * rg_gguf_get_int:
 * @min: and @max: both allowed
 * @value: (out): keeps what it held where an optional value is absent
 *
 * The file may hold the number in any of the eight whole kinds.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_gguf_get_int (const RgGguf *self, const char *key, RgConfigNeed need, gint64 min, gint64 max, gint64 *value, GError **error);

/** rg_gguf_get_double: an f32 or f64 in @min … @max; infinity never is. Returns: %FALSE with %RG_ERROR_FORMAT. */
gboolean rg_gguf_get_double (const RgGguf *self, const char *key, RgConfigNeed need, double min, double max, double *value, GError **error);

/** rg_gguf_get_boolean: Returns: %FALSE with %RG_ERROR_FORMAT. */
gboolean rg_gguf_get_boolean (const RgGguf *self, const char *key, RgConfigNeed need, gboolean *value, GError **error);

/**
 * rg_gguf_get_string:
 * @value: (out) (transfer full): valid UTF-8; an old value is not freed
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, or %RG_ERROR_LIMIT for more than 16 MiB
 */
gboolean rg_gguf_get_string (const RgGguf *self, const char *key, RgConfigNeed need, char **value, GError **error);

/**
 * rg_gguf_get_ints:
 * @max_n: how many elements there may be at most
 * @values: (out) (transfer full) (element-type gint64): each in @min … @max, of any whole kind
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_gguf_get_ints (const RgGguf *self, const char *key, RgConfigNeed need, gint64 min, gint64 max, guint max_n, GArray **values, GError **error);

/** rg_gguf_get_doubles: the same for f32 and f64; @values: (out) (transfer full) (element-type double). */
gboolean rg_gguf_get_doubles (const RgGguf *self, const char *key, RgConfigNeed need, double min, double max, guint max_n, GArray **values, GError **error);

/** rg_gguf_get_strings: the same for strings; @values: (out) (transfer full) (element-type RgGgufString): they live as long as @self. */
gboolean rg_gguf_get_strings (const RgGguf *self, const char *key, RgConfigNeed need, guint max_n, GArray **values, GError **error);

G_END_DECLS
