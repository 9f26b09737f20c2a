/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/pre-tokenizer.h"

#include <string.h>

#include "engine/tokenizer/utf8.h"

/* \s, \p{L}, \p{N}, and everything else. */
typedef enum
{
  SPACE,
  LETTER,
  NUMBER,
  SIGN,
} Class;

static gboolean
is_white_space (gunichar c)
{
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* The class of the first character; @step: its length. */
static Class
classify (const char *bytes, gsize n, gsize *step)
{
  gunichar c;

  *step = rg_utf8_step (bytes, n, &c);
  if (c >= RG_UTF8_INVALID)
    return SIGN;
  if (is_white_space (c))
    return SPACE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
      return LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
      return NUMBER;
    default:
      return SIGN;
    }
}

/* Where the run of @class that begins at @start ends; @last: where its last character begins. */
static gsize
run_end (const char *bytes, gsize n, gsize start, Class class, gsize *last)
{
  gsize end = start, step;

  while (end < n && classify (bytes + end, n - end, &step) == class)
    {
      *last = end;
      end += step;
    }

  return end;
}

/* An apostrophe's short form: 's 't 'm 'd 're 've 'll; 0 where there is none. */
static gsize
contraction (const char *bytes, gsize n)
{
  if (bytes[0] != '\'' || n < 2)
    return 0;
  if (strchr ("stmd", bytes[1]) != NULL && bytes[1] != '\0')
    return 2;
  if (n >= 3 && (memcmp (bytes + 1, "re", 2) == 0 || memcmp (bytes + 1, "ve", 2) == 0 || memcmp (bytes + 1, "ll", 2) == 0))
    return 3;

  return 0;
}

/* Of white space before a word, all but the last character is one piece; a plain space in last place then belongs to
 * the word. */
static gsize
gpt2_piece (const char *bytes, gsize n)
{
  gsize step, end, last = 0, length = contraction (bytes, n);
  Class class;

  if (length > 0)
    return length;
  class = classify (bytes, n, &step);
  if (bytes[0] == ' ' && n > 1)
    class = classify (bytes + 1, n - 1, &step);
  if (class != SPACE)
    return run_end (bytes, n, bytes[0] == ' ', class, &last);
  end = run_end (bytes, n, 0, SPACE, &last);

  return end < n && last > 0 ? last : end;
}

static gsize
digits_piece (const char *bytes, gsize n)
{
  gsize step, end = 0;

  if (classify (bytes, n, &step) == NUMBER)
    return step;
  while (end < n && classify (bytes + end, n - end, &step) != NUMBER)
    end += step;

  return end;
}

static gsize
numbers_piece (const char *bytes, gsize n)
{
  gsize step, last;

  return classify (bytes, n, &step) == NUMBER ? run_end (bytes, n, 0, NUMBER, &last) : digits_piece (bytes, n);
}

static gsize
whole_piece (const char *bytes, gsize n)
{
  return n;
}

void
rg_pre_tokenize (const RgSplitStage *stages, guint n_stages, const char *text, gsize n, RgPieceFunc func, gpointer data)
{
  static gsize (*const rules[]) (const char *, gsize) = {
    [RG_SPLIT_NONE] = whole_piece,
    [RG_SPLIT_GPT2] = gpt2_piece,
    [RG_SPLIT_DIGITS] = digits_piece,
    [RG_SPLIT_NUMBERS] = numbers_piece,
  };
  g_autofree char *spaced = NULL;

  if (n == 0)
    return;
  if (n_stages == 0)
    {
      func (text, n, data);
      return;
    }
  if (stages->prefix_space && text[0] != ' ')
    {
      spaced = g_malloc (n + 1);
      spaced[0] = ' ';
      memcpy (spaced + 1, text, n);
      text = spaced;
      n++;
    }
  for (gsize length; n > 0; text += length, n -= length)
    {
      length = rules[stages->rule](text, n);
      rg_pre_tokenize (stages + 1, n_stages - 1, text, length, func, data);
    }
}
