/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/replacement.h"

#include <string.h>

#include "engine/tokenizer/split-rule.h"
#include "engine/tokenizer/utf8.h"

/* "[" signs of ASCII, each with or without a backslash, no range, no negation, no intersection "]". */
static gboolean
find_signs (RgReplacement *self, const char *regex)
{
  gsize length = strlen (regex);

  if (length < 3 || regex[0] != '[' || regex[length - 1] != ']')
    return FALSE;
  memset (self->signs, 0, sizeof self->signs);
  for (gsize i = 1; i < length - 1; i++)
    {
      gboolean escaped = regex[i] == '\\';
      char c = regex[i += escaped];

      if (i == length - 1 || !g_ascii_ispunct (c) || (!escaped && (strchr ("[]^-", c) != NULL || (c == '&' && regex[i + 1] == '&'))))
        return FALSE;
      self->signs[(guchar) c] = TRUE;
    }
  self->pattern = RG_REPLACE_SIGNS;

  return TRUE;
}

gboolean
rg_replacement_find (RgReplacement *self, const char *regex)
{
  if (strcmp (regex, "\\s+") == 0)
    self->pattern = RG_REPLACE_WHITE_SPACE;
  else if (strcmp (regex, " {2,}") == 0)
    self->pattern = RG_REPLACE_SPACES;
  else
    return find_signs (self, regex);

  return TRUE;
}

static gsize
match (const RgReplacement *self, const char *text, gsize n)
{
  gsize end = 0;

  switch (self->pattern)
    {
    case RG_REPLACE_WHITE_SPACE:
      return rg_split_rule_match (RG_SPLIT_SPACES, NULL, text, n);
    case RG_REPLACE_SPACES:
      while (end < n && text[end] == ' ')
        end++;
      return end >= 2 ? end : 0;
    case RG_REPLACE_SIGNS:
      return (guchar) text[0] < 0x80 && self->signs[(guchar) text[0]] ? 1 : 0;
    case RG_REPLACE_TEXT:
    default:
      return rg_split_rule_match (RG_SPLIT_TEXT, self->text, text, n);
    }
}

GString *
rg_replacement_apply (const RgReplacement *self, const char *text, gsize n)
{
  GString *out = g_string_sized_new (n + 1);

  for (gsize at = 0; at < n;)
    {
      gsize length = match (self, text + at, n - at);
      gunichar code;

      if (length > 0)
        g_string_append (out, self->content);
      else
        {
          length = rg_utf8_step (text + at, n - at, &code);
          g_string_append_len (out, text + at, (gssize) length);
        }
      at += length;
    }

  return out;
}

guint
rg_replacement_get_growth (const RgReplacement *self)
{
  gsize from = self->pattern == RG_REPLACE_TEXT ? strlen (self->text) : 1, to = strlen (self->content);

  return (guint) MAX ((to + from - 1) / from, 1);
}
