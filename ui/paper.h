/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "ui/evidence.h"

/* A white sheet to draw evidence on, with Cairo: text, the picture, maps and their colour bar. What is drawn does not depend
 * on the screen: sizes are in units of the context, text is neither hinted
 * nor snapped to pixels. It does depend on the fonts that are installed, and on the versions of Cairo and Pango. */

G_BEGIN_DECLS

/** rg_paper_picture_new: Returns: (transfer full): the picture as papers use it, which takes a while if it is large. */
cairo_surface_t *rg_paper_picture_new (const RgEvidence *evidence) G_GNUC_WARN_UNUSED_RESULT;

/** RgPaper: belongs to one thread. */
typedef struct _RgPaper RgPaper;

/**
 * rg_paper_new:
 * @cr: referenced
 * @evidence: whose picture and maps are to be drawn, as long as the paper is there
 * @picture: (nullable): rg_paper_picture_new() of it, referenced
 */
RgPaper *rg_paper_new (cairo_t *cr, const RgEvidence *evidence, cairo_surface_t *picture) G_GNUC_WARN_UNUSED_RESULT;

/** rg_paper_new_scratch: Returns: (transfer full): a paper that nobody sees, for finding out how high something gets. */
RgPaper *rg_paper_new_scratch (const RgEvidence *evidence) G_GNUC_WARN_UNUSED_RESULT;
void rg_paper_free (RgPaper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPaper, rg_paper_free)

/**
 * RgPaperText: how something is written.
 * @size: of the letters
 * @most_lines: the rest is cut, and three dots say so; 0 for all lines
 * @mark, @mark_end: bytes of the text that are bold
 * @fade: from this byte on, if not 0, the text is only there to keep its place
 */
typedef struct
{
  double x, y, width;
  double size;
  gboolean is_bold, is_gray;
  guint most_lines;
  guint mark, mark_end, fade;
} RgPaperText;

/** rg_paper_write: writes @text, wrapped. Returns: its height */
double rg_paper_write (RgPaper *self, const RgPaperText *how, const char *text);

/** rg_paper_fit: Returns: the largest rectangle of the picture's form with its upper left corner there. */
RgRect rg_paper_fit (const RgPaper *self, double x, double y, double width, double height);

/** rg_paper_draw_picture: draws the picture into @frame, which has its form. */
void rg_paper_draw_picture (RgPaper *self, RgRect frame);

/** rg_paper_draw_map: the same with the map of @word over it; without, where the word does not depend on the picture. */
void rg_paper_draw_map (RgPaper *self, RgRect frame, guint word);

/** rg_paper_draw_view: draws what the model saw of one tile, and the edges of its patches. */
void rg_paper_draw_view (RgPaper *self, RgRect frame, const RgTile *tile);

/** rg_paper_draw_color_bar: draws the colours of all maps and what they stand for. Returns: its height */
double rg_paper_draw_color_bar (RgPaper *self, double x, double y, double width, double size);

G_END_DECLS
