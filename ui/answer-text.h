/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/answer.h"

/* For answer.c: what is written about the chosen word. */

G_BEGIN_DECLS

/**
 * rg_answer_text_write:
 * @caption: (out) (transfer full): the sentence under the picture: whose map, by which method, and the number that goes with it
 * @shares: (out) (transfer full): how the attention of the map was divided, empty where it is of none
 * @description: (out) (transfer full): the text twin of the map
 *
 * All are empty where no word is chosen.
 */
void rg_answer_text_write (RgAnswer *answer, char **caption, char **shares, char **description);

G_END_DECLS
