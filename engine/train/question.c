/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/question.h"

#include <string.h>

const char *
rg_language_get_code (RgLanguage language)
{
  return language == RG_LANGUAGE_EN ? "en" : "fr";
}

const char *
rg_question_kind_get_name (RgQuestionKind kind)
{
  static const char *const names[RG_N_QUESTION_KINDS] = {
    "what",
    "color",
    "shape",
    "exists",
    "count",
    "where",
    "relation",
    "size",
    "place",
    "describe",
    "outside",
  };
  g_assert (kind < RG_N_QUESTION_KINDS);
  return names[kind];
}

void
rg_question_clear (RgQuestion *self)
{
  g_free (self->question);
  g_free (self->answer);
  memset (self, 0, sizeof *self);
}

void
rg_question_free (RgQuestion *self)
{
  if (self == NULL)
    return;
  rg_question_clear (self);
  g_free (self);
}

/* Folds case, makes every run of white space one space, drops a final full stop. */
static char *
normalise (const char *answer)
{
  g_autofree char *folded = g_utf8_casefold (answer, -1);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\r\n", -1);
  GString *out = g_string_new (NULL);
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", *word);
  if (out->len > 0 && out->str[out->len - 1] == '.')
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

gboolean
rg_question_answers_match (const char *expected, const char *given)
{
  g_autofree char *a = normalise (expected), *b = normalise (given);
  return strcmp (a, b) == 0;
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Returns: the noun phrases of a description, sorted. */
static char **
split_description (const char *description)
{
  g_autofree char *normal = normalise (description);
  GString *text = g_string_new (normal);
  g_string_replace (text, " and ", ", ", 0);
  g_string_replace (text, " et ", ", ", 0);
  char **parts = g_strsplit (text->str, ", ", -1);
  g_string_free (text, TRUE);
  qsort (parts, g_strv_length (parts), sizeof *parts, compare_words);
  return parts;
}

gboolean
rg_question_same_objects (const char *expected, const char *given)
{
  g_auto (GStrv) a = split_description (expected);
  g_auto (GStrv) b = split_description (given);
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}
