/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/answer.h"

G_BEGIN_DECLS

#define RG_TYPE_WORD_CHIP (rg_word_chip_get_type ())

/**
 * RgWordChip:
 *
 * A word of the answer as a button, its share of attention on the picture as a bar and a number under it.
 * Properties: "word" (RgAnswerWord, construct only), "show-share" (boolean).
 */
G_DECLARE_FINAL_TYPE (RgWordChip, rg_word_chip, RG, WORD_CHIP, GtkToggleButton)

GtkWidget *rg_word_chip_new (RgAnswerWord *word) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
