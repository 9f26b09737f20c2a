/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/cpu-level.h"
#include "engine/formats/dtype.h"

/* Products of few rows with weights as they are stored: what writing an answer word by word consists of. Every weight is used
 * once or a few times, so this runs at the speed at which weights come from memory. Only gemm-stored.c uses it. */

G_BEGIN_DECLS

/** RG_ROW_PRODUCT_MAX: the most rows that rg_row_product() takes. */
#define RG_ROW_PRODUCT_MAX 8

/** RG_ROUNDED_RUN: elements of a rounded row that share a scale. */
#define RG_ROUNDED_RUN 32

/**
 * RgRoundedRow: a row as whole numbers of 16 bits
 * @values: (array): one an element
 * @scales: one for each 32 elements, which are @values times it
 * @sums: one for each 16 elements: the sum of @values times the scale
 */
typedef struct
{
  const gint16 *values;
  const float *scales, *sums;
} RgRoundedRow;

/**
 * rg_row_round:
 * @k: a multiple of 32
 * @room: (out) (array length=k): memory for the result, which points into it
 *
 * Returns: differs from @x, once multiplied with the scale, by at most 2⁻¹⁶ of the largest of the 32
 */
RgRoundedRow rg_row_round (const float *x, gsize k, float *room);

/**
 * RgRowProduct: y = (accumulate ? y : 0) + x · Wᵀ
 * @dtype: F32, F16, BF16 or a quantised type
 * @weights: rows of @k elements without gaps, at any alignment
 * @k: whole blocks
 * @m: rows of @x and @y, at most %RG_ROW_PRODUCT_MAX
 * @x: @m rows of @k, @ldx floats apart
 * @y: @m rows, @ldy floats apart, with a column for each row of weights
 * @rounded: (nullable): @m is 1 and @dtype quantised: the row of @x by rg_row_round(), which is used instead
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
  const RgRoundedRow *rounded;
} RgRowProduct;

/**
 * RgRowProductFunc: rg_row_product(), and rg_row_product_rounded() for what is rounded: rows @start … @end − 1 of the weights, which become these columns of y
 *
 * Weights are widened to single precision a few hundred at a time, in the first-level cache; sums are single precision,
 * their order depends on the level.
 */
typedef void RgRowProductFunc (const RgRowProduct *self, gsize start, gsize end);

RgRowProductFunc rg_row_product_base, rg_row_product_rounded_base;
#ifdef __x86_64__
RgRowProductFunc rg_row_product_v3, rg_row_product_rounded_v3, rg_row_product_v4, rg_row_product_rounded_v4;
#endif

G_END_DECLS
