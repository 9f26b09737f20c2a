/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer-word.h"

/* The map of a word, from whoever has it: the explanation, or the attention that came with the answer. */

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

  if (rg_answer_get_method (self) == RG_METHOD_ATTENTION)
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
