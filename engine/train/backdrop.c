/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/backdrop.h"

#include <math.h>
#include <string.h>

/* A backdrop is two colours and a pattern that says, for each pixel, how much of the second (0 … 255). Patterns are computed
 * row by row in integers: this runs for every pixel that the trainer draws. */

/* Distance (see difference()) that an object's colour keeps from the backdrop's colours. */
#define CONTRAST 210.
#define TRIES 60

/* How often white ink, which has a grey edge, may lie on white paper: that is how people draw. */
#define WHITE_ON_WHITE .12

/* --- patterns ----------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint width, height;
  gint64 ax, ay, b; /* 16.16: a wave or slope along x and y */
  guint period;
  guint32 salt;
  guint8 lattice[33][33];
} Pattern;

static inline guint32
hash (guint32 x)
{
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ (x >> 16);
}

static void
linear_row (const Pattern *self, guint y, guint8 *t)
{
  gint32 v = (gint32) (self->b + self->ay * y), slope = (gint32) self->ax;
  for (guint x = 0; x < self->width; x++, v += slope)
    t[x] = (guint8) CLAMP (v >> 16, 0, 255);
}

static void
radial_row (const Pattern *self, guint y, guint8 *t)
{
  /* Whole numbers all the same: only the quotient is rounded, and never up to the next one. */
  double dy = (double) (y - (self->ay >> 16)), reach = (double) MAX (self->b >> 16, 1);
  gint32 middle = (gint32) (self->ax >> 16);
  for (guint x = 0; x < self->width; x++)
    {
      double dx = (gint32) x - middle, v = (dx * dx + dy * dy) * 255 / reach;
      t[x] = (guint8) (gint32) MIN (v, 255);
    }
}

static void
noise_row (const Pattern *self, guint y, guint8 *t)
{
  guint32 state = hash (self->salt + y) | 1;
  for (guint x = 0; x < self->width; x++)
    {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      t[x] = (guint8) state;
    }
}

/* Bands with soft edges: a triangle wave cut off at both ends. */
static void
stripes_row (const Pattern *self, guint y, guint8 *t)
{
  guint32 v = (guint32) (self->b + self->ay * y), pace = (guint32) self->ax;
  for (guint x = 0; x < self->width; x++, v += pace)
    {
      gint phase = (v >> 16) & 511;
      gint wave = phase < 256 ? phase : 511 - phase;
      t[x] = (guint8) CLAMP ((wave - 128) * 4 + 128, 0, 255);
    }
}

static void
checks_row (const Pattern *self, guint y, guint8 *t)
{
  guint shift = self->salt % self->period, end = self->period - shift;
  guint8 value = (y + shift) / self->period & 1 ? 255 : 0;
  for (guint x = 0; x < self->width; x = end, end += self->period, value = (guint8) ~value)
    memset (t + x, value, MIN (end, self->width) - x);
}

static void
dots_row (const Pattern *self, guint y, guint8 *t)
{
  gint period = (gint) self->period, radius2 = period * period / 14;
  guint row = (y + self->salt % self->period) / self->period;
  gint dy = (gint) ((y + self->salt % self->period) % self->period) - period / 2;
  gint dx = (gint) ((row & 1) * self->period / 2) - period / 2;
  for (guint x = 0; x < self->width; x++)
    {
      t[x] = dx * dx + dy * dy <= radius2 ? 255 : 0;
      dx = dx + 1 < period - period / 2 ? dx + 1 : -(period / 2);
    }
}

/* Paper: values of a coarse lattice, interpolated, with fine grain over them. */
static void
paper_row (const Pattern *self, guint y, guint8 *t)
{
  guint cell = MAX (self->period, (MAX (self->width, self->height) + 31) / 32), row = y / cell, fy = y % cell * 256 / cell;
  guint right = self->lattice[row][0] * (256 - fy) + self->lattice[row + 1][0] * fy;
  noise_row (self, y, t);
  for (guint x = 0, col = 1; x < self->width; col++)
    {
      guint left = right;
      right = self->lattice[row][col] * (256 - fy) + self->lattice[row + 1][col] * fy;
      for (guint i = 0; i < cell && x < self->width; i++, x++)
        {
          guint fx = i * 256 / cell, smooth = (left * (256 - fx) + right * fx) >> 16;
          t[x] = (guint8) ((smooth * 3 + t[x]) >> 2);
        }
    }
}

static void
plain_row (const Pattern *self, guint y, guint8 *t)
{
  for (guint x = 0; x < self->width; x++)
    t[x] = 0;
}

typedef void (*RowFunc) (const Pattern *self, guint y, guint8 *t);

