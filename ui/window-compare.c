/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/closures.h"
#include "ui/compare-view.h"
#include "ui/window-private.h"

static char *
dup_word (RgWindow *self,
          guint position)
{
  g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (self->answer), position);

  return g_strdup (rg_answer_word_get_text (word));
}

/* As long as the two maps are of the same word they stay so. */
static void
follow_word (RgWindow *self,
             RgCompareView *view)
{
  int selected = rg_answer_get_selected (self->answer);
  guint n = rg_answer_get_n_words (self->answer);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  gboolean follows = rg_compare_view_get_word (view) < 0 || rg_compare_view_get_word (view) == self->compared;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = dup_word (self, i);

      g_strv_builder_add (builder, word);
    }
  words = g_strv_builder_end (builder);
  rg_compare_view_set_words (view, (const char *const *) words);

  self->compared = selected;
  if (follows && selected >= 0)
    rg_compare_view_set_word (view, selected);
}

/* Layers and heads of the attention beside the picture are those on it. */
static float *
map_attention (RgWindow *self,
               guint word,
               double *scale)
{
  RgTokenList *tokens = rg_answer_get_tokens (self->answer);
  guint n_patches = rg_patch_grid_get_n_patches (rg_answer_get_grid (self->answer));
  g_autoptr (GArray) words = rg_token_list_dup_words (tokens);
  g_autofree float *each = g_new0 (float, n_patches);
  float *map = g_new0 (float, n_patches);
  int layer, head;

  g_object_get (self->answer, "layer", &layer, "head", &head, NULL);
  *scale = 0;
  for (guint w = 0; w < words->len; w++)
    {
      rg_token_list_map_word (tokens, &g_array_index (words, RgWord, w), layer, head, w == word ? map : each, NULL);
      for (guint p = 0; p < n_patches; p++)
        *scale = MAX (*scale, w == word ? map[p] : each[p]);
    }

  return map;
}

/* @scale: (out). Returns: (transfer full) (nullable): the map of @word by @method; %NULL while it is not known. */
static float *
dup_map (RgWindow *self,
         guint word,
         RgMethod method,
         double *scale)
{
  RgExplanation *found = rg_inquiry_get_explanation (self->inquiry, method);

  guint n_patches = rg_patch_grid_get_n_patches (rg_answer_get_grid (self->answer));

  if (method == RG_METHOD_ATTENTION)
    return map_attention (self, word, scale);
  if (found == NULL || word >= rg_explanation_get_n_words (found) || rg_patch_grid_get_n_patches (rg_explanation_get_grid (found)) != n_patches)
    return NULL;

  *scale = rg_explanation_get_extent (found);

  return g_memdup2 (rg_explanation_get_map (found, word), sizeof (float) * n_patches);
}

static void
show_two (RgWindow *self,
          RgCompareView *view,
          guint other,
          const float *map,
          double scale)
{
  int selected = rg_answer_get_selected (self->answer);
  g_autofree char *word = dup_word (self, selected), *other_word = dup_word (self, other);
  RgComparedMap a = { word, rg_answer_get_method (self->answer), rg_answer_get_map (self->answer), rg_answer_get_scale (self->answer) };
  RgComparedMap b = { other_word, rg_compare_view_get_method (view), map, scale };
  RgHeatmapStyle style = _rg_window_get_style (self);

  rg_compare_view_show_maps (view, _rg_window_get_image (self), rg_answer_get_grid (self->answer), &a, &b, &style);
}

/* Returns: (nullable): why there is no pair of maps, and nothing to be waited for. */
static const char *
find_hindrance (RgWindow *self,
                int other)
{
  RgExplanation *known = rg_answer_get_explanation (self->answer);

  if (!_rg_window_is_explainable (self))
    return _rg_window_get_wait_sentence (self);
  if (rg_answer_get_selected (self->answer) < 0 || other < 0 || other >= (int) rg_answer_get_n_words (self->answer))
    return _ ("Choose a word of the answer.");
  if (rg_answer_get_map (self->answer) == NULL)
    return rg_answer_get_caption (self->answer);
  if (known != NULL && !rg_explanation_depends (known, other))
    return _ ("It would have said this word anyway, so there is no map.");

  return NULL;
}

void
_rg_window_show_compare (RgWindow *self)
{
  RgCompareView *view = rg_why_pane_get_view (self->pane, RG_WHY_COMPARE);
  g_autofree float *map = NULL;
  const char *hindrance;
  double scale = 0;
  int other;
  RgJob *job;

  follow_word (self, view);
  other = rg_compare_view_get_word (view);
  hindrance = find_hindrance (self, other);
  if (hindrance != NULL)
    {
      rg_compare_view_show_sentence (view, hindrance);
      return;
    }

  map = dup_map (self, other, rg_compare_view_get_method (view), &scale);
  job = rg_inquiry_get_job (self->inquiry);
  if (map != NULL)
    show_two (self, view, other, map, scale);
  else if (job != NULL)
    rg_compare_view_show_progress (view, rg_format_stage (rg_job_get_stage (job)), rg_job_get_fraction (job));
  else
    rg_compare_view_show_sentence (view, _ ("There is no map by this method."));
}

/* The map on the picture comes first. */
void
_rg_window_find_compared (RgWindow *self,
                          gboolean again)
{
  RgMethod method = rg_compare_view_get_method (rg_why_pane_get_view (self->pane, RG_WHY_COMPARE));

  if (_rg_window_is_explainable (self) && rg_inquiry_get_explanation (self->inquiry, rg_map_controls_get_method (self->controls)) != NULL)
    if (again || rg_inquiry_get_job (self->inquiry) == NULL)
      rg_inquiry_explain (self->inquiry, method, again);
}

static void
compared_cb (RgWindow *self)
{
  if (!_rg_window_shows_page (self, RG_WHY_COMPARE))
    return;

  _rg_window_find_compared (self, TRUE);
  _rg_window_update (self);
}

void
_rg_window_set_up_compare (RgWindow *self)
{
  RgCompareView *view = rg_why_pane_get_view (self->pane, RG_WHY_COMPARE);

  self->compared = -1;
  rg_compare_view_set_method (view, RG_METHOD_KV_CUT);
  g_signal_connect_object (view, "changed", G_CALLBACK (compared_cb), self, G_CONNECT_SWAPPED);
}
