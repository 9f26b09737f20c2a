/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/added-tokens.h"
#include "engine/tokenizer/bpe.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/pre-tokenizer.h"
#include "engine/tokenizer/tokenizer.h"

/* What the readers of vocabulary files fill in. Only they and tokenizer.c include this. */

G_BEGIN_DECLS

/** RG_NO_TOKEN: no token has this id. */
#define RG_NO_TOKEN G_MAXUINT32

struct _RgTokenizer
{
  GStringChunk *texts;
  GPtrArray *pieces;     /* id → piece, NULL where there is none */
  GHashTable *ids;       /* piece → id + 1 */
  guint32 byte_ids[256]; /* the piece of a single byte, or RG_NO_TOKEN */
  guint32 unknown;       /* stands for a byte without a piece; RG_NO_TOKEN to leave it out */
  gboolean fuse_unknown; /* neighbours among them are one */
  RgBpe *bpe;
  GArray *normalizations; /* RgNormalization, in order */
  GArray *stages;         /* RgSplitStage, in order */
  RgAddedTokens *raw;     /* found before normalization */
  RgAddedTokens *normalized;
};

/** rg_tokenizer_new: Returns: (transfer full): an empty one. */
RgTokenizer *rg_tokenizer_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_tokenizer_add_piece: Returns: whether neither the piece nor the id was taken; @id below %RG_TOKENIZER_MAX_SIZE. */
gboolean rg_tokenizer_add_piece (RgTokenizer *self, const char *piece, guint32 id);

/** rg_tokenizer_normalize: Returns: (transfer full): @text after all normalizations. */
GString *rg_tokenizer_normalize (const RgTokenizer *self, const char *text, gsize length);

G_END_DECLS
