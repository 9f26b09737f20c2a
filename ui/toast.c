/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/toast.h"

/* A sentence may be long: so many characters to a line at most, or the window would fold what stands beside it. */
#define LINE_CHARS 48
#define LEAST_LINE_CHARS 16

/* What a toast needs beside its sentence: margins and the button that closes it; and a button with a word. */
#define FRAME_WIDTH 110
#define BUTTON_WIDTH 110

/* libadwaita 1.2 goes on with what it has freed if a toast's coming and going end in the same frame, as they do where it is
 * dismissed at once or frames are slow: a toast goes when it has come, which takes it a third of a second. */
#define COMES_US (G_USEC_PER_SEC / 2)

#define CAME_AT "regard-came-at"

/* A toast that waits its turn comes when its title is mapped. */
static void
came_cb (AdwToast *toast)
{
  gint64 *came_at = g_new (gint64, 1);

  *came_at = g_get_monotonic_time ();
  g_object_set_data_full (G_OBJECT (toast), CAME_AT, came_at, g_free);
}

AdwToast *
rg_toast_new (const char *sentence)
{
  AdwToast *toast = adw_toast_new ("");
  /* Read aloud when it comes. */
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", sentence, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT, NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), LINE_CHARS);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  g_signal_connect_object (label, "map", G_CALLBACK (came_cb), toast, G_CONNECT_SWAPPED);
  adw_toast_set_custom_title (toast, label);

  return toast;
}

/* An overlay measures a toast as if there were room for its longest line, and cuts off what there is none for. */
static void
fit_lines (AdwToastOverlay *overlay,
           AdwToast *toast)
{
  GtkLabel *label = GTK_LABEL (adw_toast_get_custom_title (toast));
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (overlay));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int char_width = MAX (1, PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics)));
  int width = gtk_widget_get_width (GTK_WIDGET (overlay)) - FRAME_WIDTH - (adw_toast_get_button_label (toast) != NULL ? BUTTON_WIDTH : 0);

  pango_font_metrics_unref (metrics);
  if (gtk_widget_get_width (GTK_WIDGET (overlay)) > 0)
    gtk_label_set_max_width_chars (label, CLAMP (width / char_width, LEAST_LINE_CHARS, LINE_CHARS));
}

void
rg_toast_show (AdwToastOverlay *overlay,
               AdwToast *toast,
               AdwToast **place)
{
  fit_lines (overlay, toast);
  rg_toast_retract (overlay, place);
  g_set_weak_pointer (place, toast);
  adw_toast_overlay_add_toast (overlay, toast);
}

/* A frame: those animations that have ended did so before. */
static gboolean
dismiss_cb (GtkWidget *overlay,
            GdkFrameClock *clock,
            gpointer user_data)
{
  const gint64 *came_at = g_object_get_data (user_data, CAME_AT);

  if (came_at != NULL && gdk_frame_clock_get_frame_time (clock) < *came_at + COMES_US)
    return G_SOURCE_CONTINUE;

  adw_toast_dismiss (ADW_TOAST (user_data));

  return G_SOURCE_REMOVE;
}

void
rg_toast_retract (AdwToastOverlay *overlay,
                  AdwToast **place)
{
  if (*place != NULL)
    gtk_widget_add_tick_callback (GTK_WIDGET (overlay), dismiss_cb, g_object_ref (*place), g_object_unref);
  g_clear_weak_pointer (place);
}
