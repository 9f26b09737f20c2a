/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/question-write.h"

#include <string.h>

/* One function a kind of question: chooses what to ask, checks that the scene leaves no doubt, fills the gaps. */

static gboolean
chance (RgQuestionWriter *self, double p)
{
  return rg_random_uniform (self->random) < p;
}

/* Most questions and answers fit into so many bytes, without asking for more step by step. */
#define ROOM 64

/* Questions about things that are not there: their share among the questions for one thing. */
#define MISSING_SHARE 0.06

void
rg_question_writer_init (RgQuestionWriter *self, const RgScene *scene, RgLanguage language, RgRandom *random)
{
  memset (self, 0, sizeof *self);
  self->scene = scene;
  self->random = random;
  self->fill.language = language;
  for (int i = 0; i < 2; i++)
    self->fill.nouns[i] = (RgNounPhrase){ .kind = RG_ANY, .color = RG_ANY };
}

/* Appends one pattern of a form. */
static void
append_form (RgQuestionWriter *self, GString *out, RgForm form)
{
  const char *const *patterns = (self->fill.language == RG_LANGUAGE_EN ? rg_phrases_en : rg_phrases_fr)[form];
  guint n = g_strv_length ((char **) patterns);
  rg_phrase_expand (out, patterns[rg_random_below (self->random, n)], &self->fill, self->random);
}

char *
rg_question_writer_phrase (RgQuestionWriter *self, RgForm form)
{
  GString *out = g_string_sized_new (ROOM);
  append_form (self, out, form);
  return g_string_free (out, FALSE);
}

gboolean
rg_question_writer_finish (RgQuestionWriter *self, RgQuestionKind kind, RgForm form, char *answer, int object, guint subject)
{
  GString *question = g_string_sized_new (ROOM);
  append_form (self, question, form);
  rg_phrase_restyle (question, self->fill.language, self->random);
  self->result = (RgQuestion){
    .kind = kind,
    .language = self->fill.language,
    .question = g_string_free (question, FALSE),
    .answer = answer,
    .object = object,
    .topic = (guint) kind << 24 | (subject & 0xffffff),
  };
  return TRUE;
}

char *
rg_question_writer_name (RgQuestionWriter *self, int object, gboolean with_color, RgArticle article)
{
  const RgObject *it = rg_scene_get_object (self->scene, object);
  RgNounPhrase noun = { .kind = it->kind, .color = with_color ? (int) it->color : RG_ANY };
  GString *out = g_string_sized_new (ROOM);
  rg_phrase_append_noun (out, self->fill.language, &noun, article);
  return g_string_free (out, FALSE);
}

gboolean
rg_question_writer_refer (RgQuestionWriter *self, int object, int slot)
{
  const RgObject *it = rg_scene_get_object (self->scene, object);
  RgNounPhrase *noun = &self->fill.nouns[slot];
  *noun = (RgNounPhrase){ .kind = it->kind, .color = RG_ANY, .other = chance (self, 0.12) };
  if (rg_facts_count (self->scene, it->kind, RG_ANY) > 1 || chance (self, 0.2))
    noun->color = it->color;
  return rg_facts_count (self->scene, noun->kind, noun->color) == 1;
}

/* Returns: a random number in 0 … n - 1 for which @accept answers TRUE, all equally likely, or -1. */
static int
pick (RgQuestionWriter *self, guint n, gboolean (*accept) (RgQuestionWriter *self, int i))
{
  int found = -1;
  guint n_accepted = 0;
  for (guint i = 0; i < n; i++)
    if (accept (self, i) && rg_random_below (self->random, ++n_accepted) == 0)
      found = i;
  return found;
}

static int
pick_object (RgQuestionWriter *self, gboolean (*accept) (RgQuestionWriter *self, int i))
{
  return pick (self, self->scene->objects->len, accept);
}

static gboolean
is_color_absent (RgQuestionWriter *self, int color)
{
  return rg_facts_count (self->scene, RG_ANY, color) == 0;
}

static gboolean
has_own_kind (RgQuestionWriter *self, int i)
{
  return rg_facts_count (self->scene, rg_scene_get_object (self->scene, i)->kind, RG_ANY) == 1;
}

