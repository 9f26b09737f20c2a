/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer-text.h"

#include "ui/closures.h"
#include "ui/map-text.h"
#include "ui/why-text.h"

static void
write_attention (RgAnswer *answer,
                 RgAnswerWord *word,
                 const float *map,
                 char **caption,
                 char **description)
{
  double share = rg_answer_word_get_share (word);
  g_autofree char *set = NULL;
  guint n_layers, n_heads;
  int layer, head;

  g_object_get (answer, "layer", &layer, "head", &head, "n-layers", &n_layers, "n-heads", &n_heads, NULL);
  if (rg_answer_get_method (answer) == RG_METHOD_CALIBRATED)
    set = g_strdup (C_ ("attention", "the heads that follow objects"));
  else
    set = rg_format_attention_set (layer, head, n_layers, n_heads);

  *caption = rg_format_caption (rg_answer_word_get_text (word), set, share);
  *description = map != NULL ? rg_map_text_describe (rg_answer_get_grid (answer), map, share) : g_strdup ("");
}

static void
write_explained (RgAnswer *answer,
                 const char *text,
                 const float *map,
                 double dependence,
                 char **caption,
                 char **description)
{
  RgMethod method = rg_answer_get_method (answer);

  *caption = rg_why_text_caption (method, text, dependence);
  *description = map != NULL ? rg_why_text_describe (method, rg_answer_get_grid (answer), map, dependence) : g_strdup ("");
}

void
rg_answer_text_write (RgAnswer *answer,
                      char **caption,
                      char **description)
{
  RgExplanation *explanation = rg_answer_get_explanation (answer);
  int selected = rg_answer_get_selected (answer);
  const float *map = rg_answer_get_map (answer);
  g_autoptr (RgAnswerWord) word = NULL;

  if (selected < 0)
    {
      *caption = g_strdup ("");
      *description = g_strdup ("");
      return;
    }

  word = g_list_model_get_item (rg_answer_get_words (answer), selected);
  if (explanation != NULL && !rg_explanation_depends (explanation, selected))
    {
      *caption = rg_why_text_anyway (rg_answer_word_get_text (word), rg_explanation_get_dependence (explanation, selected));
      *description = g_strdup (*caption);
    }
  else if (rg_answer_get_method (answer) != RG_METHOD_ATTENTION && rg_answer_get_method (answer) != RG_METHOD_CALIBRATED)
    {
      write_explained (answer, rg_answer_word_get_text (word), map, rg_explanation_get_dependence (explanation, selected), caption, description);
    }
  else
    {
      write_attention (answer, word, map, caption, description);
    }
}
