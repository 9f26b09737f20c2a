/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/encoder/pixel-layout.h"
#include "engine/encoder/resample.h"
#include "engine/encoder/spectrogram.h"
#include "engine/tensor/pool.h"
#include "engine/types.h"

/* From a picture to what an encoder reads. What the families of models do to a picture differs only in a few steps and
 * numbers, so a model's way is a description, a list of steps that are the same code for all: the steps change size and cut
 * (frame.h), then the bytes become numbers and are put into the encoder's order (pixel-layout.h). The description is read
 * from preprocessor_config.json (preprocess-file.h). The arithmetic is that of the image processors of Hugging Face
 * transformers, in their versions that work on bytes with Pillow. */

G_BEGIN_DECLS

/** RG_PREPROCESS_MAX_STEPS: of one description; the longest of today has three. */
#define RG_PREPROCESS_MAX_STEPS 4

/** RG_PREPROCESS_MAX_PIXELS: the largest %RG_STEP_PIXELS may ask for; released models stay below half of it. */
#define RG_PREPROCESS_MAX_PIXELS (1 << 25)

/** RG_PREPROCESS_MAX_TOKENS: the most image tokens of a picture that keeps its shape; files of released models allow four times as many, which no computer at home sees through. */
#define RG_PREPROCESS_MAX_TOKENS 4096

/**
 * RgStepKind: S is the step's size
 * @RG_STEP_RESIZE: to S × S, whatever the aspect
 * @RG_STEP_SHORTEST: the shorter edge becomes S, the aspect is kept (CLIP)
 * @RG_STEP_LONGEST: the longer edge becomes S, the other is made even (Idefics3)
 * @RG_STEP_MULTIPLE: both edges grow to multiples of S (Idefics3)
 * @RG_STEP_COVER: both edges become multiples of S, the longer one the next that it does not exceed, of some at most, the other the
 *   next in proportion (nanoVLM)
 * @RG_STEP_PIXELS: both edges become the nearest multiples of S, so that the area lies within limits (Qwen2-VL)
 * @RG_STEP_LETTERBOX: the longer edge becomes S, and is centred in a square (the bundled model)
 * @RG_STEP_CANVAS: onto the grid of tiles of S × S, among those of few enough tiles, that shrinks it least; the rest of the
 *   grid lies right and below (Mllama)
 * @RG_STEP_SQUARE: centred in a square as wide as the longer edge (LLaVA)
 * @RG_STEP_CROP: the centre of S × S (CLIP)
 * @RG_STEP_SPLIT: into tiles of S × S, row by row, each a view of its own
 */
typedef enum
{
  RG_STEP_RESIZE,
  RG_STEP_SHORTEST,
  RG_STEP_LONGEST,
  RG_STEP_MULTIPLE,
  RG_STEP_COVER,
  RG_STEP_PIXELS,
  RG_STEP_LETTERBOX,
  RG_STEP_CANVAS,
  RG_STEP_SQUARE,
  RG_STEP_CROP,
  RG_STEP_SPLIT,
} RgStepKind;

/**
 * RgPreprocessStep:
 * @size: S in pixels
 * @fill: red, green, blue of what is padded
 * @min_pixels: area, of %RG_STEP_PIXELS
 * @max_pixels: area, of %RG_STEP_PIXELS
 * @max_tiles: of %RG_STEP_CANVAS; on the longer edge, of %RG_STEP_COVER
 * @grows: whether %RG_STEP_COVER always makes the longer edge as long as it may be
 * @overview: whether %RG_STEP_SPLIT adds the whole picture, resized to S × S, as the last view; a picture of a single tile
 *   then is its own overview and is not split
 * @overview_first: the overview is the first view, and resized bilinearly whatever the filter
 */
typedef struct
{
  RgStepKind kind;
  guint size;
  guint8 fill[3];
  guint min_pixels, max_pixels;
  guint max_tiles;
  gboolean grows;
  gboolean overview, overview_first;
} RgPreprocessStep;

/**
 * RgPreprocessConfig: how a model's pictures are made ready
 * @steps: what happens to the picture, in order
 * @image_size: side of each view in pixels; 0 where views keep about the picture's shape
 * @patch_size: side of a patch in pixels; 0 where it is not known
 * @merge_size: patches on a side of what becomes one image token, at least 1
 * @n_frames: how often a still picture is repeated (%RG_PIXEL_LAYOUT_PATCHES), at least 1
 * @scale: what bytes are multiplied by first, 1 / 255
 * @mean: then subtracted from red, green, blue
 * @std: then divided by, positive
 * @filter: for the change of size
 * @blank_padding: padding is 0 to the encoder, whatever its colour
 * @mel: of models that listen: the spectrogram that stands for the picture, which then has no steps; its n_bins are 0 otherwise.
 *   @image_size is then how many frames there are of it, and @patch_size how many of them become one image token
 */
