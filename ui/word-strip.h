/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/answer.h"

G_BEGIN_DECLS

#define RG_TYPE_WORD_STRIP (rg_word_strip_get_type ())

/**
 * RgWordStrip:
 *
 * The answer as word chips. Choosing one (pointer, touch, or left, right, Home and End) selects it in the answer; choosing
 * the selected one again selects none, so that the bare picture shows.
 * Properties: "answer" (RgAnswer), "show-shares" (boolean).
 */
G_DECLARE_FINAL_TYPE (RgWordStrip, rg_word_strip, RG, WORD_STRIP, GtkWidget)

GtkWidget *rg_word_strip_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_word_strip_set_answer: @answer: (nullable): shown from now on, and followed. */
void rg_word_strip_set_answer (RgWordStrip *self, RgAnswer *answer);

G_END_DECLS
