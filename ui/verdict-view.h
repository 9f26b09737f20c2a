/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/explanation.h"

G_BEGIN_DECLS

#define RG_TYPE_VERDICT_VIEW (rg_verdict_view_get_type ())

/**
 * RgVerdictView:
 *
 * “Is it true?”: what hiding the patches that a map calls important, random ones and unimportant ones did to the word, as
 * three bars; the verdict, and its rule in one sentence. While the test runs, how far it is, and Stop. Its accessible name is
 * all of it as text.
 */
G_DECLARE_FINAL_TYPE (RgVerdictView, rg_verdict_view, RG, VERDICT_VIEW, GtkWidget)

GtkWidget *rg_verdict_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_verdict_view_show_progress: @text: what is being done; @fraction: 0 … 1. */
void rg_verdict_view_show_progress (RgVerdictView *self, const char *text, double fraction);

/** rg_verdict_view_show_sentence: @text: why there is nothing to be shown, and nothing to be waited for. */
void rg_verdict_view_show_sentence (RgVerdictView *self, const char *text);

/** rg_verdict_view_show_verdict: @explanation: with a verdict on the map of @word. */
void rg_verdict_view_show_verdict (RgVerdictView *self, RgExplanation *explanation, guint word);

/** rg_verdict_view_get_text: Returns: (transfer none): the text twin of what it shows. */
const char *rg_verdict_view_get_text (RgVerdictView *self);

G_END_DECLS
