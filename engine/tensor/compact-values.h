/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Elementwise work of a compact pass, on AVX-512 BF16: what products alone will read is rounded to bfloat16 in the same loop. That
 * has 8 bits, so exponentials and reciprocals with 13 do, which take a third of the instructions of those in vector-math.h.
 * All functions may be called from any thread, where rg_gemm_bf16_is_supported(). */

G_BEGIN_DECLS

/**
 * rg_compact_gate:
 * @y: (out): @n values x · σ (a x + b x³), σ the logistic function: SiLU and the forms of GELU that are made with it
 * @slopes: (out): @n derivatives dy/dx
 *
 * Either is off by 2⁻¹² of its size before it is rounded; slopes, which cross zero, by as much of the largest at most.
 */
void rg_compact_gate (guint16 *y, guint16 *slopes, const float *x, gsize n, float a, float b);

/** rg_compact_multiply: product = a · b, @n values. */
void rg_compact_multiply (guint16 *product, const float *a, const guint16 *b, gsize n);

/**
 * rg_compact_softmax:
 * @p: (out): @n rows of probabilities of softmax (scale · scores), at most %RG_SOFTMAX_MAX_ROWS
 * @scores: (inout): as many rows, which are lost. −%G_MAXFLOAT is the score of what is hidden: it gets 0, even where all is hidden
 * @length: from one row to the next, see rg_softmax_get_length()
 * @visible: (array length=n): how many scores of each row count. From there to the last row's the probabilities are 0; what
 *   lies beyond the last row's is of no meaning
 */
void rg_compact_softmax (guint16 *p, float *scores, gsize n, gsize length, const gsize *visible, float scale);

/**
 * rg_compact_softmax_backward:
 * @dlogits: (out): @n rows of p (dp − Σ p dp) · scale
 * @dp: (inout): derivatives with respect to the probabilities; what follows the first @n_seen in their last register is lost
 * @p: probabilities as rg_compact_softmax() writes them
 * @n_seen: as many of each row count, those that are 0 included
 */
void rg_compact_softmax_backward (guint16 *dlogits, float *dp, const guint16 *p, gsize n, gsize length, gsize n_seen, float scale);

/**
 * rg_compact_split: rows of heads that stand side by side, each rounded to rows of its own
 * @heads: (out): rows × dim of the first head, at @step the next one's …
 * @x: rows of n_heads × dim, @ld from one to the next
 */
void rg_compact_split (guint16 *heads, gsize step, const float *x, gsize rows, gsize ld, guint n_heads, gsize dim);

/**
 * rg_compact_turn_back: turns pairs (i, i + half) of each head back by their angles, see RgRotation
 * @x: (inout): @rows of @n_heads heads, @ld from one row to the next
 * @cosines, @sines: rows × half
 */
void rg_compact_turn_back (guint16 *x, gsize rows, gsize ld, guint n_heads, gsize half, const float *cosines, const float *sines);

/**
 * rg_compact_norm:
 * @y: (out): rows × cols values (x − mean) · scale · gain + bias
 * @mean: (out): of each row
 * @scale: (out): 1 / √(variance + ε) of each row
 */
void rg_compact_norm (guint16 *y, const float *x, gsize rows, gsize cols, const float *gain, const float *bias, float epsilon, float *mean, float *scale);

/**
 * rg_compact_norm_backward: in floats, as are the tensors that it adds to
 * @dx: rows × cols, written, or added to with @accumulate
 * @dgain, @dbias: (inout): cols, added to
 * @dy: rows × cols
 */
void rg_compact_norm_backward (float *dx, float *dgain, float *dbias, const float *dy, const float *x, gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate);

G_END_DECLS
