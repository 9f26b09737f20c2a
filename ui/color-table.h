/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

/* The 256 colours that fit pictures best, by median cut (Heckbert, "Color image quantization for frame buffer display",
 * 1982): of the boxes that hold all pixels' colours, the one worth most is cut in two until there are 256. */

G_BEGIN_DECLS

#define RG_COLOR_TABLE_SIZE 256

/** RgColorTable: pixels counted by colour, then a table of colours; belongs to one thread. */
typedef struct _RgColorTable RgColorTable;

RgColorTable *rg_color_table_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_color_table_free (RgColorTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgColorTable, rg_color_table_free)

/** rg_color_table_count: adds the pixels of @picture, an image of CAIRO_FORMAT_RGB24. */
void rg_color_table_count (RgColorTable *self, cairo_surface_t *picture);

/** rg_color_table_choose: makes the table. @colors: (out caller-allocates): 256 × red, green, blue, 0 … 255. */
void rg_color_table_choose (RgColorTable *self, guint8 colors[RG_COLOR_TABLE_SIZE][3]);

/** rg_color_table_find: @pixel: 0xRRGGBB, counted before the table was made. Returns: its place in the table. */
guint rg_color_table_find (const RgColorTable *self, guint32 pixel);

G_END_DECLS
