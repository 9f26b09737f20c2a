/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window-private.h"

#include "tests/ui/answer-fixture.h"

/* The whole window over an engine without a model: pictures, questions, Stop, New, Undo, and being closed at any moment. */

typedef struct
{
  RgEngine *engine;
  RgWindow *window;
  RgImage *image;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->engine = rg_engine_new (1);
  fixture->window = rg_window_new (NULL, fixture->engine);
  fixture->image = fixture_image_new (400, 400, 200);
  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *) &fixture->window);
}

/* Whatever happened: the window goes, and nothing holds it. */
static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  if (fixture->window != NULL)
    gtk_window_destroy (GTK_WINDOW (fixture->window));
  for (guint i = 0; i < 1000 && fixture->window != NULL; i++)
    {
      fixture_iterate ();
      g_usleep (1000);
    }
  g_assert_null (fixture->window);

  rg_image_unref (fixture->image);
  g_assert_finalize_object (fixture->engine);
}

static void
activate (Fixture *fixture,
          const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), action, NULL));
}

/* An exchange that the test answers itself, as the engine would. */
static RgJob *
begin_answer (Fixture *fixture,
              const char *question)
{
  g_autoptr (RgExchange) exchange = rg_exchange_new (rg_conversation_get_image (fixture->window->conversation), question);
  RgJob *job = rg_job_new ();

  rg_conversation_append (fixture->window->conversation, exchange);
  _rg_window_show_exchange (fixture->window, exchange);
  rg_exchange_take_job (exchange, g_object_ref (job));

  return job;
}

static void
report_word (RgJob *job,
             const char *text,
             guint patch)
{
  g_autoptr (RgToken) token = fixture_token_new (text, patch, 0.5);

  rg_job_report_token (job, token);
}

