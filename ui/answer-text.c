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

/* The explanation's shares are of the layers and heads that it was made with. */
static char *
dup_shares (RgAnswer *answer,
            guint word,
            gboolean has_map)
{
  RgExplanation *explanation = rg_answer_get_explanation (answer);
  const RgShares *shares = explanation != NULL && has_map ? rg_explanation_get_shares (explanation, word) : NULL;
  const RgMethodOptions *options;
  g_autofree char *looked = NULL;
  g_autofree char *legend = NULL;
  int layer, head;

  if (shares == NULL)
    return g_strdup ("");

  options = rg_explanation_get_options (explanation);
  g_object_get (answer, "layer", &layer, "head", &head, NULL);
  if (rg_answer_get_method (answer) == RG_METHOD_ATTENTION && (options->layer != layer || options->head != head))
    return g_strdup ("");

  looked = rg_why_text_shares (shares, options->hide_sinks);
  legend = rg_why_text_sink_legend (explanation);

  return legend != NULL ? g_strconcat (looked, " · ", legend, NULL) : g_steal_pointer (&looked);
}

void
rg_answer_text_write (RgAnswer *answer,
                      char **caption,
                      char **shares,
                      char **description)
{
  RgExplanation *explanation = rg_answer_get_explanation (answer);
  RgMethod method = rg_answer_get_method (answer);
  int selected = rg_answer_get_selected (answer);
  const float *map = rg_answer_get_map (answer);
  double dependence = explanation != NULL && selected >= 0 ? rg_explanation_get_dependence (explanation, selected) : NAN;
  g_autofree char *heads = dup_heads (answer);
  g_autoptr (RgAnswerWord) word = NULL;
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *sinks = NULL;

  if (selected < 0)
    {
      *caption = g_strdup ("");
      *shares = g_strdup ("");
      *description = g_strdup ("");
      return;
    }

  word = g_list_model_get_item (rg_answer_get_words (answer), selected);
  text = rg_why_text_word (rg_answer_word_get_text (word), explanation != NULL ? rg_explanation_get_against (explanation, selected) : NULL);
  *shares = dup_shares (answer, selected, map != NULL);
  *caption = rg_why_text_sentence (method, text, heads, rg_answer_word_get_share (word), dependence);

  if (map == NULL)
    plain = g_strdup (fabs (dependence) < RG_LEAST_DEPENDENCE ? *caption : "");
  else if (rg_method_is_share (method))
    plain = rg_map_text_describe (rg_answer_get_grid (answer), map, rg_answer_word_get_share (word));
  else
    plain = rg_why_text_describe (method, rg_answer_get_grid (answer), map, dependence);
  sinks = **shares != '\0' ? rg_why_text_sinks (explanation) : NULL;
  *description = g_strjoin (". ", plain, **shares != '\0' ? *shares : NULL, sinks, NULL);
}
