/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/tokenizer.h"

/* How words that a model did not choose are spelled in its tokens. The same word has other tokens behind a space than at the
 * beginning of a line, and whether an answer begins with a space is a habit of the model, not of the text. */

G_BEGIN_DECLS

/** rg_spelling_has_space: Returns: whether the token @id begins with a space, in the way of either kind of tokenizer. */
gboolean rg_spelling_has_space (const RgTokenizer *tokenizer, guint32 id);

/** rg_spelling_encode: @spaced: whether a space stands before @text. Returns: (transfer full) (element-type guint32): its tokens */
GArray *rg_spelling_encode (const RgTokenizer *tokenizer, const char *text, gboolean spaced) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_spelling_choose: the tokens of @text as an answer, with or without a space before it, whichever the model finds likelier.
 * @logits: (array length=n): scores of the answer's first token
 *
 * Returns: (transfer full) (element-type guint32)
 */
GArray *rg_spelling_choose (const RgTokenizer *tokenizer, const char *text, const float *logits, gsize n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
