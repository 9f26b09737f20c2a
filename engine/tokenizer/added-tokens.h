/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Tokens that are found in a text as a whole before any rule cuts it: "<image>", "<|im_end|>". */

G_BEGIN_DECLS

/** RG_ADDED_TOKEN_MAX_LENGTH: in bytes; the lookup takes a step for each length that occurs. */
#define RG_ADDED_TOKEN_MAX_LENGTH 256

/**
 * RgAddedToken:
 * @content: the bytes that are looked for
 * @special: for the machine, not for people: left out of decoded text
 * @single_word: not found inside a word
 * @strip_left: takes in the white space before it
 * @strip_right: takes in the white space behind it
 */
typedef struct
{
  const char *content;
  gsize length;
  guint32 id;
  gboolean special;
  gboolean single_word, strip_left, strip_right;
} RgAddedToken;

/** RgAddedMatch: @start and @end: what of the text the token takes in. */
typedef struct
{
  const RgAddedToken *token;
  gsize start, end;
} RgAddedMatch;

/** RgAddedTokens: a set of them. */
typedef struct _RgAddedTokens RgAddedTokens;

RgAddedTokens *rg_added_tokens_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_added_tokens_free (RgAddedTokens *self);

/**
 * rg_added_tokens_add:
 * @token: its content has 1 … %RG_ADDED_TOKEN_MAX_LENGTH bytes; all copied
 *
 * Returns: %FALSE where the set has such a content already
 */
gboolean rg_added_tokens_add (RgAddedTokens *self, const RgAddedToken *token);

/** rg_added_tokens_find_id: Returns: (transfer none) (nullable): the token of this id. */
const RgAddedToken *rg_added_tokens_find_id (const RgAddedTokens *self, guint32 id);

/**
 * rg_added_tokens_search:
 * @text: (array length=n): any bytes
 * @from: where to begin; what lies before it is looked at to tell whether a word goes on
 * @special: whether special tokens are looked for, too
 * @match: (out): the first one that begins at @from or later, the longest of those that begin there
 *
 * Any thread. Returns: whether one was found
 */
gboolean rg_added_tokens_search (const RgAddedTokens *self, const char *text, gsize n, gsize from, gboolean special, RgAddedMatch *match);

G_END_DECLS
