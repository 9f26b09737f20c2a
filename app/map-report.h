/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "engine/explain/map-benchmark.h"

/* What measuring the maps gives, for people and for programs. */

G_BEGIN_DECLS

/** rg_map_report_table: prints tables. */
void rg_map_report_table (const RgMapBenchmark *self, const char *title);

/** rg_map_report_markdown: Returns: (transfer full): the README's tables, in English. */
char *rg_map_report_markdown (const RgMapBenchmark *self) G_GNUC_WARN_UNUSED_RESULT;

/** rg_map_report_json: adds all of it as members of the object that @builder is in. */
void rg_map_report_json (const RgMapBenchmark *self, JsonBuilder *builder);

G_END_DECLS
