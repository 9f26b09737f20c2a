/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/types.h"

/* What reached the model, in words: pure functions for RgModelView, tested without a display. */

G_BEGIN_DECLS

/**
 * rg_grid_text_summarize:
 *
 * Returns: (transfer full): the way of the picture's pixels, for example
 *   "4032 × 3024 → 128 × 96 in 128 × 128 · 1 patch = 252 px of your picture · 256 image tokens"
 */
char *rg_grid_text_summarize (const RgPatchGrid *grid) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_grid_text_describe_patch:
 * @patch: 0 … n_patches - 1
 *
 * Returns: (transfer full): where it stands and which pixels of the original it saw
 */
char *rg_grid_text_describe_patch (const RgPatchGrid *grid, guint patch) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
