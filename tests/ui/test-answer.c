/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer.h"

#include "tests/ui/answer-fixture.h"

/* Five of six layer-head pairs of a fixture's token look at its patch. */
#define SEEN (5.0 / 6.0)

static RgAnswer *
make_answer (RgTokenList *tokens)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgAnswer *answer = rg_answer_new ();

  rg_answer_set_grid (answer, grid);
  rg_answer_set_tokens (answer, tokens);

  return answer;
}

static void
test_words (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);
  g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (answer), 2);
  g_autofree char *tooltip = NULL;

  g_assert_cmpuint (rg_answer_get_n_words (answer), ==, 3);
  g_assert_cmpstr (rg_answer_word_get_text (word), ==, "star");
  g_assert_cmpfloat_with_epsilon (rg_answer_word_get_share (word), 0.9 * SEEN, 1e-6);
  g_object_get (word, "tooltip", &tooltip, NULL);
  g_assert_nonnull (strstr (tooltip, "other"));

  /* The latest word is chosen. */
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 2);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[6], 0.9 * SEEN, 1e-6);
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "“star”, mean of 2 layers × 3 heads"));
  g_assert_nonnull (strstr (rg_answer_get_description (answer), "strongest at row 2, column 3"));

  g_assert_finalize_object (answer);
}

/* One scale for the whole answer: what one word has, another is measured by; stretched, each fills it. */
static void
test_scale (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);

  for (int i = 0; i < 3; i++)
    {
      rg_answer_select (answer, i);
      g_assert_cmpfloat_with_epsilon (rg_answer_get_scale (answer), 0.9 * SEEN, 1e-6);
    }

  rg_answer_select (answer, 0);
  g_object_set (answer, "stretch", TRUE, NULL);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_scale (answer), 0.06 * SEEN, 1e-6);
  rg_answer_select (answer, 1);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_scale (answer), 0.6 * SEEN, 1e-6);

  g_assert_finalize_object (answer);
}

static void
test_follow (void)
{
  g_autoptr (RgTokenList) tokens = rg_token_list_new ();
  RgAnswer *answer = make_answer (tokens);
  g_autoptr (RgAnswerWord) first = NULL, same = NULL;

  g_assert_cmpint (rg_answer_get_selected (answer), ==, -1);
  g_assert_null (rg_answer_get_map (answer));

  fixture_append (tokens, "a", 0, 0.1);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 0);
  first = g_list_model_get_item (rg_answer_get_words (answer), 0);
  fixture_append (tokens, " st", 1, 0.2);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 1);

  /* A token that goes on with a word changes it, and leaves the others alone. */
  fixture_append (tokens, "ar", 2, 0.3);
  g_assert_cmpuint (rg_answer_get_n_words (answer), ==, 2);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[1], 0.2 * SEEN, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[2], 0.3 * SEEN, 1e-6);
  same = g_list_model_get_item (rg_answer_get_words (answer), 0);
  g_assert_true (first == same);

  /* Who has chosen a word keeps it. */
  rg_answer_select (answer, 0);
  fixture_append (tokens, " house", 3, 0.4);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 0);

  g_assert_finalize_object (answer);
}

static void
test_layer_head (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);
  guint n_layers, n_heads;
  int layer, head;

  g_object_get (answer, "n-layers", &n_layers, "n-heads", &n_heads, NULL);
  g_assert_cmpuint (n_layers, ==, FIXTURE_LAYERS);
  g_assert_cmpuint (n_heads, ==, FIXTURE_HEADS);

  /* The one that does not look. */
  rg_answer_set_attention_set (answer, 0, 0);
  g_assert_cmpfloat (rg_answer_get_map (answer)[6], ==, 0);
  g_assert_cmpfloat (rg_answer_get_scale (answer), ==, 0);

  rg_answer_set_attention_set (answer, 1, 2);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[6], 0.9, 1e-6);
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "layer 2, head 3"));

  rg_answer_set_attention_set (answer, 99, 99);
  g_object_get (answer, "layer", &layer, "head", &head, NULL);
  g_assert_cmpint (layer, ==, -1);
  g_assert_cmpint (head, ==, -1);

  g_assert_finalize_object (answer);
}

