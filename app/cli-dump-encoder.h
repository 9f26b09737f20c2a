/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* What `dump` does with models that encode and write nothing: BERT and ResNet. */

G_BEGIN_DECLS

/** rg_cli_dump_is_encoder: Returns: whether the folder @model is of such a model. */
gboolean rg_cli_dump_is_encoder (const char *model);

/**
 * rg_cli_dump_encoder:
 * @image, @text: (nullable): the one that the model takes
 * @out: folder, which is there
 *
 * Returns: %FALSE with a %G_OPTION_ERROR where it is the other one, or what went wrong
 */
gboolean rg_cli_dump_encoder (const char *model, const char *image, const char *text, const char *out, GError **error);

G_END_DECLS
