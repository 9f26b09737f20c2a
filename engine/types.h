/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

/* The value types that cross between the engine and its users: the picture, the patch grid, the attention of one word.
 * All are immutable after construction and reference counted, so they may be read from any thread without a lock. */

G_BEGIN_DECLS

/* --- picture ------------------------------------------------------------------------------------------------------ */

#define RG_TYPE_IMAGE (rg_image_get_type ())

/**
 * RgImage:
 *
 * An immutable picture: RGB, 8 bits a channel, rows from top to bottom without padding, 3 * width bytes each.
 * EXIF orientation has been applied and transparency flattened by whoever made it.
 */
typedef struct _RgImage RgImage;

GType rg_image_get_type (void) G_GNUC_CONST;

/**
 * rg_image_new:
 * @width: columns, 1 … 65535
 * @height: rows, 1 … 65535
 * @pixels: exactly 3 * @width * @height bytes
 *
 * Returns: (transfer full): a new picture holding a reference on @pixels
 */
RgImage *rg_image_new (guint width, guint height, GBytes *pixels) G_GNUC_WARN_UNUSED_RESULT;
RgImage *rg_image_ref (RgImage *self);
void rg_image_unref (RgImage *self);
guint rg_image_get_width (const RgImage *self);
guint rg_image_get_height (const RgImage *self);

/**
 * rg_image_get_pixels:
 *
 * Returns: (transfer none): 3 * width * height bytes, RGB
 */
const guint8 *rg_image_get_pixels (const RgImage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgImage, rg_image_unref)

/** RgSound: see sound.h. */
typedef struct _RgSound RgSound;

/** rg_image_new_of_sound: as rg_image_new(): how @sound, which is referenced, looks. Models that listen hear it, others see the picture. */
RgImage *rg_image_new_of_sound (guint width, guint height, GBytes *pixels, RgSound *sound) G_GNUC_WARN_UNUSED_RESULT;

/** rg_image_get_sound: Returns: (transfer none) (nullable): %NULL where it is a picture of anything else. */
RgSound *rg_image_get_sound (const RgImage *self);

/* --- rectangle ---------------------------------------------------------------------------------------------------- */

/**
 * RgRect:
 *
 * A rectangle in pixels, y down; @x and @y are its upper left corner. Empty where @width or @height is 0.
 */
typedef struct
{
  double x, y, width, height;
} RgRect;

/** rg_rect_intersect: Returns: what both have in common; where they do not meet, an empty rectangle. */
RgRect rg_rect_intersect (RgRect a, RgRect b);

gboolean rg_rect_is_empty (RgRect rect);

/* --- patch grid --------------------------------------------------------------------------------------------------- */

#define RG_TYPE_PATCH_GRID (rg_patch_grid_get_type ())

/**
 * RgPatchGrid:
 *
 * Which rectangle of the original picture each image token saw, and the pixels that the encoder really got.
 * A model may cut the picture into several tiles; each tile is a grid of rows × cols patches. Image tokens are numbered
 * tile by tile, row by row.
 */
typedef struct _RgPatchGrid RgPatchGrid;

GType rg_patch_grid_get_type (void) G_GNUC_CONST;

/**
 * RgTile:
 * @view: the pixels that the encoder got, de-normalised to RGB8 (its size is the encoder's input size)
 * @rows: patches from top to bottom
 * @cols: patches from left to right
 * @content: the part of @view that shows the picture (the rest is padding), in pixels of @view
 * @source: the rectangle of the original picture that @content shows, in pixels of the original
 */
typedef struct
{
  RgImage *view;
  guint rows, cols;
  RgRect content;
  RgRect source;
} RgTile;

/**
 * rg_patch_grid_new:
 * @tiles: (array length=n_tiles): tiles; their views are referenced
 * @original_width: width of the original picture in pixels
 * @original_height: height of the original picture in pixels
 *
 * Returns: (transfer full): a new grid
 */