static void
wait_for_words (Fixture *fixture,
                guint n)
{
  while (rg_answer_get_n_words (fixture->window->answer) < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_stream (Fixture *fixture,
             gconstpointer data)
{
  RgWindow *window = fixture->window;
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgJob *job;

  gtk_window_present (GTK_WINDOW (window));
  rg_window_open_image (window, fixture->image, "picture");
  job = begin_answer (fixture, "what is it?");
  g_assert_true (rg_exchange_get_busy (window->shown));

  rg_job_report_patch_grid (job, grid);
  report_word (job, "a", 0);
  wait_for_words (fixture, 1);
  g_assert_nonnull (rg_answer_get_map (window->answer));
  g_assert_nonnull (strstr (gtk_label_get_label (window->caption), "“a”"));

  report_word (job, " star", 6);
  wait_for_words (fixture, 2);
  g_assert_cmpint (rg_answer_get_selected (window->answer), ==, 1);
  g_assert_nonnull (strstr (gtk_label_get_label (window->caption), "“star”"));

  rg_job_report_end (job, NULL);
  rg_job_wait (job);
  g_assert_false (rg_exchange_get_busy (window->shown));
  g_object_unref (job);
}

static void
test_stop (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (RgJob) job = NULL;

  rg_window_open_image (fixture->window, fixture->image, "picture");
  job = begin_answer (fixture, "what is it?");
  fixture_iterate ();
  activate (fixture, "win.stop");
  g_assert_true (g_cancellable_is_cancelled (rg_job_get_cancellable (job)));

  rg_job_report_end (job, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
  rg_job_wait (job);
  g_assert_cmpstr (gtk_label_get_label (fixture->window->caption), ==, "Stopped.");
}

/* The window goes in the middle of an answer; the engine, late as it is, speaks to nobody. */
static void
test_close (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  g_autoptr (RgJob) job = NULL;

  gtk_window_present (GTK_WINDOW (fixture->window));
  rg_window_open_image (fixture->window, fixture->image, "picture");
  job = begin_answer (fixture, "what is it?");
  report_word (job, "a", 0);
  wait_for_words (fixture, 1);

  gtk_window_destroy (GTK_WINDOW (fixture->window));
  fixture_iterate ();
  g_assert_null (fixture->window);
  g_assert_true (g_cancellable_is_cancelled (rg_job_get_cancellable (job)));

  report_word (job, " star", 6);
  rg_job_report_patch_grid (job, grid);
  rg_job_report_end (job, NULL);
  rg_job_wait (job);
}

/* New and Open lose nothing: Undo brings it back, and what came in between as well. */
static void
test_undo (Fixture *fixture,
           gconstpointer data)
{
  RgWindow *window = fixture->window;
  g_autoptr (RgImage) other = fixture_image_new (40, 30, 9);
  g_autoptr (RgConversation) first = NULL;
  g_autoptr (RgJob) job = NULL;

  rg_window_open_image (window, fixture->image, "picture");
  job = begin_answer (fixture, "what is it?");
  report_word (job, "a", 0);
  rg_job_report_end (job, NULL);
  rg_job_wait (job);
  first = g_object_ref (window->conversation);

  activate (fixture, "win.new");
  g_assert_true (window->conversation != first);
  g_assert_cmpuint (rg_conversation_get_length (window->conversation), ==, 0);
  g_assert_true (rg_conversation_get_image (window->conversation) == fixture->image);
  g_assert_cmpuint (rg_answer_get_n_words (window->answer), ==, 0);

  activate (fixture, "win.undo");
  g_assert_true (window->conversation == first);
  g_assert_cmpuint (rg_answer_get_n_words (window->answer), ==, 1);

  rg_window_open_image (window, other, "other");
  g_assert_true (rg_conversation_get_image (window->conversation) == other);
  activate (fixture, "win.undo");
  g_assert_true (window->conversation == first);
}

/* Nothing to ask, nothing to ask about, and nobody to ask: a sentence each time. */
static void
test_questions (Fixture *fixture,
                gconstpointer data)
{
  RgWindow *window = fixture->window;
  RgExchange *exchange;

  rg_window_ask (window, "what is it?");
  g_assert_null (rg_conversation_get_last (window->conversation));

  rg_window_open_image (window, fixture->image, NULL);
  rg_window_ask (window, "  \t ");
  g_assert_null (rg_conversation_get_last (window->conversation));

  rg_window_ask (window, "what is it?");
  exchange = rg_conversation_get_last (window->conversation);
  while (rg_exchange_get_busy (exchange))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (rg_exchange_get_failed (exchange));
  g_assert_cmpstr (gtk_label_get_label (window->caption), ==, rg_exchange_get_status (exchange));

  activate (fixture, "win.regenerate");
  while (rg_exchange_get_busy (exchange))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (rg_conversation_get_last (window->conversation) == exchange);
}

static void
test_model_error (Fixture *fixture,
                  gconstpointer data)
{
  g_autoptr (RgJob) job = rg_job_new ();

  rg_window_follow_load (fixture->window, job);
  rg_job_report_end (job, g_error_new (RG_ERROR, RG_ERROR_FORMAT, "config.json: cut short"));
  rg_job_wait (job);
  g_assert_true (gtk_revealer_get_reveal_child (fixture->window->model_error));
  g_assert_cmpstr (gtk_label_get_label (fixture->window->model_error_label), ==, "config.json: cut short");

  rg_window_set_model_error (fixture->window, NULL);
  g_assert_false (gtk_revealer_get_reveal_child (fixture->window->model_error));
}

static void
test_draw (Fixture *fixture,
           gconstpointer data)
{
  RgWindow *window = fixture->window;

  rg_window_open_image (window, fixture->image, NULL);
  activate (fixture, "win.draw");
  g_assert_true (_rg_window_get_draw (window));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->picture)));
  g_assert_true (rg_conversation_get_image (window->conversation) != fixture->image);

  activate (fixture, "win.model-sees");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->model_view)));

  /* A picture that is opened is no drawing. */
  rg_window_open_image (window, fixture->image, NULL);
  g_assert_false (_rg_window_get_draw (window));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->picture)));
}

/* A file that is no picture: one sentence, and the picture stays. */
static void
test_no_picture (Fixture *fixture,
                 gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nonexistent/picture.png");

  rg_window_open_image (fixture->window, fixture->image, NULL);
  rg_window_open_file (fixture->window, file);
  for (guint i = 0; i < 50; i++)
    {
      fixture_iterate ();
      g_usleep (2000);
    }
  g_assert_true (rg_conversation_get_image (fixture->window->conversation) == fixture->image);

  /* Closed while a file is being read. */
  rg_window_open_file (fixture->window, file);
}

