/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/phrase.h"

/* The nouns, colours, numbers and places of the small world. Order of the tables: RgKind, RgColor, reading order. */

typedef struct
{
  const char *one;
  const char *many;
  gboolean feminine;
} Word;

static const Word nouns[RG_N_LANGUAGES][RG_N_KINDS] = {
  {
      { "circle", "circles" },
      { "square", "squares" },
      { "rectangle", "rectangles" },
      { "triangle", "triangles" },
      { "star", "stars" },
      { "heart", "hearts" },
      { "cross", "crosses" },
      { "ring", "rings" },
      { "diamond", "diamonds" },
      { "oval", "ovals" },
      { "crescent", "crescents" },
      { "arrow", "arrows" },
      { "cat", "cats" },
      { "dog", "dogs" },
      { "fish", "fish" },
      { "bird", "birds" },
      { "rabbit", "rabbits" },
      { "turtle", "turtles" },
      { "butterfly", "butterflies" },
      { "snail", "snails" },
      { "tree", "trees" },
      { "flower", "flowers" },
      { "mushroom", "mushrooms" },
      { "apple", "apples" },
      { "banana", "bananas" },
      { "carrot", "carrots" },
      { "house", "houses" },
      { "car", "cars" },
      { "boat", "boats" },
      { "plane", "planes" },
      { "bicycle", "bicycles" },
      { "cup", "cups" },
      { "key", "keys" },
      { "umbrella", "umbrellas" },
      { "book", "books" },
      { "ball", "balls" },
  },
  {
      { "cercle", "cercles" },
      { "carré", "carrés" },
      { "rectangle", "rectangles" },
      { "triangle", "triangles" },
      { "étoile", "étoiles", TRUE },
      { "cœur", "cœurs" },
      { "croix", "croix", TRUE },
      { "anneau", "anneaux" },
      { "losange", "losanges" },
      { "ovale", "ovales" },
      { "croissant", "croissants" },
      { "flèche", "flèches", TRUE },
      { "chat", "chats" },
      { "chien", "chiens" },
      { "poisson", "poissons" },
      { "oiseau", "oiseaux" },
      { "lapin", "lapins" },
      { "tortue", "tortues", TRUE },
      { "papillon", "papillons" },
      { "escargot", "escargots" },
      { "arbre", "arbres" },
      { "fleur", "fleurs", TRUE },
      { "champignon", "champignons" },
      { "pomme", "pommes", TRUE },
      { "banane", "bananes", TRUE },
      { "carotte", "carottes", TRUE },
      { "maison", "maisons", TRUE },
      { "voiture", "voitures", TRUE },
      { "bateau", "bateaux" },
      { "avion", "avions" },
      { "vélo", "vélos" },
      { "tasse", "tasses", TRUE },
      { "clé", "clés", TRUE },
      { "parapluie", "parapluies" },
      { "livre", "livres" },
      { "ballon", "ballons" },
  },
};

/* A second word that people use for the same thing; it appears in questions only. */
static const struct
{
  RgKind kind;
  Word words[RG_N_LANGUAGES];
} others[] = {
  { RG_KIND_DIAMOND, { { "rhombus", "rhombuses" }, { NULL } } },
  { RG_KIND_CRESCENT, { { "moon", "moons" }, { "lune", "lunes", TRUE } } },
  { RG_KIND_RABBIT, { { "bunny", "bunnies" }, { NULL } } },
  { RG_KIND_PLANE, { { "airplane", "airplanes" }, { NULL } } },
  { RG_KIND_BICYCLE, { { "bike", "bikes" }, { "bicyclette", "bicyclettes", TRUE } } },
  { RG_KIND_CUP, { { "mug", "mugs" }, { NULL } } },
  { RG_KIND_BOAT, { { "ship", "ships" }, { NULL } } },
  { RG_KIND_KEY, { { NULL }, { "clef", "clefs", TRUE } } },
  { RG_KIND_CAR, { { NULL }, { "auto", "autos", TRUE } } },
  { RG_KIND_BALL, { { NULL }, { "balle", "balles", TRUE } } },
  { RG_KIND_CIRCLE, { { NULL }, { "rond", "ronds" } } },
};

/* masculine, feminine, masculine plural, feminine plural */
static const char *const colors[RG_N_COLORS][5] = {
  { "red", "rouge", "rouge", "rouges", "rouges" },
  { "orange", "orange", "orange", "orange", "orange" },
  { "yellow", "jaune", "jaune", "jaunes", "jaunes" },
  { "green", "vert", "verte", "verts", "vertes" },
  { "blue", "bleu", "bleue", "bleus", "bleues" },
  { "purple", "violet", "violette", "violets", "violettes" },
  { "pink", "rose", "rose", "roses", "roses" },
  { "brown", "marron", "marron", "marron", "marron" },
  { "black", "noir", "noire", "noirs", "noires" },
  { "white", "blanc", "blanche", "blancs", "blanches" },
};

static const char *const numbers[RG_N_LANGUAGES][7] = {
  { "zero", "one", "two", "three", "four", "five", "six" },
  { "zéro", "un", "deux", "trois", "quatre", "cinq", "six" },
};

