/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/dialogue.h"
#include "engine/train/phrases.h"

#include <string.h>

/* The words of the questions: grammar, patterns, comparing answers. */

static void
test_agreement (void)
{
  static const struct
  {
    RgLanguage language;
    RgKind kind;
    int color;
    RgArticle article;
    const char *text;
  } cases[] = {
    { RG_LANGUAGE_EN, RG_KIND_STAR, RG_COLOR_RED, RG_ARTICLE_A, "a red star" },
    { RG_LANGUAGE_EN, RG_KIND_STAR, RG_COLOR_ORANGE, RG_ARTICLE_A, "an orange star" },
    { RG_LANGUAGE_EN, RG_KIND_UMBRELLA, RG_ANY, RG_ARTICLE_A, "an umbrella" },
    { RG_LANGUAGE_EN, RG_KIND_BUTTERFLY, RG_COLOR_PINK, RG_ARTICLE_PLURAL, "pink butterflies" },
    { RG_LANGUAGE_EN, RG_KIND_FISH, RG_ANY, RG_ARTICLE_PLURAL, "fish" },
    { RG_LANGUAGE_EN, RG_KIND_HOUSE, RG_ANY, RG_ARTICLE_OF, "of the house" },
    { RG_LANGUAGE_FR, RG_KIND_STAR, RG_COLOR_RED, RG_ARTICLE_A, "une étoile rouge" },
    { RG_LANGUAGE_FR, RG_KIND_SQUARE, RG_COLOR_GREEN, RG_ARTICLE_A, "un carré vert" },
    { RG_LANGUAGE_FR, RG_KIND_HOUSE, RG_COLOR_GREEN, RG_ARTICLE_A, "une maison verte" },
    { RG_LANGUAGE_FR, RG_KIND_CAR, RG_COLOR_WHITE, RG_ARTICLE_THE, "la voiture blanche" },
    { RG_LANGUAGE_FR, RG_KIND_STAR, RG_COLOR_BLUE, RG_ARTICLE_THE, "l'étoile bleue" },
    { RG_LANGUAGE_FR, RG_KIND_TREE, RG_COLOR_PURPLE, RG_ARTICLE_OF, "de l'arbre violet" },
    { RG_LANGUAGE_FR, RG_KIND_CAT, RG_COLOR_BLACK, RG_ARTICLE_OF, "du chat noir" },
    { RG_LANGUAGE_FR, RG_KIND_KEY, RG_COLOR_BROWN, RG_ARTICLE_OF, "de la clé marron" },
    { RG_LANGUAGE_FR, RG_KIND_STAR, RG_COLOR_PURPLE, RG_ARTICLE_DE_PLURAL, "d'étoiles violettes" },
    { RG_LANGUAGE_FR, RG_KIND_HEART, RG_COLOR_ORANGE, RG_ARTICLE_DE_PLURAL, "de cœurs orange" },
    { RG_LANGUAGE_FR, RG_KIND_BIRD, RG_COLOR_PINK, RG_ARTICLE_PLURAL, "oiseaux roses" },
    { RG_LANGUAGE_FR, RG_KIND_CROSS, RG_COLOR_WHITE, RG_ARTICLE_PLURAL, "croix blanches" },
    { RG_LANGUAGE_FR, RG_KIND_UMBRELLA, RG_ANY, RG_ARTICLE_DE, "de parapluie" },
    { RG_LANGUAGE_FR, RG_KIND_PLANE, RG_ANY, RG_ARTICLE_DE, "d'avion" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RgNounPhrase noun = { .kind = cases[i].kind, .color = cases[i].color };
      g_autoptr (GString) out = g_string_new (NULL);
      rg_phrase_append_noun (out, cases[i].language, &noun, cases[i].article);
      g_assert_cmpstr (out->str, ==, cases[i].text);
    }
}

/* At least six ways to ask in each form, and each pattern without gaps left or double spaces. */
static void
test_patterns (void)
{
  RgRandom random;
  rg_random_init (&random, 1, 1);
  for (int language = 0; language < RG_N_LANGUAGES; language++)
    for (int form = 0; form < RG_N_FORMS; form++)
      {
        const char *const *patterns = (language == RG_LANGUAGE_EN ? rg_phrases_en : rg_phrases_fr)[form];
        g_autoptr (GHashTable) different = g_hash_table_new (g_str_hash, g_str_equal);
        g_assert_nonnull (patterns);
        for (int i = 0; patterns[i] != NULL; i++)
          {
            RgPhraseFill fill = { .language = language, .nouns = { { .kind = RG_KIND_STAR, .color = RG_COLOR_RED }, { .kind = RG_KIND_CAT, .color = RG_COLOR_BLUE } }, .place = i % RG_N_PLACES, .side = i % RG_N_SIDES };
            g_hash_table_add (different, (char *) patterns[i]);
            for (int trial = 0; trial < 30; trial++)
              {
                g_autoptr (GString) out = g_string_new (NULL);
                rg_phrase_expand (out, patterns[i], &fill, &random);
                g_assert_null (strpbrk (out->str, "{}[]|"));
                g_assert_null (strstr (out->str, "  "));
                g_assert_false (strstr (out->str, " de le ") || strstr (out->str, "de étoile") || strstr (out->str, "le étoile"));
              }
          }
        if (form < RG_FORM_NO_SUCH)
          g_assert_cmpuint (g_hash_table_size (different), >=, 6);
      }
}

static void
test_matching (void)
{
  g_assert_true (rg_question_answers_match ("I don't know that", " i don't  know that."));
  g_assert_true (rg_question_answers_match ("une ÉTOILE", "une étoile"));
  g_assert_false (rg_question_answers_match ("red", "a red star"));
  g_assert_false (rg_question_answers_match ("red", ""));
  g_assert_true (rg_question_same_objects ("a red star, a blue house and a green cat", "a green cat, a red star and a blue house"));
  g_assert_true (rg_question_same_objects ("un chat noir et une étoile bleue", "une étoile bleue et un chat noir"));
  g_assert_true (rg_question_same_objects ("a red star", "A red star."));
  g_assert_false (rg_question_same_objects ("a red star and a red star", "a red star"));
  g_assert_false (rg_question_same_objects ("a red star and a blue cat", "a blue star and a red cat"));
}

static void
count_line (const char *line, gpointer data)
{
  g_assert_null (strpbrk (line, "\n{}"));
  g_assert_cmpstr (line, !=, "");
  ++*(guint64 *) data;
}

static void
test_corpus (void)
{
  RgSceneOptions world = rg_scene_options_default ();
  RgRandom random;
  guint64 n = 0;
  rg_random_init (&random, 2, 2);
  rg_dialogue_corpus (&world, 1u << RG_LANGUAGE_EN | 1u << RG_LANGUAGE_FR, &random, 2001, count_line, &n);
  g_assert_cmpuint (n, ==, 2001);
}

/* How many lines of each language there are, by words that are in many; and what answers say there is. */
typedef struct
{
  guint64 n_lines, n_english, n_french;
  guint64 kinds;
} Heard;

static void
hear (const char *line, gpointer data)
{
  Heard *heard = data;
  gboolean says = heard->n_lines++ % 2 == 1 && strstr (line, " no ") == NULL && strstr (line, " pas ") == NULL;
  heard->n_english += strstr (line, " the ") != NULL;
  heard->n_french += strstr (line, " la ") != NULL || strstr (line, " le ") != NULL;
  for (guint kind = 0; says && kind < RG_N_KINDS; kind++)
    for (guint language = 0; language < RG_N_LANGUAGES; language++)
      {
        g_autofree char *noun = g_strconcat (" ", rg_kind_get_noun (kind, language, FALSE), NULL);
        if (g_str_has_suffix (line, noun))
          heard->kinds |= G_GUINT64_CONSTANT (1) << kind;
      }
}

/* A world of stars and cats has no other words of its own, and one language has none of the other's. */
static void
test_small_corpus (void)
{
  for (guint language = 0; language < RG_N_LANGUAGES; language++)
    {
      RgSceneOptions world = rg_scene_options_default ();
      Heard heard = { 0 };
      RgRandom random;
      world.kinds = G_GUINT64_CONSTANT (1) << RG_KIND_STAR | G_GUINT64_CONSTANT (1) << RG_KIND_CAT;
      rg_random_init (&random, 3, 3);
      rg_dialogue_corpus (&world, 1u << language, &random, 4000, hear, &heard);
      g_assert_cmpuint (heard.n_lines, ==, 4000);
      g_assert_cmpuint (heard.kinds, ==, world.kinds);
      g_assert_cmpuint (language == RG_LANGUAGE_EN ? heard.n_french : heard.n_english, ==, 0);
      g_assert_cmpuint (language == RG_LANGUAGE_EN ? heard.n_english : heard.n_french, >, 200);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phrase/agreement", test_agreement);
  g_test_add_func ("/phrase/patterns", test_patterns);
  g_test_add_func ("/phrase/matching", test_matching);
  g_test_add_func ("/phrase/corpus", test_corpus);
  g_test_add_func ("/phrase/small-corpus", test_small_corpus);
  return g_test_run ();
}
