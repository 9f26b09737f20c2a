/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/explanation.h"
#include "engine/token-list.h"

/* What the views of an answer share: its words, the chosen word, the layers and heads asked for, and the map that follows
 * from them. Chips, time bar, picture, colour bar and caption all watch one RgAnswer and know nothing of each other. */

G_BEGIN_DECLS

#define RG_TYPE_ANSWER_WORD (rg_answer_word_get_type ())

/**
 * RgAnswerWord:
 *
 * One word. Properties (read only): "text"; "share" (double, its attention on the picture by the heads of the map shown, or
 * where that is no share of attention for the layers and heads asked for, 0 … 1, -1 where none was recorded); "tooltip" (note, probability and alternatives); "note".
 */
G_DECLARE_FINAL_TYPE (RgAnswerWord, rg_answer_word, RG, ANSWER_WORD, GObject)

const char *rg_answer_word_get_text (RgAnswerWord *self);
double rg_answer_word_get_share (RgAnswerWord *self);

/** rg_answer_word_get_note: Returns: (transfer none) (nullable): why its share says less than it seems to. */
const char *rg_answer_word_get_note (RgAnswerWord *self);

#define RG_TYPE_ANSWER (rg_answer_get_type ())

/**
 * RgAnswer:
 *
 * Properties: "tokens" (RgTokenList, followed while it grows), "grid" (RgPatchGrid), "layer" and "head" (int, -1 for the
 * mean), "selected" (int, position of the chosen word, -1 for none), "following" (boolean: the latest word is chosen as
 * it arrives, until somebody chooses one), "stretch" (boolean: the scale ends at the chosen word's own maximum),
 * "explanation" (RgExplanation: whose maps are shown, and what is known about the words; %NULL for the recorded attention).
 * Read only: "words" (GListModel of RgAnswerWord), "n-words", "n-layers", "n-heads" (uint), "scale" (double),
 * "method" (uint, RgMethod: whose map is shown), "caption", "shares" (how the word's attention was divided, "" where the map is
 * of none) and "description" (string).
 * Signal "changed": what the map looks like may have changed.
 */
G_DECLARE_FINAL_TYPE (RgAnswer, rg_answer, RG, ANSWER, GObject)

RgAnswer *rg_answer_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_answer_set_tokens: @tokens: (nullable): another answer; the last word is chosen, and followed. */
void rg_answer_set_tokens (RgAnswer *self, RgTokenList *tokens);

/** rg_answer_get_tokens: Returns: (transfer none) (nullable): the answer. */
RgTokenList *rg_answer_get_tokens (RgAnswer *self);

/** rg_answer_set_grid: @grid: (nullable): where the patches lie on the picture shown. */
void rg_answer_set_grid (RgAnswer *self, RgPatchGrid *grid);
RgPatchGrid *rg_answer_get_grid (RgAnswer *self);

/** rg_answer_get_words: Returns: (transfer none): a list of RgAnswerWord; always the same object. */
GListModel *rg_answer_get_words (RgAnswer *self);
guint rg_answer_get_n_words (RgAnswer *self);

/**
 * rg_answer_select:
 * @position: a word, or -1 for none
 *
 * Chooses a word for somebody: newer words no longer take its place.
 */
void rg_answer_select (RgAnswer *self, int position);
int rg_answer_get_selected (RgAnswer *self);

/** rg_answer_set_attention_set: @layer: or -1 for the mean; @head: or -1 for the mean. Too large values mean the mean. */
void rg_answer_set_attention_set (RgAnswer *self, int layer, int head);

/**
 * rg_answer_set_explanation:
 * @explanation: (nullable): of these very words; one by another method than attention brings its own maps. It goes when the
 *   words become others.
 */
void rg_answer_set_explanation (RgAnswer *self, RgExplanation *explanation);

/** rg_answer_get_explanation: Returns: (transfer none) (nullable): what is known about the words. */
RgExplanation *rg_answer_get_explanation (RgAnswer *self);

/** rg_answer_get_method: Returns: whose map is shown. */
RgMethod rg_answer_get_method (RgAnswer *self);

/**
 * rg_answer_get_map:
 *
 * Returns: (transfer none) (nullable): the chosen word's value for each patch of the grid; %NULL where no word is chosen,
 *   nothing was recorded, the record does not belong to the grid, or the word is known not to depend on the picture: then
 *   there is nothing that a map could say of it. Valid until "changed".
 */
const float *rg_answer_get_map (RgAnswer *self);

/** rg_answer_get_word_map: the same of any word, 0 … n_words − 1. */
const float *rg_answer_get_word_map (RgAnswer *self, guint word);

/** rg_answer_is_calibrated: Returns: whether heads were chosen for the model, as far as is known: see rg_why_text_method_of(). */
gboolean rg_answer_is_calibrated (RgAnswer *self);

/** rg_answer_get_scale: Returns: the value of the palette's last colour: the largest of all words, or the chosen one's; of a signed
 *   method the palette ends at its opposite on the other side. */
double rg_answer_get_scale (RgAnswer *self);
const char *rg_answer_get_caption (RgAnswer *self);
const char *rg_answer_get_shares (RgAnswer *self);
const char *rg_answer_get_description (RgAnswer *self);

G_END_DECLS
