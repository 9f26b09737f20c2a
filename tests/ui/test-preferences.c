/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences.h"

#define SCHEMA "io.github.regard_app.Regard"

/* The first widget of a type below a widget, counting. */
static GtkWidget *
find_nth (GtkWidget *widget,
          GType type,
          int *n)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) && (*n)-- == 0)
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_nth (child, type, n);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static gpointer
find (gpointer widget,
      GType type,
      int n)
{
  GtkWidget *found = find_nth (GTK_WIDGET (widget), type, &n);

  g_assert_nonnull (found);

  return found;
}

static void
test_palette (void)
{
  g_autoptr (GSettings) settings = g_settings_new (SCHEMA);
  GtkWidget *preferences = rg_preferences_new (settings);
  AdwComboRow *row = find (preferences, ADW_TYPE_COMBO_ROW, 0);
  g_autofree char *chosen = NULL;

  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 0);

  adw_combo_row_set_selected (row, 2);
  chosen = g_settings_get_string (settings, "palette");
  g_assert_cmpstr (chosen, ==, "viridis");

  g_settings_set_string (settings, "palette", "cividis");
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 1);

  g_settings_reset (settings, "palette");
  gtk_window_destroy (GTK_WINDOW (preferences));
}

static void
test_numbers (void)
{
  g_autoptr (GSettings) settings = g_settings_new (SCHEMA);
  GtkWidget *preferences = rg_preferences_new (settings);
  GtkRange *opacity = find (preferences, GTK_TYPE_SCALE, 0);
  GtkSpinButton *temperature = find (preferences, GTK_TYPE_SPIN_BUTTON, 0);
  GtkSpinButton *max_tokens = find (preferences, GTK_TYPE_SPIN_BUTTON, 1);
  GtkSpinButton *n_threads = find (preferences, GTK_TYPE_SPIN_BUTTON, 2);

  g_assert_cmpfloat (gtk_range_get_value (opacity), ==, 0.65);
  gtk_range_set_value (opacity, 0.25);
  g_assert_cmpfloat (g_settings_get_double (settings, "opacity"), ==, 0.25);

  gtk_spin_button_set_value (temperature, 0.7);
  g_assert_cmpfloat (g_settings_get_double (settings, "temperature"), ==, 0.7);

  g_assert_cmpint (gtk_spin_button_get_value_as_int (max_tokens), ==, 128);
  g_settings_set_int (settings, "max-tokens", 9);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (max_tokens), ==, 9);

  gtk_spin_button_set_value (n_threads, 3);
  g_assert_cmpint (g_settings_get_int (settings, "n-threads"), ==, 3);

  gtk_window_destroy (GTK_WINDOW (preferences));
  for (int i = 0; i < 4; i++)
    g_settings_reset (settings, ((const char *[]){ "opacity", "temperature", "max-tokens", "n-threads" })[i]);
}

static void
test_switches (void)
{
  g_autoptr (GSettings) settings = g_settings_new (SCHEMA);
  GtkWidget *preferences = rg_preferences_new (settings);
  GtkSwitch *smooth = find (preferences, GTK_TYPE_SWITCH, 0);
  GtkSwitch *show_shares = find (preferences, GTK_TYPE_SWITCH, 1);

  g_assert_false (gtk_switch_get_active (smooth));
  g_assert_true (gtk_switch_get_active (show_shares));

  gtk_switch_set_active (smooth, TRUE);
  gtk_switch_set_active (show_shares, FALSE);
  g_assert_true (g_settings_get_boolean (settings, "smooth"));
  g_assert_false (g_settings_get_boolean (settings, "show-shares"));

  g_settings_reset (settings, "smooth");
  g_settings_reset (settings, "show-shares");
  gtk_window_destroy (GTK_WINDOW (preferences));
}

/* Bindings must not keep a closed window alive. */
static void
test_finalize (void)
{
  g_autoptr (GSettings) settings = g_settings_new (SCHEMA);
  GtkWidget *preferences = g_object_ref (rg_preferences_new (settings));

  gtk_window_destroy (GTK_WINDOW (preferences));
  g_assert_finalize_object (preferences);
}

/* GTK shows it for Ctrl+? by itself; here it must at least be well made. */
static void
test_shortcuts (void)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/io/github/regard_app/Regard/gtk/help-overlay.ui");
  GObject *window = gtk_builder_get_object (builder, "help_overlay");

  g_assert_true (GTK_IS_SHORTCUTS_WINDOW (window));
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

  g_test_add_func ("/preferences/palette", test_palette);
  g_test_add_func ("/preferences/numbers", test_numbers);
  g_test_add_func ("/preferences/switches", test_switches);
  g_test_add_func ("/preferences/finalize", test_finalize);
  g_test_add_func ("/shortcuts/window", test_shortcuts);

  return g_test_run ();
}
