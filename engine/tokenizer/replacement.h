/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Replacing every occurrence of something in a text by another text. As with splitting (split-rule.h), regular expressions
 * from files are recognised, not run. */

G_BEGIN_DECLS

/** RG_REPLACEMENT_MAX_LENGTH: of what is looked for and of what comes in its place, in bytes. */
#define RG_REPLACEMENT_MAX_LENGTH 64

/**
 * RgReplacePattern:
 * @RG_REPLACE_TEXT: a text
 * @RG_REPLACE_WHITE_SPACE: \s+
 * @RG_REPLACE_SPACES: " {2,}", two spaces or more
 * @RG_REPLACE_SIGNS: one of some signs of ASCII: [!"#…]
 */
typedef enum
{
  RG_REPLACE_TEXT,
  RG_REPLACE_WHITE_SPACE,
  RG_REPLACE_SPACES,
  RG_REPLACE_SIGNS,
} RgReplacePattern;

/**
 * RgReplacement:
 * @text: what %RG_REPLACE_TEXT looks for, not empty
 * @signs: those of %RG_REPLACE_SIGNS
 * @content: what comes in its place
 *
 * The texts belong to whoever fills it in.
 */
typedef struct
{
  RgReplacePattern pattern;
  const char *text;
  gboolean signs[128];
  const char *content;
} RgReplacement;

/** rg_replacement_find: sets the pattern from a regular expression. Returns: whether @regex is one that is known. */
gboolean rg_replacement_find (RgReplacement *self, const char *regex);

/** rg_replacement_apply: @text: (array length=n): any bytes. Returns: (transfer full): the text afterwards. Any thread. */
GString *rg_replacement_apply (const RgReplacement *self, const char *text, gsize n) G_GNUC_WARN_UNUSED_RESULT;

/** rg_replacement_get_growth: Returns: how many times longer a text can become, at least 1. */
guint rg_replacement_get_growth (const RgReplacement *self);

G_END_DECLS
