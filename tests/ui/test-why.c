/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cost-bar.h"
#include "ui/verdict-text.h"
#include "ui/verdict-view.h"
#include "ui/why-text.h"

#include "tests/ui/answer-fixture.h"

/* What is written about why a word was said, and the page of “Is it true?”. */

#define NBSP "\xc2\xa0"

static void
check_text (char *text,
            const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_numbers (void)
{
  check_text (rg_why_text_nats (0.1234), "+0.12" NBSP "nats");
  check_text (rg_why_text_nats (-0.0213), "−0.021" NBSP "nats");
  check_text (rg_why_text_nats (12.34), "+12.3" NBSP "nats");
  check_text (rg_why_text_nats (-1e-9), "0" NBSP "nats");
  check_text (rg_why_text_nats (NAN), "0" NBSP "nats");
  check_text (rg_why_text_value (RG_METHOD_ATTENTION, 0.051), "5.1" NBSP "%");
  check_text (rg_why_text_value (RG_METHOD_OCCLUSION, 0.5), "+0.50" NBSP "nats");
  check_text (rg_why_text_value (RG_METHOD_GRADIENT, 0.5), "0.50" NBSP "nats of odds");
  check_text (rg_why_text_number (RG_METHOD_KV_CUT, -0.5), "−0.50");
}

/* Every method has a name, a unit and a sentence of its own; the two that hide answer the same question in two ways. */
static void
test_methods (void)
{
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      g_autofree char *scale = rg_why_text_scale (method, 0.5);
      g_autofree char *heads = rg_why_text_heads (method, TRUE, -1, -1, 2, 3);
      g_autofree char *caption = rg_why_text_sentence (method, "star", heads, 0.41, 2);

      g_assert_cmpstr (rg_why_text_method (method), !=, "");
      g_assert_nonnull (strstr (scale, rg_method_is_share (method) ? "50" NBSP "%" : "0.50"));
      g_assert_true ((strstr (scale, "purple") != NULL) == rg_method_is_signed (method));
      g_assert_true ((strstr (caption, "What mattered") != NULL) == (method == RG_METHOD_KV_CUT || method == RG_METHOD_OCCLUSION));
      g_assert_true (g_str_has_prefix (rg_why_text_method (method), "Looked") == rg_method_is_share (method));
      g_assert_true ((strstr (caption, "Where it looked") != NULL) == rg_method_is_share (method));
      g_assert_true ((strstr (caption, "41" NBSP "% on the picture") != NULL) == rg_method_is_share (method));
      g_assert_true ((strstr (caption, heads) != NULL) == rg_method_is_share (method));
      for (RgMethod other = 0; other < method; other++)
        g_assert_cmpstr (rg_why_text_method (method), !=, rg_why_text_method (other));
    }
  check_text (rg_why_text_heads (RG_METHOD_CALIBRATED, TRUE, -1, -1, 2, 3), "the heads that follow objects");
  check_text (rg_why_text_heads (RG_METHOD_CALIBRATED, FALSE, -1, -1, 2, 3), "mean of 2 layers × 3 heads");
  g_assert_cmpstr (rg_why_text_unit (RG_METHOD_KV_CUT), ==, "nats");
}

/* All parts that there are, and only these; with cross-attention the text is apart. */
static void
test_shares (void)
{
  RgShares one = { .of = { 0.12, 0, 0, 0.38, 0.4, 0.1 }, .sinks = 0.03 };
  static const RgSink sinks[] = { { 6, 3, 0.07 }, { 0, 1, 0.01 } };
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_ATTENTION);
  RgShares two = { .of = { 0.9, 0.1, 0, 0, 0.75, 0.25 }, .padding = 0.05, .is_cross = TRUE };

  check_text (rg_why_text_shares (&one, FALSE), "Attention: picture 12" NBSP "% (of which sinks 3.0" NBSP "%), text around the picture 38" NBSP "%, question 40" NBSP "%, answer so far 10" NBSP "%");
  check_text (rg_why_text_shares (&one, TRUE), "Attention: picture 12" NBSP "% (of which sinks, not shown, 3.0" NBSP "%), text around the picture 38" NBSP "%, question 40" NBSP "%, answer so far 10" NBSP "%");
  check_text (rg_why_text_shares (&two, FALSE), "Looking: picture 90" NBSP "% (of which blank margins 5.0" NBSP "%), nowhere 10" NBSP "% · Reading: question 75" NBSP "%, answer so far 25" NBSP "%");
  two.of[RG_SOURCE_NULL_KEY] = two.padding = 0.0004;
  check_text (rg_why_text_shares (&two, FALSE), "Looking: picture 90" NBSP "% · Reading: question 75" NBSP "%, answer so far 25" NBSP "%");
  g_assert_null (rg_why_text_sinks (explanation));
  g_assert_null (rg_why_text_sink_legend (explanation));
  rg_explanation_set_shares (explanation, NULL, sinks, 1);
  check_text (rg_why_text_sink_legend (explanation), "× marks 1 sink");
  check_text (rg_why_text_sinks (explanation), "1 sink: row 2, column 3 (7.0" NBSP "%)");
  rg_explanation_set_shares (explanation, NULL, sinks, 2);
  check_text (rg_why_text_sinks (explanation), "2 sinks, most of all row 2, column 3 (7.0" NBSP "%); row 1, column 1 (1.0" NBSP "%)");
  check_text (rg_why_text_word ("cat", NULL), "cat");
  check_text (rg_why_text_word ("cat,", "dog"), "cat” rather than “dog");
  check_text (rg_why_text_word ("d’", NULL), "d’");
  check_text (rg_why_text_word ("?!", NULL), "?!");
  check_text (rg_why_text_word ("cat", "dog"), "cat” rather than “dog");
  g_assert_cmpstr (rg_why_text_method_of (RG_METHOD_CALIBRATED, TRUE), ==, "Looked (calibrated heads)");
  g_assert_cmpstr (rg_why_text_method_of (RG_METHOD_CALIBRATED, FALSE), ==, "Looked (mean of all heads)");
  g_assert_cmpstr (rg_why_text_method_of (RG_METHOD_ROLLOUT, FALSE), ==, rg_why_text_method (RG_METHOD_ROLLOUT));
}

