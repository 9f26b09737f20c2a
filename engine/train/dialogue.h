/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/question.h"

/* Conversations: several questions about one picture, as a pupil would ask them one after the other. */

G_BEGIN_DECLS

/** rg_dialogue_write:
 * @max_turns: how many questions at most; fewer come back where the scene does not give that many.
 *
 * Writes a conversation of mixed kinds. No question is asked twice, neither in the same nor in other words, and the picture
 * is described at most once. About a quarter of the questions follow up on the one before.
 *
 * Returns: (transfer full) (element-type RgQuestion): never NULL. */
GPtrArray *rg_dialogue_write (const RgScene *scene, RgLanguage language, guint max_turns, RgRandom *random);

/** RgDialogueLine: @line: one line of text without line break, valid during the call. */
typedef void (*RgDialogueLine) (const char *line, gpointer data);

/** rg_dialogue_corpus:
 * @world: its kinds and colours are those of the scenes
 * @languages: bit mask, 1 << RgLanguage, of which there is one; they take turns
 *
 * Calls @each for @n_lines lines, questions and answers in turn, about scenes that are not drawn: the text from which the
 * vocabulary is built. */
void rg_dialogue_corpus (const RgSceneOptions *world, guint languages, RgRandom *random, guint64 n_lines, RgDialogueLine each, gpointer data);

G_END_DECLS
