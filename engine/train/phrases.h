/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/phrase.h"

/* The tables of patterns. A form is one way to ask, with the same gaps to fill in each of its patterns; each form has its
 * patterns in both languages. */

G_BEGIN_DECLS

typedef enum
{
  RG_FORM_WHAT_IT,      /* one object only */
  RG_FORM_WHAT_COLOR,   /* {color}: the only object of a colour */
  RG_FORM_COLOR,        /* {the} */
  RG_FORM_COLOR_IT,     /* a pronoun that agrees with the noun */
  RG_FORM_COLOR_THIS,   /* a neuter « ce »: one object only */
  RG_FORM_COLOR_PLACE,  /* {place} */
  RG_FORM_AND_THE,      /* {the}: the same question for another object */
  RG_FORM_AND_ONE,      /* {one}: another object of the same kind */
  RG_FORM_SHAPE,        /* {color} */
  RG_FORM_SHAPE_IT,     /* one object only, or a pronoun */
  RG_FORM_EXISTS,       /* {a}, {plural} */
  RG_FORM_EXISTS_COLOR, /* {color} */
  RG_FORM_IS_COLOR,     /* {the}, {predicate} */
  RG_FORM_IS_IT,        /* {a}: one object only */
  RG_FORM_AND_A,        /* {a} */
  RG_FORM_COUNT,        /* {plural}, {de_plural} */
  RG_FORM_COUNT_COLOR,  /* {color} */
  RG_FORM_COUNT_ALL,
  RG_FORM_COUNT_SHAPES, /* nothing but shapes there */
  RG_FORM_AND_PLURAL,   /* {plural} */
  RG_FORM_WHERE,        /* {the} */
  RG_FORM_WHERE_IT,
  RG_FORM_RELATION,    /* {beside} */
  RG_FORM_RELATION_IT, /* {side}, of the object before */
  RG_FORM_SIZE,        /* {the}, {the2} */
  RG_FORM_SIZE_SMALL,  /* {the}, {the2} */
  RG_FORM_SIZE_THAN,   /* {the}, {the2}: yes or no */
  RG_FORM_SIZE_MOST,
  RG_FORM_SIZE_LEAST,
  RG_FORM_PLACE,     /* {place} */
  RG_FORM_AND_PLACE, /* {place} */
  RG_FORM_DESCRIBE,
  RG_FORM_NO_SUCH,       /* answer: {de} */
  RG_FORM_NOTHING_COLOR, /* answer: {color} */
  RG_FORM_NOTHING,       /* answer */
  RG_FORM_YES,           /* answer */
  RG_FORM_NO,            /* answer */
  RG_FORM_UNKNOWN,       /* answer */
  RG_N_FORMS
} RgForm;

extern const char *const *const *const rg_phrases_en; /* RG_N_FORMS lists, each NULL-ended */
extern const char *const *const *const rg_phrases_fr;

/** Questions outside the world: NULL-ended patterns for training and for evaluation, and the words for their gaps. */
typedef struct
{
  const char *const *patterns;
  const char *const *held_out;
  const RgPhraseList *lists;
  const char *const *nouns; /* triples: singular, plural, "f" or "m" */
  const char *const *colors;
} RgPhrasesOutside;

extern const RgPhrasesOutside rg_phrases_outside_en;
extern const RgPhrasesOutside rg_phrases_outside_fr;
/** Signs without a language. */
extern const char *const rg_phrases_outside_signs[];
extern const char *const rg_phrases_outside_signs_held_out[];

G_END_DECLS
