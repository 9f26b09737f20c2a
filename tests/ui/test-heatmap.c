/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/heatmap.h"
#include "ui/palette.h"
#include "ui/sink-marks.h"

#include "tests/ui/answer-fixture.h"

/* CIE lightness of an sRGB colour, 0 … 100. */
static double
get_lightness (const guint8 rgb[3])
{
  static const double weights[3] = { 0.2126, 0.7152, 0.0722 };
  double luminance = 0;

  for (guint i = 0; i < 3; i++)
    {
      double value = rgb[i] / 255.0;

      luminance += weights[i] * (value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4));
    }

  return luminance > 0.008856 ? 116 * cbrt (luminance) - 16 : 903.3 * luminance;
}

static void
test_palette_published (void)
{
  /* First, middle and last entries of the published tables. */
  static const guint8 expected[RG_N_PALETTES][3][3] = {
    [RG_PALETTE_INFERNO] = { { 0, 0, 4 }, { 188, 55, 84 }, { 252, 255, 164 } },
    [RG_PALETTE_CIVIDIS] = { { 0, 34, 78 }, { 125, 124, 120 }, { 254, 232, 56 } },
    [RG_PALETTE_VIRIDIS] = { { 68, 1, 84 }, { 33, 145, 140 }, { 253, 231, 37 } },
  };
  static const double values[3] = { 0, 128 / 255.0, 1 };

  for (guint palette = 0; palette < RG_N_PALETTES; palette++)
    for (guint i = 0; i < 3; i++)
      {
        guint8 rgb[3];

        rg_palette_get_color (palette, values[i], rgb);
        for (guint channel = 0; channel < 3; channel++)
          g_assert_cmpint (ABS (rgb[channel] - expected[palette][i][channel]), <=, i == 1 ? 2 : 0);
      }
}

static void
test_palette_monotone (void)
{
  for (guint palette = 0; palette < RG_N_PALETTES; palette++)
    {
      double last = -1;

      for (guint i = 0; i < 256; i++)
        {
          guint8 rgb[3];

          rg_palette_get_color (palette, i / 255.0, rgb);

          /* A step of one in a channel may round down by a hair. */
          g_assert_cmpfloat (get_lightness (rgb), >, last - 0.15);
          last = MAX (last, get_lightness (rgb));
        }
      g_assert_cmpfloat (last, >, 85);
    }
}

static void
test_palette_clamp (void)
{
  guint8 below[3], first[3], above[3], end[3];

  rg_palette_get_color (RG_PALETTE_INFERNO, -1, below);
  rg_palette_get_color (RG_PALETTE_INFERNO, 0, first);
  rg_palette_get_color (RG_PALETTE_INFERNO, 7, above);
  rg_palette_get_color (RG_PALETTE_INFERNO, 1, end);
  g_assert_cmpmem (below, 3, first, 3);
  g_assert_cmpmem (above, 3, end, 3);
}

static void
test_intensity (void)
{
  RgHeatmapStyle style = { .scale = 0.5 };

  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, 0.25), ==, 0.5);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, 0.75), ==, 1);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, -1), ==, 0);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, NAN), ==, 0);

  style.is_signed = TRUE;
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, 0.25), ==, 0.5);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, -0.25), ==, -0.5);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, -1), ==, -1);
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, NAN), ==, 0);

  style.scale = NAN;
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, 0.25), ==, 0);
  style.scale = 0;
  g_assert_cmpfloat (rg_heatmap_get_intensity (&style, 0.25), ==, 0);
}

/* As people without red or without green cones see a colour: Machado, Oliveira and Fernandes, 2009, severity 1. */
static void
simulate (const double matrix[3][3],
          const guint8 rgb[3],
          double seen[3])
{
  double linear[3];

  for (guint i = 0; i < 3; i++)
    linear[i] = pow (rgb[i] / 255.0, 2.2);
  for (guint i = 0; i < 3; i++)
    {
      double sum = matrix[i][0] * linear[0] + matrix[i][1] * linear[1] + matrix[i][2] * linear[2];

      seen[i] = 255 * pow (CLAMP (sum, 0, 1), 1 / 2.2);
    }
}

