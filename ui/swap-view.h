/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/swap.h"

G_BEGIN_DECLS

#define RG_TYPE_SWAP_VIEW (rg_swap_view_get_type ())

/**
 * RgSwapView:
 *
 * “And with another picture?”: a table of the answer's words × pictures with log-probabilities, words that no picture changes
 * marked, and below it what the model would answer about each picture. While it is found out, how far it is, and Stop. Its
 * accessible name is all of it as text.
 */
G_DECLARE_FINAL_TYPE (RgSwapView, rg_swap_view, RG, SWAP_VIEW, GtkWidget)

GtkWidget *rg_swap_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_swap_view_show_progress: @text: what is being done; @fraction: 0 … 1. */
void rg_swap_view_show_progress (RgSwapView *self, const char *text, double fraction);

/** rg_swap_view_show_sentence: @text: why there is nothing to be shown, and nothing to be waited for. */
void rg_swap_view_show_sentence (RgSwapView *self, const char *text);
void rg_swap_view_show_swap (RgSwapView *self, RgSwap *swap);

/** rg_swap_view_get_text: Returns: (transfer none): the text twin of what it shows. */
const char *rg_swap_view_get_text (RgSwapView *self);

G_END_DECLS
