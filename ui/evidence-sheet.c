/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/evidence-sheet.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/evidence-text.h"

#define MARGIN 36
#define WIDTH (RG_EVIDENCE_SHEET_WIDTH - 2 * MARGIN)
#define BOTTOM (RG_EVIDENCE_SHEET_HEIGHT - MARGIN)
#define SPACE 8

#define TITLE 17
#define LARGE 10
#define TEXT 8
#define SMALL 6.5

#define PICTURE_SIDE 156
#define BAR_WIDTH 180
#define FEWEST_COLUMNS 2
#define MOST_COLUMNS 7

/* Questions and answers may be of any length; the sheet has one page. */
#define QUESTION_LINES 4
#define ANSWER_LINES 8
#define ANYWAY_LINES 3

/* The words with maps, in the order of the answer, and how they are laid out. */
typedef struct
{
  GArray *words; /* guint */
  guint n_left_out;
  guint columns;
  double cell_width, picture_height, text_height;
} Maps;

static double
put (RgPaper *paper,
     double x,
     double y,
     double width,
     double size,
     guint most_lines,
     const char *text)
{
  RgPaperText how = { .x = x, .y = y, .width = width, .size = size, .most_lines = most_lines };

  return rg_paper_write (paper, &how, text);
}

/* --- head --------------------------------------------------------------------------------------------------------- */

static double
write_headed (RgPaper *paper,
              double x,
              double y,
              const char *heading,
              const char *text,
              guint most_lines)
{
  RgPaperText how = { .x = x, .y = y, .width = MARGIN + WIDTH - x, .size = TEXT, .is_gray = TRUE };
  g_autofree char *line = rg_evidence_dup_line (text);

  how.y += rg_paper_write (paper, &how, heading);

  return how.y + put (paper, x, how.y, how.width, LARGE, most_lines, line) + SPACE;
}

/* All tiles, side by side in as many rows as columns. */
static double
draw_views (RgPaper *paper,
            const RgPatchGrid *grid,
            double x,
            double y)
{
  guint n = rg_patch_grid_get_n_tiles (grid), columns = (guint) ceil (sqrt (n));
  double side = (PICTURE_SIDE - (columns - 1)) / (double) columns, bottom = y;

  for (guint i = 0; i < n; i++)
    {
      const RgTile *tile = rg_patch_grid_get_tile (grid, i);
      double width = rg_image_get_width (tile->view), height = rg_image_get_height (tile->view);
      double zoom = side / MAX (width, height);
      RgRect frame = { x + i % columns * (side + 1), y + i / columns * (side + 1), width * zoom, height * zoom };

      rg_paper_draw_view (paper, frame, tile);
      bottom = MAX (bottom, frame.y + frame.height);
    }

  return bottom;
}

/* Returns: where the next part begins. */
static double
draw_head (RgPaper *paper,
           const RgEvidence *evidence)
{
  RgPaperText title = { .x = MARGIN, .y = MARGIN, .width = WIDTH, .size = TITLE, .is_bold = TRUE };
  g_autofree char *source = rg_evidence_dup_source (evidence);
  g_autofree char *picture = rg_evidence_text_picture (evidence);
  g_autofree char *view = rg_evidence_text_view (evidence);
  double y = MARGIN + rg_paper_write (paper, &title, _ ("Evidence sheet")), left, middle, right;
  RgRect frame;

  y += put (paper, MARGIN, y, WIDTH, TEXT, 1, source) + SPACE;

  frame = rg_paper_fit (paper, MARGIN, y, PICTURE_SIDE, PICTURE_SIDE);
  rg_paper_draw_picture (paper, frame);
  left = frame.y + frame.height + 2;
  left += put (paper, MARGIN, left, PICTURE_SIDE, SMALL, 3, picture);

  middle = draw_views (paper, rg_explanation_get_grid (evidence->explanation), MARGIN + PICTURE_SIDE + SPACE, y) + 2;
  middle += put (paper, MARGIN + PICTURE_SIDE + SPACE, middle, PICTURE_SIDE, SMALL, 3, view);

  right = write_headed (paper, MARGIN + 2 * (PICTURE_SIDE + SPACE), y, _ ("Question"), evidence->question, QUESTION_LINES);
  right = write_headed (paper, MARGIN + 2 * (PICTURE_SIDE + SPACE), right, _ ("Answer"), evidence->answer, ANSWER_LINES);

  return MAX (MAX (left, middle), right) + SPACE;
}

