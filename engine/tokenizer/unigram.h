/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/piece-index.h"

/* The unigram language model of SentencePiece (Kudo 2018): of all ways to cut a text into pieces, the one whose log
 * probabilities have the largest sum, found by dynamic programming (Viterbi). A character that is no piece by itself may
 * stand as an unknown one, at 10 below the smallest log probability; neighbours among them are one token. */

G_BEGIN_DECLS

/** RG_UNIGRAM_MAX_PIECE: in bytes; it bounds the work for each character of a text. */
#define RG_UNIGRAM_MAX_PIECE 256

/**
 * RgUnigram:
 * @index: must outlive it; no piece longer than %RG_UNIGRAM_MAX_PIECE
 * @scores: by id, finite; must outlive it
 * @smallest: of the scores
 * @unknown: the token of what has no piece
 * @byte_ids: (nullable) (array fixed-size=256): what spells it byte by byte instead, where each byte has an id that is not
 *   %RG_NO_TOKEN; must outlive it
 */
typedef struct
{
  const RgPieceIndex *index;
  const double *scores;
  double smallest;
  guint32 unknown;
  const guint32 *byte_ids;
} RgUnigram;

/** rg_unigram_encode: appends the ids of @text of @n bytes of UTF-8 to @ids. Any thread. */
void rg_unigram_encode (const RgUnigram *self, const char *text, gsize n, GArray *ids);

G_END_DECLS
