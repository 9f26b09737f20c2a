/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "engine/types.h"
#include "ui/palette.h"

/* The heatmap: values of patches as colours over the picture, drawn with Cairo. */

G_BEGIN_DECLS

/**
 * RgHeatmapStyle:
 * @palette: colours of a map that is not signed
 * @is_signed: whether values may lie on either side of 0; the colours are then the ends of rg_palette_get_signed_color()
 * @scale: the value that gets the palette's last colour; the same for all words of an answer, or of one word only
 * @opacity: of the strongest colour, 0 … 1
 * @smooth: %TRUE to run the colours into each other between the centres of the cells, %FALSE for flat cells
 */
typedef struct
{
  RgPalette palette;
  gboolean is_signed;
  double scale;
  double opacity;
  gboolean smooth;
} RgHeatmapStyle;

/**
 * rg_heatmap_get_intensity:
 *
 * Returns: where @value stands between 0 and @scale, 0 … 1, or where it is signed between −@scale and @scale, −1 … 1; 0 for a
 *   scale of nothing and for NaN
 */
double rg_heatmap_get_intensity (const RgHeatmapStyle *style, double value);

/**
 * rg_heatmap_get_pixel:
 *
 * The colour of a value. Its opacity grows in proportion to its distance from 0: where there is nothing to
 * show the picture stays as it is.
 *
 * Returns: native-endian premultiplied ARGB, as in CAIRO_FORMAT_ARGB32
 */
guint32 rg_heatmap_get_pixel (const RgHeatmapStyle *style, double value);

/**
 * rg_heatmap_draw:
 * @cr: a context whose user space is pixels of the original picture
 * @map: (array): one value a patch of @grid
 *
 * Draws every patch on the rectangle of the picture that it saw.
 */
void rg_heatmap_draw (cairo_t *cr, const RgPatchGrid *grid, const float *map, const RgHeatmapStyle *style);

G_END_DECLS
