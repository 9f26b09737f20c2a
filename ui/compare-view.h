/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "engine/explanation.h"
#include "ui/heatmap.h"

G_BEGIN_DECLS

#define RG_TYPE_COMPARE_VIEW (rg_compare_view_get_type ())

/**
 * RgCompareView:
 *
 * A second map beside the one on the picture, of another word or by another method, and the difference of the two.
 * Signal "changed": another word or method was chosen.
 */
G_DECLARE_FINAL_TYPE (RgCompareView, rg_compare_view, RG, COMPARE_VIEW, GtkBox)

/**
 * RgComparedMap: one of the two.
 * @word: its text
 * @map: (array): one value a patch
 * @scale: the value of the palette's last colour
 */
typedef struct
{
  const char *word;
  RgMethod method;
  const float *map;
  double scale;
} RgComparedMap;

GtkWidget *rg_compare_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_compare_view_set_words: @words: (array zero-terminated=1): the words of the answer that can be chosen. */
void rg_compare_view_set_words (RgCompareView *self, const char *const *words);

/** rg_compare_view_get_word: Returns: the chosen word, −1 for none. */
int rg_compare_view_get_word (RgCompareView *self);
void rg_compare_view_set_word (RgCompareView *self, guint word);
RgMethod rg_compare_view_get_method (RgCompareView *self);
void rg_compare_view_set_method (RgCompareView *self, RgMethod method);

/** rg_compare_view_show_progress: @text: what is being done; @fraction: 0 … 1. */
void rg_compare_view_show_progress (RgCompareView *self, const char *text, double fraction);

/** rg_compare_view_show_sentence: @text: why there is nothing to be shown. */
void rg_compare_view_show_sentence (RgCompareView *self, const char *text);

/**
 * rg_compare_view_show_maps:
 * @image: (nullable): the picture below the maps
 * @a: the map on the picture
 * @b: the map beside it
 * @style: how maps are drawn; its scale and sign are not used
 */
void rg_compare_view_show_maps (RgCompareView *self, RgImage *image, RgPatchGrid *grid, const RgComparedMap *a, const RgComparedMap *b, const RgHeatmapStyle *style);

/** rg_compare_view_get_text: Returns: (transfer none): the text twin of what it shows. */
const char *rg_compare_view_get_text (RgCompareView *self);

G_END_DECLS
