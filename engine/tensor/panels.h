/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/factor.h"

G_BEGIN_DECLS

/* A matrix of weights as products in bfloat16, or in 8 bits, read a right factor, packed once instead of in each product: all parts of a training step
 * multiply by the same weights, forward as they are stored and backward the other way round. */

typedef struct _RgPanels RgPanels;

/**
 * rg_panels_new: room for a matrix of @rows × @cols; only where rg_gemm_rounds(FAST)
 * @int8: in whole numbers of 8 bits (int8-weights.h) where the matrix is not too large for them; only where rg_gemm_int8_is_supported()
 */
RgPanels *rg_panels_new (gsize rows, gsize cols, gboolean int8) G_GNUC_WARN_UNUSED_RESULT;
void rg_panels_free (RgPanels *self);

/** rg_panels_fill: rounds and packs its values, both ways; again after each change of theirs. */
void rg_panels_fill (RgPanels *self, const float *values);

/** rg_panels_get_factor: Returns: @values, of which @self was filled, as a factor that borrows both. */
RgFactor rg_panels_get_factor (const RgPanels *self, gboolean transposed, const float *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPanels, rg_panels_free)

G_END_DECLS
