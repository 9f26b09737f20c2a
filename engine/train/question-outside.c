/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/phrases.h"

#include <string.h>

/* Questions that no picture of this world answers. Four sources: patterns about the rest of the world; the patterns of inside
 * questions about things or colours that the world does not have, some of them invented on the spot; strings of words that
 * mean nothing; signs and letters. Each source has a part that training never sees. */

static guint
below (RgRandom *random, guint n)
{
  return rg_random_below (random, n);
}

static const char *
choose (RgRandom *random, const char *const *words)
{
  return words[below (random, g_strv_length ((char **) words))];
}

static const RgPhrasesOutside *
get_tables (RgLanguage language)
{
  return language == RG_LANGUAGE_EN ? &rg_phrases_outside_en : &rg_phrases_outside_fr;
}

/* Invented words belong to training or to evaluation by their own letters, so that neither meets the other's. */
static gboolean
is_held_out (const char *word)
{
  return g_str_hash (word) % 4 == 0;
}

/* "Snail" and "moon" can be invented, too. */
static gboolean
is_of_world (const char *word)
{
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    for (int language = 0; language < RG_N_LANGUAGES; language++)
      {
        RgNounPhrase noun = { .kind = kind, .color = RG_ANY, .other = TRUE };
        g_autoptr (GString) other = g_string_new (NULL);
        rg_phrase_append_noun (other, language, &noun, RG_ARTICLE_NONE);
        if (strcmp (word, other->str) == 0 || strcmp (word, rg_kind_get_noun (kind, language, FALSE)) == 0)
          return TRUE;
      }
  return FALSE;
}

static char *
invent_word (gboolean held_out, RgRandom *random)
{
  static const char *const starts[] = { "b", "bl", "br", "d", "dr", "f", "fl", "g", "gl", "gr", "j", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s", "sn", "sp", "t", "tr", "v", "w", "z", NULL };
  static const char *const middles[] = { "a", "e", "i", "o", "u", "oo", "ou", "ai", "y", NULL };
  static const char *const ends[] = { "b", "d", "g", "ck", "l", "m", "n", "p", "r", "rp", "t", "x", "zz", "nk", "lt", NULL };
  g_autoptr (GString) word = g_string_new (NULL);
  do
    {
      g_string_truncate (word, 0);
      for (int n = 1 + below (random, 3); n > 0; n--)
        g_string_append_printf (word, "%s%s", choose (random, starts), choose (random, middles));
      g_string_append (word, choose (random, ends));
    }
  while (word->len < 4 || is_held_out (word->str) != held_out || is_of_world (word->str));
  return g_strdup (word->str);
}

/* Letters as a cat on the keyboard makes them. */
static char *
invent_letters (gboolean held_out, RgRandom *random)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzasdfghjklqwertyuiop";
  g_autoptr (GString) word = g_string_new (NULL);
  do
    {
      g_string_truncate (word, 0);
      for (int n = 4 + below (random, 9); n > 0; n--)
        g_string_append_c (word, letters[below (random, sizeof letters - 1)]);
    }
  while (is_held_out (word->str) != held_out || is_of_world (word->str));
  return g_strdup (word->str);
}

static void
append_signs (GString *out, gboolean held_out, RgRandom *random)
{
  if (below (random, 2) == 0)
    {
      g_string_append (out, choose (random, held_out ? rg_phrases_outside_signs_held_out : rg_phrases_outside_signs));
      return;
    }
  for (int n = 1 + below (random, 3); n > 0; n--)
    {
      g_autofree char *word = invent_letters (held_out, random);
      g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", word);
    }
}

static void
append_pattern (GString *out, RgPhraseFill *fill, RgRandom *random)
{
  const RgPhrasesOutside *tables = get_tables (fill->language);
  rg_phrase_expand (out, choose (random, fill->held_out ? tables->held_out : tables->patterns), fill, random);
}

/* Sets the noun to one of the table, the last quarter of which is held out. */
static void
set_outside_noun (RgPhraseFill *fill, RgRandom *random)
{
  const char *const *nouns = get_tables (fill->language)->nouns;
  guint n = g_strv_length ((char **) nouns) / 3, n_train = n - n / 4;
  guint i = fill->held_out ? n_train + below (random, n - n_train) : below (random, n_train);
  RgNounPhrase *noun = &fill->nouns[0];
  noun->noun = nouns[3 * i];
  noun->noun_plural = nouns[3 * i + 1];
  noun->noun_feminine = nouns[3 * i + 2][0] == 'f';
}