/* A map that does not belong to the grid is never drawn on it. */
static void
test_other_grid (void)
{
  g_autoptr (RgTokenList) tokens = rg_token_list_new ();
  float weights[9] = { 1 };
  RgAttention *attention = rg_attention_new (1, 1, 9, weights);
  g_autoptr (RgToken) token = rg_token_new (0, "a", 0, attention, NULL);
  g_autoptr (RgToken) bare = rg_token_new (0, " b", 0, NULL, NULL);
  RgAnswer *answer = make_answer (tokens);

  rg_attention_unref (attention);
  rg_token_list_append (tokens, token);
  g_assert_null (rg_answer_get_map (answer));

  rg_token_list_append (tokens, bare);
  g_assert_null (rg_answer_get_map (answer));
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "No attention was recorded"));

  g_assert_finalize_object (answer);
}

static void
show (RgAnswer *answer,
      RgMethod method)
{
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (method);

  rg_answer_set_explanation (answer, explanation);
}

/* An explanation brings its own maps, scale and sentences; without it the recorded attention is back at once. */
static void
test_explanation (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);
  guint count = 0;

  g_signal_connect_swapped (answer, "notify::method", G_CALLBACK (fixture_count_cb), &count);
  show (answer, RG_METHOD_KV_CUT);
  g_assert_cmpint (rg_answer_get_method (answer), ==, RG_METHOD_KV_CUT);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[6], 0.4, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[FIXTURE_PATCHES - 1], -0.25, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_scale (answer), 0.5, 1e-6);
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "What mattered for “star”: image tokens were cut"));
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "+6.64\xc2\xa0nats"));
  g_assert_nonnull (strstr (rg_answer_get_description (answer), "most for the word: row 2, column 3 (+0.40\xc2\xa0nats); most against it: row 4, column 4 (−0.25\xc2\xa0nats)"));
  g_object_set (answer, "stretch", TRUE, NULL);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_scale (answer), 0.4, 1e-6);

  rg_answer_set_explanation (answer, NULL);
  g_assert_cmpint (rg_answer_get_method (answer), ==, RG_METHOD_ATTENTION);
  g_assert_cmpuint (count, ==, 2);
  g_assert_cmpfloat_with_epsilon (rg_answer_get_map (answer)[6], 0.9 * SEEN, 1e-6);

  /* Other words: nothing of it is about them. */
  show (answer, RG_METHOD_OCCLUSION);
  fixture_append (tokens, " and", 1, 0.5);
  g_assert_null (rg_answer_get_explanation (answer));

  g_assert_finalize_object (answer);
}

/* A word that the picture hardly changes has no map, by whatever method, and says why. */
static void
test_anyway (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);

  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      show (answer, method);
      rg_answer_select (answer, 0);
      g_assert_null (rg_answer_get_map (answer));
      g_assert_nonnull (strstr (rg_answer_get_caption (answer), "would have said “a” anyway"));
      g_assert_nonnull (strstr (rg_answer_get_caption (answer), "+0.020\xc2\xa0nats"));
      g_assert_cmpstr (rg_answer_get_description (answer), ==, rg_answer_get_caption (answer));

      /* Against the picture is not without it. */
      rg_answer_select (answer, 1);
      g_assert_nonnull (rg_answer_get_map (answer));
    }

  g_assert_finalize_object (answer);
}

static void
test_properties (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  RgAnswer *answer = make_answer (tokens);
  guint count = 0;

  fixture_check_notify_boolean (answer, "stretch");
  fixture_check_notify_boolean (answer, "following");
  fixture_check_notify_int (answer, "selected", 0, 1);
  fixture_check_notify_int (answer, "layer", -1, 1);
  fixture_check_notify_int (answer, "head", -1, 2);

  /* Another answer begins anew. */
  g_signal_connect_swapped (answer, "changed", G_CALLBACK (fixture_count_cb), &count);
  rg_answer_set_tokens (answer, NULL);
  g_assert_cmpuint (count, >, 0);
  g_assert_cmpuint (rg_answer_get_n_words (answer), ==, 0);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, -1);
  g_assert_cmpstr (rg_answer_get_caption (answer), ==, "");

  g_assert_finalize_object (answer);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/answer/words", test_words);
  g_test_add_func ("/ui/answer/scale", test_scale);
  g_test_add_func ("/ui/answer/follow", test_follow);
  g_test_add_func ("/ui/answer/layer-head", test_layer_head);
  g_test_add_func ("/ui/answer/other-grid", test_other_grid);
  g_test_add_func ("/ui/answer/explanation", test_explanation);
  g_test_add_func ("/ui/answer/anyway", test_anyway);
  g_test_add_func ("/ui/answer/properties", test_properties);

  return g_test_run ();
}
