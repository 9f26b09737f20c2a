/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/dialogue.h"
#include "engine/train/phrase.h"

#include <math.h>
#include <string.h>

/* The questions are read again here, word by word, and answered from the objects by other code than the writer's. */

#define N_SCENES 800

/* One thing that a sentence names. */
typedef struct
{
  int kind;
  int color;
} Mention;

static char **
split_words (const char *text)
{
  g_autofree char *plain = g_str_to_ascii (text, "C");
  g_autofree char *lower = g_ascii_strdown (plain, -1);
  g_strcanon (lower, "abcdefghijklmnopqrstuvwxyz0123456789+*", ' ');
  return g_strsplit (g_strstrip (lower), " ", -1);
}

static gboolean
is_same_word (const char *word, const char *name)
{
  g_autofree char *plain = g_str_to_ascii (name, "C");
  return strcmp (word, plain) == 0;
}

static int
find_kind (const char *word, RgLanguage language)
{
  for (int kind = 0; kind < RG_N_KINDS; kind++)
    for (int form = 0; form < 4; form++)
      {
        RgNounPhrase noun = { .kind = kind, .color = RG_ANY, .other = form / 2 };
        g_autoptr (GString) name = g_string_new (NULL);
        rg_phrase_append_noun (name, RG_LANGUAGE_EN, &noun, form % 2 ? RG_ARTICLE_PLURAL : RG_ARTICLE_NONE);
        if (language == RG_LANGUAGE_FR)
          {
            g_string_truncate (name, 0);
            rg_phrase_append_noun (name, RG_LANGUAGE_FR, &noun, RG_ARTICLE_NONE);
            if (form % 2)
              g_string_assign (name, form / 2 ? name->str : rg_kind_get_noun (kind, language, TRUE));
          }
        g_autofree char *many = g_strconcat (name->str, "s", NULL);
        if (is_same_word (word, name->str) || (form == 3 && is_same_word (word, many)))
          return kind;
      }
  return RG_ANY;
}

static int
find_color (const char *word, RgLanguage language)
{
  for (int color = 0; color < RG_N_COLORS; color++)
    for (int form = 0; form < 4; form++)
      if (is_same_word (word, rg_color_get_adjective (color, language, form % 2, form / 2)))
        return color;
  return RG_ANY;
}

/* Returns: (element-type Mention): the things that a sentence names; a colour alone is a thing without a kind. */
static GArray *
read_mentions (const char *text, RgLanguage language)
{
  GArray *mentions = g_array_new (FALSE, FALSE, sizeof (Mention));
  g_auto (GStrv) words = split_words (text);
  int before = RG_ANY; /* an English colour that waits for its noun */
  for (char **word = words; *word != NULL; word++)
    {
      int kind = find_kind (*word, language), color = find_color (*word, language);
      Mention *last = mentions->len > 0 ? &g_array_index (mentions, Mention, mentions->len - 1) : NULL;
      if (kind != RG_ANY)
        {
          Mention mention = { kind, before };
          g_array_append_val (mentions, mention);
          before = RG_ANY;
        }
      else if (color != RG_ANY && last != NULL && last->color == RG_ANY && language == RG_LANGUAGE_FR)
        last->color = color;
      else if (color != RG_ANY)
        before = color;
    }
  if (before != RG_ANY && mentions->len > 0) /* "is the star red?" */
    g_array_index (mentions, Mention, mentions->len - 1).color = before;
  else if (before != RG_ANY)
    {
      Mention mention = { RG_ANY, before };
      g_array_append_val (mentions, mention);
    }
  return mentions;
}

static guint
count (const RgScene *scene, Mention mention, int *index)
{
  guint n = 0;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      if ((mention.kind != RG_ANY && mention.kind != (int) object->kind) || (mention.color != RG_ANY && mention.color != (int) object->color))
        continue;
      if (index != NULL)
        *index = i;
      n++;
    }
  return n;
}

static gboolean
says_missing (const RgQuestion *question)
{
  return g_str_has_prefix (question->answer, "there is no") || g_str_has_prefix (question->answer, "il n'y a ");
}