/* Darker with the distance from 0, as dark on either side, and no eye takes one side for the other. */
static void
test_palette_signed (void)
{
  static const double matrices[2][3][3] = {
    { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
    { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
  };
  double last = 200;
  guint8 middle[3];

  rg_palette_get_signed_color (0, middle);
  g_assert_cmpint (MIN (MIN (middle[0], middle[1]), middle[2]), >, 240);

  for (guint i = 0; i <= 40; i++)
    {
      guint8 above[3], below[3];
      double lightness;

      rg_palette_get_signed_color (i / 40.0, above);
      rg_palette_get_signed_color (i / -40.0, below);
      lightness = get_lightness (above);
      g_assert_cmpfloat (lightness, <, last + 0.15);
      g_assert_cmpfloat (fabs (lightness - get_lightness (below)), <, 2);
      last = lightness;

      for (guint m = 0; m < 2 && i >= 20; m++)
        {
          double one[3], other[3];

          simulate (matrices[m], above, one);
          simulate (matrices[m], below, other);
          g_assert_cmpfloat (hypot (hypot (one[0] - other[0], one[1] - other[1]), one[2] - other[2]), >, 60);
        }
    }
}

/* A signed map: both sides are drawn, in different colours, and 0 is not. */
static void
test_signed (void)
{
  RgHeatmapStyle style = { .is_signed = TRUE, .scale = 2, .opacity = 1 };

  g_assert_cmphex (rg_heatmap_get_pixel (&style, 0), ==, 0);
  g_assert_cmphex (rg_heatmap_get_pixel (&style, 2), ==, 0xffb35806);
  g_assert_cmphex (rg_heatmap_get_pixel (&style, -2), ==, 0xff7967a7);
  g_assert_cmphex (rg_heatmap_get_pixel (&style, 1) >> 24, ==, rg_heatmap_get_pixel (&style, -1) >> 24);

  /* Half as strong is the same colour, half as opaque: premultiplied, half of every channel. */
  g_assert_cmphex (rg_heatmap_get_pixel (&style, 1), ==, 0x805a2c03);
}

static void
test_pixel (void)
{
  RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .scale = 1, .opacity = 0.65 };
  guint last = 0;

  g_assert_cmphex (rg_heatmap_get_pixel (&style, 0), ==, 0);

  for (guint i = 1; i <= 100; i++)
    {
      guint32 pixel = rg_heatmap_get_pixel (&style, i / 100.0);
      guint alpha = pixel >> 24;

      /* More is more opaque, and premultiplied colours never exceed their opacity. */
      g_assert_cmpuint (alpha, >=, last);
      for (guint shift = 0; shift < 24; shift += 8)
        g_assert_cmpuint ((pixel >> shift) & 0xff, <=, alpha);
      last = alpha;
    }

  g_assert_cmpuint (last, ==, (guint) (0.65 * 255 + 0.5));
}

static guint32
get_pixel (cairo_surface_t *surface,
           int x,
           int y)
{
  const guint8 *data = cairo_image_surface_get_data (surface);

  return *(const guint32 *) (data + y * cairo_image_surface_get_stride (surface) + 4 * x);
}

static cairo_surface_t *
draw (const RgPatchGrid *grid,
      const float *map,
      const RgHeatmapStyle *style)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 200, 200);
  cairo_t *cr = cairo_create (surface);

  /* The picture of 400 × 400, shown at half its size. */
  cairo_scale (cr, 0.5, 0.5);
  rg_heatmap_draw (cr, grid, map, style);
  cairo_destroy (cr);
  cairo_surface_flush (surface);

  return surface;
}

static void
test_cells (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgHeatmapStyle style = { .palette = RG_PALETTE_VIRIDIS, .scale = 0.5, .opacity = 1 };
  float map[FIXTURE_PATCHES] = { 0 };
  cairo_surface_t *surface;

  map[6] = 0.5f;
  map[7] = 0.25f;
  surface = draw (grid, map, &style);

  /* Row 1, column 2 covers 100 … 149 × 50 … 99 exactly, and has no seam to its neighbour. */
  g_assert_cmphex (get_pixel (surface, 100, 50), ==, rg_heatmap_get_pixel (&style, 0.5));
  g_assert_cmphex (get_pixel (surface, 149, 99), ==, rg_heatmap_get_pixel (&style, 0.5));
  g_assert_cmphex (get_pixel (surface, 99, 50), ==, 0);
  g_assert_cmphex (get_pixel (surface, 100, 49), ==, 0);
  g_assert_cmphex (get_pixel (surface, 100, 100), ==, 0);
  g_assert_cmpint (ABS ((int) (get_pixel (surface, 150, 50) >> 24) - (int) (rg_heatmap_get_pixel (&style, 0.25) >> 24)), <=, 1);

  cairo_surface_destroy (surface);
}

