/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/dialogue.h"

#include <string.h>

/* How often each kind opens or continues a conversation. */
static const guint weights[RG_N_QUESTION_KINDS] = {
  [RG_QUESTION_KIND_WHAT] = 10,
  [RG_QUESTION_KIND_COLOR] = 12,
  [RG_QUESTION_KIND_SHAPE] = 14,
  [RG_QUESTION_KIND_EXISTS] = 13,
  [RG_QUESTION_KIND_COUNT] = 14,
  [RG_QUESTION_KIND_WHERE] = 14,
  [RG_QUESTION_KIND_RELATION] = 18,
  [RG_QUESTION_KIND_SIZE] = 15,
  [RG_QUESTION_KIND_PLACE] = 13,
  [RG_QUESTION_KIND_DESCRIBE] = 8,
  [RG_QUESTION_KIND_OUTSIDE] = 7,
};

#define FOLLOW_UP_SHARE 0.3

static RgQuestionKind
choose_kind (RgRandom *random)
{
  guint total = 0, kind = 0;
  for (guint i = 0; i < RG_N_QUESTION_KINDS; i++)
    total += weights[i];
  for (guint rest = rg_random_below (random, total); rest >= weights[kind]; kind++)
    rest -= weights[kind];
  return kind;
}

static gboolean
is_repeated (const GPtrArray *dialogue, const RgQuestion *question)
{
  for (guint i = 0; i < dialogue->len; i++)
    {
      const RgQuestion *earlier = g_ptr_array_index (dialogue, i);
      if (earlier->topic == question->topic || strcmp (earlier->question, question->question) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
write_next (const RgScene *scene, RgLanguage language, const GPtrArray *dialogue, RgRandom *random, RgQuestion *out)
{
  if (dialogue->len > 0 && rg_random_uniform (random) < FOLLOW_UP_SHARE)
    return rg_question_write_follow_up (scene, g_ptr_array_index (dialogue, dialogue->len - 1), random, out);
  RgQuestionKind kind = choose_kind (random);
  if (kind == RG_QUESTION_KIND_OUTSIDE)
    {
      rg_question_write_outside (language, FALSE, dialogue->len == 0, random, out);
      return TRUE;
    }
  return rg_question_write (scene, kind, language, random, out);
}

GPtrArray *
rg_dialogue_write (const RgScene *scene, RgLanguage language, guint max_turns, RgRandom *random)
{
  GPtrArray *dialogue = g_ptr_array_new_with_free_func ((GDestroyNotify) rg_question_free);
  for (guint trial = 0; trial < 12 * max_turns && dialogue->len < max_turns; trial++)
    {
      RgQuestion question;
      if (!write_next (scene, language, dialogue, random, &question))
        continue;
      if (is_repeated (dialogue, &question))
        rg_question_clear (&question);
      else
        g_ptr_array_add (dialogue, g_memdup2 (&question, sizeof question));
    }
  return dialogue;
}

static RgLanguage
next_language (guint languages, RgLanguage language)
{
  do
    language = (language + 1) % RG_N_LANGUAGES;
  while (!(languages & 1u << language));
  return language;
}

void
rg_dialogue_corpus (const RgSceneOptions *world, guint languages, RgRandom *random, guint64 n_lines, RgDialogueLine each, gpointer data)
{
  RgSceneOptions options = rg_scene_options_default ();
  RgLanguage language = RG_N_LANGUAGES - 1;
  options.kinds = world->kinds;
  options.colors = world->colors;
  for (guint64 line = 0; line < n_lines;)
    {
      g_autoptr (RgScene) scene = rg_scene_new_random (&options, random);
      language = next_language (languages, language);
      g_autoptr (GPtrArray) dialogue = rg_dialogue_write (scene, language, 8, random);
      for (guint i = 0; i < dialogue->len && line < n_lines; i++)
        {
          const RgQuestion *question = g_ptr_array_index (dialogue, i);
          each (question->question, data);
          line++;
          if (line++ < n_lines)
            each (question->answer, data);
        }
    }
}
