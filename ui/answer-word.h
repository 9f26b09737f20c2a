/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/answer.h"

/* For answer.c: makes and renews the words that others only read. */

G_BEGIN_DECLS

RgAnswerWord *rg_answer_word_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_answer_word_update:
 * @tokens: the answer
 * @word: this word in it, copied
 * @layer: a layer, or -1 for the mean
 * @head: a head, or -1 for the mean
 *
 * Takes over the word's text, probability, share and map.
 */
void rg_answer_word_update (RgAnswerWord *self, RgTokenList *tokens, const RgWord *word, int layer, int head);

/**
 * rg_answer_word_sync:
 * @words: a list of RgAnswerWord
 * @tokens: (nullable): the answer
 * @renew: whether to compute all maps again
 *
 * Brings @words in step with @tokens: words that are as they were stay the same objects, so that a chip that has the focus
 * keeps it while the answer grows.
 */
void rg_answer_word_sync (GListStore *words, RgTokenList *tokens, int layer, int head, gboolean renew);

/** rg_answer_word_covers: Returns: whether it holds exactly the tokens of @word. */
gboolean rg_answer_word_covers (RgAnswerWord *self, const RgWord *word);

/** rg_answer_word_get_map: @n: (out): how many patches. Returns: (transfer none) (nullable): its map. */
const float *rg_answer_word_get_map (RgAnswerWord *self, guint *n);

/** rg_answer_word_get_maximum: Returns: the largest value of its map, 0 without one. */
double rg_answer_word_get_maximum (RgAnswerWord *self);

/** rg_answer_word_set_shown_share: @share: of the heads that the shown map is of, where it is not the recorded one; -1 otherwise. */
void rg_answer_word_set_shown_share (RgAnswerWord *self, double share);

/** rg_answer_word_take_note: @note: (transfer full) (nullable): why its share says less than it seems to. */
void rg_answer_word_take_note (RgAnswerWord *self, char *note);

/** rg_answer_shows_record: Returns: whether the maps are those of the attention that was recorded with the answer. */
gboolean rg_answer_shows_record (RgAnswer *self);

/** rg_answer_show_shares: gives each word whose map is not the recorded one the share on the picture of the map's own heads, and
 * each that would have been said anyway the sentence that says so. */
void rg_answer_show_shares (RgAnswer *self);

G_END_DECLS
