/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/application.h"

#include <glib/gi18n.h>

#include "app/about.h"
#include "app/data-dir.h"
#include "app/sample.h"
#include "config.h"
#include "engine/engine.h"
#include "ui/preferences.h"
#include "ui/window.h"

struct _RgApplication
{
  AdwApplication parent_instance;

  /* Owned References */
  GSettings *settings;
  RgEngine *engine;
  RgJob *load_job;
  char *bundled;

  guint next_sample;
};

G_DEFINE_FINAL_TYPE (RgApplication, rg_application, ADW_TYPE_APPLICATION)

static RgWindow *
open_window (RgApplication *self)
{
  RgWindow *window = rg_window_new (GTK_APPLICATION (self), self->engine);

  rg_window_set_bundled_model (window, self->bundled);
  rg_window_follow_load (window, self->load_job);

  return window;
}

/* Returns: (nullable): the window in front. */
static RgWindow *
find_window (RgApplication *self)
{
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (self)); link != NULL; link = link->next)
    if (RG_IS_WINDOW (link->data))
      return RG_WINDOW (link->data);

  return NULL;
}

static void
show_next_sample (RgApplication *self,
                  RgWindow *window)
{
  rg_sample_open (self->next_sample, window);
  self->next_sample = (self->next_sample + 1) % RG_N_SAMPLES;
}

static void
sample_action (GSimpleAction *action,
               GVariant *parameter,
               gpointer user_data)
{
  RgApplication *self = RG_APPLICATION (user_data);
  RgWindow *window = find_window (self);

  if (window != NULL)
    show_next_sample (self, window);
}

static void
preferences_action (GSimpleAction *action,
                    GVariant *parameter,
                    gpointer user_data)
{
  RgApplication *self = RG_APPLICATION (user_data);
  GtkWidget *preferences = rg_preferences_new (self->settings);

  gtk_window_set_transient_for (GTK_WINDOW (preferences), gtk_application_get_active_window (GTK_APPLICATION (self)));
  gtk_window_present (GTK_WINDOW (preferences));
}

/* GtkApplication makes the window action itself, from the resource gtk/help-overlay.ui. */
static void
shortcuts_action (GSimpleAction *action,
                  GVariant *parameter,
                  gpointer user_data)
{
  RgWindow *window = find_window (RG_APPLICATION (user_data));

  if (window != NULL)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.show-help-overlay", NULL);
}

static void
about_action (GSimpleAction *action,
              GVariant *parameter,
              gpointer user_data)
{
  RgApplication *self = RG_APPLICATION (user_data);
  g_autoptr (RgModelInfo) model = rg_engine_dup_model_info (self->engine);

  rg_about_present (gtk_application_get_active_window (GTK_APPLICATION (self)), model);
}

/* Closes the windows one by one, so that each stops its work and keeps its size; the last one ends the program. */
static void
quit_action (GSimpleAction *action,
             GVariant *parameter,
             gpointer user_data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (user_data)));

  for (GList *link = windows; link != NULL; link = link->next)
    gtk_window_close (GTK_WINDOW (link->data));
}

/* Without a picture of one's own, the window opens on a sample with its question: one click plays it. */
static void
rg_application_activate (GApplication *application)
{
  RgApplication *self = RG_APPLICATION (application);
  RgWindow *window = find_window (self);

  if (window == NULL)
    {
      window = open_window (self);
      show_next_sample (self, window);
    }
  gtk_window_present (GTK_WINDOW (window));
}

/* The first picture opens in the window in front, each further one in a window of its own. */
static void
rg_application_open (GApplication *application,
                     GFile **files,
                     int n_files,
                     const char *hint)
{
  RgApplication *self = RG_APPLICATION (application);

  for (int i = 0; i < n_files; i++)
    {
      RgWindow *window = i == 0 ? find_window (self) : NULL;

      if (window == NULL)
        window = open_window (self);
      rg_window_open_file (window, files[i]);
      gtk_window_present (GTK_WINDOW (window));
    }
}

/* The last model may be gone: then the one that comes with Regard opens, and the windows say why. */
static void
last_loaded_cb (RgApplication *self)
{
  g_autofree char *message = NULL;

  if (rg_job_get_state (self->load_job) != RG_JOB_FAILED)
    return;

  message = g_strdup_printf (_ ("The last model could not be opened: %s The one that comes with Regard is used."), rg_job_get_error (self->load_job)->message);
  g_settings_reset (self->settings, "model-path");
  g_set_object (&self->load_job, NULL);
  self->load_job = rg_engine_load (self->engine, self->bundled);
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (self)); link != NULL; link = link->next)
    if (RG_IS_WINDOW (link->data))
      {
        rg_window_follow_load (RG_WINDOW (link->data), self->load_job);
        rg_window_say (RG_WINDOW (link->data), message);
      }
}

static void
rg_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "sample", sample_action },
    { "preferences", preferences_action },
    { "shortcuts", shortcuts_action },
    { "about", about_action },
    { "quit", quit_action },
  };
  RgApplication *self = RG_APPLICATION (application);
  GtkApplication *gtk_application = GTK_APPLICATION (application);
  g_autofree char *last = NULL;

  G_APPLICATION_CLASS (rg_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (RG_APPLICATION_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_application_set_accels_for_action (gtk_application, "app.preferences", (const char *[]){ "<Control>comma", NULL });
  gtk_application_set_accels_for_action (gtk_application, "app.quit", (const char *[]){ "<Control>q", NULL });

  self->settings = g_settings_new (RG_APPLICATION_ID);
  self->engine = rg_engine_new (g_settings_get_int (self->settings, "n-threads"));
  self->bundled = rg_data_dir_build ("model");
  last = g_settings_get_string (self->settings, "model-path");
  self->load_job = rg_engine_load (self->engine, *last != '\0' ? last : self->bundled);
  if (*last != '\0')
    g_signal_connect_object (self->load_job, "finished", G_CALLBACK (last_loaded_cb), self, G_CONNECT_SWAPPED);
}

/* The engine's worker ends here, not in finalize: no thread outlives the main loop. */
static void
rg_application_shutdown (GApplication *application)
{
  RgApplication *self = RG_APPLICATION (application);

  G_APPLICATION_CLASS (rg_application_parent_class)->shutdown (application);

  if (self->load_job != NULL)
    rg_job_cancel (self->load_job);
  g_clear_object (&self->load_job);
  g_clear_object (&self->engine);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->bundled, g_free);
}

static void
rg_application_class_init (RgApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = rg_application_activate;
  application_class->open = rg_application_open;
  application_class->startup = rg_application_startup;
  application_class->shutdown = rg_application_shutdown;
}

static void
rg_application_init (RgApplication *self)
{
}

RgApplication *
rg_application_new (void)
{
  return g_object_new (RG_TYPE_APPLICATION,
                       "application-id", RG_APPLICATION_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/io/github/regard_app/Regard",
                       NULL);
}
