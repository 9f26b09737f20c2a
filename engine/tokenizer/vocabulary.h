/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Learning a byte-level BPE vocabulary from a corpus (Sennrich, Haddow and Birch 2016): words are counted, each begins as
 * its bytes, and the most frequent pair of neighbours becomes one symbol until the vocabulary has its size. */

G_BEGIN_DECLS

/** RgVocabularyFeed: Returns: (transfer none) (nullable): the corpus's next line, until the next call; %NULL at its end. */
typedef const char *(*RgVocabularyFeed) (gpointer data);

/**
 * rg_vocabulary_write:
 * @path: the tokenizer.json to write, in one step
 * @feed: called in this thread until it has no more lines; lines are learned as they come, so lines that will be encoded
 *   with normalization should come in lower case
 * @size: pieces in all; @special, the 256 bytes and the merges. It may end up smaller where no pair occurs twice
 * @special: (array zero-terminated=1): the special tokens, ids from 0 in this order; different and not empty
 *
 * Ids follow: special tokens, the single bytes in the order of their characters, the merges in the order learned. Of pairs
 * equally frequent the one with the smaller ids goes first, so a corpus gives one vocabulary, whatever the order of its
 * lines. The tokenizer written puts text in lower case and a space in front of it.
 *
 * Returns: %FALSE with %RG_ERROR_VALUE where @size leaves no room for bytes and special tokens or the corpus is empty, or
 *   with a %G_FILE_ERROR
 */
gboolean rg_vocabulary_write (const char *path, RgVocabularyFeed feed, gpointer data, guint size, const char *const *special, GError **error);

G_END_DECLS
