/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/object.h"

#include <math.h>

#include "engine/tensor/random.h"
#include "engine/train/emoji.h"
#include "engine/train/glyph.h"

/* The styles. Each paints any glyph; none knows a kind. */

/* Widths in units of the glyph. The outline lies outside the body (thin parts would be swallowed by a line inside), so the
 * body is drawn smaller by as much. */
#define OUTLINE .15
#define SOLID_GROWTH .3
#define WOBBLE_LINE .07
#define WOBBLE_AMPLITUDE .028
#define CHALK_LINE .1
#define CHALK_AMPLITUDE .02

/* The edge of white ink, in pixels at least and in units of the glyph. */
#define HAIRLINE_PIXELS .9
#define HAIRLINE .05

/* A line of an outlined object is at least this many pixels wide, or its colour would drown in the backdrop's. */
#define OUTLINE_MIN_PIXELS 1.7

typedef struct
{
  cairo_t *cr;
  const RgObject *object;
  const RgGlyph *glyph;
  double rgb[3];
  guint64 seed;
} Brush;

static const char *const style_names[RG_N_STYLES] = { "filled", "outlined", "wobble", "emoji", "chalk" };

const char *
rg_style_get_name (RgStyle style)
{
  g_assert ((guint) style < RG_N_STYLES);
  return style_names[style];
}

gboolean
rg_style_is_available (RgStyle style, RgKind kind)
{
  g_assert ((guint) style < RG_N_STYLES && (guint) kind < RG_N_KINDS);
  return style != RG_STYLE_EMOJI || rg_emoji_is_available (kind);
}

static double
luminance (const double rgb[3])
{
  return .3 * rgb[0] + .59 * rgb[1] + .11 * rgb[2];
}

static void
mix (const double from[3], const double to[3], double t, double out[3])
{
  for (int c = 0; c < 3; c++)
    out[c] = from[c] + (to[c] - from[c]) * t;
}

/* A tint of the object's colour, or white or black; black can only get lighter and white only darker. */
static void
tint (const double rgb[3], RgGlyphInk ink, double out[3])
{
  static const double black[3] = { .02, .02, .02 }, grey[3] = { .5, .5, .5 }, white[3] = { 1, 1, 1 };
  double y = luminance (rgb);
  gboolean dark = y < .15;
  gboolean light = y > .9;
  const double *shadow = dark || light ? grey : black;
  switch (ink)
    {
    case RG_GLYPH_DARKER:
      mix (rgb, shadow, dark || light ? .75 : .4, out);
      break;
    case RG_GLYPH_SHADE:
      mix (rgb, shadow, dark || light ? .3 : .2, out);
      break;
    case RG_GLYPH_LIGHTER:
      if (light)
        mix (rgb, grey, .25, out);
      else
        mix (rgb, white, dark ? .18 : .4, out);
      break;
    default:
      mix (black, white, ink == RG_GLYPH_WHITE, out);
    }
}

static void
set_rgb (const Brush *self, const double rgb[3])
{
  cairo_set_source_rgb (self->cr, rgb[0], rgb[1], rgb[2]);
}

static void
trace (const Brush *self, const RgGlyphPath *path, const RgWarp *warp)
{
  cairo_new_path (self->cr);
  rg_glyph_path_trace (path, self->cr, RG_GLYPH_WHOLE, warp);
}

static void
stroke (const Brush *self, double width)
{
  cairo_set_line_width (self->cr, width);
  cairo_stroke (self->cr);
}

static double
outline_width (const RgObject *object)
{
  return CLAMP (OUTLINE_MIN_PIXELS / object->size, OUTLINE, .3);
}

/* White ink needs an edge on a white sheet. */
static gboolean
needs_hairline (const Brush *self)
{
  return self->object->color == RG_COLOR_WHITE;
}

static double
hairline_width (const RgObject *object)
{
  return CLAMP (HAIRLINE_PIXELS / object->size, HAIRLINE, .2);
}

static void
set_hairline_grey (const Brush *self)
{
  cairo_set_source_rgb (self->cr, .45, .45, .47);
}

