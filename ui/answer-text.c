/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer-text.h"

#include "ui/closures.h"
#include "ui/map-text.h"
#include "ui/why-text.h"

/* Which layers and heads the attention is of. */
static char *
dup_heads (RgAnswer *answer)
{
  RgExplanation *explanation = rg_answer_get_explanation (answer);
  gboolean calibrated = explanation != NULL && rg_explanation_get_options (explanation)->calibrated;
  guint n_layers, n_heads;
  int layer, head;

  g_object_get (answer, "layer", &layer, "head", &head, "n-layers", &n_layers, "n-heads", &n_heads, NULL);

  return rg_why_text_heads (rg_answer_get_method (answer), calibrated, layer, head, n_layers, n_heads);
}

void
rg_answer_text_write (RgAnswer *answer,
                      char **caption,
                      char **description)
{
  RgExplanation *explanation = rg_answer_get_explanation (answer);
  RgMethod method = rg_answer_get_method (answer);
  int selected = rg_answer_get_selected (answer);
  const float *map = rg_answer_get_map (answer);
  double dependence = explanation != NULL && selected >= 0 ? rg_explanation_get_dependence (explanation, selected) : NAN;
  g_autofree char *heads = dup_heads (answer);
  g_autoptr (RgAnswerWord) word = NULL;

  if (selected < 0)
    {
      *caption = g_strdup ("");
      *description = g_strdup ("");
      return;
    }

  word = g_list_model_get_item (rg_answer_get_words (answer), selected);
  *caption = rg_why_text_sentence (method, rg_answer_word_get_text (word), heads, rg_answer_word_get_share (word), dependence);

  if (map == NULL)
    *description = g_strdup (fabs (dependence) < RG_LEAST_DEPENDENCE ? *caption : "");
  else if (rg_method_is_share (method))
    *description = rg_map_text_describe (rg_answer_get_grid (answer), map, rg_answer_word_get_share (word));
  else
    *description = rg_why_text_describe (method, rg_answer_get_grid (answer), map, dependence);
}
