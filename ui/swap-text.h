/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/swap.h"

/* What is written about an answer with other pictures in the place of its own: pure functions, tested without a display. */

G_BEGIN_DECLS

/** rg_swap_text_picture: Returns: (transfer none): a picture's name: "Your picture", "No picture", "In grey". */
const char *rg_swap_text_picture (RgPictureKind kind);

/** rg_swap_text_logprob: Returns: (transfer full): a log-probability as a cell of a table has it: "0.00", "−3.82", "−18.3". */
char *rg_swap_text_logprob (double logprob);

/** rg_swap_text_answer: Returns: (transfer full): what the model answers about a picture, in quotes; or that it says nothing. */
char *rg_swap_text_answer (const char *answer);

/** rg_swap_text_anyway: Returns: (transfer none): the mark of a word that no picture changes. */
const char *rg_swap_text_anyway (void);

/** rg_swap_text_describe: Returns: (transfer full): the text twin of the whole: each word's numbers, then the answers. */
char *rg_swap_text_describe (const RgSwap *swap);

G_END_DECLS
