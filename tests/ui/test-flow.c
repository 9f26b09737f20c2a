/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "tests/ui/flow-fixture.h"
#include "tests/ui/says.h"
#include "ui/verdict-view.h"
#include "ui/why-text.h"

/* What a person does, in the real window on the bundled model: drop the sample of a red star left of a blue house, ask in
 * both languages, look at where a word looked, stop, ask again, go back. */

/* Where the map of the chosen word is strongest, in pixels of the picture. */
static void
find_peak (RgWindow *window,
           double *x,
           double *y)
{
  RgPatchGrid *grid = rg_answer_get_grid (window->answer);
  const float *map = rg_answer_get_map (window->answer);
  guint best = 0;
  RgRect rect;

  g_assert_nonnull (grid);
  g_assert_nonnull (map);
  for (guint patch = 1; patch < rg_patch_grid_get_n_patches (grid); patch++)
    best = map[patch] > map[best] ? patch : best;
  rect = rg_patch_grid_get_source_rect (grid, best);
  *x = rect.x + rect.width / 2;
  *y = rect.y + rect.height / 2;
}

static void
test_star (Fixture *self,
           gconstpointer data)
{
  RgAnswer *answer = self->window->answer;
  g_autoptr (RgAnswerWord) word = NULL;
  double x, y;

  drop_sample (self);
  g_assert_cmpstr (type_question (self, "what is left of the house?"), ==, "a red star");
  WAIT_UNTIL (rg_answer_get_n_words (answer) == 3);

  rg_answer_select (answer, 2);
  word = g_list_model_get_item (rg_answer_get_words (answer), 2);
  g_assert_cmpstr (rg_answer_word_get_text (word), ==, "star");
  g_assert_cmpfloat (rg_answer_word_get_share (word), >, 0.5);
  find_peak (self->window, &x, &y);
  g_assert_cmpfloat (hypot (x - STAR_X, y - STAR_Y), <, STAR_RADIUS);
  g_assert_nonnull (strstr (rg_answer_get_caption (answer), "star"));
  g_assert_cmpstr (rg_answer_get_description (answer), !=, "");
}

static void
test_french (Fixture *self,
             gconstpointer data)
{
  drop_sample (self);
  type_question (self, "what is left of the house?");
  g_assert_cmpstr (type_question (self, "Qu'est-ce qu'il y a à gauche de la maison ?"), ==, "une étoile rouge");
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 2);
}

/* Regenerate gives the same greedy answer again; New leaves the picture; Undo brings the questions back. */
static void
test_again (Fixture *self,
            gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (self->window);
  RgExchange *exchange;

  drop_sample (self);
  type_question (self, "what colour is the tree?");
  exchange = rg_conversation_get_last (self->window->conversation);
  g_assert_cmpstr (rg_exchange_get_answer (exchange), ==, "green");

  g_assert_true (gtk_widget_activate_action (window, "win.regenerate", NULL));
  WAIT_UNTIL (!rg_exchange_get_busy (exchange));
  g_assert_cmpstr (rg_exchange_get_answer (exchange), ==, "green");

  g_assert_true (gtk_widget_activate_action (window, "win.new", NULL));
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 0);
  g_assert_nonnull (rg_conversation_get_image (self->window->conversation));
  g_assert_true (gtk_widget_activate_action (window, "win.undo", NULL));
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 1);
}

