/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/models-dialog.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/library.h"
#include "ui/closures.h"

struct _RgModelsDialog
{
  AdwWindow parent_instance;

  /* Template Widgets */
  GtkSpinner *spinner;
  GtkSearchEntry *search;
  GtkListBox *list;
  AdwActionRow *command;

  /* Owned */
  RgLibrary *library;
  GtkStringFilter *filter;
  GtkFilterListModel *shown;
  GSettings *settings;
  char *bundled, *current;
};

G_DEFINE_FINAL_TYPE (RgModelsDialog, rg_models_dialog, ADW_TYPE_WINDOW)

enum
{
  CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* Family, size and type in one line. */
static char *
describe (const RgModelDescription *model)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  if (model->family != NULL)
    g_ptr_array_add (parts, g_strdup (model->family));
  if (model->n_parameters >= 1000000000)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.1f billion parameters"), model->n_parameters / 1e9));
  else if (model->n_parameters > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.1f million parameters"), model->n_parameters / 1e6));
  if (model->weight_type != NULL)
    g_ptr_array_add (parts, g_strdup (model->weight_type));
  if (model->file_bytes > 0)
    g_ptr_array_add (parts, g_format_size (model->file_bytes));
  g_ptr_array_add (parts, NULL);

  return g_strjoinv (" · ", (char **) parts->pdata);
}

/* How it would run here, as far as anything is known. */
static char *
describe_fit (const RgModelDescription *model, const RgFit *fit)
{
  g_autofree char *needed = g_format_size (fit->memory_bytes);
  g_autofree char *there = g_format_size (fit->available_bytes);
  GString *text = g_string_new (NULL);

  if (fit->available_bytes > 0)
    g_string_append_printf (text, _ ("Needs about %s of memory, %s are free"), needed, there);
  else
    g_string_append_printf (text, _ ("Needs about %s of memory"), needed);
  if (isfinite (fit->see_seconds) && isfinite (fit->words_per_second))
    {
      g_string_append (text, " · ");
      g_string_append_printf (text, model->listens ? _ ("about %g s for a sound, at most about %g words a second") : _ ("about %g s for a picture, at most about %g words a second"), rg_fit_round (fit->see_seconds), rg_fit_round (fit->words_per_second));
    }
  else
    {
      g_string_append (text, " · ");
      g_string_append (text, _ ("its speed here is not known"));
    }

  return g_string_free (text, FALSE);
}

/* What follows a model's name: that it is the one that answers now, or whether it could be. */
static GtkWidget *
create_mark (gboolean is_current, gboolean runs)
{
  GtkWidget *icon = gtk_image_new_from_icon_name (is_current ? "object-select-symbolic" : runs ? "go-next-symbolic"
                                                                                               : "action-unavailable-symbolic");
  const char *text = is_current ? _ ("Answers now") : runs ? _ ("Can be opened")
                                                           : _ ("Cannot be opened");

  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  if (is_current)
    gtk_widget_set_tooltip_text (icon, text);

  return icon;
}

static GtkWidget *
create_row (gpointer object, gpointer user_data)
{
  RgModelsDialog *self = user_data;
  RgLibraryItem *item = object;
  const RgModelDescription *model = rg_library_item_get_model (item);
  gboolean runs = (model->uses & RG_MODEL_USE_ANSWER) != 0;
  gboolean is_current = runs && g_strcmp0 (model->path, self->current) == 0;
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *tooltip = is_current ? g_strjoin ("\n", _ ("Answers now"), model->path, NULL) : g_strdup (model->path);
  g_autofree char *facts = describe (model);
  g_autofree char *fit = runs ? describe_fit (model, rg_library_item_get_fit (item)) : g_strdup (model->reason);
  g_autofree char *subtitle = g_strjoin (*facts != '\0' ? "\n" : "", facts, fit, NULL);

  /* Names come from files: no markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), model->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 2);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), runs);
  /* Which is the accessible description, too. */
  gtk_widget_set_tooltip_text (row, tooltip);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), create_mark (is_current, runs));
  g_object_set_data_full (G_OBJECT (row), "item", g_object_ref (item), g_object_unref);

  return row;
}

static void
row_activated_cb (RgModelsDialog *self, GtkListBoxRow *row)
{
  RgLibraryItem *item = g_object_get_data (G_OBJECT (row), "item");

  g_signal_emit (self, signals[CHOSEN], 0, rg_library_item_get_model (item)->path);
  gtk_window_close (GTK_WINDOW (self));
}

/* --- what can be done --------------------------------------------------------------------------------------------- */

static void
scan (RgModelsDialog *self)
{
  g_autofree char *chosen = self->settings != NULL ? g_settings_get_string (self->settings, "models-folder") : NULL;

  rg_library_scan (self->library, self->bundled, chosen);
}

static void
search_changed_cb (RgModelsDialog *self)
{
  gtk_string_filter_set_search (self->filter, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

static void
copy_cb (RgModelsDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self->command)));
}

static void
folder_chosen_cb (GtkNativeDialog *chooser, int response, RgModelsDialog *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL && self->settings != NULL && g_utf8_validate (path, -1, NULL))
    {
      g_settings_set_string (self->settings, "models-folder", path);
      scan (self);
    }
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
choose_folder_cb (RgModelsDialog *self)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_ ("Choose a Folder of Models"), GTK_WINDOW (self),
                                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (folder_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void
rg_models_dialog_dispose (GObject *object)
{
  RgModelsDialog *self = RG_MODELS_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_MODELS_DIALOG);
  g_clear_object (&self->shown);
  g_clear_object (&self->filter);
  g_clear_object (&self->library);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->bundled, g_free);
  g_clear_pointer (&self->current, g_free);

  G_OBJECT_CLASS (rg_models_dialog_parent_class)->dispose (object);
}

static void
rg_models_dialog_class_init (RgModelsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_models_dialog_dispose;
  signals[CHOSEN] = g_signal_new ("chosen", RG_TYPE_MODELS_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/models-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, RgModelsDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, RgModelsDialog, search);
  gtk_widget_class_bind_template_child (widget_class, RgModelsDialog, list);
  gtk_widget_class_bind_template_child (widget_class, RgModelsDialog, command);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_folder_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
rg_models_dialog_init (RgModelsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->library = rg_library_new ();
  self->filter = gtk_string_filter_new (gtk_property_expression_new (RG_TYPE_LIBRARY_ITEM, NULL, "name"));
  self->shown = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->library)), GTK_FILTER (g_object_ref (self->filter)));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->shown), create_row, self, NULL);
  g_object_bind_property (self->library, "scanning", self->spinner, "spinning", G_BINDING_SYNC_CREATE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

GtkWidget *
rg_models_dialog_new (GSettings *settings, const char *bundled, const char *current)
{
  RgModelsDialog *self = g_object_new (RG_TYPE_MODELS_DIALOG, NULL);

  self->settings = settings != NULL ? g_object_ref (settings) : NULL;
  self->bundled = g_strdup (bundled);
  self->current = g_strdup (current);
  scan (self);

  return GTK_WIDGET (self);
}
