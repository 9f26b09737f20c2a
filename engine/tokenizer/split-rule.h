/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What cuts a text into words. The rules are those of regular expressions that published tokenizers carry; they are written
 * by hand on Unicode categories, because a general engine can be driven to exponential time by a pattern, and the patterns
 * come from files. Each takes time in proportion to what it matches. */

G_BEGIN_DECLS

/**
 * RgSplitRule:
 * @RG_SPLIT_NONE: nothing matches
 * @RG_SPLIT_GPT2: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * @RG_SPLIT_LLAMA3: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * @RG_SPLIT_QWEN2: the same with \p{N} in place of \p{N}{1,3}
 * @RG_SPLIT_CLIP: 's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
 * @RG_SPLIT_DIGITS: \p{N}
 * @RG_SPLIT_NUMBERS: \p{N}+
 * @RG_SPLIT_SPACES: \s+
 * @RG_SPLIT_WORDS: \w+|[^\w\s]+
 * @RG_SPLIT_PUNCTUATION: one character that rg_is_punctuation() is true for
 * @RG_SPLIT_TEXT: a text
 */
typedef enum
{
  RG_SPLIT_NONE,
  RG_SPLIT_GPT2,
  RG_SPLIT_LLAMA3,
  RG_SPLIT_QWEN2,
  RG_SPLIT_CLIP,
  RG_SPLIT_DIGITS,
  RG_SPLIT_NUMBERS,
  RG_SPLIT_SPACES,
  RG_SPLIT_WORDS,
  RG_SPLIT_PUNCTUATION,
  RG_SPLIT_TEXT,
} RgSplitRule;

/** rg_split_rule_find: Returns: whether @pattern, as a tokenizer.json spells it, is one of the rules. */
gboolean rg_split_rule_find (const char *pattern, RgSplitRule *rule);

/**
 * rg_split_rule_match:
 * @text: (nullable): what %RG_SPLIT_TEXT looks for, not empty
 * @bytes: (array length=n): any bytes, @n at least 1; those that are not UTF-8 count as signs
 *
 * Returns: the length of the match that begins with the first byte; 0 where there is none. Any thread.
 */
gsize rg_split_rule_match (RgSplitRule rule, const char *text, const char *bytes, gsize n);

G_END_DECLS
