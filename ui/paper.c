/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper.h"

#include <pango/pangocairo.h>

#include "ui/color-scale.h"
#include "ui/picture-surface.h"
#include "ui/sink-marks.h"

#define FONT "Sans"

/* Pixels of the picture's longer side: more is not seen on paper, and would go into every file. */
#define PICTURE_SIDE 1536

#define GRAY 0.4
#define FADED 0.85 /* lightness of text that is yet to come */
#define LINE 0.5
#define GAP 2 /* between a bar and its numbers */

struct _RgPaper
{
  cairo_t *cr;
  PangoLayout *layout;
  cairo_surface_t *picture;
  const RgEvidence *evidence;
};

/* The same on every screen. */
static PangoLayout *
create_layout (cairo_t *cr)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  cairo_font_options_t *options = cairo_font_options_create ();

  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (pango_layout_get_context (layout), options);
  pango_context_set_round_glyph_positions (pango_layout_get_context (layout), FALSE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  cairo_font_options_destroy (options);

  return layout;
}

cairo_surface_t *
rg_paper_picture_new (const RgEvidence *evidence)
{
  return rg_picture_surface_new_small (evidence->picture, PICTURE_SIDE);
}

RgPaper *
rg_paper_new (cairo_t *cr,
              const RgEvidence *evidence,
              cairo_surface_t *picture)
{
  RgPaper *self = g_new (RgPaper, 1);

  self->cr = cairo_reference (cr);
  self->layout = create_layout (cr);
  self->picture = picture != NULL ? cairo_surface_reference (picture) : NULL;
  self->evidence = evidence;

  return self;
}

RgPaper *
rg_paper_new_scratch (const RgEvidence *evidence)
{
  cairo_surface_t *nothing = cairo_recording_surface_create (CAIRO_CONTENT_COLOR, NULL);
  cairo_t *cr = cairo_create (nothing);
  RgPaper *self = rg_paper_new (cr, evidence, NULL);

  cairo_destroy (cr);
  cairo_surface_destroy (nothing);

  return self;
}

void
rg_paper_free (RgPaper *self)
{
  g_object_unref (self->layout);
  g_clear_pointer (&self->picture, cairo_surface_destroy);
  cairo_destroy (self->cr);
  g_free (self);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static void
insert (PangoAttrList *attributes,
        PangoAttribute *attribute,
        guint from,
        guint to)
{
  attribute->start_index = from;
  attribute->end_index = to;
  pango_attr_list_insert (attributes, attribute);
}

static void
set_attributes (PangoLayout *layout,
                const RgPaperText *how)
{
  PangoAttrList *attributes = pango_attr_list_new ();
  guint16 faded = (guint16) (FADED * G_MAXUINT16);

  if (how->mark_end > how->mark)
    insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD), how->mark, how->mark_end);
  if (how->fade > 0)
    insert (attributes, pango_attr_foreground_new (faded, faded, faded), how->fade, G_MAXUINT);

  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
}

