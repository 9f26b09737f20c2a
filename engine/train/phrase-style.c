/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/phrase.h"

#include <string.h>

/* How people really type: without the capital, without the accents, without the question mark. */

static gboolean
chance (RgRandom *random, double p)
{
  return rg_random_uniform (random) < p;
}

static const char *
choose (RgRandom *random, const char *const *words)
{
  return words[rg_random_below (random, g_strv_length ((char **) words))];
}

static void
add_polite_words (GString *text, RgLanguage language, RgRandom *random)
{
  static const char *const before[RG_N_LANGUAGES][8] = {
    { "please, ", "please ", "hello, ", "hey, ", "excuse me, ", "so, " },
    { "s'il te plaît, ", "s'il vous plaît, ", "bonjour, ", "dis, ", "alors, ", "stp " },
  };
  static const char *const after[RG_N_LANGUAGES][6] = {
    { ", please", " please", ", please" },
    { ", s'il te plaît", " s'il te plaît", ", s'il vous plaît", " stp", " svp" },
  };
  /* An "and the blue one?" that begins with "please" is nobody's way of speaking. */
  gboolean short_text = text->len < 20;
  if (!short_text && chance (random, 0.06))
    g_string_append (text, choose (random, after[language]));
  else if (!short_text && chance (random, 0.06))
    g_string_prepend (text, choose (random, before[language]));
}

static void
respell_english (GString *text, RgRandom *random)
{
  if (chance (random, 0.5))
    g_string_replace (text, "colour", "color", 0);
  if (chance (random, 0.5))
    g_string_replace (text, "centre", "center", 0);
  if (chance (random, 0.3))
    g_string_replace (text, "what is ", "what's ", 1);
  if (chance (random, 0.05))
    g_string_replace (text, "'", "", 0);
}

static void
drop_accents (GString *text, RgRandom *random)
{
  g_autofree char *plain = g_str_to_ascii (text->str, "C");
  g_string_assign (text, plain);
  if (chance (random, 0.3))
    g_string_replace (text, "-", " ", 0);
  if (chance (random, 0.15))
    g_string_replace (text, "'", " ", 0);
}

static void
add_final_sign (GString *text, char sign, RgLanguage language, RgRandom *random)
{
  double keep = sign == '?' ? 0.65 : 0.4;
  if (!chance (random, keep))
    return;
  if (sign == '?' && language == RG_LANGUAGE_FR && chance (random, 0.6))
    g_string_append_c (text, ' ');
  g_string_append_c (text, sign);
}

static void
capitalise (GString *text)
{
  const char *rest = g_utf8_next_char (text->str);
  gunichar first = g_unichar_toupper (g_utf8_get_char (text->str));
  g_autofree char *tail = g_strdup (rest);
  g_string_truncate (text, 0);
  g_string_append_unichar (text, first);
  g_string_append (text, tail);
}

void
rg_phrase_restyle (GString *text, RgLanguage language, RgRandom *random)
{
  char sign = 0;
  if (text->len > 0 && strchr ("?.", text->str[text->len - 1]) != NULL)
    {
      sign = text->str[text->len - 1];
      g_string_truncate (text, text->len - 1);
    }
  add_polite_words (text, language, random);
  if (language == RG_LANGUAGE_EN)
    respell_english (text, random);
  else if (chance (random, 0.25))
    drop_accents (text, random);
  if (chance (random, 0.06))
    g_string_replace (text, "'", "’", 0);
  if (sign != 0)
    add_final_sign (text, sign, language, random);
  if (text->len > 0 && chance (random, 0.5))
    capitalise (text);
}
