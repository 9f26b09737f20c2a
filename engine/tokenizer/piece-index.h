/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The pieces of a vocabulary in the order of their bytes: all those that a text begins with are found in one walk, byte by
 * byte, which ends where no piece goes on. */

G_BEGIN_DECLS

/** RgPieceIndex: immutable, for any thread. */
typedef struct _RgPieceIndex RgPieceIndex;

/**
 * RgPieceRange: a place in the walk
 * @first: of the pieces that begin with the bytes walked so far
 * @end: behind the last of them
 * @depth: how many bytes that is
 */
typedef struct
{
  guint first, end;
  guint depth;
} RgPieceRange;

/** rg_piece_index_new: @pieces: (element-type utf8): id → piece or %NULL; the pieces must outlive it. Returns: (transfer full) */
RgPieceIndex *rg_piece_index_new (const GPtrArray *pieces) G_GNUC_WARN_UNUSED_RESULT;
void rg_piece_index_free (RgPieceIndex *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPieceIndex, rg_piece_index_free)

/** rg_piece_index_start: Returns: the place before the first byte. */
RgPieceRange rg_piece_index_start (const RgPieceIndex *self);

/** rg_piece_index_step: Returns: whether any piece goes on with @byte; then @range is behind it. */
gboolean rg_piece_index_step (const RgPieceIndex *self, RgPieceRange *range, char byte);

/** rg_piece_index_get: Returns: whether the bytes walked so far are a piece. @id: (out) */
gboolean rg_piece_index_get (const RgPieceIndex *self, const RgPieceRange *range, guint32 *id);

G_END_DECLS
