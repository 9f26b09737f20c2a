/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"
#include "engine/token-list.h"

/* A right answer put into a model's mouth (teacher forcing): the question as this model is asked, the answer in its tokens. What the
 * model itself would have said does not matter then, nor in what words. */

G_BEGIN_DECLS

/** rg_forced_answer_is_free: Returns: whether the model has words of its own, of which none is the only right one. */
gboolean rg_forced_answer_is_free (const RgModel *model);

/** rg_forced_answer_takes_questions: Returns: %FALSE where it only describes: the answer is then forced as its description. */
gboolean rg_forced_answer_takes_questions (const RgModel *model);

/**
 * rg_forced_answer_write:
 * @pass: reset by this call where the model is free: whether its answers begin with a space is what it finds likelier
 * @ids: (element-type guint32): is emptied, then the conversation with the answer at its end
 * @first: (out): the answer's first token
 * @word: (out): the tokens of the answer's last word, counted from @first; none where the model has no room or no tokens for it. No text
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, or as rg_prompt_new()
 */
gboolean rg_forced_answer_write (RgModel *model, RgPass *pass, RgImageState *image, const char *question, const char *answer, GArray *ids, gsize *first, RgWord *word, GError **error);

G_END_DECLS
