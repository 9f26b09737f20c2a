/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/question.h"

/* From a pattern to a sentence. A pattern is plain text with two signs: "[this|that|]" takes one of its alternatives (which
 * may nest), "{name}" is replaced from the fill. The patterns themselves are in phrases-en.c, phrases-fr.c and
 * phrases-outside-*.c; a pattern ends with its "?" or ".", which the style of the writer may drop later. */

G_BEGIN_DECLS

#define RG_ANY (-1)

/** RgNounPhrase: "red star". A kind or colour of RG_ANY is left out ("star"; "red thing"). */
typedef struct
{
  int kind;
  int color;
  gboolean other;          /* says "bike" for "bicycle"; questions only */
  const char *noun;        /* (nullable): a noun from outside the world, in place of @kind */
  const char *noun_plural; /* with @noun */
  gboolean noun_feminine;  /* with @noun */
  const char *color_word;  /* (nullable): a colour from outside the world, in place of @color; the same in all forms */
} RgNounPhrase;

typedef enum
{
  RG_ARTICLE_NONE,      /* red star · étoile rouge */
  RG_ARTICLE_A,         /* a red star · une étoile rouge */
  RG_ARTICLE_THE,       /* the red star · l'étoile rouge */
  RG_ARTICLE_OF,        /* of the red star · de l'étoile rouge */
  RG_ARTICLE_DE,        /* red star · d'étoile rouge */
  RG_ARTICLE_PLURAL,    /* red stars · étoiles rouges */
  RG_ARTICLE_DE_PLURAL, /* red stars · d'étoiles rouges */
} RgArticle;

/** The nine places of a picture, in reading order, and the four sides of an object. */
#define RG_N_PLACES 9
typedef enum
{
  RG_SIDE_LEFT,
  RG_SIDE_RIGHT,
  RG_SIDE_ABOVE,
  RG_SIDE_BELOW,
  RG_N_SIDES
} RgSide;

/** RgPhraseList: words for a "{name}" of the outside patterns; the last quarter of the words is held out. */
typedef struct
{
  const char *name;
  const char *const *words;
} RgPhraseList;

typedef struct
{
  RgLanguage language;
  RgNounPhrase nouns[2]; /* {the}, {a} … and {the2}, {a2} … */
  int place;             /* {place} */
  RgSide side;           /* {beside}, {side} */
  const RgPhraseList *lists;
  gboolean held_out;
} RgPhraseFill;

/** rg_phrase_expand: appends @pattern to @out, alternatives taken and names replaced. */
void rg_phrase_expand (GString *out, const char *pattern, const RgPhraseFill *fill, RgRandom *random);

/** rg_phrase_append_noun: appends a noun phrase with its article, everything in agreement. */
void rg_phrase_append_noun (GString *out, RgLanguage language, const RgNounPhrase *noun, RgArticle article);

/** rg_noun_phrase_is_feminine: French gender of @noun; without a noun the gender of « objet », masculine. */
gboolean rg_noun_phrase_is_feminine (const RgNounPhrase *noun);

/** rg_kind_get_noun: Returns: "star", "stars", "étoile", "étoiles". */
const char *rg_kind_get_noun (RgKind kind, RgLanguage language, gboolean plural);

/** rg_kind_is_feminine: French gender. */
gboolean rg_kind_is_feminine (RgKind kind);

/** rg_color_get_adjective: Returns: the colour as it stands with a noun; English has one form only. */
const char *rg_color_get_adjective (RgColor color, RgLanguage language, gboolean feminine, gboolean plural);

/** rg_number_get_word: Returns: "zero" … "six"; @n at most 6. French one agrees: « un », « une ». */
const char *rg_number_get_word (guint n, RgLanguage language, gboolean feminine);

/** rg_place_get_answer: Returns: "top left" … of the nine places. */
const char *rg_place_get_answer (int place, RgLanguage language);

/** rg_phrase_restyle: turns a written sentence into one that somebody might have typed: polite words, spelling, capital,
 * accents, apostrophes, final sign. Changes @text in place. */
void rg_phrase_restyle (GString *text, RgLanguage language, RgRandom *random);

G_END_DECLS
