/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "engine/library.h"
#include "ui/image-loader.h"
#include "ui/window-private.h"

/* A picture that is there sooner needs no word about it. */
#define READING_DELAY_MS 250

/* What a load needs when it comes back: the window may be gone by then, so it is only watched. */
typedef struct
{
  GWeakRef window;
  GCancellable *cancellable;
  char *title;
  guint n_left_out; /* files that came with it */
} Load;

static void
load_free (Load *load)
{
  g_weak_ref_clear (&load->window);
  g_clear_object (&load->cancellable);
  g_free (load->title);
  g_free (load);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Load, load_free)

/* --- read --------------------------------------------------------------------------------------------------------- */

static void
forget_load (RgWindow *self)
{
  g_clear_handle_id (&self->reading_id, g_source_remove);
  g_clear_pointer (&self->reading, g_free);
  g_clear_object (&self->loading);
}

static void
reading_cb (gpointer user_data)
{
  RgWindow *self = user_data;

  self->reading_id = 0;
  _rg_window_update (self);
}

/* Only the latest picture asked for is waited for. */
static Load *
load_new (RgWindow *self,
          char *title)
{
  Load *load = g_new0 (Load, 1);

  g_cancellable_cancel (self->loading);
  forget_load (self);
  self->loading = g_cancellable_new ();
  /* Translators: a picture’s name. */
  self->reading = g_strdup_printf (_ ("Reading “%s”…"), title);
  self->reading_id = g_timeout_add_once (READING_DELAY_MS, reading_cb, self);

  g_weak_ref_init (&load->window, self);
  load->cancellable = g_object_ref (self->loading);
  load->title = title;

  return load;
}

const char *
_rg_window_get_reading (RgWindow *self)
{
  return self->reading_id == 0 ? self->reading : NULL;
}

void
_rg_window_stop_reading (RgWindow *self)
{
  g_cancellable_cancel (self->loading);
  forget_load (self);
}

static void
open_image (RgWindow *self,
            RgImage *image,
            const char *title,
            guint n_left_out)
{
  g_autoptr (RgConversation) conversation = rg_conversation_new (image, title);
  g_autofree char *sentence = NULL;
  gboolean primed;

  if (n_left_out > 0)
    sentence = g_strdup_printf (ngettext ("One picture at a time: %u other file was left out.", "One picture at a time: %u other files were left out.", n_left_out), n_left_out);

  _rg_window_set_draw (self, FALSE);

  /* A question that came with the picture before goes with it; what somebody typed stays. */
  g_object_get (self->question_bar, "primed", &primed, NULL);
  if (primed)
    rg_question_bar_set_text (self->question_bar, "");
  rg_question_bar_set_primed (self->question_bar, FALSE);
  _rg_window_replace (self, conversation, sentence != NULL ? sentence : _ ("New picture, new conversation"));
  rg_question_bar_grab (self->question_bar);

  /* Where nothing was replaced, nothing was said. */
  if (sentence != NULL && self->toast == NULL)
    _rg_window_toast (self, sentence);
}

static void
loaded_cb (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_loader_load_finish (result, &error);
  g_autoptr (RgWindow) self = g_weak_ref_get (&load->window);

  if (self == NULL || self->loading != load->cancellable)
    return;

  forget_load (self);
  if (image != NULL)
    open_image (self, image, load->title, load->n_left_out);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    _rg_window_toast (self, error->message);
  _rg_window_update (self);
}

static void
load_texture (RgWindow *self,
              GdkTexture *texture,
              const char *title)
{
  Load *load = load_new (self, g_strdup (title));

  rg_image_loader_load_texture_async (texture, load->cancellable, loaded_cb, load);
}

/* @n_left_out: files that came with it. */
static void
open_file (RgWindow *self,
           GFile *file,
           guint n_left_out)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *name = NULL;
  Load *load;

  if (path != NULL && rg_model_path_is_candidate (path))
    {
      rg_window_open_model (self, path);
      return;
    }

  name = g_file_get_basename (file);
  load = load_new (self, name != NULL ? g_filename_display_name (name) : g_file_get_uri (file));
  load->n_left_out = n_left_out;
  rg_image_loader_load_async (file, load->cancellable, loaded_cb, load);
}

