/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/types.h"

/* The answer as it grows: one RgToken a produced token, in a GListModel. Main thread only, except that a token may be made
 * in the worker and handed over. */

G_BEGIN_DECLS

/**
 * RgAlternative:
 * @text: the piece this id stands for
 * @logprob: natural logarithm of its probability
 */
typedef struct
{
  guint id;
  char *text;
  double logprob;
} RgAlternative;

#define RG_TYPE_TOKEN (rg_token_get_type ())
G_DECLARE_FINAL_TYPE (RgToken, rg_token, RG, TOKEN, GObject)

/**
 * rg_token_new:
 * @id: the token's id in the vocabulary
 * @text: the characters it adds to the answer, valid UTF-8; "" while a character is still incomplete
 * @logprob: natural logarithm of the probability it was given
 * @attention: (nullable): the record of its predicting row
 * @alternatives: (nullable) (transfer full) (element-type RgAlternative): the likeliest tokens at this place, likeliest
 *   first, the chosen one among them
 *
 * Returns: (transfer full): a new token
 */
RgToken *rg_token_new (guint id, const char *text, double logprob, RgAttention *attention, GArray *alternatives) G_GNUC_WARN_UNUSED_RESULT;
guint rg_token_get_id (RgToken *self);
const char *rg_token_get_text (RgToken *self);
double rg_token_get_logprob (RgToken *self);

/**
 * rg_token_get_attention:
 *
 * Returns: (transfer none) (nullable): the record of its predicting row
 */
RgAttention *rg_token_get_attention (RgToken *self);

/**
 * rg_token_get_image_share:
 *
 * Returns: the share of attention on the picture, mean over layers and heads, 0 … 1; -1 without a record
 */
double rg_token_get_image_share (RgToken *self);

/**
 * rg_token_get_alternatives:
 * @n: (out): how many
 *
 * Returns: (transfer none) (array length=n) (nullable): the likeliest tokens at this place
 */
const RgAlternative *rg_token_get_alternatives (RgToken *self, guint *n);

/** RgAlternativeArray: a GArray of RgAlternative whose clear function frees the texts. */
GArray *rg_alternatives_new (void) G_GNUC_WARN_UNUSED_RESULT;

#define RG_TYPE_TOKEN_LIST (rg_token_list_get_type ())
G_DECLARE_FINAL_TYPE (RgTokenList, rg_token_list, RG, TOKEN_LIST, GObject)

RgTokenList *rg_token_list_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_token_list_append: @token: (transfer none). Emits items-changed. Main thread. */
void rg_token_list_append (RgTokenList *self, RgToken *token);

/** rg_token_list_get: Returns: (transfer none): the token at @position, which must exist. */
RgToken *rg_token_list_get (RgTokenList *self, guint position);
guint rg_token_list_get_length (RgTokenList *self);

/** rg_token_list_dup_text: Returns: (transfer full): all pieces joined, leading space removed. */
char *rg_token_list_dup_text (RgTokenList *self);

/**
 * RgWord:
 * @first: index of the word's first token
 * @n: how many tokens it has, at least 1
 * @text: its characters without surrounding space
 */
typedef struct
{
  guint first, n;
  char *text;
} RgWord;

/**
 * rg_token_list_dup_words:
 *
 * Joins tokens to words: a token whose text begins with white space, or the first one, begins a word. Tokens without
 * visible text join the word before them.
 *
 * Returns: (transfer full) (element-type RgWord): the words in order; the array frees their texts
 */
GArray *rg_token_list_dup_words (RgTokenList *self);

/**
 * rg_token_list_map_word:
 * @layer: a layer, or -1 for the mean
 * @head: a head, or -1 for the mean
 * @map: (out caller-allocates): n_patches values, for each patch the maximum over the word's tokens
 * @share: (out) (optional): the largest share on the picture among the word's tokens, 0 … 1
 *
 * Returns: %FALSE where no token of the word has a record; @map is then untouched
 */
gboolean rg_token_list_map_word (RgTokenList *self, const RgWord *word, int layer, int head, float *map, double *share);

G_END_DECLS
