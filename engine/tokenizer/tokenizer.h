/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Text to token ids and back, as the tokenizer.json of a Hugging Face folder describes it: added tokens are cut out, the
 * text between them is normalized (normalizer.h) and cut into words (pre-tokenizer.h), and the model turns each word into
 * pieces (bpe.h, word-piece.h, unigram.h). */

G_BEGIN_DECLS

/** RG_TOKENIZER_MAX_SIZE: ids lie below it; the largest vocabularies of today have an eighth of that. */
#define RG_TOKENIZER_MAX_SIZE 4194304

/** RG_NO_TOKEN: no token has this id. */
#define RG_NO_TOKEN G_MAXUINT32

/**
 * RgEncodeFlags:
 * @RG_ENCODE_SPECIAL: recognise special tokens ("<eos>") in the text. Without it a person cannot write one
 * @RG_ENCODE_RAW: leave the text as it is where the tokenizer would normalize it, for example to lower case
 * @RG_ENCODE_TEMPLATE: put the special tokens around it that the file asks for, for example [CLS] and [SEP]
 */
typedef enum
{
  RG_ENCODE_DEFAULT = 0,
  RG_ENCODE_SPECIAL = 1 << 0,
  RG_ENCODE_RAW = 1 << 1,
  RG_ENCODE_TEMPLATE = 1 << 2,
} RgEncodeFlags;

/** RgTokenizer: immutable, for any thread. */
typedef struct _RgTokenizer RgTokenizer;

/**
 * rg_tokenizer_new_from_file:
 * @path: a tokenizer.json
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
 * @text: any bytes; those that are not UTF-8 are taken one by one where the vocabulary has bytes, else they are U+FFFD
 * @length: in bytes, or -1 up to the NUL
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

/**
 * rg_tokenizer_add_special: a token that a model has and its tokenizer's file has not; for who has just read the file, before anyone
 * else sees the tokenizer.
 * @piece: 1 … 256 bytes
 * @id: below %RG_TOKENIZER_MAX_SIZE
 *
 * Returns: whether @piece now has the id @id: %FALSE where either was another's
 */
gboolean rg_tokenizer_add_special (RgTokenizer *self, const char *piece, guint32 id);

/** rg_tokenizer_is_special: Returns: whether @id is a special token. */
gboolean rg_tokenizer_is_special (const RgTokenizer *self, guint32 id);

G_END_DECLS
