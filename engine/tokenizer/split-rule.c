/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/split-rule.h"

#include <string.h>

#include "engine/tokenizer/character-class.h"
#include "engine/tokenizer/utf8.h"

gboolean
rg_split_rule_find (const char *pattern, RgSplitRule *rule)
{
  static const struct
  {
    const char *pattern;
    RgSplitRule rule;
  } known[] = {
    { "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", RG_SPLIT_GPT2 },
    { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", RG_SPLIT_LLAMA3 },
    { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", RG_SPLIT_QWEN2 },
    { "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", RG_SPLIT_CLIP },
    { "\\p{N}", RG_SPLIT_DIGITS },
    { "\\p{N}+", RG_SPLIT_NUMBERS },
    { "\\s+", RG_SPLIT_SPACES },
    { "\\w+|[^\\w\\s]+", RG_SPLIT_WORDS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (pattern, known[i].pattern) == 0)
      {
        *rule = known[i].rule;
        return TRUE;
      }

  return FALSE;
}

/* Where the run of @class that begins at @start ends; @last: where its last character begins. */
static gsize
run_end (const char *bytes, gsize n, gsize start, RgCharacterClass class, gsize *last)
{
  gsize end = start, step;

  while (end < n && rg_character_class (bytes + end, n - end, &step) == class)
    {
      *last = end;
      end += step;
    }

  return end;
}

/* An apostrophe's short form: 's 't 'm 'd 're 've 'll; 0 where there is none. */
static gsize
contraction (const char *bytes, gsize n, gboolean any_case)
{
  char a, b;

  if (bytes[0] != '\'' || n < 2)
    return 0;
  a = any_case ? g_ascii_tolower (bytes[1]) : bytes[1];
  b = n < 3 ? '\0' : any_case ? g_ascii_tolower (bytes[2])
                              : bytes[2];
  if (a == 's' || a == 't' || a == 'm' || a == 'd')
    return 2;

  return ((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

/* \s+(?!\S)|\s+: of white space before a word, all but the last character. */
static gsize
match_spaces_before (const char *bytes, gsize n)
{
  gsize last = 0, end = run_end (bytes, n, 0, RG_CLASS_SPACE, &last);

  return end < n && last > 0 ? last : end;
}

/* A plain space that was left in last place belongs to the word. */
static gsize
match_gpt2 (const char *bytes, gsize n)
{
  gsize step, last, length = contraction (bytes, n, FALSE);
  RgCharacterClass class;

  if (length > 0)
    return length;
  class = rg_character_class (bytes, n, &step);
  if (bytes[0] == ' ' && n > 1)
    class = rg_character_class (bytes + 1, n - 1, &step);

  return class == RG_CLASS_SPACE ? match_spaces_before (bytes, n) : run_end (bytes, n, bytes[0] == ' ', class, &last);
}

static gboolean
is_line_end (char c)
{
  return c == '\r' || c == '\n';
}

/* \s*[\r\n]+: white space up to its last line end. */
static gsize
match_line_ends (const char *bytes, gsize n)
{
  gsize last, end = run_end (bytes, n, 0, RG_CLASS_SPACE, &last);

  while (end > 0 && !is_line_end (bytes[end - 1]))
    end--;

  return end;
}

/* @max_digits: how many numbers make one match at most. */
static gsize
match_llama3 (const char *bytes, gsize n, guint max_digits)
{
  gsize step, second, last, end, length = contraction (bytes, n, TRUE);
  RgCharacterClass class;

  if (length > 0)
    return length;
  class = rg_character_class (bytes, n, &step);
  if (class == RG_CLASS_LETTER)
    return run_end (bytes, n, 0, RG_CLASS_LETTER, &last);
  if (class == RG_CLASS_NUMBER)
    {
      for (end = step; --max_digits > 0 && end < n && rg_character_class (bytes + end, n - end, &step) == RG_CLASS_NUMBER; end += step)
        ;
      return end;
    }
  if (!is_line_end (bytes[0]) && step < n && rg_character_class (bytes + step, n - step, &second) == RG_CLASS_LETTER)
    return run_end (bytes, n, step, RG_CLASS_LETTER, &last);
  if (class == RG_CLASS_SIGN || (bytes[0] == ' ' && n > 1 && rg_character_class (bytes + 1, n - 1, &second) == RG_CLASS_SIGN))
    {
      end = run_end (bytes, n, bytes[0] == ' ', RG_CLASS_SIGN, &last);
      while (end < n && is_line_end (bytes[end]))
        end++;
      return end;
    }
  end = match_line_ends (bytes, n);

  return end > 0 ? end : match_spaces_before (bytes, n);
}

static gsize
match_clip (const char *bytes, gsize n)
{
  gsize step, last, length = contraction (bytes, n, FALSE);
  RgCharacterClass class;

  if (length > 0)
    return length;
  class = rg_character_class (bytes, n, &step);
  if (class == RG_CLASS_SPACE)
    return 0;

  return class == RG_CLASS_NUMBER ? step : run_end (bytes, n, 0, class, &last);
}

static gsize
match_class (const char *bytes, gsize n, RgCharacterClass class, gboolean repeated)
{
  gsize step, last;

  if (rg_character_class (bytes, n, &step) != class)
    return 0;

  return repeated ? run_end (bytes, n, 0, class, &last) : step;
}

static gsize
match_words (const char *bytes, gsize n)
{
  gunichar c;
  gsize end = rg_utf8_step (bytes, n, &c), step;
  gboolean word = rg_is_word_character (c);

  if (c < RG_UTF8_INVALID && rg_is_white_space (c))
    return 0;
  for (; end < n; end += step)
    {
      step = rg_utf8_step (bytes + end, n - end, &c);
      if (rg_is_word_character (c) != word || (c < RG_UTF8_INVALID && rg_is_white_space (c)))
        break;
    }

  return end;
}

static gsize
match_punctuation (const char *bytes, gsize n)
{
  gunichar c;
  gsize step = rg_utf8_step (bytes, n, &c);

  return rg_is_punctuation (c) ? step : 0;
}

static gsize
match_text (const char *text, const char *bytes, gsize n)
{
  gsize length = strlen (text);

  return length <= n && memcmp (bytes, text, length) == 0 ? length : 0;
}

gsize
rg_split_rule_match (RgSplitRule rule, const char *text, const char *bytes, gsize n)
{
  switch (rule)
    {
    case RG_SPLIT_GPT2:
      return match_gpt2 (bytes, n);
    case RG_SPLIT_LLAMA3:
      return match_llama3 (bytes, n, 3);
    case RG_SPLIT_QWEN2:
      return match_llama3 (bytes, n, 1);
    case RG_SPLIT_CLIP:
      return match_clip (bytes, n);
    case RG_SPLIT_DIGITS:
      return match_class (bytes, n, RG_CLASS_NUMBER, FALSE);
    case RG_SPLIT_NUMBERS:
      return match_class (bytes, n, RG_CLASS_NUMBER, TRUE);
    case RG_SPLIT_SPACES:
      return match_class (bytes, n, RG_CLASS_SPACE, TRUE);
    case RG_SPLIT_WORDS:
      return match_words (bytes, n);
    case RG_SPLIT_PUNCTUATION:
      return match_punctuation (bytes, n);
    case RG_SPLIT_TEXT:
      return match_text (text, bytes, n);
    case RG_SPLIT_NONE:
    default:
      return 0;
    }
}
