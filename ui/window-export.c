/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "ui/window-private.h"

static const struct
{
  const char *name; /* target of the action */
  const char *title;
  const char *ending; /* of the proposed name */
} kinds[RG_N_EXPORT_KINDS] = {
  [RG_EXPORT_MAP] = { "map", N_ ("Export the Map"), NULL },
  [RG_EXPORT_SHEET] = { "sheet", N_ ("Export an Evidence Sheet"), "evidence" },
  [RG_EXPORT_ANSWER] = { "answer", N_ ("Export the Answer as an Animation"), "answer" },
};

static const struct
{
  const char *ending, *name;
} formats[] = {
  { "png", N_ ("Picture (PNG)") },
  { "svg", N_ ("Drawing (SVG)") },
  { "pdf", N_ ("Document (PDF)") },
  { "csv", N_ ("Numbers (CSV)") },
  { "npy", N_ ("Numbers for NumPy (NPY)") },
  { "gif", N_ ("Animation (GIF)") },
};

/* What a thread writes. The window may be gone by the time it is done, so it is only watched. */
typedef struct
{
  GWeakRef window;
  RgExportKind kind;
  RgEvidence *evidence;
  guint word;
  char *path;
} Export;

static void
export_free (Export *self)
{
  g_weak_ref_clear (&self->window);
  rg_evidence_free (self->evidence);
  g_free (self->path);
  g_free (self);
}

/* --- evidence ----------------------------------------------------------------------------------------------------- */

/* Attention by other layers and heads than those that were explained comes from the record, as in the window. */
static RgExplanation *
explain_from_record (RgWindow *self,
                     RgExplanation *explained,
                     int layer,
                     int head)
{
  RgPatchGrid *grid = rg_explanation_get_grid (explained);
  guint n_words = rg_explanation_get_n_words (explained), n_patches = rg_patch_grid_get_n_patches (grid);
  RgMethodOptions options = *rg_explanation_get_options (explained);
  g_autofree float *maps = g_new0 (float, (gsize) n_words *n_patches);
  g_autofree double *dependence = g_new (double, n_words);
  g_autofree RgWord *words = g_new (RgWord, n_words);

  options.layer = layer;
  options.head = head;
  options.hide_sinks = FALSE; /* the record has them */
  for (guint w = 0; w < n_words; w++)
    {
      words[w] = *rg_explanation_get_word (explained, w);
      dependence[w] = rg_explanation_get_dependence (explained, w);
      rg_token_list_map_word (rg_inquiry_get_answered (self->inquiry)->tokens, &words[w], layer, head, maps + (gsize) w * n_patches, NULL);
    }

  return rg_explanation_new (RG_METHOD_ATTENTION, &options, grid, words, n_words, maps, NULL, dependence);
}

/* Returns: (transfer full) (nullable): the maps that are shown; %NULL until there are any. */
static RgExplanation *
dup_explanation (RgWindow *self)
{
  RgExplanation *explained = rg_answer_get_explanation (self->answer);
  const RgMethodOptions *options;
  int layer, head;

  if (explained == NULL)
    return NULL;

  _rg_window_get_attention_set (self, &layer, &head);
  options = rg_explanation_get_options (explained);
  if (rg_answer_get_method (self->answer) == RG_METHOD_ATTENTION && (options->layer != layer || options->head != head))
    return explain_from_record (self, explained, layer, head);

  return rg_explanation_ref (explained);
}