static void
test_describe (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  float map[FIXTURE_PATCHES] = { 0 };

  check_text (rg_why_text_describe (RG_METHOD_KV_CUT, grid, map, 1), "The whole picture gives +1.00" NBSP "nats; no patch speaks for this word");
  map[6] = 0.5f;
  check_text (rg_why_text_describe (RG_METHOD_GRADIENT, grid, map, 1), "The whole picture gives +1.00" NBSP "nats; most of all row 2, column 3 (0.50" NBSP "nats of odds)");
  map[0] = -0.25f;
  check_text (rg_why_text_describe (RG_METHOD_KV_CUT, grid, map, -1), "The whole picture gives −1.00" NBSP "nats; most for the word: row 2, column 3 (+0.50" NBSP "nats); most against it: row 1, column 1 (−0.25" NBSP "nats)");
}

/* --- verdicts --- */

static const RgVerdict supported = { .k = 2, .n_random = 19, .n_beaten = 19, .n_spared = 2, .top = 3.82, .bottom = -0.1, .random = 0.2, .random_deviation = 0.3, .support = RG_SUPPORT_FULL };
static const RgVerdict weak = { .k = 1, .n_random = 19, .n_beaten = 17, .top = 0.05, .support = RG_SUPPORT_WEAK };
static const RgVerdict unsupported = { .k = 2, .n_random = 19, .n_beaten = 3, .top = -0.7, .support = RG_SUPPORT_NONE };

static void
test_verdict_text (void)
{
  check_text (rg_verdict_text_headline ("star", &supported), "“star”: the test supports the map");
  check_text (rg_verdict_text_headline ("star", &weak), "“star”: the test supports the map, but weakly");
  check_text (rg_verdict_text_headline ("star", &unsupported), "“star”: the test does not support the map");
  check_text (rg_verdict_text_name (&supported, RG_VERDICT_TOP), "2 important patches");
  check_text (rg_verdict_text_name (&weak, RG_VERDICT_RANDOM), "1 random patch");
  check_text (rg_verdict_text_change (&supported, RG_VERDICT_TOP), "−3.82" NBSP "nats");
  check_text (rg_verdict_text_change (&supported, RG_VERDICT_RANDOM), "−0.20" NBSP "nats ± 0.30");
  check_text (rg_verdict_text_change (&supported, RG_VERDICT_BOTTOM), "+0.10" NBSP "nats");
  check_text (rg_verdict_text_effect (&supported, NULL), "Without the important patches the word is 46 times less likely.");
  check_text (rg_verdict_text_effect (&weak, NULL), "Without the important patches the word is as likely as with them.");
  check_text (rg_verdict_text_effect (&unsupported, NULL), "Without the important patches the word is 2.0 times likelier.");
  check_text (rg_verdict_text_effect (&supported, "house"), "Without the important patches the word is 46 times less likely, compared with “house”.");
  check_text (rg_verdict_text_effect (&weak, "house"), "Without the important patches the word is as likely, compared with “house”, as with them.");
  check_text (rg_verdict_text_effect (&unsupported, "house"), "Without the important patches the word is 2.0 times likelier, compared with “house”.");

  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    g_assert_cmpfloat (rg_verdict_get_cost (&supported, bar), ==, bar == RG_VERDICT_TOP ? 3.82 : bar == RG_VERDICT_RANDOM ? 0.2
                                                                                                                          : -0.1);
}

