/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/drawing-file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "config.h"
#include "engine/error.h"

/* Cairo would write the time of day. As in reproducible builds: no date is the beginning of Unix time. */
#define NO_DATE "1970-01-01T00:00:00Z"

static cairo_status_t
append (void *file,
        const unsigned char *data,
        unsigned int length)
{
  g_byte_array_append (file, data, length);

  return CAIRO_STATUS_SUCCESS;
}

static void
draw (const RgDrawing *drawing,
      cairo_surface_t *surface,
      double zoom)
{
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, zoom, zoom);
  drawing->draw (cr, drawing->data);
  cairo_destroy (cr);
}

cairo_surface_t *
rg_drawing_file_paint (const RgDrawing *drawing)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) ceil (drawing->width * drawing->zoom), (int) ceil (drawing->height * drawing->zoom));

  draw (drawing, surface, drawing->zoom);
  cairo_surface_flush (surface);

  return surface;
}

static cairo_surface_t *
create_pdf (const RgDrawing *drawing,
            GByteArray *file)
{
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (append, file, drawing->width, drawing->height);

  /* Later versions may hide the texts about the file in compressed objects. */
  cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, NO_DATE);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_MOD_DATE, NO_DATE);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Regard " RG_VERSION);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, drawing->title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, drawing->description);

  return surface;
}

static cairo_surface_t *
create_svg (const RgDrawing *drawing,
            GByteArray *file)
{
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (append, file, drawing->width, drawing->height);

  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PT);

  return surface;
}

/* --- SVG ---------------------------------------------------------------------------------------------------------- */

/* In the words of a GRegex: a name is given or meant. */
#define NAME "(id=\"|url\\(#|href=\"#)([^\")]+)"

/* Cairo numbers its surfaces from the program's start on: each name becomes the place of its first use. */
static gboolean
rename_cb (const GMatchInfo *match,
           GString *result,
           gpointer user_data)
{
  GHashTable *names = user_data;
  g_autofree char *before = g_match_info_fetch (match, 1);
  char *name = g_match_info_fetch (match, 2);

  if (!g_hash_table_contains (names, name))
    g_hash_table_insert (names, g_strdup (name), GUINT_TO_POINTER (g_hash_table_size (names)));
  g_string_append_printf (result, "%sn%u", before, GPOINTER_TO_UINT (g_hash_table_lookup (names, name)));
  g_free (name);

  return FALSE;
}

static char *
rename_parts (const GByteArray *file)
{
  g_autoptr (GRegex) pattern = g_regex_new (NAME, G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return g_regex_replace_eval (pattern, (const char *) file->data, file->len, 0, 0, rename_cb, names, NULL);
}

/* Letters are outlines in Cairo's SVG: what they say stands in the title and the description, where screen readers look. */
static GBytes *
finish_svg (const RgDrawing *drawing,
            const GByteArray *file)
{
  g_autofree char *renamed = rename_parts (file);
  g_autofree char *texts = g_markup_printf_escaped ("\n<title>%s</title>\n<desc>%s</desc>", drawing->title, drawing->description);
  const char *root = renamed != NULL ? strstr (renamed, "<svg") : NULL;
  const char *end = root != NULL ? strchr (root, '>') : NULL;
  GString *svg;

  if (end == NULL)
    return NULL;

  svg = g_string_new (renamed);
  g_string_insert (svg, end + 1 - renamed, texts);

  return g_string_free_to_bytes (svg);
}

/* --- any ---------------------------------------------------------------------------------------------------------- */

/* Into @file. */
static cairo_status_t
write_drawing (const RgDrawing *drawing,
               RgDrawingFormat format,
               GByteArray *file)
{
  cairo_surface_t *surface;
  cairo_status_t status;

  if (format == RG_DRAWING_PNG)
    {
      surface = rg_drawing_file_paint (drawing);
      status = cairo_surface_write_to_png_stream (surface, append, file);
    }
  else
    {
      surface = format == RG_DRAWING_PDF ? create_pdf (drawing, file) : create_svg (drawing, file);
      draw (drawing, surface, 1);
      cairo_surface_finish (surface);
      status = cairo_surface_status (surface);
    }
  cairo_surface_destroy (surface);

  return status;
}

GBytes *
rg_drawing_file_new (const RgDrawing *drawing,
                     RgDrawingFormat format,
                     GError **error)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  cairo_status_t status = write_drawing (drawing, format, file);
  GBytes *bytes = NULL;

  if (status == CAIRO_STATUS_SUCCESS)
    bytes = format == RG_DRAWING_SVG ? finish_svg (drawing, file) : g_byte_array_free_to_bytes (g_steal_pointer (&file));
  if (bytes == NULL)
    g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("the picture cannot be drawn: %s"),
                 cairo_status_to_string (status != CAIRO_STATUS_SUCCESS ? status : CAIRO_STATUS_WRITE_ERROR));

  return bytes;
}
