/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model-config.h"

/* What Qwen2-VL's models have in common, whatever files they come in. */

G_BEGIN_DECLS

/**
 * rg_qwen2_vl_connect: places of patches by row and column, and the way from squares of patches to the language model.
 * @config: with the sizes of the encoder
 * @out_width: of the language model
 * @file: for messages
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_qwen2_vl_connect (RgModelConfig *config, gsize out_width, const char *file, GError **error);

G_END_DECLS
