/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/cpu-level.h"

/* Products of a row with a matrix of single precision, at the speed of memory: what one word's attention to all that was said before
 * consists of. Only gemm.c uses it. */

G_BEGIN_DECLS

/**
 * RgVectorProductFunc: c += op (B) a, by one of the two functions below
 * @rows, @cols: of @b as it is stored
 * @ldb: from one row of @b to the next, in floats
 *
 * rg_vector_dots: c[r] += Σ b[r][k] a[k]. rg_vector_mix: c[k] += Σ a[r] b[r][k].
 */
typedef void RgVectorProductFunc (gsize rows, gsize cols, const float *b, gsize ldb, const float *a, float *c);

RgVectorProductFunc rg_vector_dots_base, rg_vector_mix_base;
#ifdef __x86_64__
RgVectorProductFunc rg_vector_dots_v3, rg_vector_mix_v3, rg_vector_dots_v4, rg_vector_mix_v4;
#endif

G_END_DECLS
