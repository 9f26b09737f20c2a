/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/word-piece.h"

/* The longest piece that @word begins with: its length, 0 where there is none. */
static gsize
longest_piece (const RgWordPiece *self, const char *word, gsize n, gboolean continued, guint32 *id)
{
  RgPieceRange range = rg_piece_index_start (self->index);
  gsize length = 0;

  for (const char *c = continued ? self->prefix : ""; *c != '\0'; c++)
    if (!rg_piece_index_step (self->index, &range, *c))
      return 0;
  for (gsize i = 0; i < n && rg_piece_index_step (self->index, &range, word[i]); i++)
    if (rg_piece_index_get (self->index, &range, id))
      length = i + 1;

  return length;
}

static gboolean
is_too_long (const RgWordPiece *self, const char *word, gsize n)
{
  guint characters = 0;

  for (gsize i = 0; i < n && characters <= self->max_characters; i++)
    characters += ((guchar) word[i] & 0xc0) != 0x80;

  return characters > self->max_characters;
}

void
rg_word_piece_encode (const RgWordPiece *self, const char *word, gsize n, GArray *ids)
{
  gboolean good = !is_too_long (self, word, n);
  guint start = ids->len;
  guint32 id;

  for (gsize at = 0, length; good && at < n; at += length)
    {
      length = longest_piece (self, word + at, n - at, at > 0, &id);
      good = length > 0;
      if (good)
        g_array_append_val (ids, id);
    }
  if (good)
    return;
  g_array_set_size (ids, start);
  g_array_append_val (ids, self->unknown);
}
