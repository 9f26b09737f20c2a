/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explanation.h"
#include "ui/palette.h"

/* What the colours of a map stand for, from the first colour to the last: what the window's colour bar and the one on paper
 * have in common. Needs no display. */

G_BEGIN_DECLS

/** RG_COLOR_SCALE_PLACES: what is written under a colour bar: at its beginning, its middle and its end. */
#define RG_COLOR_SCALE_PLACES 3

/** RG_COLOR_SCALE_STOPS: so many colours with straight lines between them look like the palette. */
#define RG_COLOR_SCALE_STOPS 32

/**
 * rg_color_scale_get_color:
 * @palette: of a method that is not signed
 * @place: 0 … 1 along the bar; of a signed method 0 lies in the middle
 * @rgb: (out caller-allocates): red, green, blue, 0 … 255
 */
void rg_color_scale_get_color (RgMethod method, RgPalette palette, double place, guint8 rgb[3]);

/**
 * rg_color_scale_format:
 * @scale: the value of the last colour
 * @place: 0 … %RG_COLOR_SCALE_PLACES − 1
 *
 * Returns: (transfer full): what stands there: a value; in the middle, where values have one, their unit
 */
char *rg_color_scale_format (RgMethod method, double scale, guint place);

G_END_DECLS