/* The first of what was dropped or pasted, and a word about the others. Returns whether there was one. */
static gboolean
open_files (RgWindow *self,
            const GValue *list)
{
  g_autoptr (GSList) files = list != NULL ? gdk_file_list_get_files (g_value_get_boxed (list)) : NULL;

  if (files != NULL)
    open_file (self, files->data, g_slist_length (files) - 1);

  return files != NULL;
}

void
rg_window_open_file (RgWindow *self,
                     GFile *file)
{
  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  open_file (self, file, 0);
}

void
rg_window_open_image (RgWindow *self,
                      RgImage *image,
                      const char *title)
{
  g_return_if_fail (RG_IS_WINDOW (self));
  g_return_if_fail (image != NULL);

  open_image (self, image, title, 0);
}

/* --- open --------------------------------------------------------------------------------------------------------- */

static void
chooser_response_cb (GtkNativeDialog *chooser,
                     int response,
                     RgWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

      if (file != NULL)
        rg_window_open_file (self, file);
    }

  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
open_action (GtkWidget *widget,
             const char *name,
             GVariant *parameter)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_ ("Open a Picture"), GTK_WINDOW (widget),
                                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Pictures and sounds"));
  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_filter_add_suffix (filter, "wav");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (chooser_response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- paste -------------------------------------------------------------------------------------------------------- */

static void
pasted_texture_cb (GObject *source,
                   GAsyncResult *result,
                   gpointer user_data)
{
  g_autofree GWeakRef *watch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = gdk_clipboard_read_texture_finish (GDK_CLIPBOARD (source), result, &error);
  g_autoptr (RgWindow) self = g_weak_ref_get (watch);

  g_weak_ref_clear (watch);
  if (self == NULL)
    return;

  if (texture != NULL)
    load_texture (self, texture, _ ("Pasted picture"));
  else
    _rg_window_toast (self, _ ("The clipboard holds no picture that can be read."));
}

static void
pasted_files_cb (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autofree GWeakRef *watch = user_data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);
  g_autoptr (RgWindow) self = g_weak_ref_get (watch);

  g_weak_ref_clear (watch);
  if (self != NULL && !open_files (self, value))
    _rg_window_toast (self, _ ("The clipboard holds no picture that can be read."));
}

/* Returns whether the clipboard has a picture to paste; text belongs to the entry. */
static gboolean
paste (RgWindow *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  gboolean has_files = gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) || gdk_content_formats_contain_mime_type (formats, "text/uri-list");
  gboolean has_texture = gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE) || gdk_content_formats_contain_mime_type (formats, "image/png");
  GWeakRef *watch;

  if (!has_files && !has_texture)
    return FALSE;

  watch = g_new0 (GWeakRef, 1);
  g_weak_ref_init (watch, self);

  if (has_texture)
    gdk_clipboard_read_texture_async (clipboard, NULL, pasted_texture_cb, watch);
  else
    gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL, pasted_files_cb, watch);

  return TRUE;
}

static void
paste_action (GtkWidget *widget,
              const char *name,
              GVariant *parameter)
{
  if (!paste (RG_WINDOW (widget)))
    _rg_window_toast (RG_WINDOW (widget), _ ("The clipboard holds no picture."));
}

static gboolean
paste_shortcut_cb (GtkWidget *widget,
                   GVariant *arguments,
                   gpointer user_data)
{
  return paste (RG_WINDOW (widget));
}

/* --- drop --------------------------------------------------------------------------------------------------------- */

static gboolean
drop_cb (RgWindow *self,
         const GValue *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return open_files (self, value);

  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    {
      load_texture (self, g_value_get_object (value), _ ("Dropped picture"));
      return TRUE;
    }

  return FALSE;
}

void
_rg_window_accept_pictures (RgWindow *self)
{
  /* In this order: a browser gives the image itself, and beside it the address, which would have to be fetched. */
  GType types[] = { GDK_TYPE_TEXTURE, GDK_TYPE_FILE_LIST };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));

  /* Before the entry gets the key: it would swallow it, and paste nothing. */
  gtk_event_controller_set_propagation_phase (shortcuts, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (shortcuts),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_v, GDK_CONTROL_MASK),
                                                          gtk_callback_action_new (paste_shortcut_cb, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), shortcuts);
}

void
_rg_window_install_picture_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open", NULL, open_action);
  gtk_widget_class_install_action (widget_class, "win.paste", NULL, paste_action);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_o, GDK_CONTROL_MASK, "win.open", NULL);
}
