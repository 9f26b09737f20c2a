/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include "engine/tensor/random.h"
#include "engine/train/scene.h"

/* Questions about a scene with their answers, in English and French.
 *
 * A question is written only where the picture itself leaves no doubt about the answer: every rule of doubt is in
 * question-facts.h. The questions vary in wording, capitals, accents, spelling and punctuation; the answers never do:
 * one fact has one answer, lower case, without a full stop.
 *
 * All functions may be called from any thread as long as each thread has its own RgRandom. */

G_BEGIN_DECLS

typedef enum
{
  RG_LANGUAGE_EN,
  RG_LANGUAGE_FR,
  RG_N_LANGUAGES
} RgLanguage;

/** rg_language_get_code: Returns: "en" or "fr". */
const char *rg_language_get_code (RgLanguage language);

typedef enum
{
  RG_QUESTION_KIND_WHAT,     /* what is it? what is the red thing? → "a star" */
  RG_QUESTION_KIND_COLOR,    /* what colour is the star? → "red" */
  RG_QUESTION_KIND_SHAPE,    /* what shape is the red thing? → "a star"; asked of shapes only, never of pictograms */
  RG_QUESTION_KIND_EXISTS,   /* is there a red star? → "yes", "no" */
  RG_QUESTION_KIND_COUNT,    /* how many stars are there? → "zero" … "six" */
  RG_QUESTION_KIND_WHERE,    /* where is the star? → "top left" */
  RG_QUESTION_KIND_RELATION, /* what is left of the house? → "a red star", "nothing" */
  RG_QUESTION_KIND_SIZE,     /* which is bigger, the star or the house? → "the star" */
  RG_QUESTION_KIND_PLACE,    /* what is in the top left? → "a star", "nothing" */
  RG_QUESTION_KIND_DESCRIBE, /* describe the picture → "a red star, a blue house and a green cat" */
  RG_QUESTION_KIND_OUTSIDE,  /* anything else → "I don't know that" */
  RG_N_QUESTION_KINDS
} RgQuestionKind;

/** rg_question_kind_get_name: Returns: "what", "color", "shape", "exists", "count", "where", "relation", "size", "place", "describe", "outside". */
const char *rg_question_kind_get_name (RgQuestionKind kind);

typedef struct
{
  RgQuestionKind kind;
  RgLanguage language;
  char *question;
  char *answer;
  gboolean follow_up; /* makes sense only after the question before it ("and the blue one?") */
  int object;         /* index in the scene of the one object that the answer speaks of, -1 where there is no such object */
  guint topic;        /* what is asked, whatever the wording: equal for two wordings of the same question about one scene */
} RgQuestion;

/** rg_question_clear: frees the strings of @self and sets everything to zero; may be called twice. */
void rg_question_clear (RgQuestion *self);

/** rg_question_free: @self: (transfer full) (nullable): a question of a dialogue. */
void rg_question_free (RgQuestion *self);

/** rg_question_write:
 * @out: (out caller-allocates): filled on success, to be cleared with rg_question_clear(); untouched on failure.
 *
 * Writes one question that can stand at the beginning of a conversation. About 6 % of the questions for a colour, a place or
 * a neighbour speak of an object that is not there; the answer is then "there is no cat" / "il n'y a pas de chat".
 *
 * Returns: FALSE where the scene allows no unambiguous question of this kind. */
gboolean rg_question_write (const RgScene *scene, RgQuestionKind kind, RgLanguage language, RgRandom *random, RgQuestion *out);

/** rg_question_write_follow_up:
 * @last: the question before, about the same scene.
 * @out: (out caller-allocates): as for rg_question_write().
 *
 * Writes a question that refers to @last ("what colour is it?", "and the house?"); its kind is what it asks for.
 *
 * Returns: FALSE where nothing follows from @last. */
gboolean rg_question_write_follow_up (const RgScene *scene, const RgQuestion *last, RgRandom *random, RgQuestion *out);

/** rg_question_write_outside:
 * @held_out: FALSE: wordings and words for training; TRUE: the part kept for evaluation. The two never give the same question.
 * @first: whether the question opens the conversation. Signs without a language ("???", "12345", "asdfgh") open a
 *   conversation in English only, since nothing tells which language the answer should have.
 * @out: (out caller-allocates): as for rg_question_write().
 *
 * Writes a question that no picture of this world answers. */
void rg_question_write_outside (RgLanguage language, gboolean held_out, gboolean first, RgRandom *random, RgQuestion *out);

/** rg_question_answers_match: Returns: whether two answers are the same but for case, white space and a full stop at the end. */
gboolean rg_question_answers_match (const char *expected, const char *given);

/** rg_question_same_objects: Returns: whether two descriptions name the same objects as often, in any order. */
gboolean rg_question_same_objects (const char *expected, const char *given);

G_END_DECLS
