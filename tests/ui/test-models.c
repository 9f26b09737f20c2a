/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "tests/tiny-gguf.h"
#include "ui/models-dialog.h"
#include "ui/window-private.h"

/* In the real window: the list of a fake home, choosing the bundled model there, and a load that is refused. */

#define WAIT_UNTIL(done)                                             \
  do                                                                 \
    {                                                                \
      gint64 end_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC; \
      while (!(done) && g_get_monotonic_time () < end_us)            \
        if (!g_main_context_iteration (NULL, FALSE))                 \
          g_usleep (500);                                            \
      g_assert_true (done);                                          \
    }                                                                \
  while (0)

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find (child, type);

  return found;
}

static GtkWidget *
find_dialog (void)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (RG_IS_MODELS_DIALOG (window))
        return window;
    }

  return NULL;
}

/* Returns: whether @widget or anything in it is the icon of this name. */
static gboolean
has_icon (GtkWidget *widget, const char *name)
{
  gboolean found = GTK_IS_IMAGE (widget) && g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (widget)), name) == 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found; child = gtk_widget_get_next_sibling (child))
    found = has_icon (child, name);

  return found;
}

static gboolean
has_model (RgEngine *engine)
{
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (engine);

  return info != NULL;
}

static void
test_flow (gconstpointer home)
{
  g_autoptr (RgEngine) engine = rg_engine_new (2);
  RgWindow *window = rg_window_new (NULL, engine);
  g_autofree char *bundled = g_build_filename (g_getenv ("REGARD_DATADIR"), "model", NULL);
  g_autofree char *blind = g_build_filename (home, "regard", "models", "blind.gguf", NULL);
  g_autofree char *broken = g_build_filename (home, "broken", NULL);
  g_autofree char *config = g_build_filename (broken, "config.json", NULL);
  g_autofree char *said = g_strjoin ("\n", "Answers now", bundled, NULL);
  g_autofree char *saved = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (blind);
  g_autoptr (RgModelInfo) after = NULL;
  g_autoptr (RgJob) failed = NULL;
  GtkListBox *list;
  GtkListBoxRow *row, *second;
  char *wrong;

  tiny_gguf_write (blind, NULL, 0);
  rg_window_set_bundled_model (window, bundled);
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.models", NULL);
  g_assert_nonnull (find_dialog ());
  /* One can type at once. */
  g_assert_true (GTK_IS_TEXT (gtk_window_get_focus (GTK_WINDOW (find_dialog ()))));
  list = GTK_LIST_BOX (find (find_dialog (), GTK_TYPE_LIST_BOX));
  WAIT_UNTIL (gtk_list_box_get_row_at_index (list, 1) != NULL);
  row = gtk_list_box_get_row_at_index (list, 0);
  second = gtk_list_box_get_row_at_index (list, 1);
  g_assert_true (gtk_list_box_row_get_activatable (row));
  g_assert_false (gtk_list_box_row_get_activatable (second));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (second)), "text-only"));

  g_signal_emit_by_name (list, "row-activated", row);
  WAIT_UNTIL (has_model (engine));
  WAIT_UNTIL (find_dialog () == NULL);
  WAIT_UNTIL (rg_job_is_finished (window->load_job));
  saved = g_settings_get_string (window->settings, "model-path");
  g_assert_cmpstr (saved, ==, bundled);

  /* The list then says which one answers: by a mark, by its name, and to screen readers. */
  gtk_widget_activate_action (GTK_WIDGET (window), "win.models", NULL);
  list = GTK_LIST_BOX (find (find_dialog (), GTK_TYPE_LIST_BOX));
  WAIT_UNTIL (gtk_list_box_get_row_at_index (list, 1) != NULL);
  row = gtk_list_box_get_row_at_index (list, 0);
  second = gtk_list_box_get_row_at_index (list, 1);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, "Regard");
  g_assert_true (has_icon (GTK_WIDGET (row), "object-select-symbolic"));
  g_assert_false (has_icon (GTK_WIDGET (second), "object-select-symbolic"));
  wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said);
  g_assert_cmpstr (wrong, ==, NULL);
  wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (second), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, blind);
  g_assert_cmpstr (wrong, ==, NULL);
  gtk_window_close (GTK_WINDOW (find_dialog ()));
  WAIT_UNTIL (find_dialog () == NULL);

  /* Neither what is dropped and refused nor what fails in loading takes the model away. */
  rg_window_open_file (window, file);
  g_assert_cmpint (g_mkdir_with_parents (broken, 0700), ==, 0);
  g_assert_true (g_file_set_contents (config, "{\"model_type\": \"regard\"}", -1, NULL));
  failed = rg_engine_load (engine, broken);
  rg_window_follow_load (window, failed);
  WAIT_UNTIL (rg_job_is_finished (failed));
  g_assert_cmpint (rg_job_get_state (failed), ==, RG_JOB_FAILED);
  g_assert_false (gtk_revealer_get_reveal_child (window->model_error));
  after = rg_engine_dup_model_info (engine);
  g_assert_cmpstr (after->path, ==, bundled);
  g_assert_cmpstr (after->name, ==, "Regard");

  gtk_window_destroy (GTK_WINDOW (window));
  g_remove (config);
  g_rmdir (broken);
  g_remove (blind);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("regard-home-XXXXXX", NULL);
  g_autofree char *models = g_build_filename (home, "regard", "models", NULL);

  g_assert_cmpint (g_mkdir_with_parents (models, 0700), ==, 0);
  g_setenv ("HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_data_func ("/models/flow", home, test_flow);

  return g_test_run ();
}
