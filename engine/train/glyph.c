/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/glyph.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/random.h"

/* How far apart the control points of an ellipse's quarter lie: 4/3 (√2 − 1). */
#define KAPPA .5522847498

/* Straight pieces are cut to this length before they are warped, so that a long side bends too. */
#define WARP_STEP .3

typedef struct
{
  gboolean curve;
  double p[6]; /* two control points and the end; a line has only the end, in p[4], p[5] */
} Segment;

typedef struct
{
  double x, y; /* start */
  gboolean closed;
  RgGlyphPart part;
  guint first, n; /* segments */
} Subpath;

struct _RgGlyphPath
{
  GArray *subpaths;
  GArray *segments;
};

typedef struct
{
  const char *at;
  RgGlyphPath *path;
  gboolean hole;  /* the next subpath is one */
  gboolean solid; /* the next subpath is */
} Parser;

static double
number (Parser *self)
{
  char *end;
  double value = g_ascii_strtod (self->at, &end);
  g_assert (end != self->at);
  self->at = end;
  return value / 100;
}

static Subpath *
last_subpath (Parser *self)
{
  g_assert (self->path->subpaths->len > 0);
  return &g_array_index (self->path->subpaths, Subpath, self->path->subpaths->len - 1);
}

static void
begin (Parser *self, double x, double y)
{
  Subpath subpath = { x, y, FALSE, self->solid ? RG_GLYPH_SOLID : RG_GLYPH_HOLLOW, self->path->segments->len, 0 };
  self->solid = FALSE;
  g_array_append_val (self->path->subpaths, subpath);
}

static void
add_line (Parser *self, double x, double y)
{
  Segment segment = { FALSE, { 0, 0, 0, 0, x, y } };
  g_array_append_val (self->path->segments, segment);
  last_subpath (self)->n++;
}

static void
add_curve (Parser *self, const double p[6])
{
  Segment segment = { .curve = TRUE };
  memcpy (segment.p, p, sizeof segment.p);
  g_array_append_val (self->path->segments, segment);
  last_subpath (self)->n++;
}

/* Twice the area inside the polygon of end and control points, positive if clockwise on the screen. */
static double
signed_area (const Subpath *subpath, const Segment *segments)
{
  double area = 0, x = subpath->x, y = subpath->y;
  for (guint i = 0; i < subpath->n; i++)
    for (guint k = segments[i].curve ? 0 : 4; k < 6; k += 2)
      {
        area += x * segments[i].p[k + 1] - y * segments[i].p[k];
        x = segments[i].p[k];
        y = segments[i].p[k + 1];
      }
  return area + x * subpath->y - y * subpath->x;
}

static void
reverse (Subpath *subpath, Segment *segments)
{
  g_autofree Segment *turned = g_new (Segment, subpath->n);
  for (guint i = 0; i < subpath->n; i++)
    {
      const Segment *from = &segments[subpath->n - 1 - i];
      const double *before = i + 1 == subpath->n ? &subpath->x : &segments[subpath->n - 2 - i].p[4];
      turned[i] = (Segment){ from->curve, { from->p[2], from->p[3], from->p[0], from->p[1], before[0], before[1] } };
    }
  subpath->x = segments[subpath->n - 1].p[4];
  subpath->y = segments[subpath->n - 1].p[5];
  memcpy (segments, turned, subpath->n * sizeof *segments);
}

/* Holes run the other way round: that is what makes non-zero winding subtract them. */
static void
finish (Parser *self)
{
  Subpath *subpath = last_subpath (self);
  Segment *segments = &g_array_index (self->path->segments, Segment, subpath->first);
  subpath->closed = TRUE;
  if ((signed_area (subpath, segments) < 0) != self->hole)
    reverse (subpath, segments);
  self->hole = FALSE;
}

