/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/character-class.h"

#include "engine/tokenizer/utf8.h"

gboolean
rg_is_white_space (gunichar c)
{
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

RgCharacterClass
rg_character_class (const char *bytes, gsize n, gsize *step)
{
  gunichar c;

  *step = 1;
  if (g_ascii_isalpha (bytes[0]))
    return RG_CLASS_LETTER; /* most characters of most texts */

  *step = rg_utf8_step (bytes, n, &c);
  if (c >= RG_UTF8_INVALID)
    return RG_CLASS_SIGN;
  if (rg_is_white_space (c))
    return RG_CLASS_SPACE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
      return RG_CLASS_LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
      return RG_CLASS_NUMBER;
    default:
      return RG_CLASS_SIGN;
    }
}

/* Other_Alphabetic beyond the marks: letters in circles and squares. */
static gboolean
is_enclosed_letter (gunichar c)
{
  return (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f149) || (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189);
}

gboolean
rg_is_word_character (gunichar c)
{
  if (c >= RG_UTF8_INVALID)
    return FALSE;
  if (c == 0x200c || c == 0x200d) /* Join_Control */
    return TRUE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_CONNECT_PUNCTUATION:
      return TRUE;
    default:
      return is_enclosed_letter (c);
    }
}

gboolean
rg_is_punctuation (gunichar c)
{
  if (c < 0x80)
    return g_ascii_ispunct ((char) c);
  if (c >= RG_UTF8_INVALID)
    return FALSE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
      return TRUE;
    default:
      return FALSE;
    }
}
