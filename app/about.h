/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

G_BEGIN_DECLS

/**
 * rg_about_present:
 * @parent: (nullable): the window to stand in front of
 * @model: (nullable): the model in use
 *
 * Shows version, licence, the model with its fingerprint, and what a bug report needs.
 */
void rg_about_present (GtkWindow *parent, const RgModelInfo *model);

/**
 * rg_about_dup_debug_info:
 * @model: (nullable): the model in use
 *
 * Returns: (transfer full): versions, processor, display and model, a line each
 */
char *rg_about_dup_debug_info (const RgModelInfo *model) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
