/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/altered-image.h"
#include "ui/box-view.h"
#include "ui/closures.h"
#include "ui/compare-view.h"
#include "ui/head-gallery.h"
#include "ui/image-loader.h"
#include "ui/swap-view.h"
#include "ui/window-private.h"

#define SAMPLES "/io/github/regard_app/Regard/samples"

static gpointer
get_view (RgWindow *self,
          RgWhyPage page)
{
  return rg_why_pane_get_view (self->pane, page);
}

static RgBoxFrame *
get_frame (RgWindow *self)
{
  return rg_picture_view_get_box_frame (self->picture);
}

static RgImage *
get_image (RgWindow *self)
{
  return self->shown != NULL ? rg_exchange_get_image (self->shown) : rg_conversation_get_image (self->conversation);
}

static RgHeatmapStyle
get_style (RgWindow *self)
{
  RgHeatmapStyle style = { 0 };

  g_object_get (self->controls, "palette", &style.palette, "map-opacity", &style.opacity, "smooth", &style.smooth, NULL);

  return style;
}

/* While an answer is not there, or not complete. */
static const char *
get_wait_sentence (RgWindow *self)
{
  return self->shown != NULL ? _ ("Waiting for the answer…") : _ ("Ask something first.");
}

/* --- another picture ---------------------------------------------------------------------------------------------- */

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

/* Unless somebody chose one, one of the samples, but not the very picture in question. Returns: whether there is nothing to
 * be waited for. */
static gboolean
find_other (RgWindow *self)
{
  g_auto (GStrv) samples = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GFile) file = NULL;
  guint n_samples;

  if (self->fetching != NULL)
    return FALSE;
  if (self->other != NULL && (self->chose_other || !is_same_picture (self->other, get_image (self))))
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

static void
update_swap (RgWindow *self)
{
  RgSwapView *view = get_view (self, RG_WHY_SWAP);
  RgSwap *swap;
  RgJob *job;

  if (!_rg_window_is_explainable (self) || !find_other (self))
    {
      rg_swap_view_show_sentence (view, get_wait_sentence (self));
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

/* --- a part of the picture ---------------------------------------------------------------------------------------- */

static void
show_head (RgWindow *self,
           int layer,
           int head)
{
  rg_map_controls_set_method (self->controls, RG_METHOD_ATTENTION);
  rg_answer_set_attention_set (self->answer, layer, head);
}

static void
word_chosen_cb (RgWindow *self,
                guint word)
{
  rg_answer_select (self->answer, (int) word);
}

static void
head_chosen_cb (RgWindow *self,
                guint layer,
                guint head)
{
  show_head (self, (int) layer, (int) head);
}

/* The same question, but nothing else of the conversation: it was about the whole picture. */
static void
ask_crop_action (GtkWidget *widget,
                 const char *name,
                 GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  g_autoptr (RgExchange) exchange = NULL;
  g_autoptr (RgImage) part = NULL;

  if (!_rg_window_is_explainable (self))
    return;

  part = rg_image_new_cropped (get_image (self), rg_box_frame_get_box (get_frame (self)));
  if (part == NULL)
    {
      _rg_window_toast (self, _ ("Draw a box on the picture first."));
      return;
    }

  exchange = rg_exchange_new (part, rg_exchange_get_question (self->shown));
  rg_conversation_append (self->conversation, exchange);
  _rg_window_show_exchange (self, exchange);
  _rg_window_start (self, exchange);
}

static void
heads_in_box_action (GtkWidget *widget,
                     const char *name,
                     GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);

  rg_head_gallery_set_order (get_view (self, RG_WHY_HEADS), RG_HEAD_ORDER_INSIDE);
  _rg_window_open_page (self, RG_WHY_HEADS);
}

static void
update_frame (RgWindow *self)
{
  gboolean has_box = !rg_rect_is_empty (rg_box_frame_get_box (get_frame (self)));

  gtk_widget_set_visible (GTK_WIDGET (get_frame (self)),
                          get_image (self) != NULL &&
                              (_rg_window_shows_page (self, RG_WHY_BOX) || (has_box && _rg_window_shows_page (self, RG_WHY_HEADS))));
}

/* --- side by side ------------------------------------------------------------------------------------------------- */

static char *
dup_word (RgWindow *self,
          guint position)
{
  g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (self->answer), position);

  return g_strdup (rg_answer_word_get_text (word));
}