static void
test_smooth (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgHeatmapStyle style = { .palette = RG_PALETTE_VIRIDIS, .scale = 1, .opacity = 1, .smooth = TRUE };
  float map[FIXTURE_PATCHES] = { 0 };
  cairo_surface_t *surface;
  guint centre, edge, beyond;

  map[5] = 1;
  surface = draw (grid, map, &style);
  centre = get_pixel (surface, 75, 75) >> 24;
  edge = get_pixel (surface, 100, 75) >> 24;
  beyond = get_pixel (surface, 140, 75) >> 24;

  g_assert_cmpuint (centre, >, 200);
  g_assert_cmpuint (edge, >, 60);
  g_assert_cmpuint (edge, <, centre);
  g_assert_cmpuint (beyond, <, 20);

  cairo_surface_destroy (surface);
}

/* A mark stands on the middle of its patch, light with a dark edge, and nowhere else. */
static void
test_sinks (void)
{
  static const RgSink sinks[] = { { 6, 3, 0.07 } };
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_ATTENTION);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 200, 200);
  cairo_t *cr = cairo_create (surface);
  guint n_marked = 0, n_dark = 0;

  cairo_scale (cr, 0.5, 0.5);
  rg_sink_marks_draw (cr, explanation, 2);
  cairo_surface_flush (surface);
  g_assert_cmphex (get_pixel (surface, 125, 75), ==, 0);

  rg_explanation_set_shares (explanation, NULL, sinks, 1);
  rg_sink_marks_draw (cr, explanation, 2);
  cairo_surface_flush (surface);
  g_assert_cmphex (get_pixel (surface, 125, 75), ==, 0xffffffff);
  for (int y = 0; y < 200; y++)
    for (int x = 0; x < 200; x++)
      {
        guint32 pixel = get_pixel (surface, x, y);

        g_assert_true (pixel == 0 || (x >= 110 && x < 140 && y >= 60 && y < 90));
        n_marked += pixel != 0;
        n_dark += (pixel & 0xff) * 2 < pixel >> 24;
      }
  g_assert_cmpuint (n_marked, >, 40);
  g_assert_cmpuint (n_dark, >, 5);

  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* A map of one value is flat, in both ways of drawing. */
static void
test_constant (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgHeatmapStyle style = { .palette = RG_PALETTE_CIVIDIS, .scale = 0.1, .opacity = 0.8 };
  float map[FIXTURE_PATCHES];

  for (guint i = 0; i < FIXTURE_PATCHES; i++)
    map[i] = 0.1f;

  for (style.smooth = FALSE; style.smooth <= TRUE; style.smooth++)
    {
      cairo_surface_t *surface = draw (grid, map, &style);
      guint32 first = get_pixel (surface, 0, 0);

      g_assert_cmphex (first, !=, 0);
      for (int y = 0; y < 200; y += 7)
        for (int x = 0; x < 200; x += 7)
          g_assert_cmphex (get_pixel (surface, x, y), ==, first);
      cairo_surface_destroy (surface);
    }
}

static void
test_nothing (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .scale = 0, .opacity = 1 };
  float map[FIXTURE_PATCHES] = { 1 };
  cairo_surface_t *surface = draw (grid, map, &style);

  g_assert_cmphex (get_pixel (surface, 10, 10), ==, 0);
  cairo_surface_destroy (surface);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/palette/published", test_palette_published);
  g_test_add_func ("/ui/palette/monotone", test_palette_monotone);
  g_test_add_func ("/ui/palette/clamp", test_palette_clamp);
  g_test_add_func ("/ui/heatmap/intensity", test_intensity);
  g_test_add_func ("/ui/palette/signed", test_palette_signed);
  g_test_add_func ("/ui/heatmap/pixel", test_pixel);
  g_test_add_func ("/ui/heatmap/signed", test_signed);
  g_test_add_func ("/ui/heatmap/cells", test_cells);
  g_test_add_func ("/ui/heatmap/smooth", test_smooth);
  g_test_add_func ("/ui/heatmap/sinks", test_sinks);
  g_test_add_func ("/ui/heatmap/constant", test_constant);
  g_test_add_func ("/ui/heatmap/nothing", test_nothing);

  return g_test_run ();
}