static gboolean
has_own_color (RgQuestionWriter *self, int i)
{
  return rg_facts_count (self->scene, RG_ANY, rg_scene_get_object (self->scene, i)->color) == 1;
}

static gboolean
has_own_name (RgQuestionWriter *self, int i)
{
  const RgObject *it = rg_scene_get_object (self->scene, i);
  return rg_facts_count (self->scene, it->kind, it->color) == 1;
}

static gboolean
is_shape_of_own_color (RgQuestionWriter *self, int i)
{
  return has_own_color (self, i) && (int) rg_scene_get_object (self->scene, i)->kind < RG_N_SHAPES;
}

static gboolean
has_name_and_place (RgQuestionWriter *self, int i)
{
  return has_own_name (self, i) && rg_facts_place (self->scene, i) >= 0;
}

/* A noun phrase that fits nothing, mostly by one word: the right noun in the wrong colour, or the wrong noun in a right
 * colour. Returns: FALSE where the scene is empty or full. */
static gboolean
fill_missing (RgQuestionWriter *self, gboolean with_color)
{
  RgNounPhrase *noun = &self->fill.nouns[0];
  guint n = self->scene->objects->len;
  const RgObject *near = n > 0 ? rg_scene_get_object (self->scene, rg_random_below (self->random, n)) : NULL;
  for (int trial = 0; trial < 20; trial++)
    {
      gboolean right_noun = near != NULL && with_color && chance (self, 0.45);
      gboolean right_color = near != NULL && !right_noun && chance (self, 0.8);
      noun->kind = right_noun ? (int) near->kind : (int) rg_random_below (self->random, RG_N_KINDS);
      noun->color = !with_color ? RG_ANY : right_color ? (int) near->color
                                                       : (int) rg_random_below (self->random, RG_N_COLORS);
      if (rg_facts_count (self->scene, noun->kind, noun->color) == 0)
        return TRUE;
    }
  return FALSE;
}

guint
rg_question_writer_subject (const RgQuestionWriter *self)
{
  return 4096 + (self->fill.nouns[0].kind + 1) * 16 + self->fill.nouns[0].color + 1;
}

static gboolean
finish_missing (RgQuestionWriter *self, RgQuestionKind kind, RgForm form)
{
  char *answer = rg_question_writer_phrase (self, RG_FORM_NO_SUCH);
  return rg_question_writer_finish (self, kind, form, answer, -1, rg_question_writer_subject (self));
}

static gboolean
write_what (RgQuestionWriter *self)
{
  if (self->scene->objects->len == 1 && chance (self, 0.7))
    return rg_question_writer_finish (self, RG_QUESTION_KIND_WHAT, RG_FORM_WHAT_IT, rg_question_writer_name (self, 0, FALSE, RG_ARTICLE_A), 0, 0);
  if (chance (self, MISSING_SHARE))
    {
      self->fill.nouns[0].color = pick (self, RG_N_COLORS, is_color_absent);
      if (self->fill.nouns[0].color < 0)
        return FALSE;
      char *answer = rg_question_writer_phrase (self, RG_FORM_NOTHING_COLOR);
      return rg_question_writer_finish (self, RG_QUESTION_KIND_WHAT, RG_FORM_WHAT_COLOR, answer, -1, rg_question_writer_subject (self));
    }
  int i = pick_object (self, has_own_color);
  if (i < 0)
    return FALSE;
  self->fill.nouns[0].color = rg_scene_get_object (self->scene, i)->color;
  return rg_question_writer_finish (self, RG_QUESTION_KIND_WHAT, RG_FORM_WHAT_COLOR, rg_question_writer_name (self, i, FALSE, RG_ARTICLE_A), i, i);
}

gboolean
rg_question_writer_ask_color (RgQuestionWriter *self, RgForm form, int object)
{
  RgLanguage language = self->fill.language;
  const RgObject *it = rg_scene_get_object (self->scene, object);
  /* « De quelle couleur est la maison ? — Verte. » but « C'est de quelle couleur ? — Vert. » */
  gboolean feminine = form != RG_FORM_COLOR_THIS && rg_noun_phrase_is_feminine (&self->fill.nouns[0]);
  char *answer = g_strdup (rg_color_get_adjective (it->color, language, feminine, FALSE));
  return rg_question_writer_finish (self, RG_QUESTION_KIND_COLOR, form, answer, object, object);
}

