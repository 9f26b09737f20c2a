/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/ui/flow-fixture.h"

/* Who gets the room in windows of different sizes: the real window on the bundled model. */

static GtkWidget *
find_label (GtkWidget *widget,
            const char *text)
{
  GtkWidget *found = GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_label (GTK_LABEL (widget)), text) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_label (child, text);

  return found;
}

/* On a telephone picture and pane get the room of what the pane's closing brings back, and a toast shows its last line, too. */
static void
test_narrow (Fixture *self,
             gconstpointer data)
{
  static const char sentence[] = "A sentence that is much longer than a telephone is wide, with a name_that_cannot_be_broken_between_words_at_all.png";
  RgWindow *window = self->window;
  GtkWidget *toast, *time_bar = GTK_WIDGET (window->time_bar);
  int height;

  ask_star (self);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <, 400);
  press_on_window (self, GDK_KEY_t);
  WAIT_UNTIL (!gtk_widget_get_visible (window->shares) && !gtk_widget_get_visible (time_bar));
  WAIT_UNTIL (gtk_widget_get_height (GTK_WIDGET (window->picture)) >= 150);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.close-why", NULL));
  WAIT_UNTIL (gtk_widget_get_visible (window->shares) && gtk_widget_get_visible (time_bar));

  _rg_window_toast (window, sentence);
  WAIT_UNTIL ((toast = find_label (GTK_WIDGET (window->toasts), sentence)) != NULL && gtk_widget_get_height (toast) > 0);
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (toast), GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_measure (toast, GTK_ORIENTATION_VERTICAL, gtk_widget_get_width (toast), &height, NULL, NULL, NULL);
  g_assert_cmpint (gtk_widget_get_height (toast), >=, height);
  g_assert_cmpint (gtk_widget_get_width (toast), <, 280);
}

/* A long answer wraps, and the conversation stays beside it. */
static void
test_long_answer (Fixture *self,
                  gconstpointer data)
{
  g_autofree char *path = data_path ("samples", "animals.png");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  int small, wide;

  g_assert_true (drop_files (self, &file, 1));
  WAIT_UNTIL (rg_conversation_get_image (self->window->conversation) != NULL);
  type_question (self, "describe the picture");
  WAIT_UNTIL (rg_answer_get_n_words (self->window->answer) > 10);
  for (guint i = 0; i < 300; i++)
    {
      fixture_iterate ();
      g_usleep (1000);
    }
  g_assert_false (adw_flap_get_folded (self->window->flap));

  /* On a telephone two lines are shown, as many as this answer has in more room. */
  gtk_widget_measure (self->window->strip, GTK_ORIENTATION_VERTICAL, 360, NULL, &small, NULL, NULL);
  gtk_widget_measure (self->window->strip, GTK_ORIENTATION_VERTICAL, 520, NULL, &wide, NULL, NULL);
  g_assert_cmpint (small, ==, wide);
}

int
main (int argc,
      char **argv)
{
  static const int telephone[] = { 360, 640 }, laptop[] = { 1000, 700 };

  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

  g_test_add ("/flow-room/narrow", Fixture, telephone, set_up, test_narrow, tear_down);
  g_test_add ("/flow-room/long-answer", Fixture, laptop, set_up, test_long_answer, tear_down);

  return g_test_run ();
}
