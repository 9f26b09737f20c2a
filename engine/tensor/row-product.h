/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/cpu-level.h"
#include "engine/formats/dtype.h"

/* Products of few rows with weights as they are stored: what writing an answer word by word consists of. Every weight is used
 * once or a few times, so this runs at the speed at which weights come from memory. Only gemm-stored.c uses it. */

G_BEGIN_DECLS

/** RG_ROW_PRODUCT_MAX: the most rows that rg_row_product() takes. */
#define RG_ROW_PRODUCT_MAX 8

/**
 * RgRowProduct: y = (accumulate ? y : 0) + x · Wᵀ
 * @dtype: F32, F16, BF16 or a quantised type
 * @weights: rows of @k elements without gaps, at any alignment
 * @k: whole blocks
 * @m: rows of @x and @y, at most %RG_ROW_PRODUCT_MAX
 * @x: @m rows of @k, @ldx floats apart
 * @y: @m rows, @ldy floats apart, with a column for each row of weights
 * @rounded: (nullable): @m is 1 and rg_row_product_rounds() the type: the row of @x by rg_row_round(), which is used instead
 * @scales: with @rounded
 */
typedef struct
{
  RgDtype dtype;
  const guint8 *weights;
  gsize k, m;
  const float *x;
  gsize ldx;
  gboolean accumulate;
  float *y;
  gsize ldy;
  const gint16 *rounded;
  const float *scales;
} RgRowProduct;

/** RG_ROUNDED_RUN: elements that share a scale. */
#define RG_ROUNDED_RUN 32

/** rg_row_product_rounds: Returns: whether products of one row with this type are faster in whole numbers. */
gboolean rg_row_product_rounds (RgDtype dtype);

/**
 * rg_row_round: a row as whole numbers of 16 bits with a scale for each 32 of them
 * @k: a multiple of 32
 * @rounded: (out) (array length=k): differs from @x, once multiplied with the scale, by at most 2⁻¹⁶ of the largest of the 32
 * @scales: (out): k / 32
 */
void rg_row_round (const float *x, gsize k, gint16 *rounded, float *scales);

/**
 * RgRowProductFunc: rows @start … @end − 1 of the weights, which become these columns of y
 *
 * Weights are widened to single precision a few hundred at a time, in the first-level cache; sums are single precision,
 * their order depends on the level.
 */
typedef void RgRowProductFunc (const RgRowProduct *self, gsize start, gsize end);

RgRowProductFunc rg_row_product_base;
#ifdef __x86_64__
RgRowProductFunc rg_row_product_v3, rg_row_product_v4;
#endif

G_END_DECLS
