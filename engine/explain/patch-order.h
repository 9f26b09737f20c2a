/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/random.h"

G_BEGIN_DECLS

/**
 * rg_patch_order_sort: puts patches into the order of a map, the most important first.
 * @patches: (inout): @n numbers of patches
 * @map: (nullable): a value for each patch; a random order without
 * @random: draws a lot for each patch, in the order given, which settles equal values
 */
void rg_patch_order_sort (guint *patches, guint n, const float *map, RgRandom *random);

G_END_DECLS
