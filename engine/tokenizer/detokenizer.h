/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/tokenizer.h"

/* Ids to text while they come, never half a character. What a piece stands for depends on the kind of vocabulary: bytes in a
 * visible alphabet, "<0xE2>" for a byte, "▁" for a space, "##" for a word that goes on, "</w>" for one that ends. */

G_BEGIN_DECLS

/** RgDetokenizer: belongs to one thread. */
typedef struct _RgDetokenizer RgDetokenizer;

/** rg_detokenizer_new: @tokenizer: must outlive it. @skip_special: special tokens add nothing. Returns: (transfer full) */
RgDetokenizer *rg_detokenizer_new (const RgTokenizer *tokenizer, gboolean skip_special) G_GNUC_WARN_UNUSED_RESULT;
void rg_detokenizer_free (RgDetokenizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgDetokenizer, rg_detokenizer_free)

/**
 * rg_detokenizer_push:
 *
 * Returns: (transfer none): what @id completes, valid UTF-8, "" while a character lacks bytes; until the next call.
 *   Bytes that can no longer become a character are U+FFFD: one for each stretch of them, or one for each byte where the
 *   vocabulary spells bytes as "<0xE2>". So is NUL.
 */
const char *rg_detokenizer_push (RgDetokenizer *self, guint32 id);

/**
 * rg_detokenizer_flush:
 *
 * Starts afresh. Returns: (transfer none): U+FFFD for a character that stayed incomplete; the space that ends a word where
 *   special tokens are not skipped, because then nothing is; else ""
 */
const char *rg_detokenizer_flush (RgDetokenizer *self);

G_END_DECLS