/* "What colour is the thing in the top left?" */
static gboolean
write_color_at (RgQuestionWriter *self)
{
  int object;
  self->fill.place = rg_random_below (self->random, RG_N_PLACES);
  /* Without a kind the French colour agrees with « objet ». */
  return rg_facts_at (self->scene, self->fill.place, &object) && object >= 0 && rg_question_writer_ask_color (self, RG_FORM_COLOR_PLACE, object);
}

static gboolean
write_color (RgQuestionWriter *self)
{
  RgNounPhrase *noun = &self->fill.nouns[0];
  if (chance (self, MISSING_SHARE) && fill_missing (self, FALSE))
    return finish_missing (self, RG_QUESTION_KIND_COLOR, RG_FORM_COLOR);
  noun->kind = noun->color = RG_ANY;
  if (chance (self, 0.2) && write_color_at (self))
    return TRUE;
  int i = pick_object (self, has_own_kind);
  if (i < 0)
    return FALSE;
  noun->kind = rg_scene_get_object (self->scene, i)->kind;
  noun->other = chance (self, 0.12);
  if (self->scene->objects->len == 1 && chance (self, 0.35))
    {
      noun->other = FALSE;
      return rg_question_writer_ask_color (self, chance (self, 0.5) ? RG_FORM_COLOR_IT : RG_FORM_COLOR_THIS, i);
    }
  return rg_question_writer_ask_color (self, RG_FORM_COLOR, i);
}

static gboolean
write_shape (RgQuestionWriter *self)
{
  int i = pick_object (self, is_shape_of_own_color);
  if (i < 0)
    return FALSE;
  gboolean alone = self->scene->objects->len == 1 && chance (self, 0.4);
  const RgObject *it = rg_scene_get_object (self->scene, i);
  self->fill.nouns[0].color = it->color;
  return rg_question_writer_finish (self, RG_QUESTION_KIND_SHAPE, alone ? RG_FORM_SHAPE_IT : RG_FORM_SHAPE, rg_question_writer_name (self, i, FALSE, RG_ARTICLE_A), i, i);
}

static char *
answer_yes_or_no (RgQuestionWriter *self, gboolean yes)
{
  return rg_question_writer_phrase (self, yes ? RG_FORM_YES : RG_FORM_NO);
}

gboolean
rg_question_writer_ask_exists (RgQuestionWriter *self, RgForm form)
{
  const RgNounPhrase *noun = &self->fill.nouns[0];
  char *answer = answer_yes_or_no (self, rg_facts_count (self->scene, noun->kind, noun->color) > 0);
  return rg_question_writer_finish (self, RG_QUESTION_KIND_EXISTS, form, answer, rg_facts_find (self->scene, noun->kind, noun->color), rg_question_writer_subject (self));
}

gboolean
rg_question_writer_fill_exists (RgQuestionWriter *self)
{
  RgNounPhrase *noun = &self->fill.nouns[0];
  guint n = self->scene->objects->len;
  /* Yes or no is drawn first, so that no wording betrays the answer. */
  gboolean yes = n > 0 && chance (self, 0.5);
  double form = rg_random_uniform (self->random);
  const RgObject *it = n > 0 ? rg_scene_get_object (self->scene, rg_random_below (self->random, n)) : NULL;
  noun->other = chance (self, 0.12);
  if (form < 0.15)
    noun->color = yes ? (int) it->color : pick (self, RG_N_COLORS, is_color_absent);
  else if (yes)
    *noun = (RgNounPhrase){ .kind = it->kind, .color = form < 0.55 ? RG_ANY : (int) it->color, .other = noun->other };
  else
    return fill_missing (self, form >= 0.55);
  return noun->color != RG_ANY || noun->kind != RG_ANY;
}

