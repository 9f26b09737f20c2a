/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "engine/train/evaluate.h"

/* How `regard-cli` says what an evaluation found. */

G_BEGIN_DECLS

/**
 * rg_evaluation_report_json: adds the members of an evaluation to the object that @builder is in: count, accuracy, kinds,
 *   outside, dialogue, exact_descriptions, false_dont_know, maps
 */
void rg_evaluation_report_json (const RgEvaluation *self, guint languages, JsonBuilder *builder);

/** rg_evaluation_report_table: prints a line a kind. @title: above it */
void rg_evaluation_report_table (const RgEvaluation *self, guint languages, const char *title);

/** rg_evaluation_report_lines: prints a JSON object a kind, one a line. */
void rg_evaluation_report_lines (const RgEvaluation *self, guint languages);

G_END_DECLS