static void
add_ellipse (Parser *self, double cx, double cy, double rx, double ry, double degrees)
{
  static const double unit[13][2] = {
    { 1, 0 }, { 1, KAPPA }, { KAPPA, 1 }, { 0, 1 }, { -KAPPA, 1 }, { -1, KAPPA }, { -1, 0 }, { -1, -KAPPA }, { -KAPPA, -1 }, { 0, -1 }, { KAPPA, -1 }, { 1, -KAPPA }, { 1, 0 }
  };
  double c = cos (degrees * G_PI / 180), s = sin (degrees * G_PI / 180), p[13][2];
  for (guint i = 0; i < 13; i++)
    {
      p[i][0] = cx + c * rx * unit[i][0] - s * ry * unit[i][1];
      p[i][1] = cy + s * rx * unit[i][0] + c * ry * unit[i][1];
    }
  begin (self, p[0][0], p[0][1]);
  for (guint i = 1; i < 13; i += 3)
    add_curve (self, p[i]);
  finish (self);
}

static void
add_thick_line (Parser *self)
{
  double half = number (self) / 2;
  guint n = (guint) lrint (number (self) * 100);
  double x = number (self), y = number (self);
  self->solid = TRUE;
  add_ellipse (self, x, y, half, half, 0);

  for (guint i = 1; i < n; i++)
    {
      double x1 = number (self), y1 = number (self), length = hypot (x1 - x, y1 - y);
      if (length > 0)
        {
          double nx = -(y1 - y) / length * half, ny = (x1 - x) / length * half;
          self->solid = TRUE;
          begin (self, x + nx, y + ny);
          add_line (self, x1 + nx, y1 + ny);
          add_line (self, x1 - nx, y1 - ny);
          add_line (self, x - nx, y - ny);
          finish (self);
        }
      self->solid = TRUE;
      add_ellipse (self, x1, y1, half, half, 0);
      x = x1;
      y = y1;
    }
}

static void
parse_command (Parser *self, char command)
{
  double v[6];
  static const char *const counts = "M2L2C6Z0H0S0O4Q5R4T0";
  const char *known = strchr (counts, command);
  g_assert (known != NULL && g_ascii_isalpha (command));
  for (int i = 0; i < known[1] - '0'; i++)
    v[i] = number (self);

  switch (command)
    {
    case 'M':
      begin (self, v[0], v[1]);
      break;
    case 'L':
      add_line (self, v[0], v[1]);
      break;
    case 'C':
      add_curve (self, v);
      break;
    case 'Z':
      finish (self);
      break;
    case 'H':
      self->hole = TRUE;
      break;
    case 'S':
      self->solid = TRUE;
      break;
    case 'O':
      add_ellipse (self, v[0], v[1], v[2], v[3], 0);
      break;
    case 'Q':
      add_ellipse (self, v[0], v[1], v[2], v[3], v[4] * 100);
      break;
    case 'R':
      begin (self, v[0], v[1]);
      add_line (self, v[0] + v[2], v[1]);
      add_line (self, v[0] + v[2], v[1] + v[3]);
      add_line (self, v[0], v[1] + v[3]);
      finish (self);
      break;
    default:
      add_thick_line (self);
    }
}

static RgGlyphPath *
parse (const char *text)
{
  RgGlyphPath *path = g_new0 (RgGlyphPath, 1);
  path->subpaths = g_array_new (FALSE, FALSE, sizeof (Subpath));
  path->segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  Parser parser = { text, path, FALSE, FALSE };

  while (*parser.at != '\0')
    {
      char command = *parser.at++;
      if (!g_ascii_isspace (command))
        parse_command (&parser, command);
    }
  return path;
}

static RgGlyph *
parse_all (void)
{
  static const char *const touches = "falt", *const inks = "dslwk"; /* in the order of the enumerations */
  RgGlyph *glyphs = g_new0 (RgGlyph, RG_N_KINDS);
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    {
      const RgGlyphSource *source = &rg_glyph_sources[kind];
      glyphs[kind].body = parse (source->body);
      for (guint i = 0; i < RG_GLYPH_MAX_DETAILS && source->details[i].path != NULL; i++)
        {
          RgGlyphDetail *detail = &glyphs[kind].details[glyphs[kind].n_details++];
          detail->touch = (RgGlyphTouch) (strchr (touches, source->details[i].touch) - touches);
          detail->ink = (RgGlyphInk) (strchr (inks, source->details[i].ink) - inks);
          detail->width = source->details[i].width / 100;
          detail->path = parse (source->details[i].path);
        }
    }
  return glyphs;
}