/* With nothing typed, arrows walk over the words and Ctrl+Z brings back what was removed; what is typed keeps its keys. */
static void
test_entry_keys (Fixture *self,
                 gconstpointer data)
{
  RgAnswer *answer = self->window->answer;
  GtkWidget *window = GTK_WIDGET (self->window);

  ask_star (self);
  rg_answer_select (answer, 2);
  rg_question_bar_grab (self->window->question_bar);
  g_assert_cmpuint (press (self, GDK_KEY_Left, GTK_PHASE_CAPTURE), ==, 1);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 1);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (press (self, GDK_KEY_Right, GTK_PHASE_CAPTURE), ==, 1);
  g_assert_cmpint (rg_answer_get_selected (answer), ==, 2);
  g_assert_cmpuint (press (self, GDK_KEY_z, GTK_PHASE_CAPTURE), ==, 0);

  rg_question_bar_set_text (self->window->question_bar, "where");
  g_assert_true (gtk_widget_activate_action (window, "win.new", NULL));
  g_assert_cmpuint (press (self, GDK_KEY_z, GTK_PHASE_CAPTURE), ==, 0);
  rg_question_bar_set_text (self->window->question_bar, "");
  g_assert_cmpuint (press (self, GDK_KEY_z, GTK_PHASE_CAPTURE), ==, 1);
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 1);
}

/* Undo leaves the drawing sheet, which would draw over the picture that came back; but not where that is the drawing. */
static void
test_undo_drawing (Fixture *self,
                   gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (self->window);

  ask_star (self);
  g_object_set (window, "draw", TRUE, NULL);
  g_assert_true (gtk_widget_activate_action (window, "win.undo", NULL));
  g_assert_false (_rg_window_get_draw (self->window));
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 1);

  g_object_set (window, "draw", TRUE, NULL);
  type_question (self, "what is left of the house?");
  g_assert_true (gtk_widget_activate_action (window, "win.new", NULL));
  g_assert_true (gtk_widget_activate_action (window, "win.undo", NULL));
  g_assert_true (_rg_window_get_draw (self->window));
}

/* Another model comes and says so; the answer that is shown keeps its maps, which lie on the grid of the model that gave it. */
static void
test_other_model (Fixture *self,
                  gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "models", "nano-vlm", NULL);
  RgWindow *window = self->window;
  RgPatchGrid *grid;
  g_autoptr (RgJob) seen = NULL;

  ask_star (self);
  grid = rg_answer_get_grid (window->answer);
  seen = g_object_ref (window->see_job);

  rg_window_open_model (window, path);
  WAIT_UNTIL (says (GTK_WIDGET (window->toasts), "“nano-vlm” answers from now on."));
  WAIT_UNTIL (window->see_job != seen && rg_job_is_finished (window->see_job));
  g_assert_nonnull (rg_job_get_patch_grid (window->see_job));
  g_assert_true (rg_answer_get_grid (window->answer) == grid);
}

/* A file that is no picture, and one that lies on the network: a sentence, and the picture stays. */
static void
test_no_picture (Fixture *self,
                 gconstpointer data)
{
  g_autofree char *path = data_path ("model", "config.json");
  g_autoptr (GFile) text = g_file_new_for_path (path);
  g_autoptr (GFile) remote = g_file_new_for_uri ("https://example.org/star.png");
  RgImage *image;

  drop_sample (self);
  image = rg_conversation_get_image (self->window->conversation);
  for (GFile **file = (GFile *[]){ text, remote, NULL }; *file != NULL; file++)
    {
      g_assert_true (drop_files (self, file, 1));
      g_assert_nonnull (self->window->loading);
      WAIT_UNTIL (self->window->loading == NULL);
      WAIT_UNTIL (says (GTK_WIDGET (self->window->toasts), *file == text ? "“config.json” is not a picture" : "“star.png” is not on this computer"));
      g_assert_true (rg_conversation_get_image (self->window->conversation) == image);
    }
}

