/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/factor.h"

G_BEGIN_DECLS

/* Weights as whole numbers of 8 bits, for training: the products that go forward, and those that give the derivatives of what was
 * multiplied, read them; those that give the weights' own derivatives stay in bfloat16 ("SwitchBack", Wortsman et al., "Stable and
 * low-precision training for large-scale vision-language models", 2023). Here each output has a scale of its own, the largest of its
 * weights. */

/* The longest sums. */
#define RG_INT8_MOST 1024

typedef struct _RgInt8Weights RgInt8Weights;

/** rg_int8_weights_new: room for a matrix of @rows × @cols, at most %RG_INT8_MOST each; only where rg_gemm_int8_is_supported(). */
RgInt8Weights *rg_int8_weights_new (gsize rows, gsize cols) G_GNUC_WARN_UNUSED_RESULT;
void rg_int8_weights_free (RgInt8Weights *self);

/** rg_int8_weights_fill: rounds and packs its values, both ways; again after each change of theirs. */
void rg_int8_weights_fill (RgInt8Weights *self, const float *values);

/** rg_int8_weights_get_columns: Returns: what a right factor that is stored so, or the other way round, has for @int8; borrows @self. */
RgInt8Columns rg_int8_weights_get_columns (const RgInt8Weights *self, gboolean transposed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgInt8Weights, rg_int8_weights_free)

G_END_DECLS
