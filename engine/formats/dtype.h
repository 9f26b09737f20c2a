/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* The element types of stored tensors. Those up to RG_DTYPE_F4 are named as safetensors names them and stand alone; the
 * ones behind it are GGUF's quantised types, whose elements come in blocks that share a scale (quant-blocks.h). */

G_BEGIN_DECLS

typedef enum
{
  RG_DTYPE_F32,
  RG_DTYPE_F16,
  RG_DTYPE_BF16,
  RG_DTYPE_F64,
  RG_DTYPE_BOOL,
  RG_DTYPE_U8,
  RG_DTYPE_I8,
  RG_DTYPE_U16,
  RG_DTYPE_I16,
  RG_DTYPE_U32,
  RG_DTYPE_I32,
  RG_DTYPE_U64,
  RG_DTYPE_I64,
  RG_DTYPE_C64,
  RG_DTYPE_F8_E4M3,
  RG_DTYPE_F8_E5M2,
  RG_DTYPE_F8_E8M0,
  RG_DTYPE_F8_E4M3FNUZ,
  RG_DTYPE_F8_E5M2FNUZ,
  RG_DTYPE_F6_E2M3,
  RG_DTYPE_F6_E3M2,
  RG_DTYPE_F4,
  RG_DTYPE_Q4_0,
  RG_DTYPE_Q4_1,
  RG_DTYPE_Q5_0,
  RG_DTYPE_Q5_1,
  RG_DTYPE_Q8_0,
  RG_DTYPE_Q2_K,
  RG_DTYPE_Q3_K,
  RG_DTYPE_Q4_K,
  RG_DTYPE_Q5_K,
  RG_DTYPE_Q6_K,
  RG_DTYPE_IQ4_NL,
  RG_DTYPE_IQ4_XS,
  RG_N_DTYPES,
} RgDtype;

/** rg_dtype_get_name: Returns: (transfer none): the name in a safetensors header, for example "BF16", or GGUF's, "Q4_K". */
const char *rg_dtype_get_name (RgDtype dtype);

/** rg_dtype_get_block_length: Returns: elements a block; 1 for the types whose elements stand alone. */
guint rg_dtype_get_block_length (RgDtype dtype);

/** rg_dtype_get_block_bits: Returns: bits a block; for the types whose elements stand alone, an element, 4 and 6 among them. */
guint rg_dtype_get_block_bits (RgDtype dtype);

/** rg_dtype_get_size: Returns: bytes of @n elements of a type that rg_dtype_is_weight(), whole blocks. */
gsize rg_dtype_get_size (RgDtype dtype, gsize n);

/** rg_dtype_from_name: Returns: whether there is a type of this name. */
gboolean rg_dtype_from_name (const char *name, RgDtype *dtype);

/** rg_dtype_is_weight: Returns: whether it is F32, F16, BF16 or a quantised type. */
gboolean rg_dtype_is_weight (RgDtype dtype);

/**
 * rg_dtype_to_f32:
 * @source: (not nullable): n elements of @dtype, little-endian, at any alignment
 * @target: (array length=n): every value is exact, those of a quantised type up to its own definition
 * @n: for a quantised type a multiple of the block's length, as every row of a stored tensor is
 *
 * Returns: rg_dtype_is_weight(); @target is untouched otherwise
 */
gboolean rg_dtype_to_f32 (RgDtype dtype, const void *source, float *target, gsize n);

/**
 * rg_dtype_are_finite:
 * @n: elements; for a quantised type a multiple of the block's length
 *
 * Looks at the bits, of a quantised type at those of the scales, since with finite ones all elements are.
 *
 * Returns: whether none of the elements, of a type that rg_dtype_to_f32() knows, is infinite or not a number
 */
gboolean rg_dtype_are_finite (RgDtype dtype, const void *source, gsize n);

/**
 * rg_widen_f16:
 *
 * Without branches, so that the loop around it becomes vector code; a subnormal is made by one exact subtraction, so that
 * it does not depend on the processor's handling of small numbers.
 *
 * Returns: the bits of the binary32 that equals the binary16 of these bits; infinity and NaN keep their payload
 */
static inline guint32
rg_widen_f16 (guint16 half)
{
  guint32 magnitude = (guint32) (half & 0x7fff) << 13;
  guint32 exponent = magnitude & 0x0f800000;
  guint32 normal = magnitude + (112u << 23);
  guint32 special = magnitude + (224u << 23);
  guint32 shifted = magnitude + (113u << 23);
  guint32 subnormal;
  float value;

  memcpy (&value, &shifted, 4);
  value -= 0x1p-14f;
  memcpy (&subnormal, &value, 4);

  return (guint32) (half & 0x8000) << 16 | (exponent == 0 ? subnormal : exponent == 0x0f800000 ? special
                                                                                               : normal);
}

/**
 * rg_narrow_f16:
 * @value: of single precision
 *
 * Without branches, as above. Subnormals are rounded by an addition whose last bit is theirs.
 *
 * Returns: the bits of the nearest binary16, of two equally near ones the even one. What is finite stays finite: beyond the largest it
 *   is the largest.
 */
static inline guint16
rg_narrow_f16 (float value)
{
  const guint32 largest = 0x477fe000, infinity = 0x7f800000, smallest_normal = 113u << 23;
  guint32 bits, sign, small, normal;
  float magnitude;

  memcpy (&bits, &value, 4);
  sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  bits = bits > largest && bits < infinity ? largest : bits;
  memcpy (&magnitude, &bits, 4);
  magnitude += 0.5f;
  memcpy (&small, &magnitude, 4);
  normal = (bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13;

  return sign | (bits > infinity ? 0x7e00 : bits == infinity     ? 0x7c00
                                        : bits < smallest_normal ? small - 0x3f000000
                                                                 : normal);
}

G_END_DECLS
