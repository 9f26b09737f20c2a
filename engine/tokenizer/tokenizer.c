/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/tokenizer.h"

#include <string.h>

#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/detokenizer.h"
#include "engine/tokenizer/tokenizer-private.h"

RgTokenizer *
rg_tokenizer_new (void)
{
  RgTokenizer *self = g_new0 (RgTokenizer, 1);

  self->texts = g_string_chunk_new (16 * 1024);
  self->pieces = g_ptr_array_new ();
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->unknown = RG_NO_TOKEN;
  self->bpe = rg_bpe_new ();
  self->normalizations = g_array_new (FALSE, FALSE, sizeof (RgNormalization));
  self->stages = g_array_new (FALSE, FALSE, sizeof (RgSplitStage));
  self->raw = rg_added_tokens_new ();
  self->normalized = rg_added_tokens_new ();

  return self;
}

void
rg_tokenizer_free (RgTokenizer *self)
{
  rg_added_tokens_free (self->normalized);
  rg_added_tokens_free (self->raw);
  g_array_unref (self->stages);
  g_array_unref (self->normalizations);
  rg_bpe_free (self->bpe);
  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->pieces);
  g_string_chunk_free (self->texts);
  g_free (self);
}

gboolean
rg_tokenizer_add_piece (RgTokenizer *self, const char *piece, guint32 id)
{
  char *copy;

  g_assert (id < RG_TOKENIZER_MAX_SIZE);
  if (rg_tokenizer_get_piece (self, id) != NULL || g_hash_table_contains (self->ids, piece))
    return FALSE;
  if (id >= self->pieces->len)
    g_ptr_array_set_size (self->pieces, (int) id + 1);
  copy = g_string_chunk_insert (self->texts, piece);
  self->pieces->pdata[id] = copy;
  g_hash_table_insert (self->ids, copy, GUINT_TO_POINTER (id + 1));

  return TRUE;
}

gboolean
rg_tokenizer_find (const RgTokenizer *self, const char *piece, guint32 *id)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (self->ids, piece));

  if (found == 0)
    return FALSE;
  *id = found - 1;

  return TRUE;
}

const char *
rg_tokenizer_get_piece (const RgTokenizer *self, guint32 id)
{
  return id < self->pieces->len ? self->pieces->pdata[id] : NULL;
}

guint
rg_tokenizer_get_size (const RgTokenizer *self)
{
  return self->pieces->len;
}

static const RgAddedToken *
find_added (const RgTokenizer *self, guint32 id)
{
  const RgAddedToken *token = rg_added_tokens_find_id (self->raw, id);

  return token != NULL ? token : rg_added_tokens_find_id (self->normalized, id);
}

gboolean
rg_tokenizer_is_special (const RgTokenizer *self, guint32 id)
{
  const RgAddedToken *token = find_added (self, id);

  return token != NULL && token->special;
}

/* --- text → ids --------------------------------------------------------------------------------------------------- */

typedef struct
{
  const RgTokenizer *tokenizer;
  RgEncodeFlags flags;
  GArray *ids;
} Encoding;

GString *
rg_tokenizer_normalize (const RgTokenizer *self, const char *text, gsize length)
{
  GString *current = g_string_new_len (text, (gssize) length);

  for (guint i = 0; i < self->normalizations->len; i++)
    {
      g_autoptr (GString) before = current;

      current = rg_normalize (g_array_index (self->normalizations, RgNormalization, i), before->str, before->len);
    }

  return current;
}

/* One word: a symbol a byte, then the merges. */
static void
encode_piece (const char *bytes, gsize n, gpointer data)
{
  Encoding *encoding = data;
  const RgTokenizer *self = encoding->tokenizer;
  guint start = encoding->ids->len;

  for (gsize i = 0; i < n; i++)
    {
      guint32 id = self->byte_ids[(guchar) bytes[i]];

      if (id == RG_NO_TOKEN)
        {
          gboolean repeats = encoding->ids->len > start && g_array_index (encoding->ids, guint32, encoding->ids->len - 1) == self->unknown;

          if (self->unknown == RG_NO_TOKEN || (repeats && self->fuse_unknown))
            continue;
          id = self->unknown;
        }
      g_array_append_val (encoding->ids, id);
    }
  rg_bpe_merge (self->bpe, encoding->ids, start);
}

typedef void (*EncodeFunc) (Encoding *encoding, const char *text, gsize n);

/* Calls @between for what lies between the tokens of @added and appends their ids in place. */
static void
encode_around (Encoding *encoding, const RgAddedTokens *added, const char *text, gsize n, EncodeFunc between)
{
  gsize at;

  while (n > 0)
    {
      const RgAddedToken *token = rg_added_tokens_search (added, text, n, (encoding->flags & RG_ENCODE_SPECIAL) != 0, &at);

      if (at > 0)
        between (encoding, text, at);
      if (token == NULL)
        break;
      g_array_append_val (encoding->ids, token->id);
      text += at + token->length;
      n -= at + token->length;
    }
}

static void
encode_words (Encoding *encoding, const char *text, gsize n)
{
  const GArray *stages = encoding->tokenizer->stages;

  rg_pre_tokenize ((const RgSplitStage *) (gpointer) stages->data, stages->len, text, n, encode_piece, encoding);
}

static void
encode_normalized (Encoding *encoding, const char *text, gsize n)
{
  g_autoptr (GString) normalized = NULL;

  if ((encoding->flags & RG_ENCODE_RAW) == 0 && encoding->tokenizer->normalizations->len > 0)
    {
      normalized = rg_tokenizer_normalize (encoding->tokenizer, text, n);
      text = normalized->str;
      n = normalized->len;
    }
  encode_around (encoding, encoding->tokenizer->normalized, text, n, encode_words);
}

GArray *
rg_tokenizer_encode (const RgTokenizer *self, const char *text, gssize length, RgEncodeFlags flags)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  Encoding encoding = { self, flags, g_array_sized_new (FALSE, FALSE, sizeof (guint32), (guint) MIN (n / 2 + 1, 4096)) };

  encode_around (&encoding, self->raw, text, n, encode_normalized);

  return encoding.ids;
}

/* --- ids → text --------------------------------------------------------------------------------------------------- */

void
rg_tokenizer_append_bytes (const RgTokenizer *self, guint32 id, GString *out)
{
  const char *piece = rg_tokenizer_get_piece (self, id);
  gsize before = out->len;

  if (piece == NULL)
    return;
  if (find_added (self, id) != NULL)
    {
      g_string_append (out, piece);
      return;
    }
  for (const char *c = piece; *c != '\0'; c = g_utf8_next_char (c))
    {
      int byte = rg_char_to_byte (g_utf8_get_char (c));

      /* A piece that is not spelled in the alphabet stands for itself. */
      if (byte < 0)
        {
          g_string_truncate (out, before);
          g_string_append (out, piece);
          return;
        }
      g_string_append_c (out, (char) byte);
    }
}

char *
rg_tokenizer_decode (const RgTokenizer *self, const guint32 *ids, gsize n, gboolean skip_special)
{
  g_autoptr (RgDetokenizer) stream = rg_detokenizer_new (self, skip_special);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    g_string_append (text, rg_detokenizer_push (stream, ids[i]));
  g_string_append (text, rg_detokenizer_flush (stream));

  return g_string_free (text, FALSE);
}