/* A sample's question goes with the sample, one that was typed stays. */
static void
test_primed (Fixture *fixture,
             gconstpointer data)
{
  RgWindow *window = fixture->window;

  rg_window_open_image (window, fixture->image, "sample");
  rg_window_set_question (window, "what is it?");
  g_assert_cmpstr (rg_question_bar_get_text (window->question_bar), ==, "what is it?");
  rg_window_open_image (window, fixture->image, "picture");
  g_assert_cmpstr (rg_question_bar_get_text (window->question_bar), ==, "");

  rg_window_set_question (window, "what is it?");
  rg_question_bar_set_text (window->question_bar, "where is it?");
  rg_window_open_image (window, fixture->image, "another");
  g_assert_cmpstr (rg_question_bar_get_text (window->question_bar), ==, "where is it?");
}

/* Image data from the clipboard. */
static void
test_paste (Fixture *fixture,
            gconstpointer data)
{
  static const guint8 pixels[2 * 2 * 3] = { 255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (pixels, sizeof pixels);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (2, 2, GDK_MEMORY_R8G8B8, bytes, 6);
  RgImage *image;

  rg_window_open_image (fixture->window, fixture->image, NULL);
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (fixture->window)), texture);
  activate (fixture, "win.paste");
  while ((image = rg_conversation_get_image (fixture->window->conversation)) == fixture->image)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (rg_image_get_width (image), ==, 2);
  g_assert_cmpmem (rg_image_get_pixels (image), sizeof pixels, pixels, sizeof pixels);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

/* Returns: (transfer full) (nullable): the name that a screen reader is given outright. */
static char *
dup_label (GtkWidget *widget)
{
  if (!gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    return NULL;

  return gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "");
}

static gboolean
shows_text (GtkWidget *widget)
{
  gboolean shows = GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0';

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !shows; child = gtk_widget_get_next_sibling (child))
    shows = shows_text (child);

  return shows;
}

/* Returns: how many buttons there are; each says what it is, in words without the underscore of a mnemonic. */
static guint
check_names (GtkWidget *widget)
{
  guint n = 0;

  /* GTK gives the button inside a menu button its name, in a way of its own. */
  if (GTK_IS_MENU_BUTTON (widget) || (GTK_IS_BUTTON (widget) && !GTK_IS_MENU_BUTTON (gtk_widget_get_parent (widget))))
    {
      g_autofree char *label = dup_label (widget);

      g_test_message ("%s in %s", label != NULL ? label : "no name", G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)));
      g_assert_true (label == NULL || strchr (label, '_') == NULL);
      g_assert_true (label != NULL || (shows_text (widget) && gtk_test_accessible_has_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY)));
      n++;
    }

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += check_names (child);

  return n;
}

static void
test_names (Fixture *fixture,
            gconstpointer data)
{
  GtkDropDown *chooser;
  g_autofree char *name = NULL;

  rg_window_open_image (fixture->window, fixture->image, "Star");
  activate (fixture, "win.draw");
  g_assert_cmpuint (check_names (GTK_WIDGET (fixture->window)), >, 60);

  /* The name of a choice says what is chosen, now and later. */
  chooser = GTK_DROP_DOWN (gtk_widget_get_first_child (gtk_widget_get_first_child (GTK_WIDGET (fixture->window->pane))));
  name = dup_label (gtk_widget_get_first_child (GTK_WIDGET (chooser)));
  g_assert_nonnull (strstr (name, "What to ask about the answer: Is it true?"));
  gtk_drop_down_set_selected (chooser, RG_WHY_HEADS);
  g_free (name);
  name = dup_label (gtk_widget_get_first_child (GTK_WIDGET (chooser)));
  g_assert_nonnull (strstr (name, "What to ask about the answer: Layers and heads"));
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/ui/window/stream", test_stream);
  ADD ("/ui/window/stop", test_stop);
  ADD ("/ui/window/close", test_close);
  ADD ("/ui/window/undo", test_undo);
  ADD ("/ui/window/questions", test_questions);
  ADD ("/ui/window/model-error", test_model_error);
  ADD ("/ui/window/draw", test_draw);
  ADD ("/ui/window/no-picture", test_no_picture);
  ADD ("/ui/window/primed", test_primed);
  ADD ("/ui/window/paste", test_paste);
  ADD ("/ui/window/names", test_names);
#undef ADD

  return g_test_run ();
}