double
rg_paper_write (RgPaper *self,
                const RgPaperText *how,
                const char *text)
{
  PangoFontDescription *font = pango_font_description_from_string (FONT);
  double lightness = how->is_gray ? GRAY : 0;
  PangoRectangle extents;

  pango_font_description_set_absolute_size (font, how->size * PANGO_SCALE);
  pango_font_description_set_weight (font, how->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (self->layout, font);
  pango_font_description_free (font);

  pango_layout_set_width (self->layout, (int) (how->width * PANGO_SCALE));
  pango_layout_set_height (self->layout, how->most_lines > 0 ? -(int) how->most_lines : -1);
  pango_layout_set_ellipsize (self->layout, how->most_lines > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  pango_layout_set_text (self->layout, text, -1);
  set_attributes (self->layout, how);

  cairo_set_source_rgb (self->cr, lightness, lightness, lightness);
  cairo_move_to (self->cr, how->x, how->y);
  pango_cairo_show_layout (self->cr, self->layout);
  pango_layout_get_extents (self->layout, NULL, &extents);

  return (double) extents.height / PANGO_SCALE;
}

/* --- picture ------------------------------------------------------------------------------------------------------ */

RgRect
rg_paper_fit (const RgPaper *self,
              double x,
              double y,
              double width,
              double height)
{
  double w = rg_image_get_width (self->evidence->picture), h = rg_image_get_height (self->evidence->picture);
  double zoom = MIN (width / w, height / h);

  return (RgRect){ x, y, w * zoom, h * zoom };
}

/* Paints @surface over @frame, its pixels as they are where they are enlarged. */
static void
paint (cairo_t *cr,
       RgRect frame,
       cairo_surface_t *surface)
{
  double zoom_x = frame.width / cairo_image_surface_get_width (surface);
  double zoom_y = frame.height / cairo_image_surface_get_height (surface);

  cairo_save (cr);
  cairo_rectangle (cr, frame.x, frame.y, frame.width, frame.height);
  cairo_clip (cr);
  cairo_translate (cr, frame.x, frame.y);
  cairo_scale (cr, zoom_x, zoom_y);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), zoom_x > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
}

void
rg_paper_draw_picture (RgPaper *self,
                       RgRect frame)
{
  if (self->picture == NULL)
    return;

  paint (self->cr, frame, self->picture);

  /* A white picture ends somewhere, too. */
  cairo_rectangle (self->cr, frame.x, frame.y, frame.width, frame.height);
  cairo_set_line_width (self->cr, LINE);
  cairo_set_source_rgb (self->cr, FADED, FADED, FADED);
  cairo_stroke (self->cr);
}

void
rg_paper_draw_map (RgPaper *self,
                   RgRect frame,
                   guint word)
{
  const RgExplanation *explanation = self->evidence->explanation;

  rg_paper_draw_picture (self, frame);
  if (self->picture == NULL || !rg_explanation_depends (explanation, word))
    return;

  cairo_save (self->cr);
  cairo_translate (self->cr, frame.x, frame.y);
  cairo_scale (self->cr, frame.width / rg_image_get_width (self->evidence->picture), frame.height / rg_image_get_height (self->evidence->picture));
  rg_heatmap_draw (self->cr, rg_explanation_get_grid (explanation), rg_explanation_get_map (explanation, word), &self->evidence->style);
  rg_sink_marks_draw (self->cr, explanation, rg_image_get_width (self->evidence->picture) / frame.width);
  cairo_restore (self->cr);
}

void
rg_paper_draw_view (RgPaper *self,
                    RgRect frame,
                    const RgTile *tile)
{
  cairo_surface_t *view = rg_picture_surface_new_small (tile->view, PICTURE_SIDE);

  paint (self->cr, frame, view);
  cairo_surface_destroy (view);

  for (guint col = 0; col <= tile->cols; col++)
    {
      cairo_move_to (self->cr, frame.x + frame.width * col / tile->cols, frame.y);
      cairo_rel_line_to (self->cr, 0, frame.height);
    }
  for (guint row = 0; row <= tile->rows; row++)
    {
      cairo_move_to (self->cr, frame.x, frame.y + frame.height * row / tile->rows);
      cairo_rel_line_to (self->cr, frame.width, 0);
    }
  cairo_set_line_width (self->cr, LINE);
  cairo_set_source_rgba (self->cr, 1, 1, 1, 0.7);
  cairo_stroke (self->cr);
}

/* --- colour bar --------------------------------------------------------------------------------------------------- */

double
rg_paper_draw_color_bar (RgPaper *self,
                         double x,
                         double y,
                         double width,
                         double size)
{
  const RgHeatmapStyle *style = &self->evidence->style;
  RgMethod method = rg_explanation_get_method (self->evidence->explanation);
  cairo_pattern_t *colors = cairo_pattern_create_linear (x, 0, x + width, 0);
  RgPaperText how = { .y = y + size + GAP, .width = width, .size = size };
  double height = 0;

  for (guint i = 0; i < RG_COLOR_SCALE_STOPS; i++)
    {
      double place = i / (RG_COLOR_SCALE_STOPS - 1.0);
      guint8 rgb[3];

      rg_color_scale_get_color (method, style->palette, place, rgb);
      cairo_pattern_add_color_stop_rgb (colors, place, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
    }
  cairo_rectangle (self->cr, x, y, width, size);
  cairo_set_source (self->cr, colors);
  cairo_fill (self->cr);
  cairo_pattern_destroy (colors);

  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    {
      static const PangoAlignment alignments[RG_COLOR_SCALE_PLACES] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT };
      g_autofree char *text = rg_color_scale_format (method, style->scale, i);

      how.x = x;
      pango_layout_set_alignment (self->layout, alignments[i]);
      height = rg_paper_write (self, &how, text);
    }
  pango_layout_set_alignment (self->layout, PANGO_ALIGN_LEFT);

  return size + GAP + height;
}
