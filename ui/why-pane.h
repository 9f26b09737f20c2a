/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * RgWhyPage: what one can ask about an answer.
 * @RG_WHY_TEST: “Is it true?”: RgVerdictView
 * @RG_WHY_SWAP: another picture: RgSwapView
 * @RG_WHY_BOX: a part of the picture: RgBoxView
 * @RG_WHY_HEADS: all layers and heads: RgHeadGallery
 * @RG_WHY_COMPARE: side by side: RgCompareView
 */
typedef enum
{
  RG_WHY_TEST,
  RG_WHY_SWAP,
  RG_WHY_BOX,
  RG_WHY_HEADS,
  RG_WHY_COMPARE,
  RG_N_WHY_PAGES
} RgWhyPage;

/** rg_why_page_find: @name: "test", "swap", "box", "heads", "compare". Returns: whether there is such a page */
gboolean rg_why_page_find (const char *name, RgWhyPage *page);

#define RG_TYPE_WHY_PANE (rg_why_pane_get_type ())

/**
 * RgWhyPane:
 *
 * The pane beside the picture: one page at a time, a chooser of pages, and a button that closes it.
 * Properties: "page" (uint, RgWhyPage).
 */
G_DECLARE_FINAL_TYPE (RgWhyPane, rg_why_pane, RG, WHY_PANE, GtkBox)

GtkWidget *rg_why_pane_new (void) G_GNUC_WARN_UNUSED_RESULT;
RgWhyPage rg_why_pane_get_page (RgWhyPane *self);
void rg_why_pane_set_page (RgWhyPane *self, RgWhyPage page);

/** rg_why_pane_get_view: Returns: (transfer none): the widget that shows @page, of the type that stands at RgWhyPage. */
gpointer rg_why_pane_get_view (RgWhyPane *self, RgWhyPage page);

G_END_DECLS