static double
draw_key (RgPaper *paper,
          const RgEvidence *evidence,
          double y)
{
  g_autofree char *maps = rg_evidence_text_maps (evidence);
  double bar = rg_paper_draw_color_bar (paper, MARGIN, y, BAR_WIDTH, TEXT);
  double text = put (paper, MARGIN + BAR_WIDTH + SPACE, y, WIDTH - BAR_WIDTH - SPACE, TEXT, 0, maps);

  return y + MAX (bar, text) + SPACE;
}

/* --- foot --------------------------------------------------------------------------------------------------------- */

/* Returns: its height. */
static double
write_foot (RgPaper *paper,
            const RgEvidence *evidence,
            double y)
{
  RgPaperText caution = { .x = MARGIN, .y = y, .width = WIDTH, .size = TEXT, .is_bold = TRUE };
  g_autofree char *anyway = rg_evidence_text_anyway (evidence);
  g_autofree char *origin = rg_evidence_text_origin (evidence);

  if (anyway != NULL)
    caution.y += put (paper, MARGIN, y, WIDTH, TEXT, ANYWAY_LINES, anyway) + SPACE;
  caution.y += rg_paper_write (paper, &caution, rg_evidence_text_caution ()) + SPACE / 2;

  return caution.y + put (paper, MARGIN, caution.y, WIDTH, SMALL, 0, origin) - y;
}

/* --- maps --------------------------------------------------------------------------------------------------------- */

static double
write_cell (RgPaper *paper,
            const RgEvidence *evidence,
            guint word,
            double x,
            double y,
            double width)
{
  RgPaperText verdict = { .x = x, .y = y, .width = width, .size = SMALL, .is_bold = TRUE, .most_lines = 3 };
  g_autofree char *headline = rg_evidence_text_verdict (evidence, word);
  g_autofree char *numbers = rg_evidence_text_numbers (evidence, word);
  double height = rg_paper_write (paper, &verdict, headline);

  return height + put (paper, x, y + height, width, SMALL, 0, numbers);
}

/* Sizes for so many columns. Returns: how many words fit into @height. */
static guint
lay_out (Maps *self,
         const RgEvidence *evidence,
         RgPaper *scratch,
         guint columns,
         double height)
{
  self->columns = columns;
  self->cell_width = (WIDTH - (columns - 1) * SPACE) / columns;
  self->picture_height = rg_paper_fit (scratch, 0, 0, self->cell_width, self->cell_width).height;
  self->text_height = 0;
  for (guint i = 0; i < self->words->len; i++)
    self->text_height = MAX (self->text_height, write_cell (scratch, evidence, g_array_index (self->words, guint, i), 0, 0, self->cell_width));

  return columns * (guint) MAX (0, floor (height / (self->picture_height + self->text_height + SPACE)));
}

static int
compare_dependence (gconstpointer a,
                    gconstpointer b,
                    gpointer explanation)
{
  double of_a = fabs (rg_explanation_get_dependence (explanation, *(const guint *) a));
  double of_b = fabs (rg_explanation_get_dependence (explanation, *(const guint *) b));

  return (of_a < of_b) - (of_a > of_b);
}

static int
compare_place (gconstpointer a,
               gconstpointer b)
{
  return (int) *(const guint *) a - (int) *(const guint *) b;
}

/* Keeps the @n words that depend on the picture most. */
static void
leave_out (Maps *self,
           const RgEvidence *evidence,
           guint n)
{
  if (n >= self->words->len)
    return;

  self->n_left_out = self->words->len - n;
  g_array_sort_with_data (self->words, compare_dependence, evidence->explanation);
  g_array_set_size (self->words, n);
  g_array_sort (self->words, compare_place);
}