static gboolean
has_word (const char *text, const char *word)
{
  g_auto (GStrv) words = split_words (text);
  return g_strv_contains ((const char *const *) words, word);
}

static gboolean
answers_yes (const RgQuestion *question)
{
  return strcmp (question->answer, "yes") == 0 || strcmp (question->answer, "oui") == 0;
}

static void
check_exists (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  g_assert_cmpuint (mentions->len, ==, 1);
  guint n = count (scene, g_array_index (mentions, Mention, 0), NULL);
  g_assert_true (answers_yes (question) == (n > 0));
  /* "It" may follow only where one object was spoken of. */
  g_assert_true (question->object < 0 || n <= 1);
}

static void
check_count (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  static const char *const numbers[RG_N_LANGUAGES][7] = { { "zero", "one", "two", "three", "four", "five", "six" }, { "zéro", "un", "deux", "trois", "quatre", "cinq", "six" } };
  Mention all = { RG_ANY, RG_ANY };
  g_assert_cmpuint (mentions->len, <=, 1);
  guint n = count (scene, mentions->len == 1 ? g_array_index (mentions, Mention, 0) : all, NULL);
  g_assert_cmpuint (n, <=, 6);
  g_assert_true ((question->object >= 0) == (n == 1));
  if (n == 1 && question->language == RG_LANGUAGE_FR && strcmp (question->answer, "une") == 0)
    return;
  g_assert_cmpstr (question->answer, ==, numbers[question->language][n]);
}

static void
check_color (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  int i = question->object;
  if (says_missing (question))
    {
      g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), NULL), ==, 0);
      return;
    }
  if (mentions->len == 1)
    g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), &i), ==, 1);
  g_assert_cmpint (i, ==, question->object);
  g_assert_cmpint (find_color (question->answer, question->language), ==, rg_scene_get_object (scene, i)->color);
}

static void
check_what (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  int i = 0;
  if (says_missing (question) || g_str_has_prefix (question->answer, "there is nothing"))
    {
      g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), NULL), ==, 0);
      return;
    }
  if (mentions->len == 1)
    g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), &i), ==, 1);
  else
    g_assert_cmpuint (scene->objects->len, ==, 1);
  g_autoptr (GArray) answer = read_mentions (question->answer, question->language);
  g_assert_cmpint (g_array_index (answer, Mention, 0).kind, ==, rg_scene_get_object (scene, i)->kind);
  if (question->kind == RG_QUESTION_KIND_SHAPE)
    g_assert_cmpint (g_array_index (answer, Mention, 0).kind, <, RG_N_SHAPES);
}

/* The place of an object by its centre, in words; at least 4 % of the side from each line between the thirds. */
static char *
name_place (const RgScene *scene, int index, RgLanguage language)
{
  static const char *const rows[RG_N_LANGUAGES][3] = { { "top", "", "bottom" }, { "en haut", "", "en bas" } };
  static const char *const columns[RG_N_LANGUAGES][3] = { { "left", "", "right" }, { "à gauche", "", "à droite" } };
  const RgObject *object = rg_scene_get_object (scene, index);
  double u = object->x / scene->width, v = object->y / scene->height;
  g_assert_true (fabs (u - 1 / 3.0) >= 0.04 && fabs (u - 2 / 3.0) >= 0.04 && fabs (v - 1 / 3.0) >= 0.04 && fabs (v - 2 / 3.0) >= 0.04);
  int column = u < 1 / 3.0 ? 0 : u < 2 / 3.0 ? 1
                                             : 2,
      row = v < 1 / 3.0 ? 0 : v < 2 / 3.0 ? 1
                                          : 2;
  if (row == 1 && column == 1)
    return g_strdup (language == RG_LANGUAGE_EN ? "centre" : "au centre");
  return g_strstrip (g_strdup_printf ("%s %s", rows[language][row], columns[language][column]));
}

