/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/tokenizer.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/detokenizer.h"
#include "engine/tokenizer/tokenizer-private.h"
#include "engine/tokenizer/utf8.h"

#define DEFAULT_MAX_CHARACTERS 100

/* A text may become this many times longer while it is normalized; what a file asks for multiplies from step to step. */
#define MAX_GROWTH 64

RgTokenizer *
rg_tokenizer_new (void)
{
  RgTokenizer *self = g_new0 (RgTokenizer, 1);

  self->texts = g_string_chunk_new (16 * 1024);
  self->pieces = g_ptr_array_new ();
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->unknown = RG_NO_TOKEN;
  self->bpe = rg_bpe_new ();
  self->suffix = self->prefix = "";
  self->max_characters = DEFAULT_MAX_CHARACTERS;
  self->scores = g_array_new (FALSE, FALSE, sizeof (double));
  self->normalizers = g_array_new (FALSE, FALSE, sizeof (RgNormalizer));
  self->stages = g_array_new (FALSE, FALSE, sizeof (RgSplitStage));
  self->raw = rg_added_tokens_new ();
  self->normalized = rg_added_tokens_new ();
  self->before = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->after = g_array_new (FALSE, FALSE, sizeof (guint32));

  return self;
}

void
rg_tokenizer_free (RgTokenizer *self)
{
  g_clear_pointer (&self->index, rg_piece_index_free);
  g_array_unref (self->after);
  g_array_unref (self->before);
  rg_added_tokens_free (self->normalized);
  rg_added_tokens_free (self->raw);
  g_array_unref (self->stages);
  g_array_unref (self->normalizers);
  g_array_unref (self->scores);
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
rg_tokenizer_add_special (RgTokenizer *self, const char *piece, guint32 id)
{
  const RgAddedToken token = { .content = piece, .length = strlen (piece), .id = id, .special = TRUE };
  guint32 known;

  if (rg_tokenizer_find (self, piece, &known))
    return known == id;

  return rg_tokenizer_add_piece (self, piece, id) && rg_added_tokens_add (self->raw, &token);
}

const char *
rg_tokenizer_keep_text (RgTokenizer *self, const char *text)
{
  return g_string_chunk_insert_const (self->texts, text);
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
rg_tokenizer_is_added (const RgTokenizer *self, guint32 id)
{
  return find_added (self, id) != NULL;
}

gboolean
rg_tokenizer_is_special (const RgTokenizer *self, guint32 id)
{
  const RgAddedToken *token = find_added (self, id);

  return token != NULL && token->special;
}

/* --- completion --------------------------------------------------------------------------------------------------- */

static guint32
find_or_none (const RgTokenizer *self, const char *piece)
{
  guint32 id;

  return rg_tokenizer_find (self, piece, &id) ? id : RG_NO_TOKEN;
}

static void
find_bytes (RgTokenizer *self)
{
  for (guint byte = 0; byte < 256; byte++)
    {
      char spelling[8] = { 0 };
      g_autofree char *last = NULL;

      if (self->byte_level)
        g_unichar_to_utf8 (rg_byte_to_char ((guint8) byte), spelling);
      else
        g_snprintf (spelling, sizeof spelling, "<0x%02X>", byte);
      last = g_strconcat (spelling, self->suffix, NULL);
      self->byte_ids[byte] = find_or_none (self, spelling);
      self->last_byte_ids[byte] = find_or_none (self, last);
    }
}

static gboolean
check_growth (const RgTokenizer *self, const char *name, GError **error)
{
  guint growth = 1;

  for (guint i = 0; i < self->normalizers->len; i++)
    {
      const RgNormalizer *normalizer = &g_array_index (self->normalizers, RgNormalizer, i);

      if (normalizer->step == RG_NORMALIZE_REPLACE)
        growth *= rg_replacement_get_growth (&normalizer->replacement);
      if (growth > MAX_GROWTH)
        {
          g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: the normalizer makes a text more than %d times longer"), name, MAX_GROWTH);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
check_unigram (const RgTokenizer *self, const char *name, GError **error)
{
  if (self->scores->len == 0 || self->scores->len > self->pieces->len)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the Unigram model has %u scores for %u pieces"), name, self->scores->len, self->pieces->len);
      return FALSE;
    }
  for (guint32 id = 0; id < self->pieces->len; id++)
    {
      const char *piece = self->pieces->pdata[id];

      if (piece == NULL || rg_tokenizer_is_added (self, id))
        continue;
      if (id >= self->scores->len || strlen (piece) > RG_UNIGRAM_MAX_PIECE)
        {
          g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: piece %u of the Unigram model has no score or is longer than %d bytes"), name, id, RG_UNIGRAM_MAX_PIECE);
          return FALSE;
        }
    }

  return TRUE;
}

/* The model's own pieces: added tokens are found before it, and a special one must not be found in plain text. */
static void
build_index (RgTokenizer *self)
{
  g_autoptr (GPtrArray) own = g_ptr_array_sized_new (self->pieces->len);

  for (guint32 id = 0; id < self->pieces->len; id++)
    g_ptr_array_add (own, rg_tokenizer_is_added (self, id) ? NULL : self->pieces->pdata[id]);
  self->index = rg_piece_index_new (own);
}

static void
complete_unigram (RgTokenizer *self)
{
  const double *scores = (const double *) (gpointer) self->scores->data;

  self->unigram = (RgUnigram){ self->index, scores, scores[0], self->unknown, self->byte_fallback ? self->byte_ids : NULL };
  for (guint i = 0; i < self->scores->len; i++)
    self->unigram.smallest = MIN (self->unigram.smallest, scores[i]);
}

gboolean
rg_tokenizer_complete (RgTokenizer *self, const char *name, GError **error)
{
  if (self->model != RG_MODEL_BPE && self->unknown == RG_NO_TOKEN)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the unknown token (model.unk_token, model.unk_id) is missing, which this model needs"), name);
      return FALSE;
    }
  if (!check_growth (self, name, error) || (self->model == RG_MODEL_UNIGRAM && !check_unigram (self, name, error)))
    return FALSE;
  find_bytes (self);
  if (self->model != RG_MODEL_BPE)
    build_index (self);
  if (self->model == RG_MODEL_UNIGRAM)
    complete_unigram (self);
  self->word_piece = (RgWordPiece){ self->index, self->prefix, self->max_characters, self->unknown };

  return TRUE;
}

/* --- text → ids --------------------------------------------------------------------------------------------------- */

typedef struct
{
  const RgTokenizer *tokenizer;
  RgEncodeFlags flags;
  GArray *ids;
  GString *symbol; /* one symbol, or a whole word, as the vocabulary spells it; NULL where neither is looked up */
} Encoding;

GString *
rg_tokenizer_normalize (const RgTokenizer *self, const char *text, gsize length)
{
  GString *current = NULL;

  for (guint i = 0; i < self->normalizers->len; i++)
    {
      g_autoptr (GString) before = current;

      if (before != NULL)
        {
          text = before->str;
          length = before->len;
        }
      current = rg_normalize (&g_array_index (self->normalizers, RgNormalizer, i), text, length);
    }

  return current != NULL ? current : g_string_new_len (text, (gssize) length);
}

/* For a symbol that has no piece, in the word whose ids begin at @start. */
static void
append_unknown (Encoding *encoding, guint start)
{
  const RgTokenizer *self = encoding->tokenizer;
  GArray *ids = encoding->ids;
  gboolean repeats = ids->len > start && g_array_index (ids, guint32, ids->len - 1) == self->unknown;

  if (self->unknown != RG_NO_TOKEN && !(repeats && self->fuse_unknown))
    g_array_append_val (ids, self->unknown);
}

/* A symbol a byte. */
static void
append_bytes (Encoding *encoding, const char *bytes, gsize n)
{
  const RgTokenizer *self = encoding->tokenizer;
  guint start = encoding->ids->len;

  for (gsize i = 0; i < n; i++)
    {
      guint32 id = (i + 1 < n ? self->byte_ids : self->last_byte_ids)[(guchar) bytes[i]];

      if (id == RG_NO_TOKEN)
        append_unknown (encoding, start);
      else
        g_array_append_val (encoding->ids, id);
    }
}

/* The bytes of one character, where all of them have pieces. */
static gboolean
append_fallback (Encoding *encoding, const char *bytes, gsize n)
{
  const guint32 *byte_ids = encoding->tokenizer->byte_ids;

  for (gsize i = 0; i < n; i++)
    if (byte_ids[(guchar) bytes[i]] == RG_NO_TOKEN)
      return FALSE;
  for (gsize i = 0; i < n; i++)
    g_array_append_val (encoding->ids, byte_ids[(guchar) bytes[i]]);

  return TRUE;
}

/* A symbol a character. */
static void
append_characters (Encoding *encoding, const char *bytes, gsize n)
{
  const RgTokenizer *self = encoding->tokenizer;
  guint start = encoding->ids->len;
  gunichar code;
  guint32 id;

  for (gsize i = 0, step; i < n; i += step)
    {
      step = rg_utf8_step (bytes + i, n - i, &code);
      g_string_truncate (encoding->symbol, 0);
      g_string_append_len (encoding->symbol, bytes + i, (gssize) step);
      if (i + step == n)
        g_string_append (encoding->symbol, self->suffix);
      if (code != 0 && rg_tokenizer_find (self, encoding->symbol->str, &id))
        g_array_append_val (encoding->ids, id);
      else if (!self->byte_fallback || !append_fallback (encoding, bytes + i, step))
        append_unknown (encoding, start);
    }
}

static gboolean
append_whole_word (Encoding *encoding, const char *bytes, gsize n)
{
  guint32 id;

  g_string_truncate (encoding->symbol, 0);
  if (encoding->tokenizer->byte_level)
    for (gsize i = 0; i < n; i++)
      g_string_append_unichar (encoding->symbol, rg_byte_to_char ((guint8) bytes[i]));
  else
    g_string_append_len (encoding->symbol, bytes, (gssize) n);
  if (strlen (encoding->symbol->str) != encoding->symbol->len || !rg_tokenizer_find (encoding->tokenizer, encoding->symbol->str, &id) || rg_tokenizer_is_special (encoding->tokenizer, id))
    return FALSE;
  g_array_append_val (encoding->ids, id);

  return TRUE;
}

static void
encode_word (const char *bytes, gsize n, gpointer data)
{
  Encoding *encoding = data;
  const RgTokenizer *self = encoding->tokenizer;
  guint start = encoding->ids->len;

  if (self->model == RG_MODEL_WORD_PIECE)
    rg_word_piece_encode (&self->word_piece, bytes, n, encoding->ids);
  else if (self->model == RG_MODEL_UNIGRAM)
    rg_unigram_encode (&self->unigram, bytes, n, encoding->ids);
  else if (!self->whole_words || !append_whole_word (encoding, bytes, n))
    {
      if (self->byte_level)
        append_bytes (encoding, bytes, n);
      else
        append_characters (encoding, bytes, n);
      rg_bpe_merge (self->bpe, encoding->ids, start);
    }
}

typedef void (*EncodeFunc) (Encoding *encoding, const char *text, gsize n, gboolean first);

/* Calls @between for what lies between the tokens of @added and appends their ids in place. */
static void
encode_around (Encoding *encoding, const RgAddedTokens *added, const char *text, gsize n, gboolean first, EncodeFunc between)
{
  RgAddedMatch match;

  for (gsize from = 0; from < n; from = match.end)
    {
      gboolean found = rg_added_tokens_search (added, text, n, from, (encoding->flags & RG_ENCODE_SPECIAL) != 0, &match);

      if (!found)
        match = (RgAddedMatch){ NULL, n, n };
      if (match.start > from)
        between (encoding, text + from, match.start - from, first && from == 0);
      if (found)
        g_array_append_val (encoding->ids, match.token->id);
    }
}

static void
encode_words (Encoding *encoding, const char *text, gsize n, gboolean first)
{
  const GArray *stages = encoding->tokenizer->stages;

  rg_pre_tokenize ((const RgSplitStage *) (gpointer) stages->data, stages->len, text, n, first, encode_word, encoding);
}

static void
encode_normalized (Encoding *encoding, const char *text, gsize n, gboolean first)
{
  g_autoptr (GString) normalized = NULL;

  if ((encoding->flags & RG_ENCODE_RAW) == 0 && encoding->tokenizer->normalizers->len > 0)
    {
      normalized = rg_tokenizer_normalize (encoding->tokenizer, text, n);
      text = normalized->str;
      n = normalized->len;
    }
  encode_around (encoding, encoding->tokenizer->normalized, text, n, first, encode_words);
}

GArray *
rg_tokenizer_encode (const RgTokenizer *self, const char *text, gssize length, RgEncodeFlags flags)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr (GString) symbol = self->byte_level && !self->whole_words ? NULL : g_string_new (NULL);
  g_autoptr (GString) repaired = self->byte_level ? NULL : rg_utf8_repair (text, n);
  Encoding encoding = { self, flags, g_array_sized_new (FALSE, FALSE, sizeof (guint32), (guint) MIN (n / 2 + 1, 4096)), symbol };

  if ((flags & RG_ENCODE_TEMPLATE) != 0)
    g_array_append_vals (encoding.ids, self->before->data, self->before->len);
  if (repaired != NULL)
    encode_around (&encoding, self->raw, repaired->str, repaired->len, TRUE, encode_normalized);
  else
    encode_around (&encoding, self->raw, text, n, TRUE, encode_normalized);
  if ((flags & RG_ENCODE_TEMPLATE) != 0)
    g_array_append_vals (encoding.ids, self->after->data, self->after->len);

  return encoding.ids;
}

/* --- ids → text --------------------------------------------------------------------------------------------------- */

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
