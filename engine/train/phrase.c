/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/phrase.h"

#include <string.h>

/* Of what stands in braces. */
#define LONGEST_NAME 15

static void expand (GString *out, const char *pattern, gsize length, const RgPhraseFill *fill, RgRandom *random);

/* Places as they stand in a question; patterns themselves. */
static const char *const asked_places[RG_N_LANGUAGES][RG_N_PLACES] = {
  {
      "[in|at] the top left[| corner]",
      "at the top[| of the picture|]",
      "[in|at] the top right[| corner]",
      "on the left[| side|]",
      "in the [centre|middle]",
      "on the right[| side|]",
      "[in|at] the bottom left[| corner]",
      "at the bottom[| of the picture|]",
      "[in|at] the bottom right[| corner]",
  },
  {
      "[|dans le coin ]en haut à gauche",
      "[|tout ]en haut[| de l'image]",
      "[|dans le coin ]en haut à droite",
      "[à gauche|à gauche|sur la gauche|du côté gauche]",
      "[au centre|au milieu]",
      "[à droite|à droite|sur la droite|du côté droit]",
      "[|dans le coin ]en bas à gauche",
      "[|tout ]en bas[| de l'image]",
      "[|dans le coin ]en bas à droite",
  },
};

/* Sides before a noun with {of} in French, with "the" in English, and alone. */
static const char *const asked_besides[RG_N_LANGUAGES][RG_N_SIDES] = {
  { "[|to the |on the ]left of {the}", "[|to the |on the ]right of {the}", "[above|above|over|on top of] {the}", "[below|below|under|underneath] {the}" },
  { "[à gauche|sur la gauche] {of}", "[à droite|sur la droite] {of}", "[au-dessus|juste au-dessus] {of}", "[au-dessous {of}|en dessous {of}|sous {the}]" },
};

static const char *const asked_sides[RG_N_LANGUAGES][RG_N_SIDES] = {
  { "[|to the |on the ]left of it", "[|to the |on the ]right of it", "above it", "[below|under] it" },
  { "à sa gauche", "à sa droite", "[au-dessus|juste au-dessus]", "[en dessous|au-dessous|juste en dessous]" },
};

static void
append_color (GString *out, const RgPhraseFill *fill, gboolean feminine, gboolean plural)
{
  const RgNounPhrase *noun = &fill->nouns[0];
  if (noun->color_word != NULL)
    g_string_append (out, noun->color_word);
  else if (noun->color != RG_ANY)
    g_string_append (out, rg_color_get_adjective (noun->color, fill->language, feminine, plural));
}

/* "the blue one", « le bleu », « la bleue ». */
static void
append_one (GString *out, const RgPhraseFill *fill)
{
  gboolean feminine = rg_noun_phrase_is_feminine (&fill->nouns[0]);
  if (fill->language == RG_LANGUAGE_FR)
    g_string_append (out, feminine ? "la " : "le ");
  append_color (out, fill, feminine, FALSE);
}

static gboolean
append_noun_by_name (GString *out, const char *name, const RgPhraseFill *fill)
{
  static const struct
  {
    const char *name;
    int noun;
    RgArticle article;
  } names[] = {
    { "noun", 0, RG_ARTICLE_NONE },
    { "a", 0, RG_ARTICLE_A },
    { "the", 0, RG_ARTICLE_THE },
    { "of", 0, RG_ARTICLE_OF },
    { "de", 0, RG_ARTICLE_DE },
    { "plural", 0, RG_ARTICLE_PLURAL },
    { "de_plural", 0, RG_ARTICLE_DE_PLURAL },
    { "the2", 1, RG_ARTICLE_THE },
    { "of2", 1, RG_ARTICLE_OF },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i].name) == 0)
      {
        rg_phrase_append_noun (out, fill->language, &fill->nouns[names[i].noun], names[i].article);
        return TRUE;
      }
  return FALSE;
}