static void
fill_details (const Brush *self, const RgWarp *warp)
{
  for (guint i = 0; i < self->glyph->n_details; i++)
    {
      const RgGlyphDetail *detail = &self->glyph->details[i];
      double rgb[3];
      tint (self->rgb, detail->ink, rgb);
      set_rgb (self, rgb);
      trace (self, detail->path, warp);
      if (detail->touch == RG_GLYPH_LINE)
        stroke (self, detail->width);
      else
        cairo_fill (self->cr);
    }
}

/* Details of the styles that draw lines: @width of a line. */
static void
line_details (const Brush *self, double width, const RgWarp *warp)
{
  for (guint i = 0; i < self->glyph->n_details; i++)
    {
      const RgGlyphDetail *detail = &self->glyph->details[i];
      if (detail->touch == RG_GLYPH_TINT)
        continue;
      trace (self, detail->path, warp);
      if (detail->touch == RG_GLYPH_FILL)
        cairo_fill (self->cr);
      else
        stroke (self, width);
    }
}

static void
draw_filled (const Brush *self)
{
  if (needs_hairline (self))
    {
      set_hairline_grey (self);
      trace (self, self->glyph->body, NULL);
      stroke (self, 2 * hairline_width (self->object));
    }
  set_rgb (self, self->rgb);
  trace (self, self->glyph->body, NULL);
  cairo_fill (self->cr);
  fill_details (self, NULL);
}

/* The edge of a union of subpaths: a line twice as wide, of which the inner half is taken away again. Thin parts would be
 * mostly edge: they are filled, and get a little thicker. @grow: how much wider than the line itself, 0 or the hairline */
