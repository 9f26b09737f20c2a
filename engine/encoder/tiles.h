/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/layer.h"

/* A picture that is seen as several tiles at once, all of whose rows see one another (Grattafiori et al., “The Llama 3 herd of
 * models”, 2024). There is always room for the most tiles: where the picture has fewer, those behind show nothing. Each
 * tile has a row for the whole of it and its patches, T rows, and rows of zeros behind, up to a multiple of eight. What shows
 * nothing, tiles and rows, is seen by what shows something, but not by its own like.
 *
 * How the tiles lie, rows × columns of them, is the picture's shape. A learned vector for each shape and tile is added before
 * and after the first layers, a learned gate times each; and so is one for each shape, tile and row. */

G_BEGIN_DECLS

/** RgTileNames: what a family calls them, whole names behind the prefix. */
typedef struct
{
  const char *before, *before_gate, *after, *after_gate, *places, *places_gate;
} RgTileNames;

/**
 * RgTileEmbeddings: the weights. Shapes count from 1, in the order of rg_tiles_find_shape(); the first row of each table is no
 * shape's.
 */
typedef struct
{
  RgTensor before, after; /* (1 + shapes) × (tiles · D) */
  RgTensor places;        /* (1 + shapes) × (tiles · T · D) */
  RgTensor before_gate, after_gate, places_gate;
} RgTileEmbeddings;

/**
 * RgTiles: one picture.
 * @n: tiles that it has
 * @max: for how many there is room
 * @shape: how they lie
 * @n_rows: T
 */
typedef struct
{
  guint n, max, shape;
  gsize n_rows;
} RgTiles;

/** rg_tiles_count_shapes: Returns: in how many ways at most @max tiles may lie. */
guint rg_tiles_count_shapes (guint max);

/** rg_tiles_find_shape: Returns: the number of the shape, row by row and fewer columns first; 0 where it has more than @max tiles. */
guint rg_tiles_find_shape (guint max, guint rows, guint cols);

/** rg_tiles_get_shape: the other way round. @shape: 1 … rg_tiles_count_shapes() */
void rg_tiles_get_shape (guint max, guint shape, guint *rows, guint *cols);

/** rg_tiles_count_rows: Returns: rows that the layers work on. */
gsize rg_tiles_count_rows (const RgTiles *self);

/** rg_tile_embeddings_declare: @n_rows: T. */
void rg_tile_embeddings_declare (RgTileEmbeddings *self, guint max, gsize n_rows, gsize width, const RgTileNames *names, RgParameters *parameters, const char *prefix);

/**
 * rg_tiles_enter: not while the pass records
 * @patches: (n · (T − 1)) × D
 * @class_token: 1 × D
 * @places: T × D, of which what the gate leaves is added
 * @norm: of each row, before those of zeros are put behind
 *
 * Returns: rg_tiles_count_rows() × D
 */
RgTensor *rg_tiles_enter (RgPass *pass, const RgTiles *self, RgTileEmbeddings *embeddings, const RgTensor *patches, const RgTensor *class_token, const RgTensor *places, RgNorm *norm, float epsilon);

/** rg_tiles_mark: @x, and what tells its tiles apart after the first layers. Returns: rows × D */
RgTensor *rg_tiles_mark (RgPass *pass, const RgTiles *self, RgTileEmbeddings *embeddings, RgTensor *x);

/** rg_tiles_hide: Returns: (transfer none): for each row as many bytes as there are rows, not 0 for those that it does not see. */
const guint8 *rg_tiles_hide (RgPass *pass, const RgTiles *self);

/** rg_tiles_find_row: Returns: of the rows that layers work on, the one that is row @row of all tiles without the zeros behind. */
gsize rg_tiles_find_row (const RgTiles *self, gsize row);

/**
 * rg_tiles_put: the rows of all tiles without the zeros behind
 * @x: rg_tiles_count_rows() × D
 * @column: of @to from which on, and @step: columns apart
 * @to: (max · T) rows
 */
void rg_tiles_put (const RgTiles *self, const RgTensor *x, RgTensor *to, gsize column, gsize step);

/** rg_tiles_take: the other way round: what @from (max · T rows) has of them is added to @to, rg_tiles_count_rows() × @width. */
void rg_tiles_take (const RgTiles *self, const RgTensor *from, gsize column, gsize step, float *to, gsize width);

G_END_DECLS