/* Each rule names the numbers that it goes by. */
static void
test_rules (void)
{
  g_autofree char *full = rg_verdict_text_rule (&supported, 5, NULL);
  g_autofree char *half = rg_verdict_text_rule (&weak, 5, NULL);
  g_autofree char *none = rg_verdict_text_rule (&unsupported, 0.1, NULL);

  g_assert_nonnull (strstr (full, "each of 19 random draws without the map’s 2 strongest patches, and at least 0.3 nats"));
  g_assert_nonnull (strstr (half, "17 of 19"));
  g_assert_nonnull (strstr (none, "3 of 19 random draws"));
  check_text (rg_verdict_text_rule (&unsupported, log (20), NULL), "Not supported: hiding 2 patches, important or not, hardly changes the word. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is 20 times less likely.");
  check_text (rg_verdict_text_rule (&unsupported, log (20), "house"), "Not supported: hiding 2 patches, important or not, hardly changes the word’s lead over “house”. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is 20 times less likely, compared with “house”.");
  g_assert_cmpstr (rg_verdict_text_hiding (RG_HIDING_BLUR), !=, rg_verdict_text_hiding (RG_HIDING_TOKENS));
}

/* Under a contrast what was measured is a difference of two log-probabilities, and nothing says otherwise. */
static void
test_verdict_contrast (void)
{
  static const char *const against[] = { "a", "b", "house" };
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_KV_CUT);
  RgVerdict verdicts[3] = { { 0 }, { 0 }, supported };
  g_autoptr (RgExplanation) tested = NULL;
  g_autofree char *text = NULL;

  rg_explanation_set_against (explanation, against);
  tested = rg_explanation_new_tested (explanation, verdicts);
  text = rg_verdict_text_describe (tested, 2);
  g_assert_true (g_str_has_prefix (text, "“star” rather than “house”: the test supports the map. What was hidden, and how much that cost the word’s lead over “house”, the difference of the two words’ log-probabilities: 2 important patches"));
  g_assert_null (strstr (text, "the word’s log-probability"));
}

static RgExplanation *
make_tested (void)
{
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_KV_CUT);
  RgVerdict verdicts[3] = { unsupported, { 0 }, supported };

  return rg_explanation_new_tested (explanation, verdicts);
}

/* The page says in words, too, all that it shows; a word that was not tested has no verdict. */
static void
test_view (void)
{
  g_autoptr (RgExplanation) explanation = make_tested ();
  GtkWidget *view = g_object_ref_sink (rg_verdict_view_new ());
  g_autofree char *text = rg_verdict_text_describe (explanation, 2);
  char *error;

  g_assert_null (rg_explanation_get_verdict (explanation, 1));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_ROLE_GROUP);

  rg_verdict_view_show_progress (RG_VERDICT_VIEW (view), "Testing", 0.5);
  g_assert_cmpstr (rg_verdict_view_get_text (RG_VERDICT_VIEW (view)), ==, "Testing");

  rg_verdict_view_show_verdict (RG_VERDICT_VIEW (view), explanation, 2);
  g_assert_cmpstr (rg_verdict_view_get_text (RG_VERDICT_VIEW (view)), ==, text);
  error = gtk_test_accessible_check_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, text);
  g_assert_cmpstr (error, ==, NULL);
  g_assert_nonnull (strstr (text, "“star”: the test supports the map. What was hidden, and how much of the word’s log-probability that cost: 2 important patches hidden: −3.82" NBSP "nats; 2 random patches hidden: −0.20" NBSP "nats ± 0.30; 2 unimportant patches hidden: +0.10" NBSP "nats."));

  rg_verdict_view_show_sentence (RG_VERDICT_VIEW (view), "Choose a word");
  g_assert_cmpstr (rg_verdict_view_get_text (RG_VERDICT_VIEW (view)), ==, "Choose a word");

  g_assert_finalize_object (view);
}

static void
test_cost_bar (void)
{
  GtkWidget *bar = g_object_ref_sink (rg_cost_bar_new ());

  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_ROLE_PRESENTATION);
  rg_cost_bar_set (RG_COST_BAR (bar), 1, 0.5, -1, 3);
  g_assert_cmpfloat (rg_cost_bar_place (0, -1, 3), ==, 0.25);
  g_assert_cmpfloat (rg_cost_bar_place (9, -1, 3), ==, 1);
  g_assert_cmpfloat (rg_cost_bar_place (-9, -1, 3), ==, 0);
  g_assert_cmpfloat (rg_cost_bar_place (0, 0, 0), ==, 0);
  g_assert_finalize_object (bar);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/why-text/numbers", test_numbers);
  g_test_add_func ("/ui/why-text/methods", test_methods);
  g_test_add_func ("/ui/why-text/describe", test_describe);
  g_test_add_func ("/ui/why-text/shares", test_shares);
  g_test_add_func ("/ui/verdict-text/sentences", test_verdict_text);
  g_test_add_func ("/ui/verdict-text/rules", test_rules);
  g_test_add_func ("/ui/verdict-text/verdict-contrast", test_verdict_contrast);
  g_test_add_func ("/ui/verdict-view/text", test_view);
  g_test_add_func ("/ui/cost-bar/place", test_cost_bar);

  return g_test_run ();
}
