/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define RG_TYPE_QUESTION_BAR (rg_question_bar_get_type ())

/**
 * RgQuestionBar:
 *
 * Where one asks. Enter or the button emits "asked" (char *, as typed); while "busy" the button is Stop, which names the
 * action "win.stop".
 * Properties: "text" (string), "busy" (boolean), "primed" (boolean: a question stands ready and one click plays it; until the text changes).
 */
G_DECLARE_FINAL_TYPE (RgQuestionBar, rg_question_bar, RG, QUESTION_BAR, GtkBox)

GtkWidget *rg_question_bar_new (void) G_GNUC_WARN_UNUSED_RESULT;
const char *rg_question_bar_get_text (RgQuestionBar *self);
void rg_question_bar_set_text (RgQuestionBar *self, const char *text);

/** rg_question_bar_set_hint: @hint: what the empty entry says. */
void rg_question_bar_set_hint (RgQuestionBar *self, const char *hint);
void rg_question_bar_set_busy (RgQuestionBar *self, gboolean busy);
void rg_question_bar_set_primed (RgQuestionBar *self, gboolean primed);

/** rg_question_bar_grab: puts the cursor into the entry, its text selected. */
void rg_question_bar_grab (RgQuestionBar *self);

G_END_DECLS
