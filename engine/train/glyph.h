/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "engine/train/object.h"

/* The drawing of each kind, without style: closed outlines and details in a square from -1 to 1. The drawings are written in
 * a small path language (glyph-table.c) and read once. */

G_BEGIN_DECLS

/** RgGlyphPath: subpaths made of lines and cubic curves, each subpath oriented so that non-zero winding gives the union. */
typedef struct _RgGlyphPath RgGlyphPath;

/**
 * RgGlyphTouch: how a detail is made
 * @RG_GLYPH_FILL: a small filled mark (a pupil), filled in every style
 * @RG_GLYPH_AREA: a filled region (a window), only its edge where the style draws lines
 * @RG_GLYPH_LINE: a line
 * @RG_GLYPH_TINT: a filled region that vanishes where the style draws lines
 */
typedef enum
{
  RG_GLYPH_FILL,
  RG_GLYPH_AREA,
  RG_GLYPH_LINE,
  RG_GLYPH_TINT,
} RgGlyphTouch;

/** RgGlyphInk: colour of a detail, relative to the object's. */
typedef enum
{
  RG_GLYPH_DARKER,
  RG_GLYPH_SHADE, /* a little darker, for large areas */
  RG_GLYPH_LIGHTER,
  RG_GLYPH_WHITE,
  RG_GLYPH_BLACK,
} RgGlyphInk;

typedef struct
{
  RgGlyphTouch touch;
  RgGlyphInk ink;
  double width; /* of a line */
  const RgGlyphPath *path;
} RgGlyphDetail;

#define RG_GLYPH_MAX_DETAILS 8

typedef struct
{
  const RgGlyphPath *body;
  guint n_details;
  RgGlyphDetail details[RG_GLYPH_MAX_DETAILS];
} RgGlyph;

/** RgWarp: a smooth, small displacement of the plane that makes a path look drawn by hand. */
typedef struct
{
  double amplitude;
  double phases[4];
} RgWarp;

/** rg_warp_init: @amplitude: in units of the glyph. @seed: another seed gives another hand */
void rg_warp_init (RgWarp *self, double amplitude, guint64 seed);

/** rg_glyph_get: Returns: (transfer none): the drawing of @kind, which lives as long as the program; any thread */
const RgGlyph *rg_glyph_get (RgKind kind);

/** RgGlyphPart: thin parts (a stem, a mast, a wheel) stay solid where a style draws outlines. */
typedef enum
{
  RG_GLYPH_HOLLOW = 1,
  RG_GLYPH_SOLID = 2,
  RG_GLYPH_WHOLE = 3,
} RgGlyphPart;

/** rg_glyph_path_trace: adds @part of @self to the current path of @cr. @warp: (nullable): displacement */
void rg_glyph_path_trace (const RgGlyphPath *self, cairo_t *cr, RgGlyphPart part, const RgWarp *warp);

/** RgGlyphSource: one row of the table of drawings; see glyph-table.c for the language. */
typedef struct
{
  const char *name;
  const char *body;
  struct
  {
    char touch; /* f fill, a area, l line, t tint */
    char ink;   /* d darker, s shade, l lighter, w white, k black */
    double width;
    const char *path;
  } details[RG_GLYPH_MAX_DETAILS];
} RgGlyphSource;

extern const RgGlyphSource rg_glyph_sources[RG_N_KINDS];

G_END_DECLS
