/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/added-tokens.h"
#include "engine/tokenizer/bpe.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/pre-tokenizer.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/unigram.h"
#include "engine/tokenizer/word-piece.h"

/* What the readers of vocabulary files fill in, whatever the file's format; rg_tokenizer_complete() then checks it. Only
 * they, tokenizer.c and detokenizer.c include this. */

G_BEGIN_DECLS

/**
 * RgTokenizerModel: how a word becomes pieces
 * @RG_MODEL_BPE: merges, bpe.h
 * @RG_MODEL_WORD_PIECE: word-piece.h
 * @RG_MODEL_UNIGRAM: scores, unigram.h
 */
typedef enum
{
  RG_MODEL_BPE,
  RG_MODEL_WORD_PIECE,
  RG_MODEL_UNIGRAM,
} RgTokenizerModel;

/**
 * RgPieceDecoder: what a piece stands for in a text
 * @byte_level: pieces are spelled in the alphabet of byte-alphabet.h
 * @byte_fallback: "<0xE2>" is a byte
 * @words: a space comes before each piece but the first and those with @prefix, which lose it
 * @cleanup: but not before . ? ! , n't 'm 's 've 're
 * @meta: (nullable): is @meta_content, in the piece
 * @first_meta: not in the first piece, where it is nothing
 * @suffix: (nullable): of a word's last piece, is a space
 * @strip: how many spaces are dropped at the beginning of a text
 */
typedef struct
{
  gboolean byte_level, byte_fallback;
  gboolean words, cleanup;
  const char *prefix;
  const char *meta, *meta_content;
  gboolean first_meta;
  const char *suffix;
  guint strip;
} RgPieceDecoder;

/* All texts belong to @texts. */
struct _RgTokenizer
{
  GStringChunk *texts;
  GPtrArray *pieces; /* id → piece, NULL where there is none */
  GHashTable *ids;   /* piece → id + 1 */

  RgTokenizerModel model;
  guint32 unknown; /* stands for what has no piece; RG_NO_TOKEN to leave it out */

  RgBpe *bpe;
  gboolean byte_level;    /* symbols are bytes, spelled in the byte alphabet; else characters */
  gboolean byte_fallback; /* a character without a piece is spelled byte by byte: "<0xE2>" */
  gboolean fuse_unknown;  /* neighbours among the unknown are one */
  gboolean whole_words;   /* a word that is a piece is not merged but taken */
  const char *suffix;     /* of a word's last symbol, "" for none */

  const char *prefix; /* of a WordPiece word's continuations */
  guint max_characters;

  GArray *scores; /* double, by id: Unigram */

  GArray *normalizers; /* RgNormalizer, in order */
  GArray *stages;      /* RgSplitStage, in order */
  RgAddedTokens *raw;  /* found before normalization */
  RgAddedTokens *normalized;
  GArray *before, *after; /* guint32: what RG_ENCODE_TEMPLATE puts around */
  RgPieceDecoder decoder;

  /* Derived by rg_tokenizer_complete(). */
  guint32 byte_ids[256];      /* of a byte, spelled as the model does, or RG_NO_TOKEN */
  guint32 last_byte_ids[256]; /* the same with the suffix */
  RgPieceIndex *index;
  RgWordPiece word_piece;
  RgUnigram unigram;
};

/** rg_tokenizer_new: Returns: (transfer full): an empty one, of a BPE model. */
RgTokenizer *rg_tokenizer_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_tokenizer_add_piece: Returns: whether neither the piece nor the id was taken; @id below %RG_TOKENIZER_MAX_SIZE. */
gboolean rg_tokenizer_add_piece (RgTokenizer *self, const char *piece, guint32 id);

/** rg_tokenizer_keep_text: Returns: (transfer none): a copy of @text that lives as long as @self. */
const char *rg_tokenizer_keep_text (RgTokenizer *self, const char *text);

/** rg_tokenizer_is_added: Returns: whether @id is an added token, special or not. */
gboolean rg_tokenizer_is_added (const RgTokenizer *self, guint32 id);

/** rg_tokenizer_normalize: Returns: (transfer full): @text after all normalizations. */
GString *rg_tokenizer_normalize (const RgTokenizer *self, const char *text, gsize length);

/**
 * rg_tokenizer_complete:
 * @name: what messages call the file
 *
 * Checks what was filled in and derives the rest; to be called once, after that nothing may be added.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_LIMIT
 */
gboolean rg_tokenizer_complete (RgTokenizer *self, const char *name, GError **error);

G_END_DECLS