/* "Is the star red?" */
static gboolean
write_is_color (RgQuestionWriter *self)
{
  int i = pick_object (self, has_own_kind);
  if (i < 0)
    return FALSE;
  const RgObject *it = rg_scene_get_object (self->scene, i);
  guint color = it->color;
  self->fill.nouns[0] = (RgNounPhrase){ .kind = it->kind, .color = RG_ANY, .other = chance (self, 0.12) };
  /* The wrong colour is mostly that of a neighbour. */
  if (chance (self, 0.5))
    color = chance (self, 0.5) ? rg_random_below (self->random, RG_N_COLORS)
                               : rg_scene_get_object (self->scene, rg_random_below (self->random, self->scene->objects->len))->color;
  self->fill.nouns[1].color = color;
  return rg_question_writer_finish (self, RG_QUESTION_KIND_EXISTS, RG_FORM_IS_COLOR, answer_yes_or_no (self, color == it->color), i, 0x100000 + i * 16 + color);
}

/* "Is it a star?" */
static gboolean
write_is_it (RgQuestionWriter *self)
{
  const RgObject *it = rg_scene_get_object (self->scene, 0);
  RgNounPhrase *noun = &self->fill.nouns[0];
  if (chance (self, 0.5))
    *noun = (RgNounPhrase){ .kind = it->kind, .color = chance (self, 0.3) ? (int) it->color : RG_ANY };
  else if (!fill_missing (self, chance (self, 0.3)))
    return FALSE;
  gboolean yes = rg_facts_count (self->scene, noun->kind, noun->color) == 1;
  return rg_question_writer_finish (self, RG_QUESTION_KIND_EXISTS, RG_FORM_IS_IT, answer_yes_or_no (self, yes), 0, rg_question_writer_subject (self));
}

static gboolean
write_exists (RgQuestionWriter *self)
{
  if (chance (self, 0.15))
    return write_is_color (self);
  if (self->scene->objects->len == 1 && chance (self, 0.3))
    return write_is_it (self);
  if (!rg_question_writer_fill_exists (self))
    return FALSE;
  return rg_question_writer_ask_exists (self, self->fill.nouns[0].kind == RG_ANY ? RG_FORM_EXISTS_COLOR : RG_FORM_EXISTS);
}

gboolean
rg_question_writer_ask_count (RgQuestionWriter *self, RgForm form)
{
  const RgNounPhrase *noun = &self->fill.nouns[0];
  guint n = rg_facts_count (self->scene, noun->kind, noun->color);
  if (n > RG_FACTS_MAX_COUNT)
    return FALSE;
  char *answer = g_strdup (rg_number_get_word (n, self->fill.language, rg_noun_phrase_is_feminine (noun)));
  return rg_question_writer_finish (self, RG_QUESTION_KIND_COUNT, form, answer, rg_facts_find (self->scene, noun->kind, noun->color), rg_question_writer_subject (self));
}

gboolean
rg_question_writer_fill_count (RgQuestionWriter *self)
{
  RgNounPhrase *noun = &self->fill.nouns[0];
  guint n = self->scene->objects->len;
  double choice = rg_random_uniform (self->random);
  noun->other = chance (self, 0.12);
  if (n == 0 || choice < 0.15)
    return fill_missing (self, chance (self, 0.5));
  /* Most things are there once; numbers worth counting get more trials. */
  for (int trial = 0; trial < 5; trial++)
    {
      const RgObject *it = rg_scene_get_object (self->scene, rg_random_below (self->random, n));
      choice = rg_random_uniform (self->random);
      noun->kind = choice < 0.35 ? RG_ANY : (int) it->kind;
      noun->color = choice < 0.55 ? (int) it->color : RG_ANY;
      if (rg_facts_count (self->scene, noun->kind, noun->color) > 1 || chance (self, 0.1))
        break;
    }
  return TRUE;
}

static gboolean
write_count (RgQuestionWriter *self)
{
  if (chance (self, 0.25))
    {
      gboolean only_shapes = TRUE;
      for (guint i = 0; i < self->scene->objects->len; i++)
        only_shapes = only_shapes && (int) rg_scene_get_object (self->scene, i)->kind < RG_N_SHAPES;
      return rg_question_writer_ask_count (self, only_shapes && chance (self, 0.4) ? RG_FORM_COUNT_SHAPES : RG_FORM_COUNT_ALL);
    }
  if (!rg_question_writer_fill_count (self))
    return FALSE;
  if (self->fill.nouns[0].kind != RG_ANY)
    return rg_question_writer_ask_count (self, RG_FORM_COUNT);
  /* « Combien de choses rouges ? — Une. » or « Combien d'objets rouges ? — Un. »: one answer for both is « un ». */
  return rg_question_writer_ask_count (self, RG_FORM_COUNT_COLOR);
}