/* Of several files the first is shown, and the others are not forgotten in silence. */
static void
test_several (Fixture *self,
              gconstpointer data)
{
  g_autofree char *first = data_path ("samples", "star-house.png"), *second = data_path ("samples", "apples.png");
  GFile *files[] = { g_file_new_for_path (first), g_file_new_for_path (second), g_file_new_for_path (first) };

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (drop_files (self, files, 3 - i));
      WAIT_UNTIL (self->window->loading == NULL);
      g_assert_cmpstr (rg_conversation_get_title (self->window->conversation), ==, "star-house.png");
      WAIT_UNTIL (says (GTK_WIDGET (self->window->toasts), i == 0 ? "One picture at a time: 2 other files were left out." : "One picture at a time: 1 other file was left out."));
      type_question (self, "what is left of the house?");
    }

  /* What was said in the place of “New picture” can be undone like it. */
  g_assert_true (drop_files (self, files, 2));
  WAIT_UNTIL (self->window->loading == NULL);
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 0);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->window), "win.undo", NULL));
  g_assert_cmpuint (rg_conversation_get_length (self->window->conversation), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_object_unref (files[i]);
}

/* A picture that takes its time is named below, can be stopped, and is what the person hears who asks too early. */
static void
test_reading (Fixture *self,
              gconstpointer data)
{
  RgWindow *window = self->window;
  g_autofree char *path = data_path ("samples", "star-house.png");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GCancellable) loading = NULL;

  g_assert_true (drop_files (self, &file, 1));
  g_assert_null (_rg_window_get_reading (window));
  rg_window_ask (window, "what is it?");

  /* As if the time were over. */
  g_clear_handle_id (&window->reading_id, g_source_remove);
  _rg_window_update (window);
  g_assert_cmpstr (gtk_label_get_label (window->caption), ==, "Reading “star-house.png”…");
  loading = g_object_ref (window->loading);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL));
  g_assert_true (g_cancellable_is_cancelled (loading));
  g_assert_null (strstr (gtk_label_get_label (window->caption), "Reading"));
  WAIT_UNTIL (says (GTK_WIDGET (window->toasts), "Reading “star-house.png”…"));
  for (guint i = 0; i < 100; i++)
    {
      fixture_iterate ();
      g_usleep (1000);
    }
  g_assert_null (rg_conversation_get_image (window->conversation));
}

/* --- why ---------------------------------------------------------------------------------------------------------- */

#define VERDICT(self) rg_verdict_view_get_text (RG_VERDICT_VIEW (rg_why_pane_get_view ((self)->window->pane, RG_WHY_TEST)))

/* Ask, choose a word, two keys: the verdict. With the page open the next word's comes by itself. */
static void
test_verdict (Fixture *self,
              gconstpointer data)
{
  g_autofree char *first = NULL;

  ask_star (self);
  press_on_strip (self, GDK_KEY_Home);
  press_on_strip (self, GDK_KEY_End);
  press_on_window (self, GDK_KEY_t);
  WAIT_UNTIL (strstr (VERDICT (self), "“star”: the test supports the map") != NULL);
  g_assert_nonnull (strstr (VERDICT (self), "19 important patches hidden"));
  g_assert_nonnull (strstr (VERDICT (self), "19 random draws"));
  first = g_strdup (VERDICT (self));

  press_on_strip (self, GDK_KEY_Home);
  WAIT_UNTIL (strstr (VERDICT (self), "“a”: ") != NULL);

  /* What is known is there at once, and another map is another claim. */
  press_on_strip (self, GDK_KEY_End);
  g_assert_cmpstr (VERDICT (self), ==, first);
  rg_map_controls_set_method (self->window->controls, RG_METHOD_KV_CUT);
  WAIT_UNTIL (g_strcmp0 (VERDICT (self), first) != 0 && strstr (VERDICT (self), "“star”: ") != NULL); /* whatever it is */

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->window), "win.stop", NULL));
  g_assert_false (_rg_window_get_verify (self->window));
  press_on_window (self, GDK_KEY_t);
  g_assert_true (_rg_window_get_verify (self->window));
}

