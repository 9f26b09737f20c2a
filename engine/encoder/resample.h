/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/tensor/pool.h"
#include "engine/types.h"

/* Changing the size of a picture. The open models were trained on pictures that Pillow had resized, so this follows Pillow's
 * arithmetic on bytes (Pillow, src/libImaging/Resample.c and Geometry.c) to the last bit: two passes, across and then down,
 * each with weights in fixed point and its result rounded to bytes; when shrinking, the filter is widened by the ratio, so
 * that every source pixel counts. */

G_BEGIN_DECLS

/**
 * RgFilter: the numbers are those of "resample" in preprocessor_config.json.
 * @RG_FILTER_NEAREST: the pixel under the centre, no filter
 * @RG_FILTER_LANCZOS: sinc windowed by sinc, three lobes
 * @RG_FILTER_BILINEAR: a triangle
 * @RG_FILTER_BICUBIC: Keys' cubic with a = -1/2
 * @RG_FILTER_BOX: mean of the pixels covered
 * @RG_FILTER_HAMMING: sinc windowed by Hamming's cosine, one lobe
 */
typedef enum
{
  RG_FILTER_NEAREST,
  RG_FILTER_LANCZOS,
  RG_FILTER_BILINEAR,
  RG_FILTER_BICUBIC,
  RG_FILTER_BOX,
  RG_FILTER_HAMMING,
} RgFilter;

#define RG_N_FILTERS (RG_FILTER_HAMMING + 1)

/**
 * rg_resample:
 * @width: columns of the result, 1 … 65535
 * @height: rows of the result, 1 … 65535
 * @pool: (nullable): threads that share the rows
 * @cancellable: (nullable): looked at every few rows
 *
 * Needs, besides the result, height(@image) × @width pixels, and only while it runs. Any thread.
 *
 * Returns: (transfer full) (nullable): the resized picture, @image itself where it has that size already; %NULL with
 *   %G_IO_ERROR_CANCELLED or, where memory does not suffice, %RG_ERROR_LIMIT
 */
RgImage *rg_resample (RgImage *image, guint width, guint height, RgFilter filter, RgPool *pool, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
