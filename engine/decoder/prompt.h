/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"
#include "engine/model.h"

/* The prompt: what the decoder reads before it answers. The whole conversation about the picture in the form that training
 * gives it (see rg_model_append_question()) or its chat template, so that a question can refer to those before it. Where image
 * tokens stand in the text, it begins behind the last of them. */

G_BEGIN_DECLS

/**
 * rg_prompt_new:
 * @image: (nullable): whose positions are taken; %NULL before the picture is seen, when the prompt may still prove too long
 * @turns: (array length=n_turns) (nullable): oldest first
 * @question: any bytes up to the NUL
 * @max_tokens: how long the answer may become
 *
 * Leaves room for the answer, a quarter of the positions at most; the oldest turns are dropped until all fits.
 *
 * Returns: (transfer full) (nullable) (element-type guint32): the ids; %NULL with %RG_ERROR_VALUE (an empty question, unless
 *   the model only describes; one that is not UTF-8, or contains a special token), %RG_ERROR_UNSUPPORTED (a conversation) or %RG_ERROR_LIMIT (a question too long)
 */
GArray *rg_prompt_new (RgModel *model, const RgImageState *image, const RgTurn *turns, guint n_turns, const char *question, guint max_tokens, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_prompt_is_end: Returns: whether an answer is over before @id. */
gboolean rg_prompt_is_end (RgModel *model, guint32 id);

G_END_DECLS
