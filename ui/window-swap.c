/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "ui/closures.h"
#include "ui/image-loader.h"
#include "ui/swap-view.h"
#include "ui/window-private.h"

#define SAMPLES "/io/github/regard_app/Regard/samples"

static void
release_fetching (RgWindow *self)
{
  g_cancellable_cancel (self->fetching);
  g_clear_object (&self->fetching);
}

static void
take_other (RgWindow *self,
            RgImage *image)
{
  if (image != NULL)
    rg_image_ref (image);
  g_clear_pointer (&self->other, rg_image_unref);
  self->other = image;
}

void
_rg_window_forget_other (RgWindow *self)
{
  take_other (self, NULL);
  self->chose_other = FALSE;
}

static void
fetched_cb (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GWeakRef *watch = user_data;
  g_autoptr (RgWindow) self = g_weak_ref_get (watch);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_loader_load_finish (result, &error);

  g_weak_ref_clear (watch);
  g_free (watch);
  if (self == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->fetching);
  if (image != NULL)
    take_other (self, image);
  else
    _rg_window_toast (self, error->message);
  _rg_window_update (self);
}

static void
fetch_other (RgWindow *self,
             GFile *file)
{
  GWeakRef *watch = g_new0 (GWeakRef, 1);

  release_fetching (self);
  self->fetching = g_cancellable_new ();
  g_weak_ref_init (watch, self);
  rg_image_loader_load_async (file, self->fetching, fetched_cb, watch);
}

static gboolean
is_same_picture (RgImage *a,
                 RgImage *b)
{
  return a == b || (rg_image_get_width (a) == rg_image_get_width (b) && rg_image_get_height (a) == rg_image_get_height (b) &&
                    memcmp (rg_image_get_pixels (a), rg_image_get_pixels (b), (gsize) 3 * rg_image_get_width (a) * rg_image_get_height (a)) == 0);
}

/* Unless somebody chose one, one of the samples, but not the very picture in question. */
gboolean
_rg_window_find_other (RgWindow *self)
{
  g_auto (GStrv) samples = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GFile) file = NULL;
  guint n_samples;

  if (self->fetching != NULL)
    return FALSE;
  if (self->other != NULL && (self->chose_other || !is_same_picture (self->other, _rg_window_get_image (self))))
    return TRUE;

  take_other (self, NULL);
  samples = g_resources_enumerate_children (SAMPLES, 0, NULL);
  n_samples = samples != NULL ? g_strv_length (samples) : 0;
  if (n_samples < 2)
    return TRUE;

  uri = g_strdup_printf ("resource://%s/%s", SAMPLES, samples[self->next_sample++ % n_samples]);
  file = g_file_new_for_uri (uri);
  fetch_other (self, file);

  return FALSE;
}

static void
other_response_cb (GtkNativeDialog *chooser,
                   int response,
                   RgWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

      if (file != NULL)
        rg_window_swap_file (self, file);
    }

  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
swap_other_action (GtkWidget *widget,
                   const char *name,
                   GVariant *parameter)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_ ("Another Picture"), GTK_WINDOW (widget), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  g_signal_connect_object (chooser, "response", G_CALLBACK (other_response_cb), widget, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
rg_window_swap_file (RgWindow *self,
                     GFile *file)
{
  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  self->chose_other = TRUE;
  fetch_other (self, file);
}

void
_rg_window_update_swap (RgWindow *self)
{
  RgSwapView *view = rg_why_pane_get_view (self->pane, RG_WHY_SWAP);
  RgSwap *swap;
  RgJob *job;

  if (!_rg_window_is_explainable (self) || !_rg_window_find_other (self))
    {
      rg_swap_view_show_sentence (view, _rg_window_get_wait_sentence (self));
      return;
    }

  rg_inquiry_swap (self->inquiry, self->other);
  swap = rg_inquiry_get_swap (self->inquiry);
  job = rg_inquiry_get_job (self->inquiry);
  if (swap != NULL)
    rg_swap_view_show_swap (view, swap);
  else if (job != NULL)
    rg_swap_view_show_progress (view, rg_format_stage (rg_job_get_stage (job)), rg_job_get_fraction (job));
}

void
_rg_window_release_swap (RgWindow *self)
{
  release_fetching (self);
  g_clear_pointer (&self->other, rg_image_unref);
  _rg_window_release_compare (self);
}

void
_rg_window_install_swap_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.swap-other", NULL, swap_other_action);
  _rg_window_install_compare_actions (widget_class);
}
