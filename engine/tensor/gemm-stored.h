/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"
#include "engine/tensor/gemm.h"

G_BEGIN_DECLS

/** RG_STORED_FACTORS_MAX: the most factors of rg_gemm_stored(). */
#define RG_STORED_FACTORS_MAX 3

/**
 * RgStoredFactor: what belongs to one of several products of the same rows
 * @dtype: of @w: F32, F16, BF16 or a quantised type
 * @w: n × k elements as a file holds them, row after row without gaps, at any alignment; a row is a whole number of blocks
 * @c: m × n
 */
typedef struct
{
  gsize n;
  RgDtype dtype;
  const void *w;
  gboolean accumulate;
  float *c;
  gsize ldc;
} RgStoredFactor;

/**
 * rg_gemm_stored:
 * @m: rows
 * @k: their length
 * @a: m × k, @lda from one row to the next
 * @factors: (array length=n_factors): at most %RG_STORED_FACTORS_MAX
 *
 * C = (accumulate ? C : 0) + A · Wᵀ for each of the factors, which stay in their own type. For few rows (@m small) each weight is
 * widened where it is used, and the product is in single precision with the exact values of the weights, whatever @precision says, with
 * one exception: one row with a quantised type is multiplied in whole numbers unless @precision is %RG_PRECISION_F32, where each element
 * of A is off by at most 2⁻¹⁶ of the largest of the 32 around it. Few rows are multiplied with all factors in one loop of the pool, since
 * a row with a small matrix takes hardly longer than the threads need to find one another. For many rows this is rg_gemm_typed(). From any
 * thread.
 */
void rg_gemm_stored (RgPool *pool, RgPrecision precision, gsize m, gsize k, const float *a, gsize lda, const RgStoredFactor *factors, guint n_factors);

G_END_DECLS
