/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

/* A drawing as the bytes of a file: pixels (PNG) or lines, letters and cells that stay sharp at any size (SVG, PDF). The same
 * drawing gives the same bytes: no date, no counter, no random name. */

G_BEGIN_DECLS

typedef enum
{
  RG_DRAWING_PNG,
  RG_DRAWING_SVG,
  RG_DRAWING_PDF,
  RG_N_DRAWING_FORMATS
} RgDrawingFormat;

/**
 * RgDrawing:
 * @width, @height: in units of the context: points in SVG and PDF
 * @zoom: pixels a unit in PNG
 * @title: what the file calls itself
 * @description: the text twin, for whoever cannot see it; in SVG and PDF
 * @draw: (scope call): draws on white
 */
typedef struct
{
  double width, height, zoom;
  const char *title, *description;
  void (*draw) (cairo_t *cr, gpointer data);
  gpointer data;
} RgDrawing;

/** rg_drawing_file_paint: Returns: (transfer full): the pixels as CAIRO_FORMAT_RGB24; its status says where there was no memory. */
cairo_surface_t *rg_drawing_file_paint (const RgDrawing *drawing) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_drawing_file_new:
 *
 * Any thread. Returns: (transfer full) (nullable): the file; %NULL with %RG_ERROR_LIMIT where Cairo cannot draw it
 */
GBytes *rg_drawing_file_new (const RgDrawing *drawing, RgDrawingFormat format, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
