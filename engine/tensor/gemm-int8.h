/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/factor.h"

G_BEGIN_DECLS

/** rg_gemm_int8_is_supported: Returns: whether processor and system run AVX-512 VNNI, beside AVX-512 BF16. */
gboolean rg_gemm_int8_is_supported (void);

/**
 * rg_gemm_int8:
 * @a: m × k floats or bfloat16, not transposed
 * @b: a right factor that has @int8, of columns of length @k
 *
 * C = addend + A · B in the calling thread, as rg_gemm_typed() has it, with the rows of A rounded to 8 bits, each by its largest value: off by at
 * most k/127 of the product of the largest values of row and column. Sums are exact. What a row with a NaN gives is of
 * no meaning: a training step notices it by the derivatives of the weights, which are not made here. From any thread, several at once.
 */
void rg_gemm_int8 (gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc);

G_END_DECLS