typedef struct
{
  guint n_steps;
  RgPreprocessStep steps[RG_PREPROCESS_MAX_STEPS];
  guint image_size;
  guint patch_size;
  guint merge_size;
  guint n_frames;
  RgPixelLayout layout;
  double scale;
  float mean[3];
  float std[3];
  RgFilter filter;
  gboolean blank_padding;
  RgMelConfig mel;
} RgPreprocessConfig;

/** rg_preprocess_config_default: that of the bundled model: letterboxed, mean and deviation 0.5, bilinear. */
RgPreprocessConfig rg_preprocess_config_default (guint image_size, guint patch_size);

/** rg_preprocess_config_add_step: Returns: (transfer none): the new last step, of fewer than %RG_PREPROCESS_MAX_STEPS before. */
RgPreprocessStep *rg_preprocess_config_add_step (RgPreprocessConfig *config, RgStepKind kind, guint size);

/** RG_PREPROCESS_MAX_TILES: on a side; their places have tokens of their own, and models know six. */
#define RG_PREPROCESS_MAX_TILES 16

/**
 * rg_preprocess_config_add_tiles:
 * @longest: what the longer edge of the picture becomes
 * @tile: side of a tile in pixels
 *
 * Adds the steps of Idefics3: tiles of a resized picture, and its overview.
 */
void rg_preprocess_config_add_tiles (RgPreprocessConfig *config, guint longest, guint tile);

/**
 * rg_preprocess_config_pad_square:
 *
 * Puts a %RG_STEP_SQUARE in front of the steps, of which there are fewer than %RG_PREPROCESS_MAX_STEPS; what is padded has
 * the colour of the mean (LLaVA 1.5).
 */
void rg_preprocess_config_pad_square (RgPreprocessConfig *config);

/**
 * rg_preprocess_config_unsplit:
 *
 * Has the picture seen as one view where it would be cut into tiles with an overview: coarser, and faster by their number.
 * Without effect on other configurations.
 */
void rg_preprocess_config_unsplit (RgPreprocessConfig *config);

/** rg_preprocess_config_limit_tokens: lowers the area of pictures that keep about their shape, so that they have at most @n_tokens image tokens. */
void rg_preprocess_config_limit_tokens (RgPreprocessConfig *config, guint n_tokens);

/**
 * rg_preprocess_config_check:
 * @name: what messages call the file that it was read from
 *
 * To be asked by every reader: whether the steps fit together.
 *
 * Returns: %FALSE with %RG_ERROR_LIMIT (too many tiles) or %RG_ERROR_FORMAT (limits that no picture meets, an image token
 *   larger than a view)
 */
gboolean rg_preprocess_config_check (const RgPreprocessConfig *config, const char *name, GError **error);

/**
 * RgPixelValues: free with rg_pixel_values_free()
 * @n_views: V, what the encoder sees of the picture: tiles, and at last, or first, the overview
 * @rows: and @cols: of the cutting into tiles; 0 where the picture was not cut
 * @width: and @height: of each view
 * @values: V × (3 · n_frames · @width · @height) in the configuration's layout, (byte · scale - mean) / std; of a sound
 *   @width frames × @height bands
 * @n_values: how many there are
 * @grid: a tile a view: what of the original each image token saw; where the patch size is not known, a view is one token.
 *   Pixels right and below that fill no patch are cut off the tile's view, as the encoder does not see them
 */
typedef struct
{
  guint n_views, rows, cols;
  guint width, height;
  float *values;
  gsize n_values;
  RgPatchGrid *grid;
} RgPixelValues;

void rg_pixel_values_free (RgPixelValues *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPixelValues, rg_pixel_values_free)

/** rg_pixel_values_borrow: Returns: one square view without a grid over @values, which the caller keeps; not to be freed. */
RgPixelValues rg_pixel_values_borrow (guint side, float *values);

/**
 * rg_preprocess:
 * @pool: (nullable): threads that share the work
 * @cancellable: (nullable): looked at while sizes change
 *
 * Any thread.
 *
 * Returns: (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT (memory, or a picture so thin
 *   that this model cannot see it, or a sound so long that it cannot hear it), or %RG_ERROR_UNSUPPORTED where the model listens
 *   and @image is not of a sound
 */
RgPixelValues *rg_preprocess (const RgPreprocessConfig *config, RgImage *image, RgPool *pool, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** _rg_preprocess_sound: rg_preprocess() of models that listen. */
RgPixelValues *_rg_preprocess_sound (const RgPreprocessConfig *config, RgImage *image, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
