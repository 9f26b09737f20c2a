/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/utf8.h"

gsize
rg_utf8_step (const char *bytes, gsize n, gunichar *code)
{
  const guchar *b = (const guchar *) bytes;
  guchar low = 0x80, high = 0xbf; /* what may stand in second place */
  gsize length;

  if (b[0] < 0x80)
    {
      *code = b[0];
      return 1;
    }
  *code = RG_UTF8_INVALID;
  if (b[0] < 0xc2 || b[0] > 0xf4)
    return 1;
  length = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3
                                         : 4;
  if (b[0] == 0xe0)
    low = 0xa0; /* shorter spellings exist below */
  else if (b[0] == 0xed)
    high = 0x9f; /* surrogates above */
  else if (b[0] == 0xf0)
    low = 0x90;
  else if (b[0] == 0xf4)
    high = 0x8f; /* U+10FFFF is the last character */

  for (gsize i = 1; i < length; i++)
    {
      if (i == n)
        {
          *code = RG_UTF8_INCOMPLETE;
          return n;
        }
      if (b[i] < low || b[i] > high)
        return i;
      low = 0x80;
      high = 0xbf;
    }
  *code = b[0] & (0x7f >> length);
  for (gsize i = 1; i < length; i++)
    *code = *code << 6 | (b[i] & 0x3f);

  return length;
}

GString *
rg_utf8_repair (const char *bytes, gsize n)
{
  GString *out = g_string_sized_new (n + 1);
  gunichar code;

  for (gsize i = 0, step; i < n; i += step)
    {
      step = rg_utf8_step (bytes + i, n - i, &code);
      g_string_append_unichar (out, code >= RG_UTF8_INVALID ? 0xfffd : code);
    }

  return out;
}
