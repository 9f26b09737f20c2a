/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/closures.h"
#include "ui/verdict-view.h"
#include "ui/why-text.h"
#include "ui/window-private.h"

/* Layers and heads belong to attention alone. */
void
_rg_window_get_attention_set (RgWindow *self,
                              int *layer,
                              int *head)
{
  *layer = *head = -1;
  if (rg_answer_get_method (self->answer) == RG_METHOD_ATTENTION)
    g_object_get (self->answer, "layer", layer, "head", head, NULL);
}

/* What was stopped or failed half-way has words, too, and they can be explained. */
gboolean
_rg_window_is_explainable (RgWindow *self)
{
  return self->inquiry != NULL && !rg_exchange_get_busy (self->shown) && rg_answer_get_n_words (self->answer) > 0;
}

/* Whether a test goes on that somebody waits for on the open page. */
static gboolean
is_testing (RgWindow *self)
{
  return self->inquiry != NULL && (rg_inquiry_is_verifying (self->inquiry) || rg_inquiry_is_swapping (self->inquiry));
}

/* --- the pane ----------------------------------------------------------------------------------------------------- */

static gboolean
is_pane_open (RgWindow *self)
{
  /* GTK asks for the state of actions before there are children. */
  return self->pane != NULL && gtk_widget_get_visible (GTK_WIDGET (self->pane));
}

gboolean
_rg_window_shows_page (RgWindow *self,
                       RgWhyPage page)
{
  return is_pane_open (self) && rg_why_pane_get_page (self->pane) == page;
}

/* Another page, or none: nobody waits any more for what the last one had begun. */
static void
pane_changed (RgWindow *self)
{
  if (is_testing (self))
    rg_inquiry_cancel (self->inquiry);

  g_object_notify (G_OBJECT (self), "verify");
  _rg_window_update (self);
}

static void
set_pane_open (RgWindow *self,
               gboolean open)
{
  if (is_pane_open (self) == open)
    return;

  gtk_widget_set_visible (GTK_WIDGET (self->pane), open);
  pane_changed (self);
}

void
_rg_window_open_page (RgWindow *self,
                      RgWhyPage page)
{
  rg_why_pane_set_page (self->pane, page);
  set_pane_open (self, TRUE);
}

void
_rg_window_close_pane (RgWindow *self)
{
  set_pane_open (self, FALSE);
}

/* --- the verdict -------------------------------------------------------------------------------------------------- */

gboolean
_rg_window_get_verify (RgWindow *self)
{
  return _rg_window_shows_page (self, RG_WHY_TEST);
}

void
_rg_window_set_verify (RgWindow *self,
                       gboolean verify)
{
  if (verify)
    _rg_window_open_page (self, RG_WHY_TEST);
  else if (_rg_window_get_verify (self))
    _rg_window_close_pane (self);
}

/* Of the chosen word; begun unless it is known or on its way. Returns: (nullable): the explanation that has it. */
static RgExplanation *
find_verdict (RgWindow *self,
              guint word)
{
  RgMethod method = rg_answer_get_method (self->answer);
  int layer, head;

  _rg_window_get_attention_set (self, &layer, &head);
  rg_inquiry_verify (self->inquiry, method, layer, head, word);

  return rg_inquiry_get_verdict (self->inquiry, method, layer, head, word);
}

/* The open page follows the chosen word and the map shown: a class goes from word to word and sees which maps hold. */
static void
update_verdict (RgWindow *self)
{
  RgVerdictView *view = RG_VERDICT_VIEW (rg_why_pane_get_view (self->pane, RG_WHY_TEST));
  int word = rg_answer_get_selected (self->answer);
  RgExplanation *verdict;
  RgJob *job;

  if (!_rg_window_get_verify (self))
    return;

  if (!_rg_window_is_explainable (self) || word < 0)
    {
      rg_verdict_view_show_sentence (view, _rg_window_is_explainable (self) ? _ ("Choose a word of the answer.") : _rg_window_get_wait_sentence (self));
      return;
    }

  verdict = find_verdict (self, word);
  job = rg_inquiry_get_job (self->inquiry);
  if (verdict != NULL)
    rg_verdict_view_show_verdict (view, verdict, word);
  else if (job != NULL)
    rg_verdict_view_show_progress (view, rg_format_stage (rg_job_get_stage (job)), rg_job_get_fraction (job));
}

