/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/phrases.h"
#include "engine/train/question-facts.h"

/* The state of writing one question, shared by question-write.c (questions that stand alone) and question-follow-up.c.
 * Not for use outside these files. */

G_BEGIN_DECLS

typedef struct
{
  const RgScene *scene;
  RgRandom *random;
  RgPhraseFill fill;
  RgQuestion result;
} RgQuestionWriter;

void rg_question_writer_init (RgQuestionWriter *self, const RgScene *scene, RgLanguage language, RgRandom *random);

/** rg_question_writer_phrase: Returns: (transfer full): one pattern of a form, filled, without style: an answer. */
char *rg_question_writer_phrase (RgQuestionWriter *self, RgForm form);

/** rg_question_writer_name: Returns: (transfer full): "a star", "a red star", "the star" …, for answers. */
char *rg_question_writer_name (RgQuestionWriter *self, int object, gboolean with_color, RgArticle article);

/** rg_question_writer_refer: fills noun @slot with words that fit only @object. Returns: FALSE where there are none. */
gboolean rg_question_writer_refer (RgQuestionWriter *self, int object, int slot);

/** rg_question_writer_subject: Returns: a number for the first noun of the fill, above all object numbers. */
guint rg_question_writer_subject (const RgQuestionWriter *self);

/** rg_question_writer_finish: @answer: (transfer full); @subject: what is asked about, in 24 bits. Returns: TRUE. */
gboolean rg_question_writer_finish (RgQuestionWriter *self, RgQuestionKind kind, RgForm form, char *answer, int object, guint subject);

/* Each writes one question in the words of @form, about what the fill or the arguments say; FALSE where that is in doubt. */
gboolean rg_question_writer_ask_color (RgQuestionWriter *self, RgForm form, int object);
gboolean rg_question_writer_ask_exists (RgQuestionWriter *self, RgForm form);
gboolean rg_question_writer_ask_count (RgQuestionWriter *self, RgForm form);
gboolean rg_question_writer_ask_where (RgQuestionWriter *self, RgForm form, int object);
gboolean rg_question_writer_ask_relation (RgQuestionWriter *self, RgForm form, int object, RgSide side);
gboolean rg_question_writer_ask_place (RgQuestionWriter *self, RgForm form, int place);

/** Choose something to ask for, and put it into the first noun of the fill. */
gboolean rg_question_writer_fill_exists (RgQuestionWriter *self);
gboolean rg_question_writer_fill_count (RgQuestionWriter *self);

G_END_DECLS
