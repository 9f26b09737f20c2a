/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "engine/library/machine-speed.h"

G_BEGIN_DECLS

/** rg_cli_print_model: prints what a model is, for people. */
void rg_cli_print_model (const RgModelDescription *model, const RgFit *fit);

/** rg_cli_json_model: adds the same as an object. */
void rg_cli_json_model (JsonBuilder *builder, const RgModelDescription *model, const RgFit *fit);

G_END_DECLS