static void
check_where (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  int i = question->object;
  if (says_missing (question))
    {
      g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), NULL), ==, 0);
      return;
    }
  /* "And the blue one?" is blue among its kind only. */
  if (mentions->len == 1 && (g_array_index (mentions, Mention, 0).kind != RG_ANY || !question->follow_up))
    g_assert_cmpuint (count (scene, g_array_index (mentions, Mention, 0), &i), ==, 1);
  g_assert_cmpint (i, ==, question->object);
  g_autofree char *place = name_place (scene, i, question->language);
  g_assert_cmpstr (question->answer, ==, place);
}

/* Returns: 0 … 3 for left, right, above, below. */
static int
read_side (const RgQuestion *question)
{
  static const char *const words[RG_N_LANGUAGES][4][3] = {
    { { "left" }, { "right" }, { "above", "over", "top" }, { "below", "under", "underneath" } },
    { { "gauche" }, { "droite" }, { "dessus" }, { "dessous", "sous" } },
  };
  for (int side = 0; side < 4; side++)
    for (int i = 0; i < 3 && words[question->language][side][i] != NULL; i++)
      if (has_word (question->question, words[question->language][side][i]))
        return side;
  g_error ("no side in: %s", question->question);
}

static void
check_relation (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  static const int directions[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
  int self = -1, found = -1, side = read_side (question);
  if (mentions->len == 0)
    {
      g_assert_true (question->follow_up);
      return;
    }
  guint n = count (scene, g_array_index (mentions, Mention, 0), &self);
  g_assert_cmpuint (n, ==, says_missing (question) ? 0 : 1);
  if (n == 0)
    return;
  const RgObject *one = rg_scene_get_object (scene, self);
  double longer = MAX (scene->width, scene->height);
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *other = rg_scene_get_object (scene, i);
      double dx = other->x - one->x, dy = other->y - one->y;
      double along = dx * directions[side][0] + dy * directions[side][1], across = fabs (directions[side][0] ? dy : dx);
      if ((int) i == self || along <= 0.03 * longer || across > 1.75 * along)
        continue;
      g_assert_cmpint (found, ==, -1);
      g_assert_cmpfloat (along, >=, 0.08 * longer);
      g_assert_cmpfloat (across, <=, along);
      found = i;
    }
  g_assert_cmpint (found, ==, question->object);
  g_autoptr (GArray) answer = read_mentions (question->answer, question->language);
  g_assert_cmpuint (answer->len, ==, found >= 0);
  if (found >= 0)
    {
      g_assert_cmpint (g_array_index (answer, Mention, 0).kind, ==, rg_scene_get_object (scene, found)->kind);
      g_assert_cmpint (g_array_index (answer, Mention, 0).color, ==, rg_scene_get_object (scene, found)->color);
    }
}

static void
check_size (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  gboolean small = has_word (question->question, "smaller") || has_word (question->question, "smallest") || has_word (question->question, "petit") || has_word (question->question, "petite");
  if (mentions->len == 0)
    {
      for (guint i = 0; i < scene->objects->len; i++)
        if ((int) i != question->object)
          {
            double ratio = rg_scene_get_object (scene, question->object)->size / rg_scene_get_object (scene, i)->size;
            g_assert_cmpfloat (small ? 1 / ratio : ratio, >=, 1.3 - 1e-9);
          }
      return;
    }
  int a = -1, b = -1;
  g_assert_cmpuint (mentions->len, >=, 2);
  Mention first = g_array_index (mentions, Mention, 0), second = g_array_index (mentions, Mention, 1);
  g_assert_cmpuint (count (scene, first, &a), ==, 1);
  g_assert_cmpuint (count (scene, second, &b), ==, 1);
  double ratio = rg_scene_get_object (scene, a)->size / rg_scene_get_object (scene, b)->size;
  g_assert_true (ratio >= 1.3 - 1e-9 || 1 / ratio >= 1.3 - 1e-9);
  if (question->object < 0)
    g_assert_true (answers_yes (question) == (ratio > 1));
  else
    g_assert_cmpint (question->object, ==, (ratio > 1) != small ? a : b);
}

