/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"
#include "engine/tensor/gemm.h"

G_BEGIN_DECLS

/**
 * rg_gemm_stored:
 * @trans_w: %FALSE: @w is k × n; %TRUE: n × k
 * @dtype: of @w: F32, F16, BF16 or a quantised type
 * @w: the right factor as a file holds it, row after row without gaps, at any alignment; a row is a whole number of blocks
 *
 * rg_gemm() with a right factor that stays in its own type: C = (accumulate ? C : 0) + A · op(W). For few rows (@m small, @trans_w
 * %TRUE) each weight is widened where it is used, and the product is in single precision with the exact values of the weights,
 * whatever @precision says, with one exception: one row with a quantised type is multiplied in whole numbers unless @precision is
 * %RG_PRECISION_F32, where each element of A is off by at most 2⁻¹⁶ of the largest of the 32 around it. For many rows this is
 * rg_gemm_typed(). From any thread.
 */
void rg_gemm_stored (RgPool *pool,
                     RgPrecision precision,
                     gboolean trans_w,
                     gsize m,
                     gsize n,
                     gsize k,
                     const float *a,
                     gsize lda,
                     RgDtype dtype,
                     const void *w,
                     gboolean accumulate,
                     float *c,
                     gsize ldc);

/** RG_STORED_FACTORS_MAX: the most factors of rg_gemm_stored_beside(). */
#define RG_STORED_FACTORS_MAX 3

/**
 * RgStoredFactor: what belongs to one of several products of the same rows: n × k elements @w of @dtype, and m × n of @c
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
 * rg_gemm_stored_beside: rg_gemm_stored() with each of the factors and @trans_w %TRUE; few rows are multiplied with all of them in one loop
 *   of the pool, since a row with a small matrix takes hardly longer than the threads need to find one another
 */
void rg_gemm_stored_beside (RgPool *pool, RgPrecision precision, gsize m, gsize k, const float *a, gsize lda, const RgStoredFactor *factors, guint n_factors);

G_END_DECLS
