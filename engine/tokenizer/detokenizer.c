/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/detokenizer.h"

#include <string.h>

#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/tokenizer-private.h"
#include "engine/tokenizer/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

struct _RgDetokenizer
{
  const RgTokenizer *tokenizer;
  gboolean skip_special;
  gboolean started; /* a piece has come */
  gboolean spaced;  /* a word has ended: a space is due */
  guint strip;      /* spaces that may still be dropped */
  GString *pending; /* the beginning of a character, at most 3 bytes between calls */
  GString *text;    /* what the last call gave */
};

static void
start_afresh (RgDetokenizer *self)
{
  self->started = self->spaced = FALSE;
  self->strip = self->tokenizer->decoder.strip;
  g_string_truncate (self->pending, 0);
}

RgDetokenizer *
rg_detokenizer_new (const RgTokenizer *tokenizer, gboolean skip_special)
{
  RgDetokenizer *self = g_new0 (RgDetokenizer, 1);

  self->tokenizer = tokenizer;
  self->skip_special = skip_special;
  self->pending = g_string_new (NULL);
  self->text = g_string_new (NULL);
  start_afresh (self);

  return self;
}

void
rg_detokenizer_free (RgDetokenizer *self)
{
  g_string_free (self->pending, TRUE);
  g_string_free (self->text, TRUE);
  g_free (self);
}

/* A piece that is not spelled in the alphabet stands for itself. */
static void
append_spelled (GString *out, const char *piece, gsize n)
{
  gsize before = out->len;

  for (const char *c = piece; c < piece + n; c = g_utf8_next_char (c))
    {
      int byte = rg_char_to_byte (g_utf8_get_char (c));

      if (byte < 0)
        {
          g_string_truncate (out, before);
          g_string_append_len (out, piece, (gssize) n);
          return;
        }
      g_string_append_c (out, (char) byte);
    }
}

/* "<0xE2>" */
static gboolean
append_byte (GString *out, const char *piece)
{
  int high, low;

  if (strlen (piece) != 6 || !g_str_has_prefix (piece, "<0x") || piece[5] != '>')
    return FALSE;
  high = g_ascii_xdigit_value (piece[3]);
  low = g_ascii_xdigit_value (piece[4]);
  if (high < 0 || low < 0)
    return FALSE;
  g_string_append_c (out, (char) (high << 4 | low));

  return TRUE;
}

static gboolean
follows_closely (const char *piece)
{
  static const char *const marks[] = { ".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re" };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (g_str_has_prefix (piece, marks[i]))
      return TRUE;

  return FALSE;
}

static void
append_meta (const RgDetokenizer *self, GString *out, const char *piece)
{
  const RgPieceDecoder *decoder = &self->tokenizer->decoder;
  gsize length = strlen (decoder->meta);

  for (const char *at; (at = strstr (piece, decoder->meta)) != NULL; piece = at + length)
    {
      g_string_append_len (out, piece, at - piece);
      g_string_append (out, decoder->first_meta && !self->started ? "" : decoder->meta_content);
    }
  g_string_append (out, piece);
}

/* Appends the bytes that a piece stands for in its place; they may be a part of a character. */
static void
append_piece (RgDetokenizer *self, guint32 id, const char *piece, GString *out)
{
  const RgPieceDecoder *decoder = &self->tokenizer->decoder;
  gsize n = strlen (piece);

  if (self->spaced)
    g_string_append_c (out, ' ');
  self->spaced = decoder->suffix != NULL && g_str_has_suffix (piece, decoder->suffix);
  if (self->spaced)
    n -= strlen (decoder->suffix);

  if (decoder->words && self->started && g_str_has_prefix (piece, decoder->prefix))
    {
      piece += strlen (decoder->prefix);
      n -= strlen (decoder->prefix);
    }
  else if (decoder->words && self->started && !(decoder->cleanup && follows_closely (piece)))
    g_string_append_c (out, ' ');

  if (decoder->byte_level && !rg_tokenizer_is_added (self->tokenizer, id))
    append_spelled (out, piece, n);
  else if (decoder->byte_fallback && append_byte (out, piece))
    return;
  else if (decoder->meta != NULL)
    append_meta (self, out, piece);
  else
    g_string_append_len (out, piece, (gssize) n);
}

static void
append_broken (RgDetokenizer *self, gsize n)
{
  for (gsize i = 0; i < (self->tokenizer->decoder.byte_fallback ? n : 1); i++)
    g_string_append (self->text, REPLACEMENT);
}

/* Moves what is whole from @pending to @text. */
static void
show (RgDetokenizer *self)
{
  gsize done = 0;

  while (done < self->pending->len)
    {
      gunichar code;
      gsize step = rg_utf8_step (self->pending->str + done, self->pending->len - done, &code);

      if (code == RG_UTF8_INCOMPLETE)
        break;
      if (code == ' ' && self->strip > 0)
        self->strip--;
      else
        {
          self->strip = 0;
          if (code == RG_UTF8_INVALID)
            append_broken (self, step);
          else
            g_string_append_unichar (self->text, code == 0 ? 0xfffd : code);
        }
      done += step;
    }
  g_string_erase (self->pending, 0, (gssize) done);
}

const char *
rg_detokenizer_push (RgDetokenizer *self, guint32 id)
{
  const char *piece = rg_tokenizer_get_piece (self->tokenizer, id);

  g_string_truncate (self->text, 0);
  if (piece == NULL || (self->skip_special && rg_tokenizer_is_special (self->tokenizer, id)))
    return self->text->str;
  append_piece (self, id, piece, self->pending);
  self->started = TRUE;
  show (self);

  return self->text->str;
}

const char *
rg_detokenizer_flush (RgDetokenizer *self)
{
  g_string_truncate (self->text, 0);
  if (self->pending->len > 0)
    append_broken (self, self->pending->len);
  if (self->spaced && !self->skip_special)
    g_string_append_c (self->text, ' ');
  start_afresh (self);

  return self->text->str;
}
