/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"
#include "engine/text-record.h"

/* Where a word looked, in numbers: how the attention that a map is of is divided among the picture and everything else. */

G_BEGIN_DECLS

/**
 * rg_shares_measure:
 * @row: of @record
 * @parts: layers × heads: how much of the map is of each; they sum to 1
 * @sinks: layers × heads × P, see rg_sinks_find()
 * @shares: (out caller-allocates)
 */
void rg_shares_measure (const RgExplained *self, const RgTextRecord *record, gsize row, const double *parts, const guint8 *sinks, RgShares *shares);

/**
 * rg_shares_list_sinks:
 * @rows: (array length=n_rows): of @record
 * @list: (element-type RgSink): to which they are added, by share, the largest first
 */
void rg_shares_list_sinks (const RgExplained *self, const RgTextRecord *record, const gsize *rows, guint n_rows, const double *parts, const guint8 *sinks, GArray *list);

G_END_DECLS