const RgGlyph *
rg_glyph_get (RgKind kind)
{
  static gsize once = 0;
  g_assert ((guint) kind < RG_N_KINDS);
  if (g_once_init_enter (&once))
    g_once_init_leave (&once, (gsize) parse_all ());
  return &((const RgGlyph *) once)[kind];
}

const char *
rg_kind_get_name (RgKind kind)
{
  g_assert ((guint) kind < RG_N_KINDS);
  return rg_glyph_sources[kind].name;
}

void
rg_warp_init (RgWarp *self, double amplitude, guint64 seed)
{
  RgRandom random;
  rg_random_init (&random, seed, 0);
  self->amplitude = amplitude;
  for (guint i = 0; i < G_N_ELEMENTS (self->phases); i++)
    self->phases[i] = rg_random_range (&random, 0, 2 * G_PI);
}

/* Two waves each way, one slow and one quick: a hand drifts and trembles. */
static void
displace (const RgWarp *warp, double x, double y, double out[2])
{
  out[0] = x + warp->amplitude * (sin (3.1 * y + 1.7 * x + warp->phases[0]) + .5 * sin (9.7 * y - 4.1 * x + warp->phases[1]));
  out[1] = y + warp->amplitude * (sin (2.9 * x - 1.9 * y + warp->phases[2]) + .5 * sin (8.9 * x + 4.7 * y + warp->phases[3]));
}

static void
trace_warped (const Subpath *subpath, const Segment *segments, cairo_t *cr, const RgWarp *warp)
{
  double x = subpath->x, y = subpath->y, q[6];
  displace (warp, x, y, q);
  cairo_move_to (cr, q[0], q[1]);
  for (guint i = 0; i < subpath->n + subpath->closed; i++)
    {
      /* A closed subpath's last side is drawn here, or it alone would stay straight. */
      const Segment closing = { FALSE, { 0, 0, 0, 0, subpath->x, subpath->y } };
      const Segment *s = i < subpath->n ? &segments[i] : &closing;
      if (s->curve)
        {
          for (guint k = 0; k < 6; k += 2)
            displace (warp, s->p[k], s->p[k + 1], &q[k]);
          cairo_curve_to (cr, q[0], q[1], q[2], q[3], q[4], q[5]);
        }
      else
        {
          guint n = 1 + (guint) (MAX (fabs (s->p[4] - x), fabs (s->p[5] - y)) / WARP_STEP);
          for (guint k = 1; k <= n; k++)
            {
              displace (warp, x + (s->p[4] - x) * k / n, y + (s->p[5] - y) * k / n, q);
              cairo_line_to (cr, q[0], q[1]);
            }
        }
      x = s->p[4];
      y = s->p[5];
    }
}

static void
trace_straight (const Subpath *subpath, const Segment *segments, cairo_t *cr)
{
  cairo_move_to (cr, subpath->x, subpath->y);
  for (guint i = 0; i < subpath->n; i++)
    {
      const double *p = segments[i].p;
      if (segments[i].curve)
        cairo_curve_to (cr, p[0], p[1], p[2], p[3], p[4], p[5]);
      else
        cairo_line_to (cr, p[4], p[5]);
    }
}

void
rg_glyph_path_trace (const RgGlyphPath *self, cairo_t *cr, RgGlyphPart part, const RgWarp *warp)
{
  for (guint i = 0; i < self->subpaths->len; i++)
    {
      const Subpath *subpath = &g_array_index (self->subpaths, Subpath, i);
      const Segment *segments = &g_array_index (self->segments, Segment, subpath->first);
      if (!(subpath->part & part))
        continue;
      if (warp != NULL)
        trace_warped (subpath, segments, cr, warp);
      else
        trace_straight (subpath, segments, cr);
      if (subpath->closed)
        cairo_close_path (cr);
    }
}
