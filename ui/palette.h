/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

/* The colours of a map. For values from 0 on, three palettes to choose from. All three palettes rise steadily in lightness, so that more is always brighter, also in print and
 * for eyes that tell few hues apart; cividis keeps its look under every kind of colour blindness. */

G_BEGIN_DECLS

typedef enum
{
  RG_PALETTE_INFERNO,
  RG_PALETTE_CIVIDIS,
  RG_PALETTE_VIRIDIS,
} RgPalette;

#define RG_N_PALETTES (RG_PALETTE_VIRIDIS + 1)

/** RG_TYPE_PALETTE: its nicks are the values of the settings key "palette". */
#define RG_TYPE_PALETTE (rg_palette_get_type ())
GType rg_palette_get_type (void) G_GNUC_CONST;

/**
 * rg_palette_get_color:
 * @value: 0 … 1; clamped
 * @rgb: (out caller-allocates): red, green, blue, 0 … 255
 *
 * The published 256-entry tables (inferno and viridis: S. van der Walt and N. Smith, CC0; cividis: J. Nuñez,
 * C. Anderton, R. Renslow), kept as every fifth entry with straight lines between them: never off by more than 1 of 255,
 * in cividis 4.
 */
void rg_palette_get_color (RgPalette self, double value, guint8 rgb[3]);

/**
 * rg_palette_get_signed_color:
 * @value: -1 … 1; clamped
 * @rgb: (out caller-allocates): red, green, blue, 0 … 255
 *
 * For values that may lie on either side of 0: purple below, white at 0, orange above, equally dark at equal distance. The
 * hues of PuOr (C. Brewer, colorbrewer2.org), which no form of colour blindness confuses: its orange side without the
 * darkest colour, and on its purple side the places of the same lightness.
 */
void rg_palette_get_signed_color (double value, guint8 rgb[3]);

G_END_DECLS
