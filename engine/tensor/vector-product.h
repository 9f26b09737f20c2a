/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/cpu-level.h"
#include "engine/formats/dtype.h"

/* Products of one or a few rows with a matrix, at the speed of memory: what one word's attention to all that was said before consists
 * of. */

G_BEGIN_DECLS

/**
 * RgVectorProduct: C += A · op (B), by one of the two functions below
 * @dtype: of @b, F32 or F16
 * @rows, @cols: of @b as it is stored
 * @b: at any alignment
 * @ldb: from one row of @b to the next, in elements
 * @m: rows of @a and @c
 * @lda, @ldc: from one of them to the next, in floats
 *
 * rg_vector_dots: c[i][r] += Σ a[i][k] b[r][k]. rg_vector_mix: c[i][k] += Σ a[i][r] b[r][k].
 */
typedef struct
{
  RgDtype dtype;
  gsize rows, cols;
  const void *b;
  gsize ldb, m;
  const float *a;
  gsize lda;
  float *c;
  gsize ldc;
} RgVectorProduct;

typedef void RgVectorProductFunc (const RgVectorProduct *self);

RgVectorProductFunc rg_vector_dots_base, rg_vector_mix_base;
#ifdef __x86_64__
RgVectorProductFunc rg_vector_dots_v3, rg_vector_mix_v3, rg_vector_dots_v4, rg_vector_mix_v4;
#endif

G_END_DECLS