/* Each method brings its map, which points at the star; back at the first its map is there at once. */
static void
test_methods (Fixture *self,
              gconstpointer data)
{
  RgWindow *window = self->window;
  g_autoptr (RgExchange) first = NULL;
  RgMethod shown;
  double x, y;

  ask_star (self);
  first = g_object_ref (rg_conversation_get_last (window->conversation));
  rg_answer_select (window->answer, 2);
  for (RgMethod method = RG_METHOD_ATTENTION; method < RG_N_METHODS; method++)
    {
      rg_map_controls_set_method (window->controls, method);
      WAIT_UNTIL (rg_inquiry_get_explanation (window->inquiry, method) != NULL && rg_answer_get_method (window->answer) == method);
      find_peak (window, &x, &y);
      g_assert_cmpfloat (hypot (x - STAR_X, y - STAR_Y), <, 1.5 * STAR_RADIUS);
      g_object_get (window->color_bar, "method", &shown, NULL);
      g_assert_cmpint (shown, ==, method);
      g_assert_nonnull (strstr (gtk_label_get_label (window->caption), "star"));
    }

  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      rg_map_controls_set_method (window->controls, method);
      g_assert_cmpint (rg_answer_get_method (window->answer), ==, method);
    }

  /* Kept with the answer: another question, and back. */
  type_question (self, "what colour is the tree?");
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_N_METHODS - 1);
  _rg_window_show_exchange (window, first);
  g_assert_cmpint (rg_answer_get_method (window->answer), ==, RG_N_METHODS - 1);
  g_assert_cmpuint (rg_answer_get_n_words (window->answer), ==, 3);
}

/* The share of a word is that of the map shown. A word is held against another, by default the likeliest; who asks for
 * the plain map again gets it. */
static void
test_choices (Fixture *self,
              gconstpointer data)
{
  RgWindow *window = self->window;
  g_autoptr (RgAnswerWord) word = NULL;
  RgExplanation *explanation;

  ask_star (self);
  rg_answer_select (window->answer, 2);
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_METHOD_DEFAULT);
  word = g_list_model_get_item (rg_answer_get_words (window->answer), 2);
  explanation = rg_answer_get_explanation (window->answer);
  g_assert_cmpfloat (rg_answer_word_get_share (word), ==, rg_explanation_get_shares (explanation, 2)->of[RG_SOURCE_PICTURE]);
  g_assert_true (g_str_has_prefix (rg_answer_get_shares (window->answer), "Looking: picture"));
  g_assert_cmpstr (gtk_widget_get_tooltip_text (window->shares), ==, rg_why_text_shares_meaning (TRUE));
  g_assert_nonnull (strstr (rg_answer_get_description (window->answer), "Looking: picture"));

  g_object_set (window->controls, "hide-sinks", TRUE, NULL);
  WAIT_UNTIL (rg_inquiry_get_explanation (window->inquiry, RG_METHOD_DEFAULT) != NULL &&
              rg_explanation_get_options (rg_inquiry_get_explanation (window->inquiry, RG_METHOD_DEFAULT))->hide_sinks);
  g_object_set (window->controls, "hide-sinks", FALSE, NULL);

  rg_map_controls_set_method (window->controls, RG_METHOD_DIRECT);
  g_object_set (window->controls, "contrast", TRUE, NULL);
  WAIT_UNTIL (strstr (gtk_label_get_label (window->caption), "star” rather than “") != NULL);
  g_object_set (window->controls, "against", "house", NULL);
  WAIT_UNTIL (strstr (gtk_label_get_label (window->caption), "star” rather than “house”") != NULL);
  g_assert_cmpstr (rg_answer_get_shares (window->answer), ==, "");
  g_object_set (window->controls, "contrast", FALSE, NULL);
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_METHOD_DIRECT && strstr (gtk_label_get_label (window->caption), "rather") == NULL);
}

