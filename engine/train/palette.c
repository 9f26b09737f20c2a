/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/random.h"
#include "engine/train/object.h"

/* Colours, and the shades of each that everybody still calls by its name. A shade lies between two of four anchors, so
 * training sees web colours, flag colours and pencil colours alike. */

typedef struct
{
  const char *name;
  double anchors[4][3]; /* the first is the palette's own */
} Swatch;

static const Swatch swatches[RG_N_COLORS] = {
  [RG_COLOR_RED] = { "red", { { .88, .12, .12 }, { 1, 0, 0 }, { .76, .07, .14 }, { .88, .20, .18 } } },
  [RG_COLOR_ORANGE] = { "orange", { { .97, .54, .08 }, { 1, .5, 0 }, { 1, .63, .12 }, { .93, .47, .10 } } },
  [RG_COLOR_YELLOW] = { "yellow", { { .98, .86, .12 }, { 1, 1, 0 }, { .95, .80, .10 }, { 1, .92, .38 } } },
  [RG_COLOR_GREEN] = { "green", { { .15, .65, .22 }, { 0, .50, 0 }, { .18, .82, .22 }, { .36, .70, .18 } } },
  [RG_COLOR_BLUE] = { "blue", { { .15, .32, .86 }, { 0, 0, 1 }, { .10, .20, .62 }, { .22, .52, .95 } } },
  [RG_COLOR_PURPLE] = { "purple", { { .52, .20, .70 }, { .50, 0, .50 }, { .44, .22, .78 }, { .64, .30, .84 } } },
  [RG_COLOR_PINK] = { "pink", { { .97, .55, .73 }, { 1, .44, .72 }, { 1, .72, .79 }, { .95, .47, .66 } } },
  [RG_COLOR_BROWN] = { "brown", { { .50, .30, .12 }, { .40, .22, .09 }, { .59, .36, .18 }, { .54, .27, .07 } } },
  [RG_COLOR_BLACK] = { "black", { { .07, .07, .07 }, { 0, 0, 0 }, { .14, .14, .15 }, { .10, .09, .08 } } },
  [RG_COLOR_WHITE] = { "white", { { .97, .97, .97 }, { 1, 1, 1 }, { .93, .93, .94 }, { .97, .96, .92 } } },
};

const char *
rg_color_get_name (RgColor color)
{
  g_assert ((guint) color < RG_N_COLORS);
  return swatches[color].name;
}

void
rg_color_get_rgb (RgColor color, double rgb[3])
{
  g_assert ((guint) color < RG_N_COLORS);
  for (int c = 0; c < 3; c++)
    rgb[c] = swatches[color].anchors[0][c];
}

void
rg_color_get_shade (RgColor color, guint32 variant, double rgb[3])
{
  rg_color_get_rgb (color, rgb);
  if (variant == 0)
    return;

  RgRandom random;
  rg_random_init (&random, variant, color);
  const double *from = swatches[color].anchors[rg_random_below (&random, 4)];
  const double *to = swatches[color].anchors[rg_random_below (&random, 4)];
  double t = rg_random_uniform (&random);
  /* White takes a hue from the slightest push. */
  double jitter = color == RG_COLOR_WHITE ? .01 : .025;

  for (int c = 0; c < 3; c++)
    {
      double value = from[c] + (to[c] - from[c]) * t + rg_random_range (&random, -jitter, jitter);
      rgb[c] = CLAMP (value, 0, 1);
    }
}