static const RowFunc row_functions[RG_N_BACKDROPS] = {
  [RG_BACKDROP_PLAIN] = plain_row,
  [RG_BACKDROP_LINEAR] = linear_row,
  [RG_BACKDROP_RADIAL] = radial_row,
  [RG_BACKDROP_NOISE] = noise_row,
  [RG_BACKDROP_STRIPES] = stripes_row,
  [RG_BACKDROP_CHECKS] = checks_row,
  [RG_BACKDROP_DOTS] = dots_row,
  [RG_BACKDROP_PAPER] = paper_row,
  [RG_BACKDROP_CLUTTER] = plain_row,
};

static gint64
fixed (double value)
{
  return (gint64) floor (value * 65536);
}

static void
pattern_init (Pattern *self, const RgScene *scene, RgRandom *random)
{
  double w = scene->width, h = scene->height, side = MIN (w, h);
  double angle = rg_random_range (random, 0, 2 * G_PI), c = cos (angle), s = sin (angle);
  double length = fabs (w * c) + fabs (h * s);
  *self = (Pattern){ .width = scene->width, .height = scene->height };
  self->salt = (guint32) rg_random_next (random);

  /* Not within MAX(), which would draw twice: the second number may be the smaller one, and a period of 0 is none. */
  self->period = side * rg_random_range (random, .06, .18);
  self->period = MAX (2, self->period);

  if (scene->backdrop == RG_BACKDROP_LINEAR)
    {
      self->ax = fixed (255 * c / length);
      self->ay = fixed (255 * s / length);
      self->b = fixed (127.5 - 127.5 * (w * c + h * s) / length);
    }
  else if (scene->backdrop == RG_BACKDROP_RADIAL)
    {
      self->ax = fixed (w * rg_random_range (random, .2, .8));
      self->ay = fixed (h * rg_random_range (random, .2, .8));
      double reach = MAX (w, h) * rg_random_range (random, .7, 1.1);
      self->b = fixed (reach * reach);
    }
  else if (scene->backdrop == RG_BACKDROP_STRIPES)
    {
      double pace = 512 / (side * rg_random_range (random, .08, .3));
      self->ax = fixed (c * pace);
      self->ay = fixed (s * pace);
    }
  else if (scene->backdrop == RG_BACKDROP_PAPER)
    for (guint i = 0; i < 33 * 33; i++)
      self->lattice[i / 33][i % 33] = (guint8) (hash (self->salt + i) >> 24);
}

/* --- painting ----------------------------------------------------------------------------------------------------- */

/* Short strokes and small blobs between the backdrop's two colours: clearly no objects. */
static void
paint_clutter (const RgScene *scene, cairo_surface_t *surface, RgRandom *random)
{
  cairo_t *cr = cairo_create (surface);
  double side = MIN (scene->width, scene->height);
  guint n = 10 + rg_random_below (random, 25);
  const guint8 *ink = scene->ink[1];

  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (guint i = 0; i < n; i++)
    {
      double x = rg_random_range (random, 0, scene->width), y = rg_random_range (random, 0, scene->height);
      double reach = side * rg_random_range (random, .01, .09), angle = rg_random_range (random, 0, 2 * G_PI);
      cairo_set_source_rgba (cr, ink[0] / 255., ink[1] / 255., ink[2] / 255., rg_random_range (random, .4, 1));
      if (rg_random_below (random, 3) == 0)
        {
          cairo_arc (cr, x, y, reach * .4, 0, 2 * G_PI);
          cairo_fill (cr);
          continue;
        }
      cairo_move_to (cr, x, y);
      cairo_line_to (cr, x + reach * cos (angle), y + reach * sin (angle));
      cairo_set_line_width (cr, MAX (1, side * rg_random_range (random, .005, .02)));
      cairo_stroke (cr);
    }
  cairo_destroy (cr);
}

static void
make_ramp (const RgScene *scene, guint32 ramp[256])
{
  for (guint t = 0; t < 256; t++)
    {
      guint32 pixel = 0;
      for (guint c = 0; c < 3; c++)
        pixel = pixel << 8 | (guint32) ((scene->ink[0][c] * (255 - t) + scene->ink[1][c] * t + 127) / 255);
      ramp[t] = pixel;
    }
}