static void
choose_maps (Maps *self,
             const RgEvidence *evidence,
             RgPaper *scratch,
             double height)
{
  guint n_fit = 0;

  self->words = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint w = 0; w < rg_explanation_get_n_words (evidence->explanation); w++)
    if (rg_explanation_depends (evidence->explanation, w))
      g_array_append_val (self->words, w);

  for (guint columns = FEWEST_COLUMNS; columns <= MOST_COLUMNS && n_fit < MAX (self->words->len, 1); columns++)
    n_fit = lay_out (self, evidence, scratch, columns, height);
  leave_out (self, evidence, n_fit);
}

/* Returns: where the next part may begin. */
static double
draw_maps (RgPaper *paper,
           const RgEvidence *evidence,
           const Maps *maps,
           double y)
{
  for (guint i = 0; i < maps->words->len; i++)
    {
      guint word = g_array_index (maps->words, guint, i);
      double x = MARGIN + i % maps->columns * (maps->cell_width + SPACE);
      double top = y + i / maps->columns * (maps->picture_height + maps->text_height + SPACE);

      rg_paper_draw_map (paper, rg_paper_fit (paper, x, top, maps->cell_width, maps->picture_height), word);
      write_cell (paper, evidence, word, x, top + maps->picture_height + 1, maps->cell_width);
    }

  return y + (maps->words->len + maps->columns - 1) / maps->columns * (maps->picture_height + maps->text_height + SPACE);
}

static double
write_left_out (RgPaper *paper,
                const Maps *maps,
                double y)
{
  g_autofree char *text = g_strdup_printf (ngettext ("%u more word depends on the picture, but less; there is no room for its map.",
                                                     "%u more words depend on the picture, but less; there is no room for their maps.", maps->n_left_out),
                                           maps->n_left_out);

  return y + put (paper, MARGIN, y, WIDTH, TEXT, 0, text);
}

void
rg_evidence_sheet_draw (RgPaper *paper,
                        const RgEvidence *evidence)
{
  RgPaper *scratch = rg_paper_new_scratch (evidence);
  double y = draw_key (paper, evidence, draw_head (paper, evidence));
  double foot = BOTTOM - write_foot (scratch, evidence, 0);
  Maps maps = { 0 };

  choose_maps (&maps, evidence, scratch, foot - y - 2 * TEXT);
  y = draw_maps (paper, evidence, &maps, y);
  if (maps.n_left_out > 0)
    write_left_out (paper, &maps, y);
  write_foot (paper, evidence, foot);

  g_array_unref (maps.words);
  rg_paper_free (scratch);
}

char *
rg_evidence_sheet_dup_text (const RgEvidence *evidence)
{
  g_autofree char *source = rg_evidence_dup_source (evidence);
  g_autofree char *question = rg_evidence_dup_line (evidence->question);
  g_autofree char *answer = rg_evidence_dup_line (evidence->answer);
  g_autofree char *picture = rg_evidence_text_picture (evidence);
  g_autofree char *view = rg_evidence_text_view (evidence);
  g_autofree char *maps = rg_evidence_text_maps (evidence);
  g_autofree char *anyway = rg_evidence_text_anyway (evidence);
  g_autofree char *origin = rg_evidence_text_origin (evidence);
  GString *text = g_string_new (source);

  g_string_append_printf (text, "\n%s\n%s\n%s\n%s\n%s\n", picture, view, question, answer, maps);
  for (guint w = 0; w < rg_explanation_get_n_words (evidence->explanation); w++)
    if (rg_explanation_depends (evidence->explanation, w))
      {
        g_autofree char *verdict = rg_evidence_text_verdict (evidence, w);
        g_autofree char *numbers = rg_evidence_text_numbers (evidence, w);

        g_string_append_printf (text, "%s\n%s\n", verdict, numbers);
      }
  g_string_append_printf (text, "%s\n%s\n%s", anyway != NULL ? anyway : "", rg_evidence_text_caution (), origin);

  return g_string_free (text, FALSE);
}
