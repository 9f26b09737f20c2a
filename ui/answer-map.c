/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer-word.h"
#include "ui/why-text.h"

/* The map of a word, from whoever has it: the explanation, or the attention that came with the answer. */

gboolean
rg_answer_shows_record (RgAnswer *self)
{
  RgExplanation *explanation = rg_answer_get_explanation (self);

  return rg_answer_get_method (self) == RG_METHOD_ATTENTION && !(explanation != NULL && rg_explanation_get_options (explanation)->hide_sinks);
}

gboolean
rg_answer_is_calibrated (RgAnswer *self)
{
  RgExplanation *explanation = rg_answer_get_explanation (self);

  return explanation != NULL && rg_explanation_get_options (explanation)->calibrated;
}

void
rg_answer_show_shares (RgAnswer *self)
{
  RgExplanation *explanation = rg_answer_get_explanation (self);
  gboolean is_recorded = explanation == NULL || rg_answer_shows_record (self);

  for (guint i = 0; i < rg_answer_get_n_words (self); i++)
    {
      g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (self), i);
      gboolean depends = explanation == NULL || rg_explanation_depends (explanation, i);
      const RgShares *shares = is_recorded ? NULL : rg_explanation_get_shares (explanation, i);

      rg_answer_word_set_shown_share (word, shares != NULL ? shares->of[RG_SOURCE_PICTURE] : -1);
      rg_answer_word_take_note (word, depends ? NULL : rg_why_text_anyway (rg_answer_word_get_text (word), rg_explanation_get_dependence (explanation, i)));
    }
}

const float *
rg_answer_get_word_map (RgAnswer *self,
                        guint word)
{
  RgExplanation *explanation = rg_answer_get_explanation (self);
  RgPatchGrid *grid = rg_answer_get_grid (self);
  const float *map;
  guint n = 0;

  g_return_val_if_fail (RG_IS_ANSWER (self), NULL);
  g_return_val_if_fail (word < rg_answer_get_n_words (self), NULL);

  if (grid == NULL || (explanation != NULL && !rg_explanation_depends (explanation, word)))
    return NULL;

  if (rg_answer_shows_record (self))
    {
      /* The list keeps it. */
      g_autoptr (RgAnswerWord) item = g_list_model_get_item (rg_answer_get_words (self), word);

      map = rg_answer_word_get_map (item, &n);
    }
  else
    {
      map = rg_explanation_get_map (explanation, word);
      n = rg_patch_grid_get_n_patches (rg_explanation_get_grid (explanation));
    }

  return n == rg_patch_grid_get_n_patches (grid) ? map : NULL;
}

const float *
rg_answer_get_map (RgAnswer *self)
{
  int selected = rg_answer_get_selected (self);

  return selected >= 0 ? rg_answer_get_word_map (self, selected) : NULL;
}
