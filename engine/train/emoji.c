/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/emoji.h"

#include <math.h>

#define FAMILY "Noto Color Emoji"

/* Side of the kept raster. The font's own bitmaps are about 130 pixels; objects in scenes are 20 … 70. */
#define SIDE 80

/* Side of the picture on which the font draws first. */
#define DRAFT 200

/* How much of the emoji's shading goes into the tinted picture. */
#define SHADING .6

/* Kinds that no emoji shows plainly (the arrow is a button, for example) have none. */
static const char *const characters[RG_N_KINDS] = {
  [RG_KIND_CIRCLE] = "\U0001F534",
  [RG_KIND_SQUARE] = "\U0001F7E5",
  [RG_KIND_TRIANGLE] = "\U0001F53A",
  [RG_KIND_STAR] = "\u2B50",
  [RG_KIND_HEART] = "\U0001F49C",
  [RG_KIND_CROSS] = "\u2795",
  [RG_KIND_RING] = "\u2B55",
  [RG_KIND_DIAMOND] = "\U0001F536",
  [RG_KIND_CRESCENT] = "\U0001F319",
  [RG_KIND_CAT] = "\U0001F431",
  [RG_KIND_DOG] = "\U0001F436",
  [RG_KIND_FISH] = "\U0001F41F",
  [RG_KIND_BIRD] = "\U0001F426",
  [RG_KIND_RABBIT] = "\U0001F430",
  [RG_KIND_TURTLE] = "\U0001F422",
  [RG_KIND_BUTTERFLY] = "\U0001F98B",
  [RG_KIND_SNAIL] = "\U0001F40C",
  [RG_KIND_TREE] = "\U0001F333",
  [RG_KIND_FLOWER] = "\U0001F33C",
  [RG_KIND_MUSHROOM] = "\U0001F344",
  [RG_KIND_APPLE] = "\U0001F34E",
  [RG_KIND_BANANA] = "\U0001F34C",
  [RG_KIND_CARROT] = "\U0001F955",
  [RG_KIND_HOUSE] = "\U0001F3E0",
  [RG_KIND_CAR] = "\U0001F697",
  [RG_KIND_BOAT] = "\u26F5",
  [RG_KIND_PLANE] = "\u2708",
  [RG_KIND_BICYCLE] = "\U0001F6B2",
  [RG_KIND_CUP] = "\u2615",
  [RG_KIND_KEY] = "\U0001F511",
  [RG_KIND_UMBRELLA] = "\u2602",
  [RG_KIND_BOOK] = "\U0001F4D6",
  [RG_KIND_BALL] = "\u26BD",
};

/** Stamp: an emoji without its colour */
typedef struct
{
  gboolean available;
  gboolean colored; /* the font's bitmap had colours */
  guint8 alpha[SIDE * SIDE];
  float shade[SIDE * SIDE]; /* luminance less the mean of the visible pixels, -1 … 1 */
} Stamp;

static cairo_scaled_font_t *
open_font (double size)
{
  cairo_font_face_t *face = cairo_toy_font_face_create (FAMILY, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_font_options_t *options = cairo_font_options_create ();
  cairo_matrix_t font_matrix, identity;
  cairo_matrix_init_scale (&font_matrix, size, size);
  cairo_matrix_init_identity (&identity);
  cairo_scaled_font_t *font = cairo_scaled_font_create (face, &font_matrix, &identity, options);
  cairo_font_options_destroy (options);
  cairo_font_face_destroy (face);
  return font;
}

/* Draws the glyph in the middle of @surface. Returns whether the font has it. */
static gboolean
draw_glyph (cairo_surface_t *surface, const char *text)
{
  cairo_scaled_font_t *font = open_font (DRAFT * .7);
  cairo_glyph_t *glyphs = NULL;
  int n = 0;
  gboolean found = cairo_scaled_font_text_to_glyphs (font, 0, 0, text, -1, &glyphs, &n, NULL, NULL, NULL) == CAIRO_STATUS_SUCCESS &&
                   n == 1 && glyphs[0].index != 0;
  if (found)
    {
      cairo_text_extents_t extents;
      cairo_scaled_font_glyph_extents (font, glyphs, n, &extents);
      cairo_t *cr = cairo_create (surface);
      cairo_translate (cr, DRAFT / 2 - extents.x_bearing - extents.width / 2, DRAFT / 2 - extents.y_bearing - extents.height / 2);
      cairo_set_scaled_font (cr, font);
      cairo_show_glyphs (cr, glyphs, n);
      cairo_destroy (cr);
    }
  cairo_glyph_free (glyphs);
  cairo_scaled_font_destroy (font);
  return found;
}

/* Fonts leave room around their glyphs, some much: scales what there is on @draft to fill @surface. */
static void
fit (cairo_surface_t *draft, cairo_surface_t *surface)
{
  int x0 = DRAFT, y0 = DRAFT, x1 = 0, y1 = 0, stride = cairo_image_surface_get_stride (draft);
  cairo_surface_flush (draft);
  const guint8 *data = cairo_image_surface_get_data (draft);
  for (int y = 0; y < DRAFT; y++)
    for (int x = 0; x < DRAFT; x++)
      if (((const guint32 *) (data + y * stride))[x] >> 24 > 127)
        {
          x0 = MIN (x0, x);
          x1 = MAX (x1, x + 1);
          y0 = MIN (y0, y);
          y1 = MAX (y1, y + 1);
        }
  if (x1 <= x0)
    return;

  double scale = (double) SIDE / MAX (x1 - x0, y1 - y0);
  cairo_t *cr = cairo_create (surface);
  cairo_translate (cr, SIDE / 2., SIDE / 2.);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, draft, -(x0 + x1) / 2., -(y0 + y1) / 2.);
  cairo_paint (cr);
  cairo_destroy (cr);
}

