/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/time-bar.h"
#include "ui/why-text.h"
#include "ui/word-chip.h"
#include "ui/word-strip.h"
#include "ui/wrap-layout.h"

#include "tests/ui/answer-fixture.h"

static void
collect_chips (GtkWidget *widget,
               GPtrArray *chips)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      if (RG_IS_WORD_CHIP (child))
        g_ptr_array_add (chips, child);
      else
        collect_chips (child, chips);
    }
}

static GPtrArray *
get_chips (gpointer strip)
{
  GPtrArray *chips = g_ptr_array_new ();

  collect_chips (GTK_WIDGET (strip), chips);

  return chips;
}

static gboolean
is_active (GPtrArray *chips,
           guint position)
{
  return gtk_toggle_button_get_active (g_ptr_array_index (chips, position));
}

static void
test_choose (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgAnswer) answer = rg_answer_new ();
  RgWordStrip *strip = RG_WORD_STRIP (g_object_ref_sink (rg_word_strip_new ()));
  g_autoptr (GPtrArray) chips = NULL;

  rg_answer_set_tokens (answer, tokens);
  rg_word_strip_set_answer (strip, answer);
  chips = get_chips (strip);
  g_assert_cmpuint (chips->len, ==, 3);
  g_assert_true (is_active (chips, 2));

  g_signal_emit_by_name (g_ptr_array_index (chips, 1), "clicked");
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 1);
  g_assert_true (is_active (chips, 1));
  g_assert_false (is_active (chips, 2));

  /* Once more: the bare picture. */
  g_signal_emit_by_name (g_ptr_array_index (chips, 1), "clicked");
  g_assert_cmpint (rg_answer_get_selected (answer), ==, -1);
  g_assert_false (is_active (chips, 1));

  g_assert_finalize_object (strip);
}

static void
test_grow (void)
{
  g_autoptr (RgTokenList) tokens = rg_token_list_new ();
  g_autoptr (RgAnswer) answer = rg_answer_new ();
  RgWordStrip *strip = RG_WORD_STRIP (g_object_ref_sink (rg_word_strip_new ()));
  g_autoptr (GPtrArray) one = NULL, two = NULL, none = NULL;
  char *error;

  rg_answer_set_tokens (answer, tokens);
  rg_word_strip_set_answer (strip, answer);

  fixture_append (tokens, "st", 0, 0.6);
  one = get_chips (strip);
  fixture_append (tokens, "ar", 0, 0.6);
  fixture_append (tokens, " house", 1, 0.6);
  two = get_chips (strip);

  /* The first chip is still the same, with its word complete. */
  g_assert_cmpuint (two->len, ==, 2);
  g_assert_true (g_ptr_array_index (one, 0) == g_ptr_array_index (two, 0));
  g_assert_true (is_active (two, 1));
  error = gtk_test_accessible_check_property (g_ptr_array_index (two, 0), GTK_ACCESSIBLE_PROPERTY_LABEL, "star, 50\xc2\xa0% on the picture");
  g_assert_cmpstr (error, ==, NULL);

  rg_answer_set_tokens (answer, NULL);
  none = get_chips (strip);
  g_assert_cmpuint (none->len, ==, 0);

  fixture_check_notify_boolean (strip, "show-shares");
  fixture_iterate ();
  g_assert_finalize_object (strip);
}