/* Stopped half-way: soon nothing goes on, the usual map is shown, and asked for again it is found. */
static void
test_stop_why (Fixture *self,
               gconstpointer data)
{
  RgWindow *window = self->window;
  g_autoptr (RgJob) job = NULL;
  gint64 start_us, took_us = G_MAXINT64;

  ask_star (self);
  WAIT_UNTIL (rg_inquiry_get_explanation (window->inquiry, RG_METHOD_DEFAULT) != NULL);

  /* The best of three, as this machine may be busy with something else. */
  for (guint i = 0; i < 3; i++)
    {
      rg_map_controls_set_method (window->controls, RG_METHOD_OCCLUSION);
      g_set_object (&job, rg_inquiry_get_job (window->inquiry));
      g_assert_nonnull (job);
      WAIT_UNTIL (rg_job_get_fraction (job) > 0);
      start_us = g_get_monotonic_time ();
      g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL));
      rg_job_wait (job);
      took_us = MIN (took_us, g_get_monotonic_time () - start_us);
      g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_CANCELLED);
      g_assert_cmpint (rg_map_controls_get_method (window->controls), ==, RG_METHOD_DEFAULT);
      g_assert_null (rg_inquiry_get_job (window->inquiry));
    }
  g_test_message ("stopped after %" G_GINT64_FORMAT " µs", took_us);
  g_assert_cmpint (took_us, <, 100 * 1000);

  rg_map_controls_set_method (window->controls, RG_METHOD_OCCLUSION);
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_METHOD_OCCLUSION);

  /* A new question does not wait for the old one's maps. */
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.regenerate", NULL));
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_METHOD_OCCLUSION);
}

/* --- export ------------------------------------------------------------------------------------------------------- */

/* Whether @path begins with @magic. */
static gboolean
begins_with (const char *path,
             const char *magic)
{
  g_autofree char *content = NULL;

  return g_file_get_contents (path, &content, NULL, NULL) && g_str_has_prefix (content, magic);
}

/* Map, sheet and animation, each as a file; a sheet has its maps tested first; what cannot be written is said. */
static void
test_export (Fixture *self,
             gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-flow-XXXXXX", NULL);
  g_autofree char *map = g_build_filename (dir, "map.csv", NULL);
  g_autofree char *head = g_build_filename (dir, "head.csv", NULL);
  g_autofree char *named = g_build_filename (dir, "star.png", NULL);
  g_autofree char *sheet = g_build_filename (dir, "sheet.svg", NULL);
  g_autofree char *animation = g_build_filename (dir, "answer.gif", NULL);
  GtkWidget *toasts = GTK_WIDGET (self->window->toasts);
  g_autofree char *text = NULL;

  ask_star (self);
  WAIT_UNTIL (rg_answer_get_explanation (self->window->answer) != NULL);
  rg_answer_select (self->window->answer, 2);
  _rg_window_export (self->window, RG_EXPORT_MAP, map);
  WAIT_UNTIL (says (toasts, "Saved as “map.csv”"));
  g_assert_true (begins_with (map, "# what is left of the house?\n# a red star\n# Where it looked: attention of the word “star”, the heads that follow objects"));

  /* One head, as it is shown. */
  rg_map_controls_set_method (self->window->controls, RG_METHOD_ATTENTION);
  WAIT_UNTIL (rg_answer_get_method (self->window->answer) == RG_METHOD_ATTENTION);
  rg_answer_set_attention_set (self->window->answer, 1, 2);
  _rg_window_export (self->window, RG_EXPORT_MAP, head);
  WAIT_UNTIL (begins_with (head, "# what is left of the house?\n# a red star\n# Where it looked: attention of the word “star”, layer 2, head 3"));
  rg_answer_set_attention_set (self->window->answer, -1, -1);
  rg_map_controls_set_method (self->window->controls, RG_METHOD_DEFAULT);

  _rg_window_export (self->window, RG_EXPORT_MAP, named);
  WAIT_UNTIL (begins_with (named, "\x89PNG"));
  _rg_window_export (self->window, RG_EXPORT_ANSWER, animation);
  WAIT_UNTIL (begins_with (animation, "GIF89a"));

  _rg_window_export (self->window, RG_EXPORT_SHEET, sheet);
  WAIT_UNTIL (begins_with (sheet, "<?xml"));
  g_assert_true (g_file_get_contents (sheet, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "“star”: the test supports the map"));
  g_assert_nonnull (strstr (text, "star-house.png"));
  g_assert_null (strstr (text, "not tested"));

  _rg_window_export (self->window, RG_EXPORT_MAP, "/proc/star.png");
  WAIT_UNTIL (says (toasts, "/proc/star.png"));

  g_remove (map);
  g_remove (head);
  g_remove (named);
  g_remove (sheet);
  g_remove (animation);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* Returns: (nullable): the dialog that asks where to save. */
static GtkFileChooser *
find_chooser (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (GTK_IS_FILE_CHOOSER (window) && gtk_widget_get_mapped (GTK_WIDGET (window)))
        return GTK_FILE_CHOOSER (window);
    }

  return NULL;
}