gboolean
rg_question_writer_ask_where (RgQuestionWriter *self, RgForm form, int object)
{
  int place = rg_facts_place (self->scene, object);
  if (place < 0)
    return FALSE;
  char *answer = g_strdup (rg_place_get_answer (place, self->fill.language));
  return rg_question_writer_finish (self, RG_QUESTION_KIND_WHERE, form, answer, object, object);
}

static gboolean
write_where (RgQuestionWriter *self)
{
  if (chance (self, MISSING_SHARE) && fill_missing (self, chance (self, 0.5)))
    return finish_missing (self, RG_QUESTION_KIND_WHERE, RG_FORM_WHERE);
  int i = pick_object (self, has_name_and_place);
  if (i < 0)
    return FALSE;
  if (self->scene->objects->len == 1 && chance (self, 0.2))
    {
      self->fill.nouns[0].kind = rg_scene_get_object (self->scene, i)->kind;
      return rg_question_writer_ask_where (self, RG_FORM_WHERE_IT, i);
    }
  return rg_question_writer_refer (self, i, 0) && rg_question_writer_ask_where (self, RG_FORM_WHERE, i);
}

gboolean
rg_question_writer_ask_relation (RgQuestionWriter *self, RgForm form, int object, RgSide side)
{
  int neighbour;
  if (!rg_facts_beside (self->scene, object, side, &neighbour))
    return FALSE;
  self->fill.side = side;
  char *answer = neighbour < 0 ? rg_question_writer_phrase (self, RG_FORM_NOTHING) : rg_question_writer_name (self, neighbour, TRUE, RG_ARTICLE_A);
  return rg_question_writer_finish (self, RG_QUESTION_KIND_RELATION, form, answer, neighbour, object * RG_N_SIDES + side);
}

static gboolean
write_relation (RgQuestionWriter *self)
{
  if (self->scene->objects->len == 0)
    return FALSE;
  if (chance (self, MISSING_SHARE) && fill_missing (self, chance (self, 0.5)))
    {
      self->fill.side = rg_random_below (self->random, RG_N_SIDES);
      return finish_missing (self, RG_QUESTION_KIND_RELATION, RG_FORM_RELATION);
    }
  /* "Nothing" is true on many sides; it is the answer in one of six questions. */
  gboolean nothing = chance (self, 1 / 6.0);
  for (int trial = 0; trial < 24; trial++)
    {
      int i = pick_object (self, has_own_name), neighbour;
      RgSide side = rg_random_below (self->random, RG_N_SIDES);
      if (i < 0)
        return FALSE;
      if (rg_facts_beside (self->scene, i, side, &neighbour) && (neighbour < 0) == nothing && rg_question_writer_refer (self, i, 0))
        return rg_question_writer_ask_relation (self, RG_FORM_RELATION, i, side);
    }
  return FALSE;
}

static gboolean
write_size_most (RgQuestionWriter *self)
{
  gboolean biggest = chance (self, 0.6);
  int i = rg_facts_extreme (self->scene, biggest);
  if (i < 0 || !has_own_name (self, i))
    return FALSE;
  return rg_question_writer_finish (self, RG_QUESTION_KIND_SIZE, biggest ? RG_FORM_SIZE_MOST : RG_FORM_SIZE_LEAST, rg_question_writer_name (self, i, TRUE, RG_ARTICLE_THE), i, 0xfff000 + biggest);
}

