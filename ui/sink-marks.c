/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/sink-marks.h"

/* Half the side of a mark, in pixels on a screen: at most, and as a share of the patch. */
#define LARGEST 6.0
#define SHARE 0.3
#define INNER 1.5
#define OUTER 3.5

static void
draw_mark (cairo_t *cr,
           const RgRect *rect,
           double unit)
{
  double x = rect->x + rect->width / 2, y = rect->y + rect->height / 2, half = MIN (MIN (rect->width, rect->height) * SHARE, LARGEST * unit);

  cairo_move_to (cr, x - half, y - half);
  cairo_line_to (cr, x + half, y + half);
  cairo_move_to (cr, x - half, y + half);
  cairo_line_to (cr, x + half, y - half);

  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_set_line_width (cr, OUTER * unit);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, INNER * unit);
  cairo_stroke (cr);
}

void
rg_sink_marks_draw (cairo_t *cr,
                    const RgExplanation *explanation,
                    double unit)
{
  guint n;
  const RgSink *sinks = rg_explanation_get_sinks (explanation, &n);

  cairo_save (cr);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (guint i = 0; i < n; i++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (rg_explanation_get_grid (explanation), sinks[i].patch);

      if (rect.width > 0 && rect.height > 0)
        draw_mark (cr, &rect, unit);
    }
  cairo_restore (cr);
}