/* Returns: the place that a text names, 0 … 8 in reading order. */
static int
find_place (const char *text)
{
  int row = has_word (text, "top") || has_word (text, "haut") ? 0 : has_word (text, "bottom") || has_word (text, "bas") ? 2
                                                                                                                        : 1;
  int column = has_word (text, "left") || has_word (text, "gauche") ? 0 : has_word (text, "right") || has_word (text, "droite") || has_word (text, "droit") ? 2
                                                                                                                                                            : 1;
  return row * 3 + column;
}

static void
check_place (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  int place_asked = find_place (question->question), n = 0;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      int column = 3 * object->x / scene->width, row = 3 * object->y / scene->height;
      n += row * 3 + column == place_asked;
    }
  g_assert_cmpint (n, ==, question->object >= 0);
  if (question->object < 0)
    {
      g_assert_true (strcmp (question->answer, "nothing") == 0 || strcmp (question->answer, "rien") == 0);
      return;
    }
  g_autofree char *place = name_place (scene, question->object, question->language);
  g_assert_cmpint (find_place (place), ==, find_place (question->question));
  g_autoptr (GArray) answer = read_mentions (question->answer, question->language);
  g_assert_cmpint (g_array_index (answer, Mention, 0).kind, ==, rg_scene_get_object (scene, question->object)->kind);
}

static void
check_describe (const RgScene *scene, const RgQuestion *question, const GArray *mentions)
{
  g_autoptr (GArray) answer = read_mentions (question->answer, question->language);
  double x = -1;
  g_assert_cmpuint (answer->len, ==, scene->objects->len);
  for (guint i = 0; i < answer->len; i++)
    {
      Mention mention = g_array_index (answer, Mention, i);
      double next = 1e9;
      for (guint k = 0; k < scene->objects->len; k++)
        {
          const RgObject *object = rg_scene_get_object (scene, k);
          if ((int) object->kind == mention.kind && (int) object->color == mention.color && object->x >= x)
            next = MIN (next, object->x);
        }
      g_assert_cmpfloat (next, <, 1e9);
      x = next;
    }
}

static void
check_answer (const RgScene *scene, const RgQuestion *question)
{
  static void (*const checks[RG_QUESTION_KIND_OUTSIDE]) (const RgScene *scene, const RgQuestion *question, const GArray *mentions) = {
    check_what,
    check_color,
    check_what,
    check_exists,
    check_count,
    check_where,
    check_relation,
    check_size,
    check_place,
    check_describe,
  };
  g_autoptr (GArray) mentions = read_mentions (question->question, question->language);
  g_test_message ("%s => %s", question->question, question->answer);
  checks[question->kind](scene, question, mentions);
}

static RgScene *
make_scene (RgRandom *random)
{
  RgSceneOptions options = rg_scene_options_default ();
  options.width = 96 + rg_random_below (random, 100);
  return rg_scene_new_random (&options, random);
}

static void
test_answers (gconstpointer data)
{
  RgQuestionKind kind = GPOINTER_TO_UINT (data);
  guint n[RG_N_LANGUAGES] = { 0 };
  RgRandom random;
  rg_random_init (&random, 11, kind);
  for (int i = 0; i < N_SCENES; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&random);
      RgQuestion question;
      RgLanguage language = i % RG_N_LANGUAGES;
      if (!rg_question_write (scene, kind, language, &random, &question))
        continue;
      g_assert_cmpint (question.kind, ==, kind);
      g_assert_false (question.follow_up);
      g_assert_null (strpbrk (question.question, "{}[]|"));
      g_assert_null (strpbrk (question.answer, "{}[]|"));
      if (kind != RG_QUESTION_KIND_OUTSIDE)
        check_answer (scene, &question);
      rg_question_clear (&question);
      n[language]++;
    }
  g_assert_cmpuint (n[RG_LANGUAGE_EN], >, N_SCENES / 8);
  g_assert_cmpuint (n[RG_LANGUAGE_FR], >, N_SCENES / 8);
}