RgPatchGrid *rg_patch_grid_new (const RgTile *tiles, guint n_tiles, guint original_width, guint original_height) G_GNUC_WARN_UNUSED_RESULT;
RgPatchGrid *rg_patch_grid_ref (RgPatchGrid *self);
void rg_patch_grid_unref (RgPatchGrid *self);

guint rg_patch_grid_get_n_tiles (const RgPatchGrid *self);

/** rg_patch_grid_get_original: Returns: the original picture's rectangle, from 0, 0 */
RgRect rg_patch_grid_get_original (const RgPatchGrid *self);

/**
 * rg_patch_grid_get_tile:
 *
 * Returns: (transfer none): the tile, which lives as long as the grid
 */
const RgTile *rg_patch_grid_get_tile (const RgPatchGrid *self, guint tile);

/**
 * rg_patch_grid_get_n_patches:
 *
 * Returns: the sum of rows × cols over all tiles, which is the number of image tokens
 */
guint rg_patch_grid_get_n_patches (const RgPatchGrid *self);

/**
 * rg_patch_grid_locate:
 * @patch: 0 … n_patches - 1
 * @tile: (out) (optional): its tile
 * @row: (out) (optional): its row in that tile
 * @col: (out) (optional): its column in that tile
 */
void rg_patch_grid_locate (const RgPatchGrid *self, guint patch, guint *tile, guint *row, guint *col);

/**
 * rg_patch_grid_get_source_rect:
 *
 * Returns: the rectangle of the original picture that @patch saw, clipped to the picture; empty for pure padding
 */
RgRect rg_patch_grid_get_source_rect (const RgPatchGrid *self, guint patch);

/**
 * rg_patch_grid_get_view_rect:
 *
 * Returns: the rectangle of its tile's view that @patch is
 */
RgRect rg_patch_grid_get_view_rect (const RgPatchGrid *self, guint patch);

/**
 * rg_patch_grid_find:
 * @x: column in the original picture, in pixels
 * @y: row in the original picture, in pixels
 *
 * Returns: the patch whose source rectangle holds the point, or -1. Where tiles overlap (a tiled model sees the picture
 *   in parts and once as a whole, before or after the parts) it is a patch of the tile that sees most finely, and of
 *   equally fine ones the first.
 */
int rg_patch_grid_find (const RgPatchGrid *self, double x, double y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPatchGrid, rg_patch_grid_unref)

/* --- attention of one word ---------------------------------------------------------------------------------------- */

#define RG_TYPE_ATTENTION (rg_attention_get_type ())

/**
 * RgAttention:
 *
 * The attention of the row that predicted one token: a probability for every layer, head and image token.
 * Over the image tokens of one layer and head they sum to that head's share on the picture, which is at most 1; the rest
 * went to the null key (cross-attention) or to the text (self-attention).
 */
typedef struct _RgAttention RgAttention;

GType rg_attention_get_type (void) G_GNUC_CONST;

/**
 * rg_attention_new:
 * @weights: (array): n_layers × n_heads × n_patches probabilities, copied
 *
 * Returns: (transfer full): a new record
 */
RgAttention *rg_attention_new (guint n_layers, guint n_heads, guint n_patches, const float *weights) G_GNUC_WARN_UNUSED_RESULT;
RgAttention *rg_attention_ref (RgAttention *self);
void rg_attention_unref (RgAttention *self);
guint rg_attention_get_n_layers (const RgAttention *self);
guint rg_attention_get_n_heads (const RgAttention *self);
guint rg_attention_get_n_patches (const RgAttention *self);

/**
 * rg_attention_get_weights:
 *
 * Returns: (transfer none): n_layers × n_heads × n_patches probabilities
 */
const float *rg_attention_get_weights (const RgAttention *self);

/**
 * rg_attention_map:
 * @layer: a layer, or -1 for the mean over layers
 * @head: a head, or -1 for the mean over heads
 * @map: (out caller-allocates): n_patches values
 *
 * Returns: the share on the picture, the sum of @map, 0 … 1
 */
double rg_attention_map (const RgAttention *self, int layer, int head, float *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgAttention, rg_attention_unref)

G_END_DECLS
