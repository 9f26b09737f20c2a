/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/export.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/npy.h"
#include "ui/drawing-file.h"
#include "ui/evidence-sheet.h"
#include "ui/gif.h"
#include "ui/map-picture.h"
#include "ui/map-table.h"

/* Longer side of the picture: of a map, and of a frame of an animation. */
#define MAP_SIDE 768
#define FRAME_SIDE 480

#define SHEET_ZOOM 2 /* pixels a point: 144 an inch */

/* Hundredths of a second that a word of an animation shows, and the last one. */
#define WORD_TIME 90
#define LAST_TIME 300

static const char *const endings[RG_N_EXPORT_KINDS][6] = {
  [RG_EXPORT_MAP] = { "png", "svg", "pdf", "csv", "npy" },
  [RG_EXPORT_SHEET] = { "pdf", "svg", "png" },
  [RG_EXPORT_ANSWER] = { "gif" },
};

const char *const *
rg_export_get_endings (RgExportKind kind)
{
  g_return_val_if_fail (kind < RG_N_EXPORT_KINDS, NULL);

  return endings[kind];
}

/* Returns: (transfer full): what follows the last point of the file's name, in small letters; "" without a point. */
static char *
dup_ending (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *point = strrchr (name, '.');

  return point != NULL ? g_ascii_strdown (point + 1, -1) : g_strdup ("");
}

gboolean
rg_export_check (RgExportKind kind,
                 const char *path,
                 GError **error)
{
  g_autofree char *ending = dup_ending (path);
  g_autofree char *known = g_strjoinv (", ", (char **) endings[kind]);
  g_autofree char *shown = g_filename_display_basename (path);

  if (g_strv_contains (endings[kind], ending) || (kind == RG_EXPORT_ANSWER && ending[0] == '\0'))
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("“%s”: its name has to end as one of these: %s"), shown, known);

  return FALSE;
}

static gboolean
save (GBytes *file,
      const char *path,
      GError **error)
{
  gsize size;
  const void *data;

  if (file == NULL)
    return FALSE;

  data = g_bytes_get_data (file, &size);

  return rg_atomic_write (path, data, size, error);
}

/* What is drawn: a map, a frame or the sheet. */
typedef struct
{
  RgMapPicture map;
  const RgEvidence *evidence;
  cairo_surface_t *picture;
  gboolean is_sheet;
} Subject;

static void
draw_subject (cairo_t *cr,
              gpointer data)
{
  const Subject *self = data;
  g_autoptr (RgPaper) paper = rg_paper_new (cr, self->evidence, self->picture);

  if (self->is_sheet)
    rg_evidence_sheet_draw (paper, self->evidence);
  else
    rg_map_picture_draw (&self->map, paper);
}

static gboolean
save_drawing (const RgDrawing *drawing,
              const char *path,
              GError **error)
{
  static const char *const names[RG_N_DRAWING_FORMATS] = { "png", "svg", "pdf" };
  g_autofree char *ending = dup_ending (path);
  g_autoptr (GBytes) file = NULL;
  RgDrawingFormat format = RG_DRAWING_PNG;

  while (!g_str_equal (names[format], ending))
    format++;
  file = rg_drawing_file_new (drawing, format, error);

  return save (file, path, error);
}

/* --- one map ------------------------------------------------------------------------------------------------------ */

static gboolean
export_numbers (const RgEvidence *evidence,
                guint word,
                const char *path,
                GError **error)
{
  RgPatchGrid *grid = rg_explanation_get_grid (evidence->explanation);
  gsize columns = rg_patch_grid_get_tile (grid, 0)->cols;
  gsize shape[] = { rg_patch_grid_get_n_patches (grid) / columns, columns };

  return rg_npy_write (path, rg_explanation_get_map (evidence->explanation, word), shape, G_N_ELEMENTS (shape), error);
}

static gboolean
export_map_picture (const RgEvidence *evidence,
                    guint word,
                    const char *path,
                    GError **error)
{
  Subject subject = { { evidence, word, MAP_SIDE, FALSE }, evidence, rg_paper_picture_new (evidence), FALSE };
  g_autofree char *label = rg_evidence_dup_label (evidence, word);
  g_autofree char *caption = rg_evidence_dup_caption (evidence, word);
  RgDrawing drawing = {
    .width = rg_map_picture_get_width (&subject.map),
    .height = rg_map_picture_measure (&subject.map),
    .zoom = 1,
    .title = caption,
    .description = label,
    .draw = draw_subject,
    .data = &subject,
  };
  gboolean saved = save_drawing (&drawing, path, error);

  cairo_surface_destroy (subject.picture);

  return saved;
}

static gboolean
export_map (const RgEvidence *evidence,
            guint word,
            const char *path,
            GError **error)
{
  g_autofree char *ending = dup_ending (path);
  g_autoptr (GBytes) table = NULL;

  if (g_str_equal (ending, "npy"))
    return export_numbers (evidence, word, path, error);

  if (!g_str_equal (ending, "csv"))
    return export_map_picture (evidence, word, path, error);

  table = rg_map_table_new (evidence, word);

  return save (table, path, error);
}

/* --- sheet -------------------------------------------------------------------------------------------------------- */

