/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/question-write.h"

#include <string.h>

/* Questions that lean on the one before: "what colour is it?", "and the blue one?", "and in the top right?". */

typedef gboolean (*FollowUp) (RgQuestionWriter *self, const RgQuestion *last);

/* "It" needs one object that the last answer spoke of; its noun decides between « il » and « elle ». */
static gboolean
fill_it (RgQuestionWriter *self, const RgQuestion *last)
{
  if (last->object < 0)
    return FALSE;
  RgNounPhrase *noun = &self->fill.nouns[0];
  noun->kind = rg_scene_get_object (self->scene, last->object)->kind;
  /* Who asked about « la bicyclette » goes on with « elle », though it is a « vélo ». An answer always says « vélo ». */
  RgNounPhrase other = { .kind = noun->kind, .color = RG_ANY, .other = TRUE };
  g_autoptr (GString) word = g_string_new (NULL);
  rg_phrase_append_noun (word, last->language, &other, RG_ARTICLE_NONE);
  noun->other = last->kind != RG_QUESTION_KIND_RELATION && strstr (last->question, word->str) != NULL;
  return TRUE;
}

static gboolean
ask_color_of_it (RgQuestionWriter *self, const RgQuestion *last)
{
  /* Not after an answer that gave the colour. */
  if (last->kind == RG_QUESTION_KIND_COLOR || last->kind == RG_QUESTION_KIND_RELATION || last->kind == RG_QUESTION_KIND_DESCRIBE)
    return FALSE;
  return fill_it (self, last) && rg_question_writer_ask_color (self, RG_FORM_COLOR_IT, last->object);
}

static gboolean
ask_where_it_is (RgQuestionWriter *self, const RgQuestion *last)
{
  if (last->kind == RG_QUESTION_KIND_WHERE || last->kind == RG_QUESTION_KIND_PLACE)
    return FALSE;
  return fill_it (self, last) && rg_question_writer_ask_where (self, RG_FORM_WHERE_IT, last->object);
}

static gboolean
ask_beside_it (RgQuestionWriter *self, const RgQuestion *last)
{
  RgSide side = rg_random_below (self->random, RG_N_SIDES);
  int neighbour;
  if (!fill_it (self, last) || !rg_facts_beside (self->scene, last->object, side, &neighbour))
    return FALSE;
  /* "Nothing" is true on most sides of most objects. */
  if (neighbour < 0 && rg_random_uniform (self->random) < 0.9)
    return FALSE;
  return rg_question_writer_ask_relation (self, RG_FORM_RELATION_IT, last->object, side);
}

/* The same question for another object: "and the house?", or "and the blue one?" for another of the same kind. */
static gboolean
ask_for_another (RgQuestionWriter *self, const RgQuestion *last)
{
  guint n = self->scene->objects->len;
  if (last->object < 0 || n < 2 || (last->kind != RG_QUESTION_KIND_WHERE && last->kind != RG_QUESTION_KIND_COLOR))
    return FALSE;
  int i = rg_random_below (self->random, n);
  const RgObject *one = rg_scene_get_object (self->scene, last->object), *another = rg_scene_get_object (self->scene, i);
  if (i == last->object || !rg_question_writer_refer (self, i, 0))
    return FALSE;
  RgNounPhrase *noun = &self->fill.nouns[0];
  if (last->kind == RG_QUESTION_KIND_COLOR)
    {
      noun->color = RG_ANY;
      return rg_facts_count (self->scene, noun->kind, RG_ANY) == 1 && rg_question_writer_ask_color (self, RG_FORM_AND_THE, i);
    }
  if (one->kind != another->kind || one->color == another->color)
    return rg_question_writer_ask_where (self, RG_FORM_AND_THE, i);
  noun->other = FALSE;
  return rg_question_writer_ask_where (self, RG_FORM_AND_ONE, i);
}

static gboolean
ask_whether_also (RgQuestionWriter *self, const RgQuestion *last)
{
  if (last->kind != RG_QUESTION_KIND_EXISTS || !rg_question_writer_fill_exists (self))
    return FALSE;
  return self->fill.nouns[0].kind != RG_ANY && rg_question_writer_ask_exists (self, RG_FORM_AND_A);
}

static gboolean
ask_how_many_others (RgQuestionWriter *self, const RgQuestion *last)
{
  if (last->kind != RG_QUESTION_KIND_COUNT || !rg_question_writer_fill_count (self))
    return FALSE;
  return self->fill.nouns[0].kind != RG_ANY && rg_question_writer_ask_count (self, RG_FORM_AND_PLURAL);
}

static gboolean
ask_for_another_place (RgQuestionWriter *self, const RgQuestion *last)
{
  int place = rg_random_below (self->random, RG_N_PLACES), object;
  if (last->kind != RG_QUESTION_KIND_PLACE || !rg_facts_at (self->scene, place, &object))
    return FALSE;
  if (object < 0 && rg_random_uniform (self->random) < 0.8)
    return FALSE;
  return rg_question_writer_ask_place (self, RG_FORM_AND_PLACE, place);
}

gboolean
rg_question_write_follow_up (const RgScene *scene, const RgQuestion *last, RgRandom *random, RgQuestion *out)
{
  static const FollowUp follow_ups[] = {
    ask_color_of_it,
    ask_where_it_is,
    ask_beside_it,
    ask_for_another,
    ask_for_another,
    ask_whether_also,
    ask_how_many_others,
    ask_for_another_place,
  };
  for (int trial = 0; trial < 12; trial++)
    {
      RgQuestionWriter writer;
      rg_question_writer_init (&writer, scene, last->language, random);
      if (!follow_ups[rg_random_below (random, G_N_ELEMENTS (follow_ups))](&writer, last))
        continue;
      *out = writer.result;
      out->follow_up = TRUE;
      return TRUE;
    }
  return FALSE;
}
