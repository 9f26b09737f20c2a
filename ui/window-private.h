/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/answer.h"
#include "ui/beside.h"
#include "ui/conversation-view.h"
#include "ui/conversation.h"
#include "ui/export.h"
#include "ui/heatmap.h"
#include "ui/map-controls.h"
#include "ui/model-view.h"
#include "ui/pane-layout.h"
#include "ui/picture-view.h"
#include "ui/question-bar.h"
#include "ui/scene-board.h"
#include "ui/time-bar.h"
#include "ui/why-pane.h"
#include "ui/window.h"

/* For the window's own files: window.c composes and shows, window-conversation.c asks, window-picture.c gets
 * pictures, window-model.c models, window-stage.c sets views beside the picture, window-why.c finds out why,
 * window-export.c keeps it, window-lab.c fills the pages on which one can ask more, window-swap.c and window-compare.c two of
 * them. */

G_BEGIN_DECLS

struct _RgWindow
{
  AdwApplicationWindow parent_instance;

  /* Template Widgets */
  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  AdwFlap *flap;
  GtkBox *stage;
  GtkRevealer *model_error;
  GtkLabel *model_error_label;
  GtkProgressBar *progress;
  GtkWidget *stop_button;
  GtkLabel *caption;
  GtkWidget *shares;
  GtkWidget *strip;
  GtkWidget *color_bar;
  GtkWidget *stretch_badge;
  RgWhyPane *pane;
  RgPaneLayout *pane_layout;
  RgPictureView *picture;
  RgModelView *model_view;
  RgSceneBoard *board; /* once somebody wanted to draw */
  RgMapControls *controls;
  RgTimeBar *time_bar;
  RgConversationView *conversation_view;
  RgQuestionBar *question_bar;

  /* Owned */
  RgEngine *engine;
  GSettings *settings;
  RgAnswer *answer;
  RgConversation *conversation;
  RgConversation *removed; /* what Undo brings back */
  RgExchange *shown;       /* whose maps are shown */
  RgInquiry *inquiry;      /* of the exchange shown */
  RgJob *see_job;          /* encodes the picture before anybody asks */
  RgJob *load_job;
  char *bundled_model;
  guint progress_id;
  char *reading; /* what is said about the picture that is being read, once that takes its time */
  guint reading_id;
  guint cramped_id;
  AdwToast *toast;  /* weak: the last one, while it shows */
  char *sheet_path; /* of the evidence sheet that waits for its tests */

  RgImage *other;         /* that the answer is tried on, too */
  gboolean chose_other;   /* not a sample of ours */
  guint next_sample;      /* to be taken if that is the picture itself */
  GCancellable *fetching; /* the other picture, while it is read */
  int compared;           /* the chosen word when the page “Side by side” was last brought in step */
  RgBeside *beside;       /* the map on that page, where it is of another picture or model */
  char *beside_model;     /* path of that model */

  /* Cancelled when another picture is asked for, and when the window goes away. */
  GCancellable *loading;
  GCancellable *exporting; /* until the window goes away */
};

/* --- window.c */

/** _rg_window_show_conversation: puts @conversation in the place of the present one. */
void _rg_window_show_conversation (RgWindow *self, RgConversation *conversation);

/** _rg_window_show_exchange: @exchange: (nullable): shows its picture, words and maps. */
void _rg_window_show_exchange (RgWindow *self, RgExchange *exchange);

/** _rg_window_update: brings actions, buttons and progress in step with what goes on. */
void _rg_window_update (RgWindow *self);

/** _rg_window_update_progress: brings the progress bar in step with what people wait for. */
void _rg_window_update_progress (RgWindow *self);

/** _rg_window_toast: says a sentence at once, in the place of the one before. */
void _rg_window_toast (RgWindow *self, const char *sentence);

/* --- window-conversation.c */

void _rg_window_install_conversation_actions (GtkWidgetClass *widget_class);

/** _rg_window_set_up_entry_keys: once the children are there. */
void _rg_window_set_up_entry_keys (RgWindow *self);

/** _rg_window_replace: shows @conversation; if the present one had questions, @sentence is said and Undo offered. */
void _rg_window_replace (RgWindow *self, RgConversation *conversation, const char *sentence);

/** _rg_window_start: asks @exchange's question about its picture, after the turns before it. */
void _rg_window_start (RgWindow *self, RgExchange *exchange);

/** _rg_window_see: lets the engine look at the picture, so that the first word of an answer comes at once. */
void _rg_window_see (RgWindow *self);

/* --- window-model.c */

void _rg_window_install_model_actions (GtkWidgetClass *widget_class);

/** _rg_window_new_models_dialog: Returns: (transfer none): the list of models over this window, not yet shown. */
GtkWidget *_rg_window_new_models_dialog (RgWindow *self);

/** _rg_window_describes: Returns: whether the model takes no questions, see RgModelInfo. */
gboolean _rg_window_describes (RgWindow *self);

/** _rg_window_update_hint: says what may be typed, after another model came. */
void _rg_window_update_hint (RgWindow *self);

/** _rg_window_can_stop_load: Returns: whether a model is being loaded while there is another. */
gboolean _rg_window_can_stop_load (RgWindow *self);
void _rg_window_stop_load (RgWindow *self);

/* --- window-export.c */

void _rg_window_install_export_actions (GtkWidgetClass *widget_class);

/** _rg_window_release_export: gives up what is being written. */
void _rg_window_release_export (RgWindow *self);

/** _rg_window_export: writes what is shown to @path, of a sheet after the tests of its maps; says what became of it. */
void _rg_window_export (RgWindow *self, RgExportKind kind, const char *path);

