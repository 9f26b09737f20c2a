/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/encoder/resample.h"
#include "engine/tensor/pool.h"
#include "engine/types.h"

/* From a picture to what the encoder reads: letterboxed into a square, normalised, one row a pixel. The picture keeps its
 * aspect: its longer side is scaled to the square's, whether smaller or larger, and the rest is mid-grey, 0 to the encoder.
 *
 *   preprocessor_config.json
 *   {"image_processor_type": "RegardImageProcessor", "size": {"height": 128, "width": 128}, "patch_size": 8,
 *    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_pad": true, "resample": 2} */

G_BEGIN_DECLS

/**
 * RgPreprocessConfig:
 * @image_size: S, side of the square in pixels
 * @patch_size: side of a patch in pixels; divides @image_size
 * @mean: subtracted from red, green, blue in 0 … 1
 * @std: what is left is divided by, positive
 * @filter: for the change of size
 */
typedef struct
{
  guint image_size;
  guint patch_size;
  float mean[3];
  float std[3];
  RgFilter filter;
} RgPreprocessConfig;

/** rg_preprocess_config_default: mean and deviation 0.5, bilinear. */
RgPreprocessConfig rg_preprocess_config_default (guint image_size, guint patch_size);

/**
 * rg_preprocess_config_load:
 * @path: a preprocessor_config.json
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, %RG_ERROR_UNSUPPORTED (another kind of processor) or a %G_FILE_ERROR
 */
gboolean rg_preprocess_config_load (RgPreprocessConfig *config, const char *path, GError **error);

/** rg_preprocess_config_save: Returns: %FALSE with a %G_FILE_ERROR, an old file untouched. */
gboolean rg_preprocess_config_save (const RgPreprocessConfig *config, const char *path, GError **error);

/**
 * rg_preprocess:
 * @pool: (nullable): threads that share the work
 * @pixel_values: (out caller-allocates): S × S rows of red, green, blue, (v / 255 - mean) / std
 * @grid: (out) (transfer full) (optional): one tile of S / patch_size rows and as many columns
 *
 * Any thread.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT (memory)
 */
gboolean rg_preprocess (const RgPreprocessConfig *config, RgImage *image, RgPool *pool, float *pixel_values, RgPatchGrid **grid, GCancellable *cancellable, GError **error);

G_END_DECLS
