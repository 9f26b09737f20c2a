/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>

#include "ui/conversation-view.h"
#include "ui/conversation.h"
#include "ui/exchange-row.h"
#include "ui/question-bar.h"

#include "engine/error.h"
#include "tests/ui/answer-fixture.h"

/* An exchange whose job is ended by @error (transfer full), after one word. */
static RgExchange *
make_exchange (RgImage *image,
               const char *question,
               GError *error)
{
  RgExchange *exchange = rg_exchange_new (image, question);
  RgJob *job = rg_job_new ();
  g_autoptr (RgToken) token = fixture_token_new ("red", 0, 0.5);

  rg_job_report_token (job, token);
  rg_job_report_end (job, error);
  rg_exchange_take_job (exchange, g_object_ref (job));
  rg_job_wait (job);
  g_object_unref (job);

  return exchange;
}

static void
test_exchange_stream (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  g_autoptr (RgToken) token = fixture_token_new ("red", 0, 0.5);
  RgExchange *exchange = rg_exchange_new (image, "what colour is it?");
  RgJob *job = rg_job_new ();
  guint n_answers = 0, n_finished = 0;

  rg_exchange_take_job (exchange, g_object_ref (job));
  g_signal_connect_swapped (exchange, "notify::answer", G_CALLBACK (fixture_count_cb), &n_answers);
  g_signal_connect_swapped (exchange, "finished", G_CALLBACK (fixture_count_cb), &n_finished);
  g_assert_true (rg_exchange_get_busy (exchange));
  g_assert_cmpstr (rg_exchange_get_answer (exchange), ==, "");

  rg_job_report_progress (job, RG_STAGE_ENCODE, 0.5);
  rg_job_report_patch_grid (job, grid);
  while (rg_exchange_get_grid (exchange) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (rg_exchange_get_status (exchange), ==, "Looking at the picture…");

  rg_job_report_token (job, token);
  while (n_answers == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (rg_exchange_get_answer (exchange), ==, "red");

  rg_job_report_end (job, NULL);
  rg_job_wait (job);
  g_assert_cmpuint (n_finished, ==, 1);
  g_assert_false (rg_exchange_get_busy (exchange));
  g_assert_cmpstr (rg_exchange_get_status (exchange), ==, "");

  g_object_unref (job);
  g_assert_finalize_object (exchange);
}

static void
test_exchange_fail (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);
  g_autoptr (RgExchange) failed = make_exchange (image, "?", g_error_new (RG_ERROR, RG_ERROR_LIMIT, "Too long."));
  g_autoptr (RgExchange) stopped = make_exchange (image, "?", g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));

  g_assert_true (rg_exchange_get_failed (failed));
  g_assert_cmpstr (rg_exchange_get_status (failed), ==, "Too long.");
  g_assert_false (rg_exchange_get_failed (stopped));
  g_assert_cmpstr (rg_exchange_get_status (stopped), ==, "Stopped.");
  g_assert_cmpstr (rg_exchange_get_answer (stopped), ==, "red");
}

/* An exchange that goes away takes its work along. */
static void
test_exchange_cancel (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);
  RgExchange *exchange = rg_exchange_new (image, "?");
  g_autoptr (RgJob) job = rg_job_new ();

  rg_exchange_take_job (exchange, g_object_ref (job));
  g_assert_finalize_object (exchange);
  g_assert_true (g_cancellable_is_cancelled (rg_job_get_cancellable (job)));
}