static void
read_shading (Stamp *self, cairo_surface_t *surface)
{
  double sum = 0, weight = 0;
  cairo_surface_flush (surface);
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  for (int i = 0; i < SIDE * SIDE; i++)
    {
      guint32 pixel = ((const guint32 *) (data + i / SIDE * stride))[i % SIDE];
      int a = pixel >> 24, r = pixel >> 16 & 255, g = pixel >> 8 & 255, b = pixel & 255;
      self->alpha[i] = (guint8) a;
      self->shade[i] = a > 0 ? (.3f * r + .59f * g + .11f * b) / a : 0;
      self->colored |= ABS (r - g) > 40 || ABS (g - b) > 40;
      sum += self->shade[i] * a;
      weight += a;
    }
  self->available = weight > 0;
  for (int i = 0; i < SIDE * SIDE && weight > 0; i++)
    self->shade[i] -= (float) (sum / weight);
}

static Stamp *
make_stamp (RgKind kind)
{
  Stamp *self = g_new0 (Stamp, 1);
  cairo_surface_t *draft = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, DRAFT, DRAFT);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, SIDE, SIDE);
  if (characters[kind] != NULL && draw_glyph (draft, characters[kind]))
    {
      fit (draft, surface);
      read_shading (self, surface);
    }
  cairo_surface_destroy (surface);
  cairo_surface_destroy (draft);
  return self;
}

static const Stamp *
get_stamp (RgKind kind)
{
  static gsize stamps[RG_N_KINDS];
  g_assert ((guint) kind < RG_N_KINDS);
  if (g_once_init_enter (&stamps[kind]))
    g_once_init_leave (&stamps[kind], (gsize) make_stamp (kind));
  return (const Stamp *) stamps[kind];
}

gboolean
rg_emoji_is_available (RgKind kind)
{
  /* Without the font, another one may stand in for it with black line drawings: no font draws the cat in colour but one
   * made for colours. */
  return get_stamp (RG_KIND_CAT)->colored && get_stamp (kind)->available;
}

static void
paint_at (cairo_t *cr, cairo_surface_t *surface, gboolean as_mask)
{
  cairo_save (cr);
  cairo_translate (cr, -1, -1);
  cairo_scale (cr, 2. / SIDE, 2. / SIDE);
  if (as_mask)
    {
      cairo_pattern_t *pattern = cairo_pattern_create_for_surface (surface);
      cairo_pattern_set_filter (pattern, CAIRO_FILTER_NEAREST);
      cairo_mask (cr, pattern);
      cairo_pattern_destroy (pattern);
    }
  else
    {
      cairo_set_source_surface (cr, surface, 0, 0);
      cairo_paint (cr);
    }
  cairo_restore (cr);
}

void
rg_emoji_paint (cairo_t *cr, RgKind kind, const double rgb[3])
{
  const Stamp *stamp = get_stamp (kind);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, SIDE, SIDE);
  guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  g_assert (stamp->available);

  for (int i = 0; data != NULL && i < SIDE * SIDE; i++)
    {
      guint32 pixel = stamp->alpha[i];
      for (int c = 0; c < 3; c++)
        {
          double value = rgb[c] + SHADING * stamp->shade[i];
          pixel = pixel << 8 | (guint32) (CLAMP (value, 0, 1) * stamp->alpha[i]);
        }
      ((guint32 *) (data + i / SIDE * stride))[i % SIDE] = pixel;
    }
  cairo_surface_mark_dirty (surface);
  paint_at (cr, surface, FALSE);
  cairo_surface_destroy (surface);
}

void
rg_emoji_mask (cairo_t *cr, RgKind kind)
{
  const Stamp *stamp = get_stamp (kind);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, SIDE, SIDE);
  guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  g_assert (stamp->available);

  for (int i = 0; data != NULL && i < SIDE * SIDE; i++)
    data[i / SIDE * stride + i % SIDE] = stamp->alpha[i] > 127 ? 255 : 0;
  cairo_surface_mark_dirty (surface);
  paint_at (cr, surface, TRUE);
  cairo_surface_destroy (surface);
}
