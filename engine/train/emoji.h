/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "engine/train/object.h"

/* The system's colour emoji as drawings of our kinds. They differ from machine to machine, so that the default training
 * options leave them out. All functions may be called from any thread; the first use of a kind draws it once with the
 * font and keeps it. */

G_BEGIN_DECLS

/** rg_emoji_is_available: Returns: whether a colour emoji font is installed and has a glyph that shows @kind and nothing else */
gboolean rg_emoji_is_available (RgKind kind);

/**
 * rg_emoji_paint:
 * @cr: a context whose unit is half the side of the object, its centre the origin
 * @kind: one that is available
 * @rgb: (array fixed-size=3): the object's colour, 0 … 1, which takes the place of the emoji's own; its shading stays
 */
void rg_emoji_paint (cairo_t *cr, RgKind kind, const double rgb[3]);

/** rg_emoji_mask: covers the emoji's silhouette with the source of @cr, without soft edges; for the rest as rg_emoji_paint() */
void rg_emoji_mask (cairo_t *cr, RgKind kind);

G_END_DECLS
