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
 * A second map beside the one on the picture, of another word, by another method, of another picture or by another model, and
 * the difference of the two. Signals: "changed": another word, method or side was chosen; "dropped" (GFile): a picture was
 * dropped on it.
 */
G_DECLARE_FINAL_TYPE (RgCompareView, rg_compare_view, RG, COMPARE_VIEW, GtkBox)

/**
 * RgCompareSide: what is beside the picture.
 * @RG_COMPARE_SAME: the same picture, and what the same model said about it
 * @RG_COMPARE_PICTURE: the same words with another picture
 * @RG_COMPARE_MODEL: what another model says about the same picture
 */
typedef enum
{
  RG_COMPARE_SAME,
  RG_COMPARE_PICTURE,
  RG_COMPARE_MODEL,
  RG_N_COMPARE_SIDES
} RgCompareSide;

/**
 * RgComparedMap: one of the two.
 * @image: the picture below it
 * @grid: its patches
 * @word: its text
 * @place: (nullable): whose it is, where it is of another picture or model
 * @calibrated: whether heads were chosen for its model, see rg_why_text_method_of()
 * @map: (array): one value a patch
 * @scale: the value of the palette's last colour
 */
typedef struct
{
  RgImage *image;
  RgPatchGrid *grid;
  const char *word, *place;
  RgMethod method;
  gboolean calibrated;
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
RgCompareSide rg_compare_view_get_side (RgCompareView *self);
void rg_compare_view_set_side (RgCompareView *self, RgCompareSide side);

/** rg_compare_view_get_given: Returns: whether another model is to say the same words. */
gboolean rg_compare_view_get_given (RgCompareView *self);
void rg_compare_view_set_given (RgCompareView *self, gboolean given);

/** rg_compare_view_show_progress: @text: what is being done; @fraction: 0 … 1. */
void rg_compare_view_show_progress (RgCompareView *self, const char *text, double fraction);

/** rg_compare_view_show_sentence: @text: why there is nothing to be shown. */
void rg_compare_view_show_sentence (RgCompareView *self, const char *text);

/**
 * rg_compare_view_show_maps:
 * @a: the map on the picture
 * @b: the map beside it; by the same method it has the colours of @a's scale
 * @style: how maps are drawn; its scale and sign are not used
 *
 * Where the two have other patches there is no difference, and that is said.
 */
void rg_compare_view_show_maps (RgCompareView *self, const RgComparedMap *a, const RgComparedMap *b, const RgHeatmapStyle *style);

/** rg_compare_view_get_text: Returns: (transfer none): the text twin of what it shows. */
const char *rg_compare_view_get_text (RgCompareView *self);

G_END_DECLS