static RgEvidence *
collect (RgWindow *self,
         RgExplanation *explanation)
{
  RgEvidence *evidence = rg_evidence_new (rg_inquiry_get_answered (self->inquiry), explanation,
                                          rg_inquiry_get_model (self->inquiry), rg_inquiry_get_sampling (self->inquiry));

  evidence->name = g_strdup (rg_conversation_get_title (self->conversation));
  g_object_get (self->controls, "palette", &evidence->style.palette, "map-opacity", &evidence->style.opacity, "smooth", &evidence->style.smooth, NULL);

  return evidence;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void
write_thread (GTask *task,
              gpointer source,
              gpointer data,
              GCancellable *cancellable)
{
  Export *self = data;
  GError *error = NULL;

  if (rg_export (self->kind, self->evidence, self->word, self->path, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Export *export = g_task_get_task_data (G_TASK (result));
  g_autoptr (RgWindow) self = g_weak_ref_get (&export->window);
  g_autofree char *name = g_filename_display_basename (export->path);
  g_autofree char *sentence = NULL;
  g_autoptr (GError) error = NULL;
  gboolean written = g_task_propagate_boolean (G_TASK (result), &error);

  if (self == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  /* Translators: name of a file. */
  sentence = written ? g_strdup_printf (_ ("Saved as “%s”"), name) : g_strdup (error->message);
  _rg_window_toast (self, sentence);
}

static void
begin (RgWindow *self,
       RgExportKind kind,
       RgExplanation *explanation,
       const char *path)
{
  Export *export = g_new0 (Export, 1);
  g_autoptr (GTask) task = NULL;

  if (self->exporting == NULL)
    self->exporting = g_cancellable_new ();
  task = g_task_new (NULL, self->exporting, written_cb, NULL);

  g_weak_ref_init (&export->window, self);
  export->kind = kind;
  export->evidence = collect (self, explanation);
  export->word = MAX (rg_answer_get_selected (self->answer), 0);
  export->path = g_strdup (path);

  /* As it is shown: only one map can be stretched. */
  if (kind == RG_EXPORT_MAP)
    g_object_get (self->answer, "stretch", &export->evidence->stretched, NULL);
  if (export->evidence->stretched)
    export->evidence->style.scale = rg_explanation_get_word_extent (explanation, export->word);

  g_task_set_task_data (task, export, (GDestroyNotify) export_free);
  g_task_run_in_thread (task, write_thread);
}

void
_rg_window_release_export (RgWindow *self)
{
  g_cancellable_cancel (self->exporting);
  g_clear_object (&self->exporting);
}

/* A sheet waits until all of its maps were put to the test. */
static void
update_sheet (RgWindow *self)
{
  RgMethod method = rg_answer_get_method (self->answer);
  RgExplanation *tested;
  int layer, head;

  if (self->sheet_path == NULL || rg_answer_get_explanation (self->answer) == NULL)
    return;

  _rg_window_get_attention_set (self, &layer, &head);
  tested = rg_inquiry_get_verdict (self->inquiry, method, layer, head, RG_VERIFY_ALL);
  if (tested != NULL)
    {
      g_autofree char *path = g_steal_pointer (&self->sheet_path);

      begin (self, RG_EXPORT_SHEET, tested, path);
    }
  else if (rg_inquiry_get_job (self->inquiry) == NULL)
    {
      rg_inquiry_verify (self->inquiry, method, layer, head, RG_VERIFY_ALL);
    }
}

void
_rg_window_update_export (RgWindow *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.export", rg_answer_get_explanation (self->answer) != NULL);
  update_sheet (self);
}

void
_rg_window_export (RgWindow *self,
                   RgExportKind kind,
                   const char *path)
{
  g_autoptr (RgExplanation) explanation = dup_explanation (self);
  g_autoptr (GError) error = NULL;

  if (explanation == NULL)
    {
      /* While the file was chosen, another answer began. */
      _rg_window_toast (self, _ ("Nothing was saved: the answer is no longer there."));
    }
  else if (!rg_export_check (kind, path, &error))
    {
      _rg_window_toast (self, error->message);
    }
  else if (kind == RG_EXPORT_SHEET)
    {
      g_free (self->sheet_path);
      self->sheet_path = g_strdup (path);
      update_sheet (self);
    }
  else
    {
      begin (self, kind, explanation, path);
    }
}

/* --- choosing a file ---------------------------------------------------------------------------------------------- */

/* Returns: (transfer full): @path, and where that ends as no format does, the ending that was chosen. */
static char *
complete (RgExportKind kind,
          const char *path,
          GtkFileFilter *filter)
{
  const char *ending = filter != NULL ? g_object_get_data (G_OBJECT (filter), "ending") : rg_export_get_endings (kind)[0];
  g_autofree char *name = g_path_get_basename (path);

  if (ending == NULL || (strchr (name, '.') != NULL && rg_export_check (kind, path, NULL)))
    return g_strdup (path);

  return g_strconcat (path, ".", ending, NULL);
}

static void
chooser_response_cb (GtkNativeDialog *chooser,
                     int response,
                     RgWindow *self)
{
  RgExportKind kind = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (chooser), "kind"));
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL)
    {
      g_autofree char *whole = complete (kind, path, gtk_file_chooser_get_filter (GTK_FILE_CHOOSER (chooser)));

      _rg_window_export (self, kind, whole);
    }
  else if (file != NULL)
    {
      _rg_window_toast (self, _ ("Choose a folder on this computer."));
    }

  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
add_filters (GtkFileChooser *chooser,
             RgExportKind kind)
{
  const char *const *endings = rg_export_get_endings (kind);

  for (guint e = 0; endings[e] != NULL; e++)
    for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
      if (g_str_equal (formats[i].ending, endings[e]))
        {
          g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

          gtk_file_filter_set_name (filter, _ (formats[i].name));
          gtk_file_filter_add_suffix (filter, formats[i].ending);
          g_object_set_data (G_OBJECT (filter), "ending", (gpointer) formats[i].ending);
          gtk_file_chooser_add_filter (chooser, filter);
        }
}

/* For example "star-house-red.png". */
static char *
propose_name (RgWindow *self,
              RgExportKind kind)
{
  const char *title = rg_conversation_get_title (self->conversation);
  g_autofree char *stem = g_strdup (title != NULL ? title : "regard");
  char *point = strrchr (stem, '.');
  const char *ending = kinds[kind].ending;
  char *name;

  if (point != NULL && point != stem)
    *point = '\0';
  if (ending == NULL)
    ending = rg_explanation_get_word (rg_answer_get_explanation (self->answer), rg_answer_get_selected (self->answer))->text;
  name = g_strdup_printf ("%s-%s.%s", stem, ending, rg_export_get_endings (kind)[0]);

  return g_strdelimit (name, "/\\:*?\"<>|", '_');
}

static void
export_action (GtkWidget *widget,
               const char *action,
               GVariant *target)
{
  RgWindow *self = RG_WINDOW (widget);
  const char *name = g_variant_get_string (target, NULL);
  g_autofree char *proposed = NULL;
  GtkFileChooserNative *chooser;
  RgExportKind kind = RG_EXPORT_MAP;

  while (kind < RG_N_EXPORT_KINDS && !g_str_equal (kinds[kind].name, name))
    kind++;
  g_return_if_fail (kind < RG_N_EXPORT_KINDS);

  if (kind == RG_EXPORT_MAP && rg_answer_get_selected (self->answer) < 0)
    {
      _rg_window_toast (self, _ ("Choose a word of the answer."));
      return;
    }

  chooser = gtk_file_chooser_native_new (_ (kinds[kind].title), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  proposed = propose_name (self, kind);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), proposed);
  add_filters (GTK_FILE_CHOOSER (chooser), kind);
  g_object_set_data (G_OBJECT (chooser), "kind", GUINT_TO_POINTER (kind));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
_rg_window_install_export_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.export", "s", export_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "win.export", "s", kinds[RG_EXPORT_MAP].name);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.export", "s", kinds[RG_EXPORT_SHEET].name);
}