static void
set_outside_color (RgPhraseFill *fill, RgRandom *random)
{
  const char *const *colors = get_tables (fill->language)->colors;
  guint n = g_strv_length ((char **) colors), n_train = n - n / 4;
  fill->nouns[0].color_word = colors[fill->held_out ? n_train + below (random, n - n_train) : below (random, n_train)];
}

/* "How many elephants are there?", "where is the purple blorp?", "is there a turquoise star?" */
static void
append_inside_pattern (GString *out, RgPhraseFill *fill, RgRandom *random)
{
  static const RgForm noun_forms[] = { RG_FORM_COLOR, RG_FORM_EXISTS, RG_FORM_COUNT, RG_FORM_WHERE, RG_FORM_RELATION };
  static const RgForm color_forms[] = { RG_FORM_EXISTS, RG_FORM_COUNT, RG_FORM_WHERE, RG_FORM_WHAT_COLOR, RG_FORM_EXISTS_COLOR, RG_FORM_COUNT_COLOR };
  const char *const *const *phrases = fill->language == RG_LANGUAGE_EN ? rg_phrases_en : rg_phrases_fr;
  g_autofree char *word = NULL, *words = NULL;
  RgNounPhrase *noun = &fill->nouns[0];
  RgForm form = noun_forms[below (random, G_N_ELEMENTS (noun_forms))];
  guint choice = below (random, 10);
  if (choice < 2)
    {
      set_outside_color (fill, random);
      form = color_forms[below (random, G_N_ELEMENTS (color_forms))];
      noun->kind = below (random, RG_N_KINDS);
    }
  else if (choice < 8)
    set_outside_noun (fill, random);
  else
    {
      word = invent_word (fill->held_out, random);
      words = g_strconcat (word, "s", NULL);
      noun->noun = word;
      noun->noun_plural = words;
      noun->noun_feminine = below (random, 2);
    }
  if (noun->noun != NULL && below (random, 5) == 0)
    noun->color = below (random, RG_N_COLORS);
  fill->side = below (random, RG_N_SIDES);
  rg_phrase_expand (out, choose (random, phrases[form]), fill, random);
}

/* A string of words without sense: one to four outside nouns and invented words. A French one that opens a conversation
 * begins with an article, or nobody could tell its language. */
static void
append_salad (GString *out, RgPhraseFill *fill, gboolean first, RgRandom *random)
{
  gboolean marked = first && fill->language != RG_LANGUAGE_EN;
  for (int i = 0, n = 1 + below (random, 4); i < n; i++)
    {
      g_autofree char *word = invent_word (fill->held_out, random);
      if (i > 0)
        g_string_append_c (out, ' ');
      set_outside_noun (fill, random);
      if (marked && i == 0)
        rg_phrase_append_noun (out, fill->language, &fill->nouns[0], RG_ARTICLE_A);
      else
        g_string_append (out, below (random, 3) == 0 ? word : fill->nouns[0].noun);
    }
  if (below (random, 3) == 0)
    g_string_append_c (out, '?');
}

void
rg_question_write_outside (RgLanguage language, gboolean held_out, gboolean first, RgRandom *random, RgQuestion *out)
{
  RgPhraseFill fill = { .language = language, .lists = get_tables (language)->lists, .held_out = held_out };
  GString *question = g_string_new (NULL);
  double choice = rg_random_uniform (random);
  for (int i = 0; i < 2; i++)
    fill.nouns[i] = (RgNounPhrase){ .kind = RG_ANY, .color = RG_ANY };
  if (choice < 0.55)
    append_pattern (question, &fill, random);
  else if (choice < 0.85 || (choice >= 0.9 && first && language != RG_LANGUAGE_EN))
    append_inside_pattern (question, &fill, random);
  else if (choice < 0.9)
    append_salad (question, &fill, first, random);
  else
    append_signs (question, held_out, random);
  rg_phrase_restyle (question, language, random);
  const char *const *const *phrases = language == RG_LANGUAGE_EN ? rg_phrases_en : rg_phrases_fr;
  *out = (RgQuestion){
    .kind = RG_QUESTION_KIND_OUTSIDE,
    .language = language,
    .answer = g_strdup (phrases[RG_FORM_UNKNOWN][0]),
    .object = -1,
    .topic = (guint) RG_QUESTION_KIND_OUTSIDE << 24 | (g_str_hash (question->str) & 0xffffff),
  };
  out->question = g_string_free (question, FALSE);
}
