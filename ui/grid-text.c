/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/grid-text.h"

#include <glib/gi18n.h>
#include <math.h>

/* "252", "252.5" or "0.8": a decimal only where it says something. */
static char *
format_pixels (double pixels)
{
  gboolean is_whole = pixels >= 100 || fabs (pixels - round (pixels)) < 0.05;

  return g_strdup_printf (is_whole ? "%.0f" : "%.1f", pixels);
}

/* Pixels of the original across one patch of the first tile. */
static char *
format_patch_side (const RgPatchGrid *grid)
{
  const RgTile *tile = rg_patch_grid_get_tile (grid, 0);
  double view_width = rg_image_get_width (tile->view), view_height = rg_image_get_height (tile->view);
  double across = tile->source.width / tile->content.width * view_width / tile->cols;
  double down = tile->source.height / tile->content.height * view_height / tile->rows;
  g_autofree char *width = format_pixels (across);
  g_autofree char *height = format_pixels (down);

  /* Rounding to whole pixels of the view makes the two differ a little; a square patch is meant. */
  if (fabs (across - down) <= 0.02 * MAX (across, down))
    return g_steal_pointer (&width);

  return g_strdup_printf ("%s × %s", width, height);
}

char *
rg_grid_text_summarize (const RgPatchGrid *grid)
{
  guint n_tiles = rg_patch_grid_get_n_tiles (grid), n_patches = rg_patch_grid_get_n_patches (grid);
  RgRect original = rg_patch_grid_get_original (grid);
  const RgTile *tile = n_tiles > 0 ? rg_patch_grid_get_tile (grid, 0) : NULL;
  g_autofree char *way = NULL, *side = NULL, *patch = NULL, *tokens = NULL;

  if (tile == NULL || tile->content.width <= 0 || tile->content.height <= 0)
    return g_strdup ("");

  if (n_tiles == 1)
    way = g_strdup_printf (C_ ("model sees", "%.0f × %.0f → %.0f × %.0f in %u × %u"), original.width, original.height,
                           tile->content.width, tile->content.height,
                           rg_image_get_width (tile->view), rg_image_get_height (tile->view));
  else
    /* Translators: size of the picture → how many tiles of which size. */
    way = g_strdup_printf (C_ ("model sees", "%.0f × %.0f → %u tiles of %u × %u"), original.width, original.height, n_tiles,
                           rg_image_get_width (tile->view), rg_image_get_height (tile->view));

  side = format_patch_side (grid);
  /* Translators: %s is a number of pixels, such as 252 or 252 × 240. */
  patch = g_strdup_printf (_ ("1 patch = %s px of your picture"), side);
  tokens = g_strdup_printf (ngettext ("%u image token", "%u image tokens", n_patches), n_patches);

  return g_strjoin (" · ", way, patch, tokens, NULL);
}

char *
rg_grid_text_describe_patch (const RgPatchGrid *grid,
                             guint patch)
{
  RgRect source = rg_patch_grid_get_source_rect (grid, patch);
  guint tile, row, col;
  g_autofree char *place = NULL;

  rg_patch_grid_locate (grid, patch, &tile, &row, &col);

  if (rg_patch_grid_get_n_tiles (grid) == 1)
    place = g_strdup_printf (_ ("Row %u, column %u"), row + 1, col + 1);
  else
    place = g_strdup_printf (_ ("Tile %u, row %u, column %u"), tile + 1, row + 1, col + 1);

  if (source.width <= 0 || source.height <= 0)
    /* Translators: %s is "Row 1, column 2". */
    return g_strdup_printf (_ ("%s: padding, nothing of your picture"), place);

  /* Translators: "Row 1, column 2", then pixels from–to across and from–to down. */
  return g_strdup_printf (_ ("%s: pixels %.0f–%.0f across, %.0f–%.0f down"), place,
                          source.x, source.x + source.width, source.y, source.y + source.height);
}
