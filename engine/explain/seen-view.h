/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/tiles.h"
#include "engine/explain/descent.h"

/* One view of an answer's picture on its way through the encoder; of tiles that are seen at once the whole picture. R rows are all
 * that the layers work on. */

G_BEGIN_DECLS

/**
 * RgSeenView:
 * @answer: borrowed
 * @number: of the view
 * @tiles: of a picture that is seen as tiles at once
 * @n_before: rows that are looked at before the first patch, of each tile
 */
typedef struct
{
  const RgExplained *answer;
  guint number;
  RgTiles tiles;
  guint n_before;
  guint offsets[2];
} RgSeenView;

/** rg_seen_view_count: Returns: how many there are. */
guint rg_seen_view_count (const RgExplained *answer);

/** rg_seen_view_init: @number: below that. */
void rg_seen_view_init (RgSeenView *self, const RgExplained *answer, guint number);

/** rg_seen_view_prepare: @descent: (out): through the view, with everything but scores; @self must outlive it. */
void rg_seen_view_prepare (RgSeenView *self, RgDescent *descent);

/** rg_seen_view_count_patches: Returns: of the map those of this view, which lie one behind the other. */
gsize rg_seen_view_count_patches (const RgSeenView *self);

/**
 * rg_seen_view_find_rows:
 * @patch: of this view
 * @rows: (out caller-allocates): room for rg_seen_view_count_most() numbers
 *
 * Returns: of how many of the R rows the image token was made
 */
guint rg_seen_view_find_rows (const RgSeenView *self, guint patch, guint32 *rows);

/** rg_seen_view_count_most: Returns: of how many rows an image token may be made. */
guint rg_seen_view_count_most (const RgSeenView *self);

/**
 * rg_seen_view_sum_rows: from rows back to the image tokens that were made of them.
 * @rows: R values
 * @patches: (out caller-allocates): for each of this view the sum over its rows
 */
void rg_seen_view_sum_rows (const RgSeenView *self, const double *rows, double *patches);

/** rg_seen_view_get_part: Returns: the share that what goes into @layer, or what the last of all gave, has in what comes out; 0 if none. */
double rg_seen_view_get_part (const RgSeenView *self, guint layer);

/** rg_seen_view_get_gate: Returns: how much of what attention of @layer gives is added to the stream, without sign; 1 without gates. */
double rg_seen_view_get_gate (const RgSeenView *self, guint layer);

G_END_DECLS
