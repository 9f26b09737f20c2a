/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"

/* config.json and preprocessor_config.json of the bundled model's family, described in MODEL.md. */

G_BEGIN_DECLS

/** rg_model_config_read: @config: (out): all but the special tokens, which the tokenizer knows. Errors: %RG_ERROR. */
gboolean rg_model_config_read (RgModelConfig *config, const char *dir, GError **error);

/** rg_model_config_write: writes both files, each atomically. */
gboolean rg_model_config_write (const RgModelConfig *config, const char *dir, GError **error);

G_END_DECLS