/* As long as the two maps are of the same word they stay so. */
static void
follow_word (RgWindow *self,
             RgCompareView *view)
{
  int selected = rg_answer_get_selected (self->answer);
  guint n = rg_answer_get_n_words (self->answer);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  gboolean follows = rg_compare_view_get_word (view) < 0 || rg_compare_view_get_word (view) == self->compared;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = dup_word (self, i);

      g_strv_builder_add (builder, word);
    }
  words = g_strv_builder_end (builder);
  rg_compare_view_set_words (view, (const char *const *) words);

  self->compared = selected;
  if (follows && selected >= 0)
    rg_compare_view_set_word (view, selected);
}

/* Layers and heads of the attention beside the picture are those on it. */
static float *
map_attention (RgWindow *self,
               guint word,
               double *scale)
{
  RgTokenList *tokens = rg_answer_get_tokens (self->answer);
  guint n_patches = rg_patch_grid_get_n_patches (rg_answer_get_grid (self->answer));
  g_autoptr (GArray) words = rg_token_list_dup_words (tokens);
  g_autofree float *each = g_new0 (float, n_patches);
  float *map = g_new0 (float, n_patches);
  int layer, head;

  g_object_get (self->answer, "layer", &layer, "head", &head, NULL);
  *scale = 0;
  for (guint w = 0; w < words->len; w++)
    {
      rg_token_list_map_word (tokens, &g_array_index (words, RgWord, w), layer, head, w == word ? map : each, NULL);
      for (guint p = 0; p < n_patches; p++)
        *scale = MAX (*scale, w == word ? map[p] : each[p]);
    }

  return map;
}

/* @scale: (out). Returns: (transfer full) (nullable): the map of @word by @method; %NULL while it is not known. */
static float *
dup_map (RgWindow *self,
         guint word,
         RgMethod method,
         double *scale)
{
  RgExplanation *found = rg_inquiry_get_explanation (self->inquiry, method);

  guint n_patches = rg_patch_grid_get_n_patches (rg_answer_get_grid (self->answer));

  if (method == RG_METHOD_ATTENTION)
    return map_attention (self, word, scale);
  if (found == NULL || word >= rg_explanation_get_n_words (found) || rg_patch_grid_get_n_patches (rg_explanation_get_grid (found)) != n_patches)
    return NULL;

  *scale = rg_explanation_get_extent (found);

  return g_memdup2 (rg_explanation_get_map (found, word), sizeof (float) * n_patches);
}

static void
show_two (RgWindow *self,
          RgCompareView *view,
          guint other,
          const float *map,
          double scale)
{
  int selected = rg_answer_get_selected (self->answer);
  g_autofree char *word = dup_word (self, selected), *other_word = dup_word (self, other);
  RgComparedMap a = { word, rg_answer_get_method (self->answer), rg_answer_get_map (self->answer), rg_answer_get_scale (self->answer) };
  RgComparedMap b = { other_word, rg_compare_view_get_method (view), map, scale };
  RgHeatmapStyle style = get_style (self);

  rg_compare_view_show_maps (view, get_image (self), rg_answer_get_grid (self->answer), &a, &b, &style);
}

/* Returns: (nullable): why there is no pair of maps, and nothing to be waited for. */
static const char *
find_hindrance (RgWindow *self,
                int other)
{
  RgExplanation *known = rg_answer_get_explanation (self->answer);

  if (!_rg_window_is_explainable (self))
    return get_wait_sentence (self);
  if (rg_answer_get_selected (self->answer) < 0 || other < 0 || other >= (int) rg_answer_get_n_words (self->answer))
    return _ ("Choose a word of the answer.");
  if (rg_answer_get_map (self->answer) == NULL)
    return rg_answer_get_caption (self->answer);
  if (known != NULL && !rg_explanation_depends (known, other))
    return _ ("It would have said this word anyway, so there is no map.");

  return NULL;
}

static void
show_compare (RgWindow *self)
{
  RgCompareView *view = get_view (self, RG_WHY_COMPARE);
  g_autofree float *map = NULL;
  const char *hindrance;
  double scale = 0;
  int other;
  RgJob *job;

  follow_word (self, view);
  other = rg_compare_view_get_word (view);
  hindrance = find_hindrance (self, other);
  if (hindrance != NULL)
    {
      rg_compare_view_show_sentence (view, hindrance);
      return;
    }

  map = dup_map (self, other, rg_compare_view_get_method (view), &scale);
  job = rg_inquiry_get_job (self->inquiry);
  if (map != NULL)
    show_two (self, view, other, map, scale);
  else if (job != NULL)
    rg_compare_view_show_progress (view, rg_format_stage (rg_job_get_stage (job)), rg_job_get_fraction (job));
  else
    rg_compare_view_show_sentence (view, _ ("There is no map by this method."));
}

