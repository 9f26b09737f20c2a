/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

/* The things that the bundled model's world is made of: 36 kinds, 10 colours, five ways of drawing. Everything here may be
 * called from any thread. */

G_BEGIN_DECLS

/** RgKind: the twelve shapes come first, then the 24 pictograms. The order is part of recipes: append only. */
typedef enum
{
  RG_KIND_CIRCLE,
  RG_KIND_SQUARE,
  RG_KIND_RECTANGLE,
  RG_KIND_TRIANGLE,
  RG_KIND_STAR,
  RG_KIND_HEART,
  RG_KIND_CROSS,
  RG_KIND_RING,
  RG_KIND_DIAMOND,
  RG_KIND_OVAL,
  RG_KIND_CRESCENT,
  RG_KIND_ARROW,
  RG_KIND_CAT,
  RG_KIND_DOG,
  RG_KIND_FISH,
  RG_KIND_BIRD,
  RG_KIND_RABBIT,
  RG_KIND_TURTLE,
  RG_KIND_BUTTERFLY,
  RG_KIND_SNAIL,
  RG_KIND_TREE,
  RG_KIND_FLOWER,
  RG_KIND_MUSHROOM,
  RG_KIND_APPLE,
  RG_KIND_BANANA,
  RG_KIND_CARROT,
  RG_KIND_HOUSE,
  RG_KIND_CAR,
  RG_KIND_BOAT,
  RG_KIND_PLANE,
  RG_KIND_BICYCLE,
  RG_KIND_CUP,
  RG_KIND_KEY,
  RG_KIND_UMBRELLA,
  RG_KIND_BOOK,
  RG_KIND_BALL,
} RgKind;

#define RG_N_SHAPES 12
#define RG_N_KINDS 36

typedef enum
{
  RG_COLOR_RED,
  RG_COLOR_ORANGE,
  RG_COLOR_YELLOW,
  RG_COLOR_GREEN,
  RG_COLOR_BLUE,
  RG_COLOR_PURPLE,
  RG_COLOR_PINK,
  RG_COLOR_BROWN,
  RG_COLOR_BLACK,
  RG_COLOR_WHITE,
} RgColor;

#define RG_N_COLORS 10

/**
 * RgStyle:
 * @RG_STYLE_FILLED: flat colour, details in tints of it
 * @RG_STYLE_OUTLINED: a thick coloured line, the backdrop shows inside
 * @RG_STYLE_WOBBLE: by hand: a shaky line, colour (sometimes hatched) that does not quite meet it
 * @RG_STYLE_EMOJI: the system's colour emoji, tinted; needs rg_style_is_available()
 * @RG_STYLE_CHALK: dots and dashes; training never uses it, it is kept for evaluation
 */
typedef enum
{
  RG_STYLE_FILLED,
  RG_STYLE_OUTLINED,
  RG_STYLE_WOBBLE,
  RG_STYLE_EMOJI,
  RG_STYLE_CHALK,
} RgStyle;

#define RG_N_STYLES 5

/**
 * RgObject:
 * @x: centre, in pixels of the scene
 * @y: centre, in pixels of the scene, down
 * @size: half the side of the bounding square before rotation, in pixels
 * @angle: clockwise on the screen, radians
 * @flipped: mirrored left to right before rotation
 * @variant: which shade of the colour and which hand's wobble; 0 is the palette's own colour
 * @worn: how scratched it is, 0 not at all … 1; the backdrop shows through the scratches
 */
typedef struct
{
  RgKind kind;
  RgColor color;
  RgStyle style;
  double x, y;
  double size;
  double angle;
  gboolean flipped;
  guint32 variant;
  double worn;
} RgObject;

/** rg_kind_get_name: Returns: (transfer none): the English lower-case id, for example "cat" */
const char *rg_kind_get_name (RgKind kind);

/** rg_color_get_name: Returns: (transfer none): the English lower-case id, for example "red" */
const char *rg_color_get_name (RgColor color);

/** rg_style_get_name: Returns: (transfer none): the English lower-case id, for example "outlined" */
const char *rg_style_get_name (RgStyle style);

/** rg_color_get_rgb: @rgb: (out caller-allocates) (array fixed-size=3): the palette's own colour, 0 … 1 */
void rg_color_get_rgb (RgColor color, double rgb[3]);

/** rg_color_get_shade: @variant: as in RgObject. @rgb: (out caller-allocates): a shade that still has the colour's name */
void rg_color_get_shade (RgColor color, guint32 variant, double rgb[3]);

/**
 * rg_style_is_available:
 *
 * Returns: whether @kind can be drawn in @style on this machine; only RG_STYLE_EMOJI is ever unavailable (no colour emoji
 *   font, or no emoji for this kind), and is then drawn filled
 */
gboolean rg_style_is_available (RgStyle style, RgKind kind);

/**
 * rg_object_draw:
 * @cr: a context in pixels of the scene, at any scale
 * @seed: the scene's; with @self->variant it decides about every irregularity
 */
void rg_object_draw (const RgObject *self, cairo_t *cr, guint64 seed);

/**
 * rg_object_draw_silhouette:
 * @cr: a context whose source is set already, in pixels of the scene
 *
 * Fills what the object covers, interior of an outline included, holes (of a ring) left out. Uses the context's source and
 * operator, which is how the owner mask is made.
 */
void rg_object_draw_silhouette (const RgObject *self, cairo_t *cr, guint64 seed);

G_END_DECLS
