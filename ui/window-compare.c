/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/closures.h"
#include "ui/compare-view.h"
#include "ui/window-private.h"

static RgCompareView *
get_view (RgWindow *self)
{
  return rg_why_pane_get_view (self->pane, RG_WHY_COMPARE);
}

/* Returns: (transfer none) (nullable): about the words of the map beside the picture; %NULL while there are none. */
static RgInquiry *
get_inquiry (RgWindow *self)
{
  return rg_compare_view_get_side (get_view (self)) == RG_COMPARE_SAME ? self->inquiry : rg_beside_get_inquiry (self->beside);
}

/* Returns: (transfer full): RgWord, of the answer that the map beside the picture is about. */
static GArray *
dup_words (RgWindow *self)
{
  RgInquiry *inquiry = get_inquiry (self);
  RgTokenList *tokens = inquiry != NULL ? rg_inquiry_get_answered (inquiry)->tokens : rg_answer_get_tokens (self->answer);

  return rg_token_list_dup_words (tokens);
}

static char *
dup_selected (RgWindow *self)
{
  g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (self->answer), rg_answer_get_selected (self->answer));

  return g_strdup (rg_answer_word_get_text (word));
}

/* Another model may say the word at another place, or not at all. Returns: its number, @selected for one of the same words */
static int
find_word (RgWindow *self,
           const GArray *words,
           int selected)
{
  g_autofree char *text = NULL;

  if (selected < 0 || rg_compare_view_get_side (get_view (self)) != RG_COMPARE_MODEL)
    return selected;

  text = dup_selected (self);
  if (selected < (int) words->len && g_str_equal (g_array_index (words, RgWord, selected).text, text))
    return selected;
  for (guint i = 0; i < words->len; i++)
    if (g_str_equal (g_array_index (words, RgWord, i).text, text))
      return (int) i;

  return -1;
}