/* The map on the picture comes first. @again: see rg_inquiry_explain(). */
static void
find_compared (RgWindow *self,
               gboolean again)
{
  RgMethod method = rg_compare_view_get_method (get_view (self, RG_WHY_COMPARE));

  if (_rg_window_is_explainable (self) && rg_inquiry_get_explanation (self->inquiry, rg_map_controls_get_method (self->controls)) != NULL)
    if (again || rg_inquiry_get_job (self->inquiry) == NULL)
      rg_inquiry_explain (self->inquiry, method, again);
}

static void
compared_cb (RgWindow *self)
{
  if (!_rg_window_shows_page (self, RG_WHY_COMPARE))
    return;

  find_compared (self, TRUE);
  _rg_window_update (self);
}

/* --- all pages ---------------------------------------------------------------------------------------------------- */

/* What needs no work of the engine. */
static void
show_page (RgWindow *self)
{
  RgRect box = rg_box_frame_get_box (get_frame (self));
  RgHeatmapStyle style = get_style (self);

  update_frame (self);
  if (_rg_window_shows_page (self, RG_WHY_BOX))
    rg_box_view_update (get_view (self, RG_WHY_BOX), self->answer, box);
  else if (_rg_window_shows_page (self, RG_WHY_HEADS))
    rg_head_gallery_update (get_view (self, RG_WHY_HEADS), self->answer, get_image (self), box, &style);
  else if (_rg_window_shows_page (self, RG_WHY_COMPARE))
    show_compare (self);
}

void
_rg_window_update_lab (RgWindow *self)
{
  if (_rg_window_shows_page (self, RG_WHY_SWAP))
    update_swap (self);
  else if (_rg_window_shows_page (self, RG_WHY_COMPARE))
    find_compared (self, FALSE);

  show_page (self);
}

gboolean
_rg_window_get_lab_waits (RgWindow *self)
{
  return _rg_window_shows_page (self, RG_WHY_SWAP) ||
         (_rg_window_shows_page (self, RG_WHY_COMPARE) && self->inquiry != NULL &&
          rg_inquiry_get_explanation (self->inquiry, rg_compare_view_get_method (get_view (self, RG_WHY_COMPARE))) == NULL);
}

void
_rg_window_release_lab (RgWindow *self)
{
  release_fetching (self);
  g_clear_pointer (&self->other, rg_image_unref);
}

/* A page's name: opens it, or closes it where it is open. */
static void
why_action (GtkWidget *widget,
            const char *name,
            GVariant *parameter)
{
  RgWindow *self = RG_WINDOW (widget);
  RgWhyPage page;

  if (!rg_why_page_find (g_variant_get_string (parameter, NULL), &page))
    return;

  if (_rg_window_shows_page (self, page))
    {
      _rg_window_close_pane (self);
      return;
    }

  _rg_window_open_page (self, page);
  if (page == RG_WHY_BOX)
    gtk_widget_grab_focus (GTK_WIDGET (get_frame (self)));
}

static void
close_why_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  _rg_window_close_pane (RG_WINDOW (widget));
}

void
_rg_window_set_up_lab (RgWindow *self)
{
  static const char *const drawn[] = { "notify::palette", "notify::map-opacity", "notify::smooth" };

  self->compared = -1;
  rg_compare_view_set_method (get_view (self, RG_WHY_COMPARE), RG_METHOD_KV_CUT);

  g_signal_connect_object (self->answer, "changed", G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_frame (self), "changed", G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    g_signal_connect_object (self->controls, drawn[i], G_CALLBACK (show_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_view (self, RG_WHY_BOX), "word-chosen", G_CALLBACK (word_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_view (self, RG_WHY_BOX), "head-chosen", G_CALLBACK (head_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_view (self, RG_WHY_HEADS), "head-chosen", G_CALLBACK (show_head), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_view (self, RG_WHY_COMPARE), "changed", G_CALLBACK (compared_cb), self, G_CONNECT_SWAPPED);
}

void
_rg_window_install_lab_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    const char *page;
  } keys[] = { { GDK_KEY_s, "swap" }, { GDK_KEY_b, "box" }, { GDK_KEY_h, "heads" }, { GDK_KEY_c, "compare" } };

  gtk_widget_class_install_action (widget_class, "win.why", "s", why_action);
  gtk_widget_class_install_action (widget_class, "win.close-why", NULL, close_why_action);
  gtk_widget_class_install_action (widget_class, "win.swap-other", NULL, swap_other_action);
  gtk_widget_class_install_action (widget_class, "win.ask-crop", NULL, ask_crop_action);
  gtk_widget_class_install_action (widget_class, "win.heads-in-box", NULL, heads_in_box_action);

  /* Without Ctrl, as for the test: in the entry they are letters all the same. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, 0, "win.why", "s", keys[i].page);
}