static gboolean
export_sheet (const RgEvidence *evidence,
              const char *path,
              GError **error)
{
  Subject subject = { .evidence = evidence, .picture = rg_paper_picture_new (evidence), .is_sheet = TRUE };
  g_autofree char *question = rg_evidence_dup_line (evidence->question);
  g_autofree char *text = rg_evidence_sheet_dup_text (evidence);
  /* Translators: a question. */
  g_autofree char *title = g_strdup_printf (_ ("Evidence sheet: %s"), question);
  RgDrawing drawing = {
    .width = RG_EVIDENCE_SHEET_WIDTH,
    .height = RG_EVIDENCE_SHEET_HEIGHT,
    .zoom = SHEET_ZOOM,
    .title = title,
    .description = text,
    .draw = draw_subject,
    .data = &subject,
  };
  gboolean saved = save_drawing (&drawing, path, error);

  cairo_surface_destroy (subject.picture);

  return saved;
}

/* --- answer ------------------------------------------------------------------------------------------------------- */

/* The frames of an answer, all of one size; @paint calls for each. */
typedef struct
{
  Subject subject;
  guint n_frames;
  RgDrawing drawing;
  GCancellable *cancellable;
} Frames;

static void
frames_init (Frames *self,
             const RgEvidence *evidence,
             GCancellable *cancellable)
{
  self->subject = (Subject){ { evidence, 0, FRAME_SIDE, TRUE }, evidence, rg_paper_picture_new (evidence), FALSE };
  self->n_frames = rg_explanation_get_n_words (evidence->explanation);
  self->drawing = (RgDrawing){ .width = rg_map_picture_get_width (&self->subject.map), .zoom = 1, .draw = draw_subject, .data = &self->subject };
  self->cancellable = cancellable;

  for (guint i = 0; i < self->n_frames; i++)
    {
      self->subject.map.word = i;
      self->drawing.height = MAX (self->drawing.height, rg_map_picture_measure (&self->subject.map));
    }
}

static void
frames_clear (Frames *self)
{
  cairo_surface_destroy (self->subject.picture);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, frames_clear)

/* Returns: (transfer full) (nullable): frame @i. */
static cairo_surface_t *
frames_paint (Frames *self,
              guint i,
              GError **error)
{
  cairo_surface_t *frame;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return NULL;

  self->subject.map.word = i;
  frame = rg_drawing_file_paint (&self->drawing);
  if (cairo_surface_status (frame) == CAIRO_STATUS_SUCCESS)
    return frame;

  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("the picture cannot be drawn: %s"), cairo_status_to_string (cairo_surface_status (frame)));
  cairo_surface_destroy (frame);

  return NULL;
}

/* Twice over all frames rather than once with all of them in memory. */
static gboolean
export_animation (Frames *frames,
                  const char *path,
                  GError **error)
{
  g_autoptr (RgGif) gif = NULL;
  g_autoptr (GBytes) file = NULL;

  for (guint i = 0; i < 2 * frames->n_frames; i++)
    {
      guint at = i % frames->n_frames;
      cairo_surface_t *frame = frames_paint (frames, at, error);

      if (frame == NULL)
        return FALSE;
      if (gif == NULL)
        gif = rg_gif_new (cairo_image_surface_get_width (frame), cairo_image_surface_get_height (frame));
      if (i < frames->n_frames)
        rg_gif_count (gif, frame);
      else
        rg_gif_append (gif, frame, at + 1 < frames->n_frames ? WORD_TIME : LAST_TIME);
      cairo_surface_destroy (frame);
    }
  file = rg_gif_finish (gif);

  return save (file, path, error);
}

static gboolean
export_series (Frames *frames,
               const char *dir,
               GError **error)
{
  g_autofree char *shown = g_filename_display_name (dir);

  if (g_mkdir_with_parents (dir, 0777) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), _ ("%s: the folder cannot be made: %s"), shown, g_strerror (errno));
      return FALSE;
    }

  for (guint i = 0; i < frames->n_frames; i++)
    {
      g_autofree char *name = g_strdup_printf ("frame-%03u.png", i);
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (g_cancellable_set_error_if_cancelled (frames->cancellable, error))
        return FALSE;
      frames->subject.map.word = i;
      if (!save_drawing (&frames->drawing, path, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
export_answer (const RgEvidence *evidence,
               const char *path,
               GCancellable *cancellable,
               GError **error)
{
  g_autofree char *ending = dup_ending (path);
  g_auto (Frames) frames = { 0 };

  frames_init (&frames, evidence, cancellable);
  if (frames.n_frames == 0)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("the answer has no words to show"));
      return FALSE;
    }

  return ending[0] == '\0' ? export_series (&frames, path, error) : export_animation (&frames, path, error);
}

gboolean
rg_export (RgExportKind kind,
           const RgEvidence *evidence,
           guint word,
           const char *path,
           GCancellable *cancellable,
           GError **error)
{
  if (!rg_export_check (kind, path, error))
    return FALSE;

  switch (kind)
    {
    case RG_EXPORT_MAP:
      g_return_val_if_fail (word < rg_explanation_get_n_words (evidence->explanation), FALSE);
      return export_map (evidence, word, path, error);
    case RG_EXPORT_SHEET:
      return export_sheet (evidence, path, error);
    case RG_EXPORT_ANSWER:
      return export_answer (evidence, path, cancellable, error);
    case RG_N_EXPORT_KINDS:
    default:
      g_return_val_if_reached (FALSE);
    }
}
