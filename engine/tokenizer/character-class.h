/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The classes of characters that the regular expressions of published tokenizers speak of, on GLib's Unicode tables. */

G_BEGIN_DECLS

/**
 * RgCharacterClass:
 * @RG_CLASS_SPACE: \s, the property White_Space
 * @RG_CLASS_LETTER: \p{L}
 * @RG_CLASS_NUMBER: \p{N}
 * @RG_CLASS_SIGN: everything else, and bytes that are not UTF-8
 */
typedef enum
{
  RG_CLASS_SPACE,
  RG_CLASS_LETTER,
  RG_CLASS_NUMBER,
  RG_CLASS_SIGN,
} RgCharacterClass;

/** rg_character_class: @n: at least 1. @step: (out): the first character's length in bytes. Returns: its class. Any thread. */
RgCharacterClass rg_character_class (const char *bytes, gsize n, gsize *step);

/** rg_is_white_space: Returns: whether @c has the property White_Space. */
gboolean rg_is_white_space (gunichar c);

/** rg_is_word_character: Returns: \w (Unicode technical standard 18, annex C): letters, marks, decimal digits, connectors. */
gboolean rg_is_word_character (gunichar c);

/** rg_is_punctuation: Returns: whether @c is of a category P or one of the signs of ASCII, such as $ + < = > ^ ` | ~. */
gboolean rg_is_punctuation (gunichar c);

G_END_DECLS