/* --- the maps ----------------------------------------------------------------------------------------------------- */

static void
changed_cb (RgWindow *self)
{
  _rg_window_update (self);
}

static void
progress_cb (RgWindow *self)
{
  update_verdict (self);
  _rg_window_update_lab (self);
  _rg_window_update_progress (self);
}

static void
failed_cb (RgWindow *self,
           const char *sentence)
{
  g_clear_pointer (&self->sheet_path, g_free);
  if (_rg_window_shows_page (self, RG_WHY_SWAP))
    _rg_window_forget_other (self);
  else
    {
      g_object_set (self->controls, "contrast", FALSE, NULL);
      rg_map_controls_set_method (self->controls, RG_METHOD_DEFAULT);
    }
  _rg_window_close_pane (self);
  _rg_window_toast (self, sentence);
}

void
_rg_window_release_inquiry (RgWindow *self)
{
  if (self->inquiry == NULL)
    return;

  g_clear_pointer (&self->sheet_path, g_free);
  g_signal_handlers_disconnect_by_data (self->inquiry, self);
  rg_inquiry_cancel (self->inquiry);
  g_clear_object (&self->inquiry);
}

static void
follow (RgWindow *self,
        RgInquiry *inquiry)
{
  if (self->inquiry == inquiry)
    return;

  _rg_window_release_inquiry (self);
  if (inquiry == NULL)
    return;

  self->inquiry = g_object_ref (inquiry);
  g_signal_connect_object (inquiry, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (inquiry, "progress", G_CALLBACK (progress_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (inquiry, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

/* Shows the maps of the method that is wanted. Until they are there, the usual ones; and until these are, the attention that the
 * answer brought with it; each under its own name. */
static void
show_maps (RgWindow *self)
{
  RgMethod method = rg_map_controls_get_method (self->controls);
  RgExplanation *found = rg_inquiry_get_explanation (self->inquiry, method);

  if (found == NULL)
    found = rg_inquiry_get_explanation (self->inquiry, RG_METHOD_DEFAULT);

  /* While one answer takes the place of another, the words are still the old ones' or none. */
  if (found != NULL && rg_explanation_get_n_words (found) != rg_answer_get_n_words (self->answer))
    found = NULL;
  rg_answer_set_explanation (self->answer, found);
}

static RgMethodOptions
get_choices (RgWindow *self)
{
  RgMethodOptions choices = rg_explain_options_default ().choices;
  g_autofree char *against = NULL;
  const char *end;

  g_object_get (self->controls, "hide-sinks", &choices.hide_sinks, "contrast", &choices.contrastive, "against", &against, NULL);
  g_strlcpy (choices.against, against, sizeof choices.against);
  if (!g_utf8_validate (choices.against, -1, &end))
    choices.against[end - choices.against] = '\0'; /* no half characters */
  _rg_window_get_attention_set (self, &choices.layer, &choices.head);

  return choices;
}

void
_rg_window_update_why (RgWindow *self)
{
  gboolean can_verify;

  follow (self, self->shown != NULL ? rg_exchange_get_inquiry (self->shown) : NULL);
  if (_rg_window_is_explainable (self))
    {
      RgMethodOptions choices = get_choices (self);

      rg_inquiry_set_choices (self->inquiry, &choices);
      /* A test that goes on is waited for first. */
      if (!is_testing (self))
        rg_inquiry_explain (self->inquiry, rg_map_controls_get_method (self->controls), FALSE);
      show_maps (self);
    }
  else
    {
      rg_answer_set_explanation (self->answer, NULL);
    }

  can_verify = _rg_window_get_verify (self) || (_rg_window_is_explainable (self) && rg_answer_get_selected (self->answer) >= 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.verify", can_verify);
  update_verdict (self);
  _rg_window_update_lab (self);
  _rg_window_update_export (self);
}

/* Chosen by a person: what was given up before is tried again. */
static void
method_cb (RgWindow *self)
{
  if (_rg_window_is_explainable (self))
    {
      RgMethodOptions choices = get_choices (self);

      rg_inquiry_set_choices (self->inquiry, &choices);
      rg_inquiry_explain (self->inquiry, rg_map_controls_get_method (self->controls), TRUE);
    }
  _rg_window_update (self);
}

gboolean
_rg_window_can_stop_why (RgWindow *self)
{
  return is_pane_open (self) || (self->inquiry != NULL && rg_inquiry_get_job (self->inquiry) != NULL);
}

void
_rg_window_stop_why (RgWindow *self)
{
  g_clear_pointer (&self->sheet_path, g_free);
  if (is_pane_open (self))
    {
      _rg_window_close_pane (self);
    }
  else if (_rg_window_can_stop_why (self))
    {
      rg_map_controls_set_method (self->controls, RG_METHOD_DEFAULT);
      rg_inquiry_give_up (self->inquiry);
    }
}

RgJob *
_rg_window_get_why_job (RgWindow *self)
{
  /* Pages have progress bars of their own. */
  return self->inquiry != NULL && !_rg_window_get_verify (self) && !_rg_window_get_lab_waits (self) ? rg_inquiry_get_job (self->inquiry) : NULL;
}

void
_rg_window_begin_inquiry (RgWindow *self,
                          RgExchange *exchange,
                          const RgTurn *turns,
                          guint n_turns,
                          const RgSampling *sampling)
{
  RgAnswered answered = {
    .image = rg_exchange_get_image (exchange),
    .turns = turns,
    .n_turns = n_turns,
    .question = rg_exchange_get_question (exchange),
    .max_tokens = sampling->max_tokens,
    .tokens = rg_job_get_tokens (rg_exchange_get_job (exchange)),
  };

  rg_exchange_take_inquiry (exchange, rg_inquiry_new (self->engine, &answered, sampling));
}

static void
update_shares_meaning (RgWindow *self)
{
  RgExplanation *explanation = rg_answer_get_explanation (self->answer);
  int word = rg_answer_get_selected (self->answer);
  const RgShares *shares = explanation != NULL && word >= 0 ? rg_explanation_get_shares (explanation, word) : NULL;

  gtk_widget_set_tooltip_text (self->shares, shares != NULL ? rg_why_text_shares_meaning (shares->is_cross) : NULL);
}

void
_rg_window_set_up_why (RgWindow *self)
{
  static const char *const chosen[] = { "notify::method", "notify::hide-sinks", "notify::contrast", "notify::against" };

  g_object_bind_property (self->answer, "method", self->color_bar, "method", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->answer, "changed", G_CALLBACK (update_shares_meaning), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->answer, "notify::selected", G_CALLBACK (_rg_window_update_why), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->answer, "notify::layer", G_CALLBACK (_rg_window_update_why), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->answer, "notify::head", G_CALLBACK (_rg_window_update_why), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pane, "notify::page", G_CALLBACK (pane_changed), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (chosen); i++)
    g_signal_connect_object (self->controls, chosen[i], G_CALLBACK (method_cb), self, G_CONNECT_SWAPPED);
}

void
_rg_window_install_why_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_property_action (widget_class, "win.verify", "verify");
  gtk_widget_class_bind_template_callback (widget_class, rg_closure_is_text);

  /* Without Ctrl: in the entry it is a letter all the same, as the entry is asked first. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_t, 0, "win.verify", NULL);
}
