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

/**
 * rg_gemma3_read: Gemma 3 (Gemma Team, 2025): Gemma with norms of heads and of what is added, and layers that see only nearby
 *   tokens.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED (caps on scores, which Gemma 2 had)
 */
gboolean rg_gemma3_read (const RgConfig *file, const char *section, RgTextConfig *config, GError **error);

/**
 * rg_gemma3_set_block: what these models have whatever files they come in.
 * @scale: what products of queries and keys are divided by the root of
 * @window, @local_base: of layers that see only nearby tokens
 */
void rg_gemma3_set_block (RgTextConfig *config, guint scale, guint window, double local_base);

G_END_DECLS
