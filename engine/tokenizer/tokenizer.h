/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Text to token ids and back, as the tokenizer.json of a Hugging Face folder describes it. */

G_BEGIN_DECLS

/** RG_TOKENIZER_MAX_SIZE: ids lie below it; the largest vocabularies of today have an eighth of that. */
#define RG_TOKENIZER_MAX_SIZE 4194304

/**
 * RgEncodeFlags:
 * @RG_ENCODE_SPECIAL: recognise special tokens ("<eos>") in the text. Without it a person cannot write one
 * @RG_ENCODE_RAW: leave the text as it is where the tokenizer would normalize it, for example to lower case
 */
typedef enum
{
  RG_ENCODE_DEFAULT = 0,
  RG_ENCODE_SPECIAL = 1 << 0,
  RG_ENCODE_RAW = 1 << 1,
} RgEncodeFlags;

/** RgTokenizer: immutable, for any thread. */
typedef struct _RgTokenizer RgTokenizer;

/**
 * rg_tokenizer_new_from_file:
 * @path: a tokenizer.json: a byte-level BPE model; splitting into numbers or digits before it; lower case and NFC
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_LIMIT, a %G_FILE_ERROR, or
 *   %RG_ERROR_UNSUPPORTED that names the part which is not supported
 */
RgTokenizer *rg_tokenizer_new_from_file (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_tokenizer_new_from_json: as rg_tokenizer_new_from_file() on @text of @length bytes, which messages call @name. */
RgTokenizer *rg_tokenizer_new_from_json (const char *name, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_tokenizer_free (RgTokenizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgTokenizer, rg_tokenizer_free)

/**
 * rg_tokenizer_encode:
 * @text: any bytes; those that are not UTF-8 are taken one by one
 * @length: in bytes, or -1 up to the NUL
 *
 * Adds no special tokens at the ends.
 *
 * Returns: (transfer full) (element-type guint32): the ids
 */
GArray *rg_tokenizer_encode (const RgTokenizer *self, const char *text, gssize length, RgEncodeFlags flags) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_tokenizer_decode:
 * @ids: (array length=n): those that the vocabulary lacks add nothing
 * @skip_special: leave special tokens out
 *
 * Returns: (transfer full): valid UTF-8; bytes that form no character became U+FFFD
 */
char *rg_tokenizer_decode (const RgTokenizer *self, const guint32 *ids, gsize n, gboolean skip_special) G_GNUC_WARN_UNUSED_RESULT;

/** rg_tokenizer_find: @piece: as the vocabulary spells it ("<eos>", "Ġthe"). Returns: whether it has an id. */
gboolean rg_tokenizer_find (const RgTokenizer *self, const char *piece, guint32 *id);

/** rg_tokenizer_get_piece: Returns: (transfer none) (nullable): how the vocabulary spells @id; %NULL where it has none. */
const char *rg_tokenizer_get_piece (const RgTokenizer *self, guint32 id);

/** rg_tokenizer_get_size: Returns: the largest id plus one. */
guint rg_tokenizer_get_size (const RgTokenizer *self);

/** rg_tokenizer_is_special: Returns: whether @id is a special token. */
gboolean rg_tokenizer_is_special (const RgTokenizer *self, guint32 id);

/** rg_tokenizer_append_bytes: appends the bytes that @id stands for to @out; they may be a part of a character. */
void rg_tokenizer_append_bytes (const RgTokenizer *self, guint32 id, GString *out);

G_END_DECLS
