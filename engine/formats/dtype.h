/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The element types of stored tensors, as safetensors names them. */

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
  RG_N_DTYPES,
} RgDtype;

/** rg_dtype_get_name: Returns: (transfer none): the name in a safetensors header, for example "BF16". */
const char *rg_dtype_get_name (RgDtype dtype);

/** rg_dtype_get_bits: Returns: bits an element; 4 and 6 for the packed ones. */
guint rg_dtype_get_bits (RgDtype dtype);

/** rg_dtype_from_name: Returns: whether there is a type of this name. */
gboolean rg_dtype_from_name (const char *name, RgDtype *dtype);

/**
 * rg_dtype_to_f32:
 * @source: (not nullable): n elements of @dtype, little-endian, at any alignment
 * @target: (array length=n): every value is exact
 *
 * Returns: whether the type is one of F32, F16 and BF16; @target is untouched otherwise
 */
gboolean rg_dtype_to_f32 (RgDtype dtype, const void *source, float *target, gsize n);

G_END_DECLS
