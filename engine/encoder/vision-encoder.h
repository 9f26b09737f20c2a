/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/pixel-layout.h"
#include "engine/encoder/tiles.h"
#include "engine/transformer/block.h"

/* The vision encoder: pixels become patches, patches get their places, then transformer blocks let them see one another (a
 * ViT, Dosovitskiy et al., 2021). Patches are made by one linear map of their pixels, as most families do it, or by a small
 * stem of convolutions (Xiao et al., 2021), as the bundled model does:
 *
 *   pixel values  (N · S · S) × 3 for a stem, (N · 3 · S) × S otherwise
 *   stem          convolutions of stride 2: (N · S/2 · S/2) × C₁ …, the last at patch resolution,
 *                 then residual ones of stride 1, through which a patch sees the whole of a small object
 *   patches       (N · P) × D, P = (S / patch_size)²
 *   rows          (N · T) × D, T = P, or 1 + P where a row for the whole picture stands before its patches
 *
 * Where a sound is heard (Radford et al., “Whisper”, 2022), its spectrogram stands for the picture: two convolutions over time make
 * a row of every other frame.
 *
 * Where a picture is seen as tiles at once, N is 1 and T that of all tiles together, see tiles.h; behind the last norm some
 * more layers follow, with gates, and what comes out are the rows of all tiles for which there is room, with those that went into
 * chosen layers beside them.
 *
 * Where pictures keep their shape (Wang et al., “Qwen2-VL”, 2024), P is the picture's; there is one at a time, its patches come
 * as rows, and their places are rotary positions of row and column. */

G_BEGIN_DECLS

#define RG_MAX_STEM 4
#define RG_MAX_RESIDUAL 8
#define RG_MAX_LAYERS 64

/**
 * RgVisionConfig:
 * @image_size: S, side of the square input in pixels; 0 where pictures keep their shape
 * @patch_size: side of a patch in pixels; with a stem 2 to the power of @n_stem
 * @n_bands: of the spectrogram where a sound is heard, 0 otherwise: then there are @image_size frames of it, and @patch_size, 2, of
 *   them a row
 * @block_size: patches on a side of the squares that patches come in, where pictures keep their shape
 * @n_frames: how often a patch then has each of its pixels
 * @frames_apart: whether two frames have a map each instead, of the same pixels
 * @n_stem: convolutions of stride 2; 0 for patches of pixels
 * @stem: channels after each of them
 * @n_residual: residual convolutions that follow, with the channels of the last
 * @patch_bias: whether the map to patches has a bias
 * @class_token: whether there is a row for the whole picture
 * @first_norm: whether there is a norm before the blocks
 * @last_norm: whether there is one after them
 * @window: blocks on a side of the window that patches see, where pictures keep their shape; 0 for the whole picture
 * @whole_layers: a bit for each layer, from the lowest, that sees the whole picture all the same
 * @max_tiles: as how many tiles a picture is seen at once; 0 where each of its views is seen by itself
 * @n_global_layers: that follow behind the last norm, of tiles
 * @kept_layers: a bit for each layer, of tiles, what goes into which is part of what comes out, feature by feature beside one
 *   another
 */
typedef struct
{
  guint image_size, patch_size, n_bands, block_size, n_frames;
  guint n_stem, stem[RG_MAX_STEM];
  guint n_residual;
  gboolean frames_apart;
  gboolean patch_bias, class_token, first_norm, last_norm;
  guint window;
  guint64 whole_layers;
  guint max_tiles, n_global_layers;
  guint64 kept_layers;
  guint n_layers;
  RgBlockConfig block;
} RgVisionConfig;

/**
 * RgVisionNames: what a family calls the parts.
 * @prefix: before all of them
 * @later_patch, @class_token, @places: with the ending that the others get from their kind
 * @layers: before the number of a block
 * @convolutions: of those that hear, in place of @patch
 * @global_layers: like @layers
 * @tiles: (nullable): where there are any
 */
typedef struct
{
  const char *prefix, *patch, *later_patch, *class_token, *places, *first_norm, *layers, *last_norm;
  const char *convolutions[2];
  const char *global_layers;
  const RgTileNames *tiles;
  const RgBlockNames *block;
} RgVisionNames;

/** rg_vision_names: those of the bundled model. */
extern const RgVisionNames rg_vision_names;

typedef struct
{
  RgLinear stem[RG_MAX_STEM];         /* C_out × (k · k · C_in); of a sound D × (3 · C_in) */
  RgLinear residual[RG_MAX_RESIDUAL]; /* C_last × (9 · C_last) */
  RgLinear patch;                     /* D × C_last, or D × (3 · patch_size · patch_size) */
  RgLinear later_patch;               /* likewise, of the second frame */
  RgTensor class_token;               /* 1 × D */
  RgTensor places;                    /* T × D */
  RgNorm first_norm;
  RgBlock layers[RG_MAX_LAYERS]; /* and the global ones */
  RgNorm last_norm;
  RgTileEmbeddings tiles;
} RgVisionEncoder;

