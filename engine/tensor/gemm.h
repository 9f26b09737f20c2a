/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/factor.h"
#include "engine/tensor/pool.h"

G_BEGIN_DECLS

/**
 * RgPrecision:
 * @RG_PRECISION_F32: single precision throughout
 * @RG_PRECISION_FAST: factors rounded to bfloat16 (8 bits of mantissa, to nearest even), products exact, sums in single
 *   precision, where the processor multiplies bfloat16 faster; elsewhere the same as @RG_PRECISION_F32. The error is at
 *   most 2⁻⁷·(|op(A)|·|op(B)|), which training bears and comparing with other programs does not. Denormal numbers count
 *   as 0.
 *   A right factor that has them is read as whole numbers of 8 bits, and the rows of the left one rounded to such: see rg_gemm_int8()
 * @RG_PRECISION_SPLIT: factors split into two bfloat16 each, 16 bits of mantissa, and the three larger products added up, on the
 *   same processors; two products where the right factor has no more bits than a bfloat16. The error is at most
 *   3·2⁻¹⁶·(|op(A)|·|op(B)|) more than that of single precision. Infinity may become NaN
 */
typedef enum
{
  RG_PRECISION_F32,
  RG_PRECISION_FAST,
  RG_PRECISION_SPLIT,
} RgPrecision;

/**
 * rg_gemm:
 * @pool: (nullable): threads that share the product; without a pool the calling thread does it alone
 * @precision: how exact
 * @trans_a: %FALSE: @a is stored m × k; %TRUE: k × m
 * @trans_b: %FALSE: @b is stored k × n; %TRUE: n × k
 * @m: rows of @c
 * @n: columns of @c
 * @k: the length of the sums; 0 gives zeros, or leaves @c as it is with @accumulate
 * @a: the left factor
 * @lda: from one stored row of @a to the next, in floats, at least its length
 * @b: the right factor
 * @ldb: from one stored row of @b to the next, in floats
 * @accumulate: add to what is in @c; otherwise @c is written without being read
 * @c: (inout): m rows of n, overlapping neither @a nor @b
 * @ldc: from one row of @c to the next, in floats; what lies between is not touched
 *
 * C = (accumulate ? C : 0) + op(A) · op(B), all matrices row by row. No pointer need be aligned. From any thread, several
 * at once; with @pool %NULL concurrent calls do not slow one another down. A product with a vector (@m or @n 1) runs at the
 * speed of memory, in single precision whatever @precision says. The last bits may depend on the threads of @pool.
 */
void rg_gemm (RgPool *pool,
              RgPrecision precision,
              gboolean trans_a,
              gboolean trans_b,
              gsize m,
              gsize n,
              gsize k,
              const float *a,
              gsize lda,
              const float *b,
              gsize ldb,
              gboolean accumulate,
              float *c,
              gsize ldc);

/**
 * rg_gemm_typed:
 * @a: the left factor: floats, or bfloat16 where rg_gemm_rounds()
 * @b: the right factor, which stays in its own type. It is widened a panel at a time, where it is packed; in single precision
 *   each thread keeps 4 MiB, or one row, for that until it ends
 * @addend: (nullable): m × n; may be @c itself, and otherwise overlaps nothing
 * @ld_addend: from one row of it to the next, in floats; 0 adds the same to every row
 *
 * C = addend + op (A) · op (B); see rg_gemm() for the rest.
 */
void rg_gemm_typed (RgPool *pool, RgPrecision precision, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc);

/**
 * rg_gemm_rounds:
 *
 * Returns: whether products in that precision multiply bfloat16 on this processor; otherwise it is the same as %RG_PRECISION_F32.
 *   With %RG_PRECISION_FAST factors may then as well be stored so; %RG_PRECISION_SPLIT would lose half of their bits
 */
gboolean rg_gemm_rounds (RgPrecision precision);

/**
 * rg_gemm_describe:
 *
 * Returns: what does the products, for the pages that tell about the machine, for example "AVX-512 BF16; OpenBLAS Zen"
 */
const char *rg_gemm_describe (void);

G_END_DECLS