void
rg_backdrop_paint (const RgScene *scene, cairo_surface_t *surface)
{
  RgRandom random;
  Pattern pattern;
  guint32 ramp[256];
  g_autofree guint8 *t = g_malloc (MAX (scene->width, 1));
  rg_random_init (&random, scene->seed, 3);
  pattern_init (&pattern, scene, &random);
  make_ramp (scene, ramp);

  cairo_surface_flush (surface);
  guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  for (guint y = 0; y < scene->height; y++)
    {
      guint32 *row = (guint32 *) (data + (gsize) y * stride);
      row_functions[scene->backdrop](&pattern, y, t);
      for (guint x = 0; x < scene->width; x++)
        row[x] = ramp[t[x]];
    }
  cairo_surface_mark_dirty (surface);
  if (scene->backdrop == RG_BACKDROP_CLUTTER)
    paint_clutter (scene, surface, &random);
}

/* --- choosing ----------------------------------------------------------------------------------------------------- */

/* Distance of two colours, 0 … about 765, with the weights of red and blue depending on how red both are: closer to what the
 * eye says than the plain distance, at its price. */
static double
difference (const double a[3], const double b[3])
{
  double red = (a[0] + b[0]) / 2, d[3];
  for (int c = 0; c < 3; c++)
    d[c] = (a[c] - b[c]) * 255;
  return sqrt ((2 + red) * d[0] * d[0] + 4 * d[1] * d[1] + (3 - red) * d[2] * d[2]);
}

/* The least difference between an object and what may lie around it. */
static double
contrast (const RgScene *scene, const double ink[2][3], gboolean edge_suffices)
{
  double least = G_MAXDOUBLE, middle[3];
  for (int c = 0; c < 3; c++)
    middle[c] = (ink[0][c] + ink[1][c]) / 2;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      double rgb[3];
      gboolean edged = object->color == RG_COLOR_WHITE && object->style != RG_STYLE_EMOJI && object->style != RG_STYLE_OUTLINED;
      if (edged && edge_suffices)
        continue;
      rg_color_get_shade (object->color, object->variant, rgb);
      /* Thin ink needs more contrast than a flat area. */
      double weight = object->style == RG_STYLE_OUTLINED ? .75 : 1;
      double d = MIN (MIN (difference (rgb, ink[0]), difference (rgb, ink[1])), difference (rgb, middle));
      least = MIN (least, d * weight);
    }
  return least;
}

static void
choose_ink (RgBackdrop backdrop, RgRandom *random, double ink[2][3])
{
  double kind = rg_random_uniform (random), base, spread;
  if (kind < .25)
    base = rg_random_range (random, .95, 1), spread = .01;
  else if (kind < .6)
    base = rg_random_range (random, .72, .97), spread = .09;
  else if (kind < .8)
    base = rg_random_range (random, .35, .75), spread = .16;
  else
    base = rg_random_range (random, .04, .35), spread = .1;

  /* Slopes may go far from one end to the other; textures stay faint. */
  gboolean slope = backdrop == RG_BACKDROP_LINEAR || backdrop == RG_BACKDROP_RADIAL;
  double reach = slope ? .3 : .13, shift = rg_random_range (random, -reach, reach);
  if (base + shift > 1 || base + shift < 0)
    shift = -shift;
  for (int c = 0; c < 3; c++)
    {
      double first = base + rg_random_range (random, -spread, spread);
      double second = first + shift + rg_random_range (random, -reach, reach) * .3;
      ink[0][c] = CLAMP (first, 0, 1);
      ink[1][c] = CLAMP (second, 0, 1);
      if (backdrop == RG_BACKDROP_PLAIN)
        ink[1][c] = ink[0][c];
    }
}

static RgBackdrop
choose_pattern (guint backdrops, RgRandom *random)
{
  RgBackdrop backdrop;
  if (backdrops & 1u << RG_BACKDROP_PLAIN && rg_random_uniform (random) < .2)
    return RG_BACKDROP_PLAIN;
  do
    backdrop = rg_random_below (random, RG_N_BACKDROPS);
  while (!(backdrops & 1u << backdrop));
  return backdrop;
}

void
rg_backdrop_choose (RgScene *scene, guint backdrops, RgRandom *random)
{
  double best = -1, ink[2][3];
  g_assert ((backdrops & ((1u << RG_N_BACKDROPS) - 1)) != 0);
  gboolean edge_suffices = rg_random_uniform (random) < WHITE_ON_WHITE;
  for (guint try = 0; try < TRIES && best < CONTRAST; try++)
    {
      RgBackdrop backdrop = choose_pattern (backdrops, random);
      choose_ink (backdrop, random, ink);
      double found = contrast (scene, ink, edge_suffices);
      if (found <= best)
        continue;
      best = found;
      scene->backdrop = backdrop;
      for (int i = 0; i < 6; i++)
        scene->ink[i / 3][i % 3] = (guint8) lrint (ink[i / 3][i % 3] * 255);
    }
}