static gboolean
write_size (RgQuestionWriter *self)
{
  int n = self->scene->objects->len;
  if (n < 2)
    return FALSE;
  if (chance (self, 0.25) && write_size_most (self))
    return TRUE;
  for (int trial = 0; trial < 24; trial++)
    {
      int a = rg_random_below (self->random, n), b = rg_random_below (self->random, n);
      gboolean a_bigger = rg_facts_bigger (self->scene, a, b), small = chance (self, 0.3);
      if (a == b || (!a_bigger && !rg_facts_bigger (self->scene, b, a)))
        continue;
      if (!rg_question_writer_refer (self, a, 0) || !rg_question_writer_refer (self, b, 1))
        continue;
      if (chance (self, 0.2))
        return rg_question_writer_finish (self, RG_QUESTION_KIND_SIZE, RG_FORM_SIZE_THAN, answer_yes_or_no (self, a_bigger), -1, 0x100000 + MIN (a, b) * 64 + MAX (a, b));
      int winner = a_bigger != small ? 0 : 1;
      /* The answer repeats the name that the question gave. */
      self->fill.nouns[0].other = self->fill.nouns[1].other = FALSE;
      GString *answer = g_string_sized_new (ROOM);
      rg_phrase_append_noun (answer, self->fill.language, &self->fill.nouns[winner], RG_ARTICLE_THE);
      return rg_question_writer_finish (self, RG_QUESTION_KIND_SIZE, small ? RG_FORM_SIZE_SMALL : RG_FORM_SIZE, g_string_free (answer, FALSE), winner == 0 ? a : b, (MIN (a, b) * 64 + MAX (a, b)) * 2 + small);
    }
  return FALSE;
}

gboolean
rg_question_writer_ask_place (RgQuestionWriter *self, RgForm form, int place)
{
  int object;
  if (!rg_facts_at (self->scene, place, &object))
    return FALSE;
  self->fill.place = place;
  char *answer = object < 0 ? rg_question_writer_phrase (self, RG_FORM_NOTHING) : rg_question_writer_name (self, object, FALSE, RG_ARTICLE_A);
  return rg_question_writer_finish (self, RG_QUESTION_KIND_PLACE, form, answer, object, place);
}

static gboolean
write_place (RgQuestionWriter *self)
{
  gboolean nothing = chance (self, 0.12);
  for (int trial = 0; trial < 24; trial++)
    {
      int place = rg_random_below (self->random, RG_N_PLACES), object;
      if (rg_facts_at (self->scene, place, &object) && (object < 0) == nothing)
        return rg_question_writer_ask_place (self, RG_FORM_PLACE, place);
    }
  return FALSE;
}

static gboolean
write_describe (RgQuestionWriter *self)
{
  guint n = self->scene->objects->len;
  if (n > RG_FACTS_MAX_COUNT)
    return FALSE;
  const char *last_comma = self->fill.language == RG_LANGUAGE_EN ? " and " : " et ";
  g_autoptr (GArray) order = rg_facts_from_left (self->scene);
  GString *answer = g_string_sized_new (ROOM);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = rg_question_writer_name (self, g_array_index (order, int, i), TRUE, RG_ARTICLE_A);
      g_string_append (answer, i == 0 ? "" : i == n - 1 ? last_comma
                                                        : ", ");
      g_string_append (answer, name);
    }
  if (n == 0)
    {
      g_autofree char *nothing = rg_question_writer_phrase (self, RG_FORM_NOTHING);
      g_string_append (answer, nothing);
    }
  return rg_question_writer_finish (self, RG_QUESTION_KIND_DESCRIBE, RG_FORM_DESCRIBE, g_string_free (answer, FALSE), n == 1 ? 0 : -1, 0);
}

gboolean
rg_question_write (const RgScene *scene, RgQuestionKind kind, RgLanguage language, RgRandom *random, RgQuestion *out)
{
  static gboolean (*const writers[RG_QUESTION_KIND_OUTSIDE]) (RgQuestionWriter * self) = {
    write_what,
    write_color,
    write_shape,
    write_exists,
    write_count,
    write_where,
    write_relation,
    write_size,
    write_place,
    write_describe,
  };
  RgQuestionWriter writer;
  if (kind == RG_QUESTION_KIND_OUTSIDE)
    {
      rg_question_write_outside (language, FALSE, TRUE, random, out);
      return TRUE;
    }
  rg_question_writer_init (&writer, scene, language, random);
  if (!writers[kind](&writer))
    return FALSE;
  *out = writer.result;
  return TRUE;
}
