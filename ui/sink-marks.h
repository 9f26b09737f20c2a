/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "engine/explanation.h"

G_BEGIN_DECLS

/**
 * rg_sink_marks_draw: a small × on each attention sink of a map, light with a dark edge, so that it is seen on any picture and map;
 *   rg_why_text_sink_legend() says what it is
 * @cr: a context whose user space is pixels of the original picture
 * @unit: of that space, what is one pixel on a screen
 */
void rg_sink_marks_draw (cairo_t *cr, const RgExplanation *explanation, double unit);

G_END_DECLS