/* « Il » and « elle » stand for the noun of the answer before; nothing is asked again. */
static void
check_follow_up (const RgScene *scene, const RgQuestion *last, const RgQuestion *question)
{
  RgRandom random;
  RgQuestion another;
  g_autoptr (GArray) mentions = read_mentions (question->question, question->language);
  if (question->language == RG_LANGUAGE_FR && mentions->len == 0 && (question->kind == RG_QUESTION_KIND_COLOR || question->kind == RG_QUESTION_KIND_WHERE))
    {
      gboolean other = strstr (last->question, "bicyclette") || strstr (last->question, "lune") || strstr (last->question, "balle");
      gboolean feminine = rg_kind_is_feminine (rg_scene_get_object (scene, last->object)->kind) || (other && last->kind != RG_QUESTION_KIND_RELATION);
      g_auto (GStrv) words = split_words (question->question);
      for (char **word = words; *word != NULL; word++) /* but « s'il te plaît » */
        g_assert_false (strcmp (*word, feminine ? "il" : "elle") == 0 && (word == words || strcmp (word[-1], "s") != 0));
    }
  for (int stream = 0; stream < 20; stream++)
    {
      rg_random_init (&random, 1, stream);
      if (!rg_question_write_follow_up (scene, last, &random, &another))
        continue;
      if (last->kind == RG_QUESTION_KIND_WHERE || last->kind == RG_QUESTION_KIND_COLOR)
        g_assert_cmpuint (another.topic, !=, last->topic);
      rg_question_clear (&another);
    }
}

static void
test_dialogues (void)
{
  RgRandom random;
  guint n = 0, n_follow_ups = 0, n_kinds[RG_N_QUESTION_KINDS] = { 0 };
  rg_random_init (&random, 3, 0);
  for (int i = 0; i < 600; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&random);
      g_autoptr (GPtrArray) dialogue = rg_dialogue_write (scene, i % RG_N_LANGUAGES, 8, &random);
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (GHashTable) topics = g_hash_table_new (NULL, NULL);
      g_assert_cmpuint (dialogue->len, <=, 8);
      g_assert_cmpuint (dialogue->len, >, 2);
      for (guint k = 0; k < dialogue->len; k++)
        {
          const RgQuestion *question = g_ptr_array_index (dialogue, k);
          g_assert_true (g_hash_table_add (seen, question->question));
          g_assert_true (g_hash_table_add (topics, GUINT_TO_POINTER (question->topic)));
          g_assert_false (k == 0 && question->follow_up);
          n_follow_ups += question->follow_up;
          if (question->follow_up)
            check_follow_up (scene, g_ptr_array_index (dialogue, k - 1), question);
          n_kinds[question->kind]++;
          n++;
          if (question->kind != RG_QUESTION_KIND_OUTSIDE)
            check_answer (scene, question);
        }
    }
  g_assert_cmpuint (n_follow_ups, >, n / 10);
  for (int kind = 0; kind < RG_N_QUESTION_KINDS; kind++)
    g_assert_cmpuint (n_kinds[kind], >, n / 50);
}

static void
test_same_seed (void)
{
  GString *texts[3] = { g_string_new (NULL), g_string_new (NULL), g_string_new (NULL) };
  for (int run = 0; run < 3; run++)
    {
      RgRandom random;
      rg_random_init (&random, run / 2, 9);
      for (int i = 0; i < 40; i++)
        {
          g_autoptr (RgScene) scene = make_scene (&random);
          g_autoptr (GPtrArray) dialogue = rg_dialogue_write (scene, i % RG_N_LANGUAGES, 6, &random);
          for (guint k = 0; k < dialogue->len; k++)
            {
              const RgQuestion *question = g_ptr_array_index (dialogue, k);
              g_string_append_printf (texts[run], "%s %s\n", question->question, question->answer);
            }
        }
    }
  g_assert_cmpstr (texts[0]->str, ==, texts[1]->str);
  g_assert_cmpstr (texts[0]->str, !=, texts[2]->str);
  for (int run = 0; run < 3; run++)
    g_string_free (texts[run], TRUE);
}