static gboolean
append_agreement_by_name (GString *out, const char *name, const RgPhraseFill *fill)
{
  gboolean feminine = rg_noun_phrase_is_feminine (&fill->nouns[0]);
  gboolean both = feminine && rg_noun_phrase_is_feminine (&fill->nouns[1]);
  if (strcmp (name, "color") == 0)
    append_color (out, fill, FALSE, FALSE);
  else if (strcmp (name, "color_f") == 0)
    append_color (out, fill, TRUE, FALSE);
  else if (strcmp (name, "colors") == 0)
    append_color (out, fill, FALSE, TRUE);
  else if (strcmp (name, "colors_f") == 0)
    append_color (out, fill, TRUE, TRUE);
  else if (strcmp (name, "one") == 0)
    append_one (out, fill);
  else if (strcmp (name, "il") == 0)
    g_string_append (out, feminine ? "elle" : "il");
  else if (strcmp (name, "lequel") == 0) /* of two nouns: feminine only where both are */
    g_string_append (out, both ? "laquelle" : "lequel");
  else if (strcmp (name, "le") == 0)
    g_string_append (out, both ? "la" : "le");
  else if (strcmp (name, "e1") == 0)
    g_string_append (out, feminine ? "e" : "");
  else if (strcmp (name, "predicate") == 0) /* the colour of the second noun, said of the first */
    g_string_append (out, rg_color_get_adjective (fill->nouns[1].color, fill->language, feminine, FALSE));
  else if (strcmp (name, "e") == 0)
    g_string_append (out, both ? "e" : "");
  else
    return FALSE;
  return TRUE;
}

static void
append_from_list (GString *out, const char *name, const RgPhraseFill *fill, RgRandom *random)
{
  for (const RgPhraseList *list = fill->lists; list != NULL && list->name != NULL; list++)
    if (strcmp (list->name, name) == 0)
      {
        guint n = g_strv_length ((char **) list->words), n_train = n - n / 4;
        guint i = fill->held_out ? n_train + rg_random_below (random, n - n_train) : rg_random_below (random, n_train);
        g_string_append (out, list->words[i]);
        return;
      }
  g_assert_not_reached (); /* a slip in a table: the tests expand every pattern */
}

static void
append_name (GString *out, const char *name, const RgPhraseFill *fill, RgRandom *random)
{
  const char *pattern = NULL;
  if (append_noun_by_name (out, name, fill))
    return;
  if (strcmp (name, "place") == 0)
    pattern = asked_places[fill->language][fill->place];
  else if (strcmp (name, "beside") == 0)
    pattern = asked_besides[fill->language][fill->side];
  else if (strcmp (name, "side") == 0)
    pattern = asked_sides[fill->language][fill->side];
  if (pattern != NULL)
    expand (out, pattern, strlen (pattern), fill, random);
  else if (!append_agreement_by_name (out, name, fill))
    append_from_list (out, name, fill, random);
}

/* @text points behind an opening bracket; takes one alternative. Returns: behind the closing bracket. */
static const char *
expand_alternatives (GString *out, const char *text, const char *end, const RgPhraseFill *fill, RgRandom *random)
{
  const char *starts[33];
  guint n = 0, depth = 0;
  starts[n++] = text;
  for (; text < end && !(depth == 0 && *text == ']'); text++)
    {
      if (*text == '[')
        depth++;
      else if (*text == ']')
        depth--;
      else if (*text == '|' && depth == 0)
        {
          g_assert (n < G_N_ELEMENTS (starts) - 1);
          starts[n++] = text + 1;
        }
    }
  g_assert (text < end);
  starts[n] = text + 1;
  guint i = rg_random_below (random, n);
  expand (out, starts[i], starts[i + 1] - 1 - starts[i], fill, random);
  return text + 1;
}

static void
expand (GString *out, const char *pattern, gsize length, const RgPhraseFill *fill, RgRandom *random)
{
  const char *text = pattern, *end = pattern + length;
  while (text < end)
    if (*text == '[')
      text = expand_alternatives (out, text + 1, end, fill, random);
    else if (*text == '{')
      {
        const char *close = memchr (text, '}', end - text);
        char name[LONGEST_NAME + 1];
        g_assert (close != NULL && close - text <= LONGEST_NAME);
        g_strlcpy (name, text + 1, close - text);
        append_name (out, name, fill, random);
        text = close + 1;
      }
    else
      g_string_append_c (out, *text++);
}

void
rg_phrase_expand (GString *out, const char *pattern, const RgPhraseFill *fill, RgRandom *random)
{
  expand (out, pattern, strlen (pattern), fill, random);
}