static void
paint_edge (const Brush *self, double width, double grow)
{
  cairo_t *cr = self->cr;
  cairo_push_group_with_content (cr, CAIRO_CONTENT_ALPHA);
  cairo_new_path (cr);
  rg_glyph_path_trace (self->glyph->body, cr, RG_GLYPH_HOLLOW, NULL);
  cairo_set_line_width (cr, 2 * (width + grow));
  cairo_stroke_preserve (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_CLEAR);
  cairo_fill (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  rg_glyph_path_trace (self->glyph->body, cr, RG_GLYPH_SOLID, NULL);
  cairo_set_line_width (cr, 2 * (width * SOLID_GROWTH + grow));
  cairo_stroke_preserve (cr);
  cairo_fill (cr);

  cairo_pattern_t *edge = cairo_pop_group (cr);
  cairo_mask (cr, edge);
  cairo_pattern_destroy (edge);
}

static void
draw_outlined (const Brush *self)
{
  double width = outline_width (self->object);
  cairo_scale (self->cr, 1 / (1 + width), 1 / (1 + width));
  if (needs_hairline (self))
    {
      set_hairline_grey (self);
      paint_edge (self, width, hairline_width (self->object) * .7);
    }
  set_rgb (self, self->rgb);
  paint_edge (self, width, 0);
  line_details (self, width * .6, NULL);
}

static void
draw_emoji (const Brush *self)
{
  if (rg_emoji_is_available (self->object->kind))
    rg_emoji_paint (self->cr, self->object->kind, self->rgb);
  else
    draw_filled (self);
}

/* Parallel strokes over the body, kept inside it. */
static void
hatch (const Brush *self, const RgWarp *warp, RgRandom *random)
{
  double angle = rg_random_range (random, 0, G_PI), step = rg_random_range (random, .13, .2);
  double c = cos (angle), s = sin (angle);

  cairo_save (self->cr);
  trace (self, self->glyph->body, warp);
  cairo_clip (self->cr);
  for (double t = -1.5; t < 1.5; t += step)
    {
      double bend = rg_random_range (random, -.06, .06);
      cairo_move_to (self->cr, t * c - 1.5 * s, t * s + 1.5 * c);
      cairo_line_to (self->cr, (t + bend) * c + 1.5 * s, (t + bend) * s - 1.5 * c);
    }
  stroke (self, step * .62);
  cairo_restore (self->cr);
}

static void
draw_wobble (const Brush *self)
{
  RgRandom random;
  RgWarp line, fill;
  double dark[3], pale[3];
  static const double white[3] = { 1, 1, 1 };
  rg_random_init (&random, self->seed, 1);
  rg_warp_init (&line, WOBBLE_AMPLITUDE, rg_random_next (&random));
  /* The paint follows another hand than the line: where they part, the line gets thicker or thinner. */
  rg_warp_init (&fill, WOBBLE_AMPLITUDE, rg_random_next (&random));
  tint (self->rgb, RG_GLYPH_DARKER, dark);

  cairo_scale (self->cr, 1 / (1 + WOBBLE_LINE), 1 / (1 + WOBBLE_LINE));
  set_rgb (self, dark);
  trace (self, self->glyph->body, &line);
  stroke (self, 2 * WOBBLE_LINE);

  gboolean hatched = rg_random_uniform (&random) < .35 && self->object->color != RG_COLOR_WHITE;
  mix (self->rgb, white, hatched ? .35 : 0, pale);
  set_rgb (self, pale);
  trace (self, self->glyph->body, &fill);
  cairo_fill (self->cr);
  if (hatched)
    {
      set_rgb (self, self->rgb);
      hatch (self, &fill, &random);
    }
  fill_details (self, &line);
}

/* Stippled: dots on a shaken grid inside, a dotted line around. */
static void
draw_chalk (const Brush *self)
{
  RgRandom random;
  RgWarp warp;
  double step = .21;
  static const double dots[] = { 0, .15 };
  rg_random_init (&random, self->seed, 2);
  rg_warp_init (&warp, CHALK_AMPLITUDE, rg_random_next (&random));

  cairo_scale (self->cr, 1 / (1 + CHALK_LINE / 2), 1 / (1 + CHALK_LINE / 2));
  set_rgb (self, self->rgb);
  if (needs_hairline (self))
    {
      set_hairline_grey (self);
      trace (self, self->glyph->body, &warp);
      stroke (self, CHALK_LINE + hairline_width (self->object));
      set_rgb (self, self->rgb);
    }
  cairo_save (self->cr);
  trace (self, self->glyph->body, &warp);
  cairo_clip (self->cr);
  for (double y = -1; y <= 1; y += step)
    for (double x = -1; x <= 1; x += step)
      {
        double cx = x + rg_random_range (&random, -.05, .05), cy = y + rg_random_range (&random, -.05, .05);
        cairo_new_sub_path (self->cr);
        cairo_arc (self->cr, cx, cy, step * .42, 0, 2 * G_PI);
      }
  cairo_fill (self->cr);
  cairo_restore (self->cr);

  cairo_set_dash (self->cr, dots, 2, 0);
  trace (self, self->glyph->body, &warp);
  stroke (self, CHALK_LINE * 1.3);
  cairo_set_dash (self->cr, NULL, 0, 0);
  double dark[3];
  tint (self->rgb, RG_GLYPH_DARKER, dark);
  set_rgb (self, dark);
  line_details (self, CHALK_LINE, &warp);
}

/* Takes paint away along bent lines, wherever they cross the object. */
static void
scratch (const Brush *self)
{
  RgRandom random;
  guint n = 4 + (guint) (self->object->worn * 14);

  rg_random_init (&random, self->seed, 3);
  cairo_set_operator (self->cr, CAIRO_OPERATOR_DEST_OUT);
  cairo_set_source_rgba (self->cr, 0, 0, 0, rg_random_range (&random, .6, 1));
  for (guint i = 0; i < n; i++)
    {
      double x = rg_random_range (&random, -1, 1), y = rg_random_range (&random, -1, 1);
      double angle = rg_random_range (&random, 0, 2 * G_PI), length = rg_random_range (&random, .2, .8);
      double bend = rg_random_range (&random, -.2, .2), dx = cos (angle) * length, dy = sin (angle) * length;

      cairo_move_to (self->cr, x - dx, y - dy);
      cairo_curve_to (self->cr, x - dx / 3 - bend * dy, y - dy / 3 + bend * dx, x + dx / 3 - bend * dy, y + dy / 3 + bend * dx, x + dx, y + dy);
      cairo_set_line_width (self->cr, rg_random_range (&random, .04, .13));
      cairo_stroke (self->cr);
    }
}

/* From here on the unit is half the object's side, its centre the origin. Groups are no larger than the object. */
static void
enter (const RgObject *self, cairo_t *cr)
{
  cairo_save (cr);
  double reach = ceil (self->size * 1.5) + 1;
  cairo_rectangle (cr, floor (self->x - reach), floor (self->y - reach), 2 * reach + 1, 2 * reach + 1);
  cairo_clip (cr);
  cairo_translate (cr, self->x, self->y);
  cairo_rotate (cr, self->angle);
  cairo_scale (cr, self->flipped ? -self->size : self->size, self->size);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
}

static guint64
look_of (const RgObject *self, guint64 seed)
{
  return seed ^ (self->variant * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) ^ self->kind;
}

void
rg_object_draw (const RgObject *self, cairo_t *cr, guint64 seed)
{
  Brush brush = { cr, self, rg_glyph_get (self->kind), { 0 }, look_of (self, seed) };
  rg_color_get_shade (self->color, self->variant, brush.rgb);

  enter (self, cr);
  if (self->worn > 0)
    cairo_push_group (cr); /* so that the scratches spare the backdrop */
  switch (self->style)
    {
    case RG_STYLE_OUTLINED:
      draw_outlined (&brush);
      break;
    case RG_STYLE_WOBBLE:
      draw_wobble (&brush);
      break;
    case RG_STYLE_EMOJI:
      draw_emoji (&brush);
      break;
    case RG_STYLE_CHALK:
      draw_chalk (&brush);
      break;
    default:
      draw_filled (&brush);
    }
  if (self->worn > 0)
    {
      scratch (&brush);
      cairo_pop_group_to_source (cr);
      cairo_paint (cr);
    }
  cairo_restore (cr);
}

static void
fill_grown (const RgObject *self, cairo_t *cr, RgGlyphPart part, double growth, const RgWarp *warp)
{
  cairo_new_path (cr);
  rg_glyph_path_trace (rg_glyph_get (self->kind)->body, cr, part, warp);
  if (growth > 0)
    {
      cairo_set_line_width (cr, 2 * growth);
      cairo_stroke_preserve (cr);
    }
  cairo_fill (cr);
}

void
rg_object_draw_silhouette (const RgObject *self, cairo_t *cr, guint64 seed)
{
  RgRandom random;
  RgWarp warp;
  const RgWarp *used = NULL;
  double line = 0;

  switch (self->style)
    {
    case RG_STYLE_OUTLINED:
      line = outline_width (self);
      break;
    case RG_STYLE_WOBBLE:
      rg_random_init (&random, look_of (self, seed), 1);
      rg_warp_init (&warp, WOBBLE_AMPLITUDE, rg_random_next (&random));
      used = &warp;
      line = WOBBLE_LINE;
      break;
    case RG_STYLE_CHALK:
      rg_random_init (&random, look_of (self, seed), 2);
      rg_warp_init (&warp, CHALK_AMPLITUDE, rg_random_next (&random));
      used = &warp;
      line = CHALK_LINE / 2;
      break;
    default:
      break;
    }

  enter (self, cr);
  if (self->style == RG_STYLE_EMOJI && rg_emoji_is_available (self->kind))
    {
      rg_emoji_mask (cr, self->kind);
      cairo_restore (cr);
      return;
    }
  cairo_scale (cr, 1 / (1 + line), 1 / (1 + line));
  fill_grown (self, cr, RG_GLYPH_HOLLOW, line, used);
  fill_grown (self, cr, RG_GLYPH_SOLID, self->style == RG_STYLE_OUTLINED ? line * SOLID_GROWTH : line, used);
  cairo_restore (cr);
}