static void
test_turns (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);
  g_autoptr (RgImage) other_image = fixture_image_new (4, 4, 9);
  RgConversation *conversation = rg_conversation_new (image, "title");
  g_autoptr (RgExchange) first = make_exchange (image, "one", NULL);
  g_autoptr (RgExchange) failed = make_exchange (image, "two", g_error_new (RG_ERROR, RG_ERROR_LIMIT, "Too long."));
  g_autoptr (RgExchange) other = make_exchange (other_image, "three", NULL);
  g_autoptr (RgExchange) fourth = make_exchange (image, "four", NULL);
  g_autoptr (RgExchange) last = rg_exchange_new (image, "five");
  RgExchange *all[] = { first, failed, other, fourth, last };
  g_autoptr (GArray) turns = NULL, none = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    rg_conversation_append (conversation, all[i]);
  turns = rg_conversation_dup_turns (conversation, last);
  none = rg_conversation_dup_turns (conversation, first);

  /* Only what was said about this picture, and came to an end. */
  g_assert_cmpuint (turns->len, ==, 2);
  g_assert_cmpstr (g_array_index (turns, RgTurn, 0).question, ==, "one");
  g_assert_cmpstr (g_array_index (turns, RgTurn, 0).answer, ==, "red");
  g_assert_cmpstr (g_array_index (turns, RgTurn, 1).question, ==, "four");
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (rg_conversation_get_last (conversation) == last);
  g_assert_cmpuint (rg_conversation_get_length (conversation), ==, 5);

  g_assert_finalize_object (conversation);
}

static void
test_view (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);
  g_autoptr (RgConversation) conversation = rg_conversation_new (image, NULL);
  g_autoptr (RgExchange) exchange = make_exchange (image, "one", NULL);
  RgConversationView *view = RG_CONVERSATION_VIEW (g_object_ref_sink (rg_conversation_view_new ()));

  rg_conversation_append (conversation, exchange);
  rg_conversation_view_set_conversation (view, conversation);
  rg_conversation_view_select (view, exchange);
  fixture_iterate ();

  g_assert_finalize_object (view);
}

static void
asked_cb (char **asked,
          const char *question)
{
  g_free (*asked);
  *asked = g_strdup (question);
}

/* A hundred thousand characters, with spaces or without, are shown by their beginning; the answer below them stays in sight. */
static void
test_long_question (void)
{
  g_autoptr (RgImage) image = fixture_image_new (4, 4, 0);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *question = g_strnfill (100000, 'x');
      g_autoptr (RgExchange) exchange = NULL;
      GtkWidget *row;
      int height;

      for (guint c = 4; i == 1 && c < 100000; c += 5)
        question[c] = ' ';
      exchange = make_exchange (image, question, NULL);
      row = g_object_ref_sink (rg_exchange_row_new (exchange));
      gtk_widget_measure (row, GTK_ORIENTATION_VERTICAL, 300, NULL, &height, NULL, NULL);
      g_assert_cmpint (height, <, 400);
      g_assert_finalize_object (row);
    }
}

static void
test_question_bar (void)
{
  RgQuestionBar *bar = RG_QUESTION_BAR (g_object_ref_sink (rg_question_bar_new ()));
  g_autofree char *asked = NULL;

  g_signal_connect_swapped (bar, "asked", G_CALLBACK (asked_cb), &asked);
  rg_question_bar_set_text (bar, "what is it?");
  g_signal_emit_by_name (gtk_widget_get_first_child (GTK_WIDGET (bar)), "activate");
  g_assert_cmpstr (asked, ==, "what is it?");
  g_signal_emit_by_name (gtk_widget_get_next_sibling (gtk_widget_get_first_child (GTK_WIDGET (bar))), "clicked");
  g_assert_cmpstr (asked, ==, "what is it?");

  fixture_check_notify_boolean (bar, "busy");
  fixture_check_notify_boolean (bar, "primed");

  g_assert_finalize_object (bar);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  /* A button's content is libadwaita's. */
  adw_init ();

  g_test_add_func ("/ui/exchange/stream", test_exchange_stream);
  g_test_add_func ("/ui/exchange/fail", test_exchange_fail);
  g_test_add_func ("/ui/exchange/cancel", test_exchange_cancel);
  g_test_add_func ("/ui/conversation/turns", test_turns);
  g_test_add_func ("/ui/conversation/view", test_view);
  g_test_add_func ("/ui/exchange-row/long-question", test_long_question);
  g_test_add_func ("/ui/question-bar/ask", test_question_bar);

  return g_test_run ();
}