/** rg_vision_config_n_patches: Returns: P, patches of one picture; 0 where it is the picture's. */
guint rg_vision_config_n_patches (const RgVisionConfig *config);

/** rg_vision_config_n_rows: Returns: T, rows of one picture, or of a tile; 0 where it is the picture's. */
guint rg_vision_config_n_rows (const RgVisionConfig *config);

/** rg_vision_config_count_rows: Returns: T, rows of a picture of @width × @height pixels. */
guint rg_vision_config_count_rows (const RgVisionConfig *config, guint width, guint height);

/**
 * rg_vision_config_count_products:
 *
 * Returns: multiplications of the layers, patches with one another included, for a picture of @width × @height pixels: all but
 *   what maps pixels to rows
 */
double rg_vision_config_count_products (const RgVisionConfig *config, guint width, guint height);

/** rg_vision_config_fits: Returns: whether pictures may have this size. */
gboolean rg_vision_config_fits (const RgVisionConfig *config, guint width, guint height);

/** rg_vision_config_init_order: @order: (out): in which order it reads a picture that fits; to be cleared. */
void rg_vision_config_init_order (const RgVisionConfig *config, guint width, guint height, RgPixelOrder *order);

/** rg_vision_config_views: @values: of @n pictures that fit, in that order. Returns: (transfer none): as rg_vision_encoder_forward() wants them. */
RgTensor *rg_vision_config_views (const RgVisionConfig *config, RgPass *pass, guint width, guint height, const float *values, guint n);

/** rg_vision_config_get_width: Returns: of the rows that come out. */
gsize rg_vision_config_get_width (const RgVisionConfig *config);

/** rg_vision_config_count_layers: Returns: all of them, global ones as well. */
guint rg_vision_config_count_layers (const RgVisionConfig *config);

/** rg_vision_config_init_tiles: @self: (out): of a picture of so many rows and columns of tiles. */
void rg_vision_config_init_tiles (const RgVisionConfig *config, guint rows, guint cols, RgTiles *self);

/**
 * rg_vision_config_find_part: which columns of what comes out are what goes into a layer, or comes out of the last
 * @layer: its number, or that of all layers
 * @column: (out): the first, see rg_tiles_put()
 * @step: (out)
 *
 * Returns: whether there are any
 */
gboolean rg_vision_config_find_part (const RgVisionConfig *config, guint layer, gsize *column, gsize *step);

void rg_vision_encoder_declare (RgVisionEncoder *self, const RgVisionConfig *config, const RgVisionNames *names, RgParameters *parameters);

/**
 * RgLayerFunc: called after each layer, with a fraction of the work, 0 … 1.
 * Returns: %FALSE to stop
 */
typedef gboolean (*RgLayerFunc) (double fraction, gpointer data);

/**
 * RgVisionRun: what one run works on.
 * @n_images: N
 * @offsets: N + 1 row numbers, 0, T, 2T …; must live as long as the pass records
 * @width, @height: of the picture in pixels, where pictures keep their shape
 * @tile_rows, @tile_cols: how its tiles lie, where it is seen as several at once
 * @each_layer: (nullable): progress
 * @layers: (out caller-allocates) (nullable): what went into the first layer, then what each layer gave, the global ones as well,
 *   (N · T) × D
 * @record: (nullable): layers × H × T × T probabilities; one picture only, not with tiles
 * @record_grad: (nullable): the same size: the backward pass writes the loss's derivatives with respect to them; not with windows
 * @walk: (nullable): of all layers that are run, one picture only; rows as they come out
 * @stretch: (nullable): the layers that are run, all of them without, global ones as well; of tiles what comes out is then what the
 *   last of them gave, and between the first layers and the global ones, at whose beginning it belongs, stands the last norm
 */
typedef struct
{
  guint n_images;
  const guint *offsets;
  guint width, height;
  guint tile_rows, tile_cols;
  RgLayerFunc each_layer;
  gpointer data;
  RgTensor **layers;
  float *record, *record_grad;
  RgAttentionWalk *walk;
  const RgStretch *stretch;
} RgVisionRun;

/**
 * rg_vision_encoder_forward:
 * @pixels: normalised pixel values; with a stem (N · S · S) × 3, a row a pixel; otherwise (N · 3 · S) × S, a plane a channel;
 *   where pictures keep their shape P × (3 · n_frames · patch_size²), see %RG_PIXEL_LAYOUT_PATCHES; of sounds frames × bands;
 *   nullable with a stretch that begins in the middle
 *
 * Returns: (N · T) × D; of tiles (max_tiles · rows of a tile) × rg_vision_config_get_width(); %NULL if cancelled or stopped
 */
RgTensor *rg_vision_encoder_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, const RgVisionRun *run);

G_END_DECLS