/* Chooses from the menu, types a name, and presses Save. */
static void
export_as (Fixture *self,
           const char *kind,
           const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GFile) chosen = NULL;
  GtkFileChooser *chooser;

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->window), "win.export", "s", kind));
  WAIT_UNTIL ((chooser = find_chooser ()) != NULL);

  /* It begins in a folder of its own, and must be there before it can go elsewhere. */
  WAIT_UNTIL ((chosen = gtk_file_chooser_get_current_folder (chooser)) != NULL);
  g_assert_true (gtk_file_chooser_set_current_folder (chooser, folder, NULL));
  gtk_file_chooser_set_current_name (chooser, name);
  do
    {
      g_clear_object (&chosen);
      g_main_context_iteration (NULL, TRUE);
      chosen = gtk_file_chooser_get_file (chooser);
    }
  while (chosen == NULL || !g_file_equal (chosen, file));
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_ACCEPT);
  WAIT_UNTIL (find_chooser () == NULL);
}

/* The same by the menu and the dialog; a name without an end gets the end of the chosen kind of file. */
static void
test_export_chooser (Fixture *self,
                     gconstpointer data)
{
  g_autofree char *dir = NULL;
  g_autofree char *typed = NULL;
  g_autofree char *written = NULL;

#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("SKIPPED: GTK's file chooser leaks (libcloudproviders)");
  return;
#endif

  dir = g_dir_make_tmp ("regard-flow-XXXXXX", NULL);
  typed = g_build_filename (dir, "star.v2", NULL);
  written = g_build_filename (dir, "star.v2.png", NULL);

  /* Before there is an answer there is nothing to export. */
  gtk_widget_activate_action (GTK_WIDGET (self->window), "win.export", "s", "map");
  fixture_iterate ();
  g_assert_null (find_chooser ());

  ask_star (self);
  WAIT_UNTIL (rg_answer_get_explanation (self->window->answer) != NULL);
  export_as (self, "map", typed);
  WAIT_UNTIL (begins_with (written, "\x89PNG"));
  WAIT_UNTIL (says (GTK_WIDGET (self->window->toasts), "Saved as “star.v2.png”"));

  g_remove (written);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/flow/star", test_star);
  ADD ("/flow/french", test_french);
  ADD ("/flow/again", test_again);
  ADD ("/flow/entry-keys", test_entry_keys);
  ADD ("/flow/undo-drawing", test_undo_drawing);
  ADD ("/flow/other-model", test_other_model);
  ADD ("/flow/no-picture", test_no_picture);
  ADD ("/flow/several", test_several);
  ADD ("/flow/reading", test_reading);
  ADD ("/flow/verdict", test_verdict);
  ADD ("/flow/methods", test_methods);
  ADD ("/flow/choices", test_choices);
  ADD ("/flow/stop-why", test_stop_why);
  ADD ("/flow/export", test_export);
  ADD ("/flow/export/chooser", test_export_chooser);
#undef ADD

  return g_test_run ();
}
