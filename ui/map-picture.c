/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-picture.h"

#include <string.h>

#include "ui/why-text.h"

#define MARGIN 20
#define SPACE 8
#define LEAST_WIDTH 440 /* or the texts under a narrow picture would be columns of single words */
#define BAR_WIDTH 260
#define LARGE 15
#define SMALL 11

/* Questions and answers may be of any length. */
#define MOST_LINES 6

static RgRect
get_frame (const RgMapPicture *self,
           const RgPaper *paper)
{
  RgRect frame = rg_paper_fit (paper, 0, MARGIN, self->side, self->side);

  frame.x = (rg_map_picture_get_width (self) - frame.width) / 2;

  return frame;
}

double
rg_map_picture_get_width (const RgMapPicture *self)
{
  double width = rg_image_get_width (self->evidence->picture), height = rg_image_get_height (self->evidence->picture);

  return MAX (width / MAX (width, height) * self->side, LEAST_WIDTH) + 2 * MARGIN;
}

/* The place of the map's word among the words of @answer, bytes; the answer is its words with space between them. */
static void
find_word (const RgMapPicture *self,
           const char *answer,
           guint *from,
           guint *to)
{
  const char *at = answer;

  *from = *to = 0;
  for (guint w = 0; w <= self->word; w++)
    {
      const char *text = rg_explanation_get_word (self->evidence->explanation, w)->text;
      const char *found = strstr (at, text);

      if (found == NULL)
        return;
      *from = (guint) (found - answer);
      *to = *from + (guint) strlen (text);
      at = found + strlen (text);
    }
}

static double
write_answer (const RgMapPicture *self,
              RgPaper *paper,
              const RgPaperText *how)
{
  g_autofree char *answer = rg_evidence_dup_line (self->evidence->answer);
  RgPaperText marked = *how;

  find_word (self, answer, &marked.mark, &marked.mark_end);
  if (self->growing)
    marked.fade = marked.mark_end;

  return rg_paper_write (paper, &marked, answer);
}

double
rg_map_picture_draw (const RgMapPicture *self,
                     RgPaper *paper)
{
  const RgEvidence *evidence = self->evidence;
  g_autofree char *question = rg_evidence_dup_line (evidence->question);
  g_autofree char *caption = rg_evidence_dup_caption (evidence, self->word);
  g_autofree char *details = rg_evidence_dup_details (evidence, self->word);
  g_autofree char *scale = rg_why_text_scale (rg_explanation_get_method (evidence->explanation), evidence->style.scale);
  g_autofree char *source = rg_evidence_dup_source (evidence);
  RgRect frame = get_frame (self, paper);
  RgPaperText large = { .x = MARGIN, .width = rg_map_picture_get_width (self) - 2 * MARGIN, .size = LARGE, .most_lines = MOST_LINES };
  RgPaperText small = { .x = MARGIN, .width = large.width, .size = SMALL };
  double y = frame.y + frame.height + SPACE;

  rg_paper_draw_map (paper, frame, self->word);

  large.y = y;
  large.is_gray = TRUE;
  large.y += rg_paper_write (paper, &large, question);
  large.is_gray = FALSE;
  y = large.y + write_answer (self, paper, &large) + SPACE;

  y += rg_paper_draw_color_bar (paper, MARGIN, y, MIN (BAR_WIDTH, large.width), SMALL) + SPACE;
  for (guint i = 0; i < 4; i++)
    {
      const char *const lines[] = { caption, details, scale, source };

      small.y = y;
      small.is_bold = i == 0;
      small.is_gray = i == 3;
      y += rg_paper_write (paper, &small, lines[i]);
    }

  return y + MARGIN;
}

double
rg_map_picture_measure (const RgMapPicture *self)
{
  g_autoptr (RgPaper) scratch = rg_paper_new_scratch (self->evidence);

  return rg_map_picture_draw (self, scratch);
}
