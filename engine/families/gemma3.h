/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model-config.h"

/* What Gemma 3's models have in common, whatever files they come in. */

G_BEGIN_DECLS

/**
 * rg_gemma3_connect: the way from squares of patches to the language model, in whose text image tokens see one another.
 * @config: with the sizes of encoder and language model
 * @norm: kind of the norm between, as the file has it
 * @n_tokens: image tokens of a picture
 * @file: for messages
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_gemma3_connect (RgModelConfig *config, RgNormKind norm, guint n_tokens, const char *file, GError **error);

G_END_DECLS