static const char *const places[RG_N_LANGUAGES][RG_N_PLACES] = {
  { "top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right" },
  { "en haut à gauche", "en haut", "en haut à droite", "à gauche", "au centre", "à droite", "en bas à gauche", "en bas", "en bas à droite" },
};

const char *
rg_kind_get_noun (RgKind kind, RgLanguage language, gboolean plural)
{
  const Word *word = &nouns[language][kind];
  return plural ? word->many : word->one;
}

gboolean
rg_kind_is_feminine (RgKind kind)
{
  return nouns[RG_LANGUAGE_FR][kind].feminine;
}

const char *
rg_color_get_adjective (RgColor color, RgLanguage language, gboolean feminine, gboolean plural)
{
  if (language == RG_LANGUAGE_EN)
    return colors[color][0];
  return colors[color][1 + (feminine ? 1 : 0) + (plural ? 2 : 0)];
}

const char *
rg_number_get_word (guint n, RgLanguage language, gboolean feminine)
{
  g_assert (n < G_N_ELEMENTS (numbers[0]));
  return language == RG_LANGUAGE_FR && n == 1 && feminine ? "une" : numbers[language][n];
}

const char *
rg_place_get_answer (int place, RgLanguage language)
{
  g_assert (place >= 0 && place < RG_N_PLACES);
  return places[language][place];
}

static Word
find_word (const RgNounPhrase *noun, RgLanguage language)
{
  if (noun->noun != NULL)
    return (Word){ noun->noun, noun->noun_plural, noun->noun_feminine };
  if (noun->kind == RG_ANY)
    return language == RG_LANGUAGE_EN ? (Word){ "object", "objects" } : (Word){ "objet", "objets" };
  if (noun->other)
    for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
      if ((int) others[i].kind == noun->kind && others[i].words[language].one != NULL)
        return others[i].words[language];
  return nouns[language][noun->kind];
}

gboolean
rg_noun_phrase_is_feminine (const RgNounPhrase *noun)
{
  return find_word (noun, RG_LANGUAGE_FR).feminine;
}

static gboolean
starts_with_vowel (const char *text)
{
  /* None of the world's French nouns starts with an aspirated h; « œ » does not start any. */
  static const char *const vowels[] = { "a", "e", "i", "o", "u", "é", "è", "ê", "h", NULL };
  for (gsize i = 0; vowels[i] != NULL; i++)
    if (g_str_has_prefix (text, vowels[i]))
      return TRUE;
  return FALSE;
}

static void
append_noun_en (GString *out, const Word *word, const char *color, RgArticle article)
{
  gboolean plural = article == RG_ARTICLE_PLURAL || article == RG_ARTICLE_DE_PLURAL;
  const char *noun = plural ? word->many : word->one;
  const char *first = color != NULL ? color : noun;
  if (article == RG_ARTICLE_A)
    g_string_append (out, strchr ("aeiou", first[0]) != NULL ? "an " : "a ");
  else if (article == RG_ARTICLE_THE)
    g_string_append (out, "the ");
  else if (article == RG_ARTICLE_OF)
    g_string_append (out, "of the ");
  if (color != NULL)
    {
      g_string_append (out, color);
      g_string_append_c (out, ' ');
    }
  g_string_append (out, noun);
}

static void
append_noun_fr (GString *out, const Word *word, const char *color, RgArticle article)
{
  gboolean plural = article == RG_ARTICLE_PLURAL || article == RG_ARTICLE_DE_PLURAL;
  const char *noun = plural ? word->many : word->one;
  gboolean elided = starts_with_vowel (noun);
  switch (article)
    {
    case RG_ARTICLE_A:
      g_string_append (out, word->feminine ? "une " : "un ");
      break;
    case RG_ARTICLE_THE:
      g_string_append (out, elided ? "l'" : word->feminine ? "la "
                                                           : "le ");
      break;
    case RG_ARTICLE_OF:
      g_string_append (out, elided ? "de l'" : word->feminine ? "de la "
                                                              : "du ");
      break;
    case RG_ARTICLE_DE:
    case RG_ARTICLE_DE_PLURAL:
      g_string_append (out, elided ? "d'" : "de ");
      break;
    case RG_ARTICLE_NONE:
    case RG_ARTICLE_PLURAL:
      break;
    }
  g_string_append (out, noun);
  if (color != NULL)
    {
      g_string_append_c (out, ' ');
      g_string_append (out, color);
    }
}

void
rg_phrase_append_noun (GString *out, RgLanguage language, const RgNounPhrase *noun, RgArticle article)
{
  Word word = find_word (noun, language);
  gboolean plural = article == RG_ARTICLE_PLURAL || article == RG_ARTICLE_DE_PLURAL;
  const char *color = noun->color_word;
  if (color == NULL && noun->color != RG_ANY)
    color = rg_color_get_adjective (noun->color, language, word.feminine, plural);
  if (language == RG_LANGUAGE_EN)
    append_noun_en (out, &word, color, article);
  else
    append_noun_fr (out, &word, color, article);
}