static void
test_shares (void)
{
  guint n_color = 0, n_missing = 0, n_exists = 0, n_yes = 0, n_marks = 0, n_capitals = 0, n_where = 0, n_plain = 0;
  RgRandom random;
  rg_random_init (&random, 5, 5);
  for (int i = 0; i < 6000; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&random);
      RgQuestion question;
      if (rg_question_write (scene, RG_QUESTION_KIND_COLOR, RG_LANGUAGE_FR, &random, &question))
        {
          n_color++;
          n_missing += says_missing (&question);
          n_marks += g_str_has_suffix (question.question, "?");
          n_capitals += g_unichar_isupper (g_utf8_get_char (question.question));
          rg_question_clear (&question);
        }
      if (rg_question_write (scene, RG_QUESTION_KIND_WHERE, RG_LANGUAGE_FR, &random, &question))
        {
          gboolean plain = g_ascii_strncasecmp (question.question, "ou ", 3) == 0;
          n_plain += plain;
          n_where += plain || g_str_has_prefix (question.question, "où ") || g_str_has_prefix (question.question, "Où ");
          rg_question_clear (&question);
        }
      if (rg_question_write (scene, RG_QUESTION_KIND_EXISTS, RG_LANGUAGE_EN, &random, &question))
        {
          n_exists++;
          n_yes += answers_yes (&question);
          rg_question_clear (&question);
        }
    }
  g_assert_cmpfloat ((double) n_missing / n_color, >, 0.04);
  g_assert_cmpfloat ((double) n_missing / n_color, <, 0.09);
  g_assert_cmpfloat (fabs ((double) n_yes / n_exists - 0.5), <, 0.05);
  g_assert_cmpfloat (fabs ((double) n_marks / n_color - 0.6), <, 0.15);
  g_assert_cmpfloat (fabs ((double) n_capitals / n_color - 0.5), <, 0.05);
  g_assert_cmpfloat (fabs ((double) n_plain / n_where - 0.25), <, 0.05);
}

static void
test_outside (void)
{
  for (int language = 0; language < RG_N_LANGUAGES; language++)
    {
      g_autoptr (GHashTable) training = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      guint n_distinct = 0;
      RgRandom random;
      rg_random_init (&random, 21, language);
      for (int i = 0; i < 40000; i++)
        {
          RgQuestion question;
          rg_question_write_outside (language, i % 2, i % 3 == 0, &random, &question);
          g_auto (GStrv) words = split_words (question.question);
          char *plain = g_strjoinv (" ", words);
          g_assert_cmpstr (question.answer, ==, language == RG_LANGUAGE_EN ? "I don't know that" : "je ne sais pas");
          if (i % 2 == 0)
            n_distinct += g_hash_table_add (training, g_steal_pointer (&plain));
          rg_question_clear (&question);
          g_free (plain);
        }
      g_assert_cmpuint (n_distinct, >, 5000);
      for (int i = 0; i < 20000; i++)
        {
          RgQuestion question;
          rg_question_write_outside (language, TRUE, i % 3 == 0, &random, &question);
          g_auto (GStrv) words = split_words (question.question);
          g_autofree char *plain = g_strjoinv (" ", words);
          if (*plain != '\0')
            g_assert_false (g_hash_table_contains (training, plain));
          rg_question_clear (&question);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint kind = 0; kind < RG_N_QUESTION_KINDS; kind++)
    {
      g_autofree char *path = g_strdup_printf ("/question/answers/%s", rg_question_kind_get_name (kind));
      g_test_add_data_func (path, GUINT_TO_POINTER (kind), test_answers);
    }
  g_test_add_func ("/question/dialogues", test_dialogues);
  g_test_add_func ("/question/same-seed", test_same_seed);
  g_test_add_func ("/question/shares", test_shares);
  g_test_add_func ("/question/outside", test_outside);
  return g_test_run ();
}
