/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/types.h"

/* Walking over a patch grid by keyboard, the same in every view that points at patches. */

G_BEGIN_DECLS

/**
 * rg_patch_walk:
 * @grid: (nullable): the grid
 * @key: a GDK key value
 * @state: the modifiers held with it
 * @patch: (inout): where one stands, -1 for nowhere
 *
 * Arrow keys go from patch to patch and across from tile to tile; the first one enters the grid at its first patch. Home
 * and End go to the first and last patch, Escape leaves the grid.
 *
 * Returns: whether the key meant something here; at an edge it does, and @patch stays
 */
gboolean rg_patch_walk (const RgPatchGrid *grid, guint key, GdkModifierType state, int *patch);

G_END_DECLS
