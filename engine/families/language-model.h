/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/families/side.h"

/* The language models that most families put behind a picture: Llama (Touvron et al., 2023) and those built like it. Rotary
 * positions, root-mean-square norms, a gated MLP, few heads of keys; Qwen 2 has biases on queries, keys and values as well. */

G_BEGIN_DECLS

/** rg_language_block_names: of its blocks, as Hugging Face's files call them; and of those that look, where only some do. */
extern const RgBlockNames rg_language_block_names, rg_language_looking_names;

/**
 * rg_language_model_read:
 * @section: of the file, such as "text_config"
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, or %RG_ERROR_UNSUPPORTED (another kind of language model, positions scaled in a way that is unknown)
 */
gboolean rg_language_model_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error);

/**
 * rg_gemma_read: Gemma (Gemma Team, 2024): the same blocks, with word vectors that are scaled and also score the next token,
 *   and gains counted from 1. Image tokens are put in as they are.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED
 */
gboolean rg_gemma_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error);

G_END_DECLS
