/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "engine/swap.h"

/* What an answer is with other pictures, for people and for programs. */

G_BEGIN_DECLS

/** rg_swap_report_table: prints a table of words × pictures, and what the model would answer. */
void rg_swap_report_table (const RgSwap *self);

/** rg_swap_report_json: adds the same as the member "swap" of the object that @builder is in. */
void rg_swap_report_json (const RgSwap *self, JsonBuilder *builder);

G_END_DECLS