/* A word that would have been said anyway is marked and says so, until no explanation says it any more. */
static void
test_anyway (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_KV_CUT);
  g_autoptr (RgAnswer) answer = rg_answer_new ();
  RgWordStrip *strip = RG_WORD_STRIP (g_object_ref_sink (rg_word_strip_new ()));
  g_autoptr (GPtrArray) chips = NULL;
  g_autofree char *note = NULL;
  char *error;

  rg_answer_set_tokens (answer, tokens);
  rg_word_strip_set_answer (strip, answer);
  chips = get_chips (strip);
  g_assert_false (gtk_widget_has_css_class (g_ptr_array_index (chips, 0), "anyway"));

  rg_answer_set_explanation (answer, explanation);
  note = rg_why_text_anyway ("a", 0.02);
  g_assert_true (gtk_widget_has_css_class (g_ptr_array_index (chips, 0), "anyway"));
  g_assert_true (g_str_has_prefix (gtk_widget_get_tooltip_text (g_ptr_array_index (chips, 0)), note));
  error = gtk_test_accessible_check_property (g_ptr_array_index (chips, 0), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, gtk_widget_get_tooltip_text (g_ptr_array_index (chips, 0)));
  g_assert_cmpstr (error, ==, NULL);
  for (guint i = 1; i < chips->len; i++)
    g_assert_false (gtk_widget_has_css_class (g_ptr_array_index (chips, i), "anyway"));

  rg_answer_set_explanation (answer, NULL);
  g_assert_false (gtk_widget_has_css_class (g_ptr_array_index (chips, 0), "anyway"));
  g_assert_false (g_str_has_prefix (gtk_widget_get_tooltip_text (g_ptr_array_index (chips, 0)), note));

  g_assert_finalize_object (strip);
}

static void
test_wrap (void)
{
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0));
  GtkWidget *children[3];
  int minimum, natural;
  graphene_rect_t bounds;

  gtk_widget_set_layout_manager (box, rg_wrap_layout_new (10));
  for (guint i = 0; i < 3; i++)
    {
      children[i] = gtk_fixed_new ();
      gtk_widget_set_size_request (children[i], 100, 20);
      gtk_widget_insert_before (children[i], box, NULL);
    }

  gtk_widget_measure (box, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  g_assert_cmpint (minimum, ==, 100);
  g_assert_cmpint (natural, ==, 320);
  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, 320, &minimum, &natural, NULL, NULL);
  g_assert_cmpint (natural, ==, 20);
  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, 319, &minimum, &natural, NULL, NULL);
  g_assert_cmpint (natural, ==, 50);
  gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, 100, &minimum, &natural, NULL, NULL);
  g_assert_cmpint (natural, ==, 80);

  /* The third goes to the second line, and takes all of it if it expands. */
  gtk_widget_set_hexpand (children[2], TRUE);
  gtk_widget_allocate (box, 250, 50, -1, NULL);
  g_assert_true (gtk_widget_compute_bounds (children[1], box, &bounds));
  g_assert_cmpfloat (bounds.origin.x, ==, 110);
  g_assert_cmpfloat (bounds.origin.y, ==, 0);
  g_assert_true (gtk_widget_compute_bounds (children[2], box, &bounds));
  g_assert_cmpfloat (bounds.origin.x, ==, 0);
  g_assert_cmpfloat (bounds.origin.y, ==, 30);
  g_assert_cmpfloat (bounds.size.width, ==, 250);

  g_assert_finalize_object (box);
}

static void
test_time_bar (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgAnswer) answer = rg_answer_new ();
  RgTimeBar *bar = RG_TIME_BAR (g_object_ref_sink (rg_time_bar_new ()));

  /* Nothing to play. */
  g_assert_false (gtk_widget_get_sensitive (GTK_WIDGET (bar)));
  rg_time_bar_set_answer (bar, answer);
  rg_time_bar_set_playing (bar, TRUE);
  g_assert_false (rg_time_bar_get_playing (bar));

  rg_answer_set_tokens (answer, tokens);
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (bar)));
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 2);

  /* From the last word it begins anew, goes to the end and stops there. */
  rg_time_bar_set_playing (bar, TRUE);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 0);
  while (rg_time_bar_get_playing (bar))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 2);

  fixture_check_notify_boolean (bar, "playing");

  /* Gone in the middle of playing. */
  rg_time_bar_set_playing (bar, TRUE);
  g_assert_finalize_object (bar);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/word-strip/choose", test_choose);
  g_test_add_func ("/ui/word-strip/grow", test_grow);
  g_test_add_func ("/ui/word-strip/anyway", test_anyway);
  g_test_add_func ("/ui/wrap-layout/lines", test_wrap);
  g_test_add_func ("/ui/time-bar/play", test_time_bar);

  return g_test_run ();
}
