/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/factor.h"

G_BEGIN_DECLS

/* The part of rg_gemm() that runs on AVX-512 BF16, and the rounding that goes with it. */

/**
 * rg_gemm_bf16_is_supported:
 *
 * Returns: whether processor and system run AVX-512 BF16; otherwise rg_gemm_bf16() must not be called
 */
gboolean rg_gemm_bf16_is_supported (void);

/** rg_gemm_bf16_round: @n values as the product would round them. */
void rg_gemm_bf16_round (guint16 *rounded, const float *values, gsize n);

/**
 * rg_gemm_bf16:
 * @split: %RG_PRECISION_SPLIT instead of %RG_PRECISION_FAST
 * @b: no part of it is kept as floats
 *
 * The product of rg_gemm_typed() in the calling thread; the same arguments, and @m, @n and @k not 0.
 * From any thread, several at once; each thread keeps up to 710 KiB for the packed factors until it ends.
 */
void rg_gemm_bf16 (gboolean split, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc);

G_END_DECLS
