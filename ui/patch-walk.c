/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/patch-walk.h"

/* The first patch of a tile is the sum of the patches before it. */
static int
first_patch_of (const RgPatchGrid *grid,
                guint tile_index)
{
  int first = 0;

  for (guint i = 0; i < tile_index; i++)
    first += rg_patch_grid_get_tile (grid, i)->rows * rg_patch_grid_get_tile (grid, i)->cols;

  return first;
}

/* One step within the tile; off its left or right edge, or its top or bottom, into the tile before or after. */
static int
step (const RgPatchGrid *grid,
      int patch,
      int across,
      int down)
{
  guint tile_index, row, col;
  const RgTile *tile;
  int to_row, to_col;

  rg_patch_grid_locate (grid, patch, &tile_index, &row, &col);
  tile = rg_patch_grid_get_tile (grid, tile_index);
  to_row = (int) row + down;
  to_col = (int) col + across;

  if (to_row >= 0 && to_row < (int) tile->rows && to_col >= 0 && to_col < (int) tile->cols)
    return first_patch_of (grid, tile_index) + to_row * (int) tile->cols + to_col;

  if (across + down > 0 && tile_index + 1 < rg_patch_grid_get_n_tiles (grid))
    return first_patch_of (grid, tile_index + 1);

  if (across + down < 0 && tile_index > 0)
    return first_patch_of (grid, tile_index) - 1;

  return patch;
}

gboolean
rg_patch_walk (const RgPatchGrid *grid,
               guint key,
               GdkModifierType state,
               int *patch)
{
  int n_patches = grid != NULL ? rg_patch_grid_get_n_patches (grid) : 0;
  int across = 0, down = 0;

  if (n_patches == 0 || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0)
    return FALSE;

  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      across = -1;
      break;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      across = 1;
      break;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      down = -1;
      break;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      down = 1;
      break;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      *patch = 0;
      return TRUE;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      *patch = n_patches - 1;
      return TRUE;
    case GDK_KEY_Escape:
      if (*patch < 0)
        return FALSE; /* a dialog around us may want it */
      *patch = -1;
      return TRUE;
    default:
      return FALSE;
    }

  *patch = *patch < 0 ? 0 : step (grid, *patch, across, down);

  return TRUE;
}
