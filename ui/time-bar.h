/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/answer.h"

G_BEGIN_DECLS

#define RG_TYPE_TIME_BAR (rg_time_bar_get_type ())

/**
 * RgTimeBar:
 *
 * Goes through the words of an answer: a scale with a place for each word, and a button that plays them one after the
 * other. It only chooses words; nothing is computed again.
 * Properties: "answer" (RgAnswer), "playing" (boolean).
 */
G_DECLARE_FINAL_TYPE (RgTimeBar, rg_time_bar, RG, TIME_BAR, GtkBox)

GtkWidget *rg_time_bar_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_time_bar_set_answer: @answer: (nullable): gone through from now on; playing stops. */
void rg_time_bar_set_answer (RgTimeBar *self, RgAnswer *answer);

/** rg_time_bar_set_playing: plays from the chosen word, from the first one where the last is chosen; stops after the last. */
void rg_time_bar_set_playing (RgTimeBar *self, gboolean playing);
gboolean rg_time_bar_get_playing (RgTimeBar *self);

G_END_DECLS
