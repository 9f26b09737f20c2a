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
 */
typedef struct
{
  const char *content;
  gsize length;
  guint32 id;
  gboolean special;
} RgAddedToken;

/** RgAddedTokens: a set of them. */
typedef struct _RgAddedTokens RgAddedTokens;

RgAddedTokens *rg_added_tokens_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_added_tokens_free (RgAddedTokens *self);

/**
 * rg_added_tokens_add:
 * @content: 1 … %RG_ADDED_TOKEN_MAX_LENGTH bytes; copied
 *
 * Returns: %FALSE where the set has such a content already
 */
gboolean rg_added_tokens_add (RgAddedTokens *self, const char *content, guint32 id, gboolean special);

/** rg_added_tokens_find_id: Returns: (transfer none) (nullable): the token of this id. */
const RgAddedToken *rg_added_tokens_find_id (const RgAddedTokens *self, guint32 id);

/**
 * rg_added_tokens_search:
 * @text: (array length=n): any bytes
 * @special: whether special tokens are looked for, too
 * @at: (out): where it begins, @n where none was found
 *
 * Returns: (transfer none) (nullable): the first one in the text, the longest of those that begin there
 */
const RgAddedToken *rg_added_tokens_search (const RgAddedTokens *self, const char *text, gsize n, gboolean special, gsize *at);

G_END_DECLS
