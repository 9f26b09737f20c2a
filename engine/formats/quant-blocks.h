/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/cpu-level.h"
#include "engine/formats/dtype.h"

/* The quantised types of GGUF files (github.com/ggml-org/ggml, docs/gguf.md; the layouts are those of its
 * src/ggml-common.h). A row is cut into blocks of 32 or 256 elements; a block holds small whole numbers and the scales
 * that they are multiplied by. d, m and dmin are binary16, all numbers little-endian, the fields follow each other
 * without padding:
 *
 *   type    elements  bytes  fields in order                                        value of an element
 *   Q8_0          32     34  d, i8 q[32]                                            d·q
 *   Q4_0          32     18  d, u8 qs[16]                                           d·(q − 8)
 *   Q4_1          32     20  d, m, u8 qs[16]                                        d·q + m
 *   Q5_0          32     22  d, u32 qh, u8 qs[16]                                   d·(q − 16)
 *   Q5_1          32     24  d, m, u32 qh, u8 qs[16]                                d·q + m
 *   IQ4_NL        32     18  d, u8 qs[16]                                           d·K[q], K in quant-blocks.c
 *   IQ4_XS       256    136  d, u16 scales_h, u8 scales_l[4], u8 qs[128]            d·(scale − 32)·K[q]
 *   Q2_K         256     84  u8 scales[16], u8 qs[64], d, dmin                      d·scale·q − dmin·min
 *   Q3_K         256    110  u8 hmask[32], u8 qs[64], u8 scales[12], d              d·(scale − 32)·(q − 4)
 *   Q4_K         256    144  d, dmin, u8 scales[12], u8 qs[128]                     d·scale·q − dmin·min
 *   Q5_K         256    176  d, dmin, u8 scales[12], u8 qh[32], u8 qs[128]          d·scale·q − dmin·min
 *   Q6_K         256    210  u8 ql[128], u8 qh[64], i8 scales[16], d                d·scale·(q − 32)
 *
 * Where q has four bits, the low halves of 16 (or, in Q4_K and Q5_K, 32) bytes are the first elements and their high
 * halves the following ones; qh and hmask hold the bits above. Where the 256 elements have scales of their own, one scale
 * serves 16 elements (Q2_K, Q3_K, Q6_K) or 32 (Q4_K, Q5_K, IQ4_XS). How scales are packed stands at each function. */

G_BEGIN_DECLS

/**
 * RgToF32Func: what rg_dtype_to_f32() does, at one level of processors
 *
 * The floats of a quantised type are the same, bit by bit, as every other reader of these types computes, at every level.
 * Rows follow each other without gaps, so @n may be a row or many. For any thread.
 */
typedef gboolean RgToF32Func (RgDtype dtype, const void *source, float *target, gsize n);

RgToF32Func rg_to_f32_base;
#ifdef __x86_64__
RgToF32Func rg_to_f32_v3, rg_to_f32_v4;
#endif

G_END_DECLS