/* As long as the two maps are of the same word they stay so. */
static void
follow_word (RgWindow *self,
             RgCompareView *view)
{
  g_autoptr (GArray) words = dup_words (self);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  int chosen = rg_compare_view_get_word (view), same = find_word (self, words, rg_answer_get_selected (self->answer));
  gboolean follows = chosen < 0 || chosen == self->compared || chosen >= (int) words->len;

  for (guint i = 0; i < words->len; i++)
    g_strv_builder_add (builder, g_array_index (words, RgWord, i).text);
  texts = g_strv_builder_end (builder);
  rg_compare_view_set_words (view, (const char *const *) texts);

  self->compared = same;
  if (follows && same >= 0)
    rg_compare_view_set_word (view, same);
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

/* Of the answer itself, attention is there without being asked for. */
static gboolean
is_recorded (RgWindow *self,
             RgMethod method)
{
  return method == RG_METHOD_ATTENTION && rg_compare_view_get_side (get_view (self)) == RG_COMPARE_SAME;
}

/* Returns: (transfer none) (nullable): what is known of the map beside the picture. */
static RgExplanation *
get_found (RgWindow *self)
{
  RgInquiry *inquiry = get_inquiry (self);

  return inquiry != NULL ? rg_inquiry_get_explanation (inquiry, rg_compare_view_get_method (get_view (self))) : NULL;
}

/* Whose map it is that stands beside the picture. Returns: (transfer full) (nullable) */
static char *
name_place (RgWindow *self)
{
  RgCompareSide side = rg_compare_view_get_side (get_view (self));
  g_autofree char *name = rg_beside_dup_model_name (self->beside), *answer = NULL;

  if (side == RG_COMPARE_PICTURE)
    return g_strdup (_ ("another picture"));
  if (side == RG_COMPARE_SAME || name == NULL)
    return NULL;

  if (rg_compare_view_get_given (get_view (self)))
    /* Translators: a model. */
    return g_strdup_printf (_ ("%s, made to say the same"), name);

  answer = rg_token_list_dup_text (rg_inquiry_get_answered (get_inquiry (self))->tokens);

  /* Translators: a model, and its answer. */
  return g_strdup_printf (_ ("%s, whose answer is “%s”"), name, answer);
}

/* @explanation: (nullable): that the map is of. */
static gboolean
is_calibrated (RgExplanation *explanation)
{
  return explanation != NULL && rg_explanation_get_options (explanation)->calibrated;
}

/* Returns: whether the map beside the picture was known. */
static gboolean
show_two (RgWindow *self,
          RgCompareView *view,
          guint other)
{
  RgMethod method = rg_compare_view_get_method (view);
  RgExplanation *found = get_found (self);
  g_autofree float *recorded = NULL;
  g_autofree char *word = dup_selected (self), *place = name_place (self);
  g_autoptr (GArray) words = dup_words (self);
  RgHeatmapStyle style = _rg_window_get_style (self);
  RgComparedMap a = { _rg_window_get_image (self), rg_answer_get_grid (self->answer), word, NULL, rg_answer_get_method (self->answer), is_calibrated (rg_answer_get_explanation (self->answer)), rg_answer_get_map (self->answer), rg_answer_get_scale (self->answer) };
  RgComparedMap b = { .word = g_array_index (words, RgWord, other).text, .place = place, .method = method, .calibrated = is_calibrated (found) };

  if (is_recorded (self, method))
    {
      b.image = a.image;
      b.grid = a.grid;
      b.map = recorded = map_attention (self, other, &b.scale);
    }
  else if (found != NULL && other < rg_explanation_get_n_words (found))
    {
      b.image = rg_inquiry_get_answered (get_inquiry (self))->image;
      b.grid = rg_explanation_get_grid (found);
      b.map = rg_explanation_get_map (found, other);
      b.scale = rg_explanation_get_extent (found);
    }

  if (b.map != NULL)
    rg_compare_view_show_maps (view, &a, &b, &style);

  return b.map != NULL;
}

/* Returns: (nullable): why there is no pair of maps, and nothing to be waited for. */
static const char *
find_hindrance (RgWindow *self,
                int other)
{
  RgCompareSide side = rg_compare_view_get_side (get_view (self));
  RgExplanation *known = side == RG_COMPARE_SAME ? rg_answer_get_explanation (self->answer) : get_found (self);

  if (!_rg_window_is_explainable (self))
    return _rg_window_get_wait_sentence (self);
  if (rg_answer_get_selected (self->answer) < 0)
    return _ ("Choose a word of the answer.");
  if (rg_answer_get_map (self->answer) == NULL)
    return rg_answer_get_caption (self->answer);
  if (side == RG_COMPARE_MODEL && self->beside_model == NULL)
    return _ ("Choose a model to stand beside this one.");
  if (get_inquiry (self) == NULL)
    return NULL;
  if (other < 0)
    return _ ("Choose a word of the answer.");
  if (known != NULL && other < (int) rg_explanation_get_n_words (known) && !rg_explanation_depends (known, other))
    return side == RG_COMPARE_PICTURE ? _ ("With or without the other picture the word is as likely, so there is no map.") : _ ("It would have said this word anyway, so there is no map.");

  return NULL;
}

static RgJob *
get_job (RgWindow *self)
{
  return rg_compare_view_get_side (get_view (self)) == RG_COMPARE_SAME ? rg_inquiry_get_job (self->inquiry) : rg_beside_get_job (self->beside);
}

void
_rg_window_show_compare (RgWindow *self)
{
  RgCompareView *view = get_view (self);
  const char *hindrance;
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

  job = get_job (self);
  if (get_inquiry (self) != NULL && show_two (self, view, other))
    return;

  if (job != NULL)
    rg_compare_view_show_progress (view, rg_format_stage (rg_job_get_stage (job)), rg_job_get_fraction (job));
  else
    rg_compare_view_show_sentence (view, _ ("There is no map by this method."));
}

/* What is to stand beside the picture: another picture, once it is read, or another model, once one was chosen. */
static void
prepare_beside (RgWindow *self)
{
  switch (rg_compare_view_get_side (get_view (self)))
    {
    case RG_COMPARE_PICTURE:
      if (_rg_window_find_other (self) && self->other != NULL)
        rg_beside_take_picture (self->beside, self->engine, self->inquiry, self->other);
      break;

    case RG_COMPARE_MODEL:
      if (self->beside_model != NULL)
        rg_beside_take_model (self->beside, self->inquiry, self->beside_model, rg_compare_view_get_given (get_view (self)));
      else
        rg_beside_clear (self->beside);
      break;

    case RG_COMPARE_SAME:
    case RG_N_COMPARE_SIDES:
    default:
      rg_beside_clear (self->beside);
    }
}

/* The map on the picture comes first. */
void
_rg_window_find_compared (RgWindow *self,
                          gboolean again)
{
  RgMethod method = rg_compare_view_get_method (get_view (self));
  RgInquiry *inquiry;

  if (!_rg_window_is_explainable (self) || rg_inquiry_get_explanation (self->inquiry, rg_map_controls_get_method (self->controls)) == NULL)
    return;

  prepare_beside (self);
  inquiry = get_inquiry (self);
  if (inquiry != NULL && !is_recorded (self, method) && (again || rg_inquiry_get_job (inquiry) == NULL))
    rg_inquiry_explain (inquiry, method, again);
}

gboolean
_rg_window_get_compare_waits (RgWindow *self)
{
  return self->inquiry != NULL && get_found (self) == NULL;
}

static void
compared_cb (RgWindow *self)
{
  if (!_rg_window_shows_page (self, RG_WHY_COMPARE))
    return;

  _rg_window_find_compared (self, TRUE);
  _rg_window_update (self);
}

static void
dropped_cb (RgWindow *self,
            GFile *file)
{
  rg_compare_view_set_side (get_view (self), RG_COMPARE_PICTURE);
  rg_window_swap_file (self, file);
}

/* A model that cannot be loaded or asked is let go, or it would be tried again at once. */
static void
failed_cb (RgWindow *self,
           const char *sentence)
{
  if (rg_beside_get_inquiry (self->beside) == NULL)
    {
      g_clear_pointer (&self->beside_model, g_free);
      rg_compare_view_set_side (get_view (self), RG_COMPARE_SAME);
    }
  _rg_window_toast (self, sentence);
}

void
rg_window_compare_model (RgWindow *self,
                         const char *path)
{
  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (path != NULL);

  g_free (self->beside_model);
  self->beside_model = g_strdup (path);
  rg_compare_view_set_side (get_view (self), RG_COMPARE_MODEL);
  compared_cb (self);
}

static void
compare_model_action (GtkWidget *widget,
                      const char *name,
                      GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  GtkWidget *dialog = _rg_window_new_models_dialog (self);

  g_signal_connect_object (dialog, "chosen", G_CALLBACK (rg_window_compare_model), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
_rg_window_release_compare (RgWindow *self)
{
  if (self->beside != NULL)
    g_signal_handlers_disconnect_by_data (self->beside, self);
  g_clear_object (&self->beside);
  g_clear_pointer (&self->beside_model, g_free);
}

void
_rg_window_set_up_compare (RgWindow *self)
{
  RgCompareView *view = get_view (self);

  self->compared = -1;
  self->beside = rg_beside_new ();
  rg_compare_view_set_method (view, RG_METHOD_KV_CUT);
  g_signal_connect_object (self->beside, "changed", G_CALLBACK (_rg_window_update_lab), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->beside, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "changed", G_CALLBACK (compared_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "dropped", G_CALLBACK (dropped_cb), self, G_CONNECT_SWAPPED);
}

void
_rg_window_install_compare_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.compare-model", NULL, compare_model_action);
}