/** _rg_window_update_export: offers to export what is shown, and writes the evidence sheet that waited for it. */
void _rg_window_update_export (RgWindow *self);

/* --- window-picture.c */

void _rg_window_install_picture_actions (GtkWidgetClass *widget_class);

/** _rg_window_accept_pictures: lets pictures be dropped and pasted anywhere on the window. */
void _rg_window_accept_pictures (RgWindow *self);

/** _rg_window_get_reading: Returns: (transfer none) (nullable): a sentence, while the reading of a picture takes its time. */
const char *_rg_window_get_reading (RgWindow *self);

/** _rg_window_stop_reading: gives up the picture that is being read. */
void _rg_window_stop_reading (RgWindow *self);

/* --- window-stage.c */

void _rg_window_install_stage_actions (GtkWidgetClass *widget_class);

/** _rg_window_set_draw: shows or hides the drawing board; what is drawn becomes the picture. */
void _rg_window_set_draw (RgWindow *self, gboolean draw);

/** _rg_window_get_draw: Returns: whether the drawing board shows. */
gboolean _rg_window_get_draw (RgWindow *self);

/** _rg_window_update_stage: shows the views that make sense now. */
void _rg_window_update_stage (RgWindow *self);

/* --- window-why.c */

void _rg_window_install_why_actions (GtkWidgetClass *widget_class);

/** _rg_window_set_up_why: once the children are there. */
void _rg_window_set_up_why (RgWindow *self);

/** _rg_window_get_attention_set: the layers and heads of the maps shown; -1 and -1 for those of another method than attention. */
void _rg_window_get_attention_set (RgWindow *self, int *layer, int *head);

/** _rg_window_begin_inquiry: after @exchange got its job; @turns, @sampling: as they were given to the engine. */
void _rg_window_begin_inquiry (RgWindow *self, RgExchange *exchange, const RgTurn *turns, guint n_turns, const RgSampling *sampling);

/** _rg_window_update_why: shows the maps of the method that is wanted, or has them made, and offers the test. */
void _rg_window_update_why (RgWindow *self);

/** _rg_window_open_page: opens the pane beside the picture at @page. */
void _rg_window_open_page (RgWindow *self, RgWhyPage page);
void _rg_window_close_pane (RgWindow *self);

/** _rg_window_shows_page: Returns: whether the pane is open at @page. */
gboolean _rg_window_shows_page (RgWindow *self, RgWhyPage page);

/** _rg_window_is_explainable: Returns: whether the answer shown is all there, so that it can be asked about. */
gboolean _rg_window_is_explainable (RgWindow *self);

/** _rg_window_set_verify: opens or closes the page that puts the chosen word's map to the test. */
void _rg_window_set_verify (RgWindow *self, gboolean verify);

/** _rg_window_get_verify: Returns: whether the page is open. */
gboolean _rg_window_get_verify (RgWindow *self);

/** _rg_window_can_stop_why: Returns: whether there is something for _rg_window_stop_why() to do. */
gboolean _rg_window_can_stop_why (RgWindow *self);

/** _rg_window_stop_why: closes the test; or gives up what is being found out, and goes back to attention. */
void _rg_window_stop_why (RgWindow *self);

/** _rg_window_get_why_job: Returns: (transfer none) (nullable): what is being found out, where the window has to say so. */
RgJob *_rg_window_get_why_job (RgWindow *self);

void _rg_window_release_inquiry (RgWindow *self);

/* --- window-lab.c */

void _rg_window_install_lab_actions (GtkWidgetClass *widget_class);

/** _rg_window_set_up_lab: once the children are there. */
void _rg_window_set_up_lab (RgWindow *self);

/** _rg_window_update_lab: has found out what the open page needs, and shows it. */
void _rg_window_update_lab (RgWindow *self);

/** _rg_window_get_lab_waits: Returns: whether the open page shows how far the present work is. */
gboolean _rg_window_get_lab_waits (RgWindow *self);

/** _rg_window_get_image: Returns: (transfer none) (nullable): the picture that is shown. */
RgImage *_rg_window_get_image (RgWindow *self);

/** _rg_window_get_style: Returns: how maps are drawn; the scale and the sign are the map's. */
RgHeatmapStyle _rg_window_get_style (RgWindow *self);

/** _rg_window_get_wait_sentence: Returns: (transfer none): what a page says while an answer is not there, or not complete. */
const char *_rg_window_get_wait_sentence (RgWindow *self);

/* --- window-swap.c */

void _rg_window_install_swap_actions (GtkWidgetClass *widget_class);

/** _rg_window_update_swap: tries the answer on other pictures, unless that was done, and shows it. */
void _rg_window_update_swap (RgWindow *self);

/** _rg_window_find_other: has another picture at hand. Returns: whether there is nothing to be waited for */
gboolean _rg_window_find_other (RgWindow *self);

/** _rg_window_forget_other: goes back to a sample as the other picture: the chosen one cannot be seen. */
void _rg_window_forget_other (RgWindow *self);
void _rg_window_release_swap (RgWindow *self);

/* --- window-compare.c */

void _rg_window_install_compare_actions (GtkWidgetClass *widget_class);
void _rg_window_set_up_compare (RgWindow *self);
void _rg_window_release_compare (RgWindow *self);

/** _rg_window_get_compare_waits: Returns: whether the map beside the picture is not known yet. */
gboolean _rg_window_get_compare_waits (RgWindow *self);

/** _rg_window_find_compared: has the map beside the picture made; @again: see rg_inquiry_explain(). */
void _rg_window_find_compared (RgWindow *self, gboolean again);

/** _rg_window_show_compare: shows the two maps that are known, or why there are none. */
void _rg_window_show_compare (RgWindow *self);

G_END_DECLS
