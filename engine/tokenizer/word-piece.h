/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/piece-index.h"

/* WordPiece as BERT applies it (Devlin, Chang, Lee and Toutanova 2018): a word is cut from its beginning into the longest
 * pieces that the vocabulary has; every piece but the first carries a prefix, "##". A word that cannot be cut to its end, or
 * is too long, is one unknown token. */

G_BEGIN_DECLS

/** RG_WORD_PIECE_MAX_CHARACTERS: the largest limit on a word that may be asked for. */
#define RG_WORD_PIECE_MAX_CHARACTERS 1000

/**
 * RgWordPiece:
 * @index: must outlive it
 * @prefix: of continuations; may be empty; must outlive it
 * @max_characters: of a word, 1 … %RG_WORD_PIECE_MAX_CHARACTERS
 */
typedef struct
{
  const RgPieceIndex *index;
  const char *prefix;
  guint max_characters;
  guint32 unknown;
} RgWordPiece;

/** rg_word_piece_encode: appends the ids of one word, @word of @n bytes of UTF-8, to @ids. Any thread. */
void rg_word_piece_encode (const RgWordPiece *self, const char *word, gsize n, GArray *ids);

G_END_DECLS
