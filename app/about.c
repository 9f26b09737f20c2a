/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/about.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <sys/utsname.h>

#include "config.h"

/* The kernel's name for the processor, "" where it has none to tell. */
static char *
dup_processor (void)
{
  g_autofree char *text = NULL;
  char *line;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL) || (line = strstr (text, "model name")) == NULL ||
      (line = strchr (line, ':')) == NULL)
    return g_strdup ("");

  return g_strndup (line + 2, strcspn (line + 2, "\n"));
}

static void
append_model (GString *text,
              const RgModelInfo *model)
{
  if (model == NULL)
    {
      g_string_append (text, "Model: none\n");
      return;
    }

  g_string_append_printf (text, "Model: %s (%s)\n", model->name, model->family);
  g_string_append_printf (text, "  folder: %s\n", model->path);
  g_string_append_printf (text, "  SHA-256: %s\n", model->fingerprint);
  g_string_append_printf (text, "  %" G_GUINT64_FORMAT " parameters, %" G_GUINT64_FORMAT " bytes\n",
                          model->n_parameters, model->file_bytes);
  g_string_append_printf (text, "  attention: %u layers x %u heads; picture %u px; vocabulary %u\n",
                          model->n_layers, model->n_heads, model->image_size, model->vocabulary_size);
}

char *
rg_about_dup_debug_info (const RgModelInfo *model)
{
  GString *text = g_string_new ("Regard " RG_VERSION "\n");
  g_autofree char *processor = dup_processor ();
  GdkDisplay *display = gdk_display_get_default ();
  struct utsname system;

  if (uname (&system) == 0)
    g_string_append_printf (text, "System: %s %s %s\n", system.sysname, system.release, system.machine);
  g_string_append_printf (text, "Processor: %s, %u threads\n", processor, g_get_num_processors ());
  g_string_append_printf (text, "GTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n",
                          gtk_get_major_version (), gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version (),
                          glib_major_version, glib_minor_version, glib_micro_version);
  if (display != NULL)
    g_string_append_printf (text, "Display: %s\n", G_OBJECT_TYPE_NAME (display));
  append_model (text, model);

  return g_string_free (text, FALSE);
}

/* The model is data of its own, with its own provenance: a section beside the program's licence. */
static void
add_model_section (AdwAboutWindow *about,
                   const RgModelInfo *model)
{
  g_autofree char *name = NULL, *size = NULL, *parameters = NULL, *text = NULL;

  if (model == NULL)
    return;

  name = g_markup_escape_text (model->name, -1);
  size = g_format_size (model->file_bytes);
  parameters = g_strdup_printf ("%.1f", model->n_parameters / 1e6);
  /* Translators: name of the model, millions of parameters, size of the file, SHA-256 of the file. */
  text = g_strdup_printf (_ ("%s: %s million parameters, %s.\n\nSHA-256 of the weights:\n%s"), name, parameters, size,
                          model->fingerprint);
  adw_about_window_add_legal_section (about, _ ("Model"), NULL, GTK_LICENSE_CUSTOM, text);
}

void
rg_about_present (GtkWindow *parent,
                  const RgModelInfo *model)
{
  g_autofree char *debug_info = rg_about_dup_debug_info (model);
  const char *developers[] = { "The Regard authors", NULL };
  GtkWidget *about;

  about = g_object_new (ADW_TYPE_ABOUT_WINDOW,
                        "transient-for", parent,
                        "modal", parent != NULL,
                        "application-name", "Regard",
                        "application-icon", RG_APPLICATION_ID,
                        "developer-name", _ ("The Regard authors"),
                        "developers", developers,
                        "version", RG_VERSION,
                        "comments", _ ("Ask about a picture and see where each word of the answer looked. "
                                       "Everything is computed on this computer; Regard never connects to the network."),
                        "license-type", GTK_LICENSE_GPL_3_0,
                        "debug-info", debug_info,
                        "debug-info-filename", "regard-debug-info.txt",
                        /* Translators: your name, and those who translated before you, one a line. */
                        "translator-credits", _ ("translator-credits"),
                        NULL);
  add_model_section (ADW_ABOUT_WINDOW (about), model);
  gtk_window_present (GTK_WINDOW (about));
}
