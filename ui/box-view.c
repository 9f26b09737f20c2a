/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/box-view.h"

#include <glib/gi18n.h>

#include "engine/box.h"
#include "ui/box-text.h"
#include "ui/closures.h"
#include "ui/share-row.h"
#include "ui/swap-text.h"
#include "ui/why-text.h"

/* Of the heads' ranking; the gallery has them all. */
#define MAX_HEADS 5

struct _RgBoxView
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkLabel *place;
  GtkWidget *found;
  GtkLabel *method;
  GtkListBox *words;
  GtkWidget *heads_part;
  GtkLabel *heads_title;
  GtkListBox *heads;

  /* Owned */
  GArray *word_numbers; /* of guint: the words in the order of the rows */
  GArray *measures;     /* of RgHeadMeasure, in the order of the rows */
  GString *text;
};

enum
{
  WORD_CHOSEN,
  HEAD_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgBoxView, rg_box_view, GTK_TYPE_BOX)

static void
word_activated_cb (RgBoxView *self,
                   RgShareRow *row)
{
  guint i = rg_share_row_get_number (row);

  if (i < self->word_numbers->len)
    g_signal_emit (self, signals[WORD_CHOSEN], 0, g_array_index (self->word_numbers, guint, i));
}

static void
head_activated_cb (RgBoxView *self,
                   RgShareRow *row)
{
  guint i = rg_share_row_get_number (row);

  if (i < self->measures->len)
    {
      RgHeadMeasure measure = g_array_index (self->measures, RgHeadMeasure, i);

      g_signal_emit (self, signals[HEAD_CHOSEN], 0, measure.layer, measure.head);
    }
}

static void
rg_box_view_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), RG_TYPE_BOX_VIEW);

  G_OBJECT_CLASS (rg_box_view_parent_class)->dispose (object);
}

static void
rg_box_view_finalize (GObject *object)
{
  RgBoxView *self = RG_BOX_VIEW (object);

  g_array_unref (self->word_numbers);
  g_array_unref (self->measures);
  g_string_free (self->text, TRUE);

  G_OBJECT_CLASS (rg_box_view_parent_class)->finalize (object);
}

static void
rg_box_view_class_init (RgBoxViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_box_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = rg_box_view_finalize;

  signals[WORD_CHOSEN] = g_signal_new ("word-chosen", RG_TYPE_BOX_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[HEAD_CHOSEN] = g_signal_new ("head-chosen", RG_TYPE_BOX_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/box-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, place);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, found);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, method);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, words);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, heads_part);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, heads_title);
  gtk_widget_class_bind_template_child (widget_class, RgBoxView, heads);
  gtk_widget_class_bind_template_callback (widget_class, word_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, head_activated_cb);

  gtk_widget_class_set_css_name (widget_class, "boxview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_box_view_init (RgBoxView *self)
{
  self->word_numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->measures = g_array_new (FALSE, FALSE, sizeof (RgHeadMeasure));
  self->text = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_box_view_new (void)
{
  return g_object_new (RG_TYPE_BOX_VIEW, NULL);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint word;
  double share; /* negative where there is no map */
} WordShare;

static int
compare_shares (gconstpointer a,
                gconstpointer b)
{
  const WordShare *left = a, *right = b;

  if (left->share != right->share)
    return left->share > right->share ? -1 : 1;

  return left->word < right->word ? -1 : left->word > right->word;
}

static GArray *
rank_words (RgAnswer *answer,
            const float *weights,
            guint n_patches)
{
  GArray *shares = g_array_new (FALSE, FALSE, sizeof (WordShare));

  for (guint w = 0; w < rg_answer_get_n_words (answer); w++)
    {
      const float *map = rg_answer_get_word_map (answer, w);
      WordShare share = { w, map != NULL ? rg_box_hold (weights, map, n_patches) : -1 };

      g_array_append_val (shares, share);
    }
  g_array_sort (shares, compare_shares);

  return shares;
}

/* @text: (transfer full). */
static void
set_row (RgBoxView *self,
         GtkListBox *list,
         guint i,
         const char *name,
         double fraction,
         char *text)
{
  rg_share_row_set (RG_SHARE_ROW (gtk_list_box_get_row_at_index (list, (int) i)), name, fraction, text);
  g_string_append_printf (self->text, "%s: %s; ", name, text);
  g_free (text);
}

static void
show_words (RgBoxView *self,
            RgAnswer *answer,
            const float *weights,
            double area)
{
  guint n_patches = rg_patch_grid_get_n_patches (rg_answer_get_grid (answer));
  g_autoptr (GArray) shares = rank_words (answer, weights, n_patches);

  g_array_set_size (self->word_numbers, 0);
  rg_share_row_fill (self->words, shares->len);
  for (guint i = 0; i < shares->len; i++)
    {
      WordShare share = g_array_index (shares, WordShare, i);
      g_autoptr (RgAnswerWord) word = g_list_model_get_item (rg_answer_get_words (answer), share.word);

      g_array_append_val (self->word_numbers, share.word);
      set_row (self, self->words, i, rg_answer_word_get_text (word), share.share,
               share.share < 0 ? g_strdup (rg_swap_text_anyway ()) : rg_box_text_share (share.share, area));
    }
}

/* --- heads -------------------------------------------------------------------------------------------------------- */

static void
show_heads (RgBoxView *self,
            RgAnswer *answer,
            const float *weights)
{
  int selected = rg_answer_get_selected (answer);
  g_autoptr (GArray) words = rg_token_list_dup_words (rg_answer_get_tokens (answer));
  const RgWord *word;
  g_autofree char *title = NULL;

  g_array_set_size (self->measures, 0);
  gtk_widget_set_visible (self->heads_part, FALSE);
  if (selected < 0 || (guint) selected >= words->len || rg_answer_get_word_map (answer, selected) == NULL)
    return;

  word = &g_array_index (words, RgWord, selected);
  g_array_unref (self->measures);
  self->measures = rg_head_measure_all (rg_answer_get_tokens (answer), word, weights);
  rg_head_measure_sort (self->measures, RG_HEAD_ORDER_INSIDE);
  g_array_set_size (self->measures, MIN (self->measures->len, MAX_HEADS));
  gtk_widget_set_visible (self->heads_part, self->measures->len > 0);

  /* Translators: a word of the answer. */
  title = g_strdup_printf (_ ("Heads that looked into the box for “%s”"), word->text);
  gtk_label_set_label (self->heads_title, title);
  g_string_append_printf (self->text, "%s: ", title);
  rg_share_row_fill (self->heads, self->measures->len);
  for (guint i = 0; i < self->measures->len; i++)
    {
      RgHeadMeasure measure = g_array_index (self->measures, RgHeadMeasure, i);
      g_autofree char *name = rg_box_text_head (measure.layer, measure.head);

      set_row (self, self->heads, i, name, measure.inside, rg_format_percent (measure.inside));
    }
}

void
rg_box_view_update (RgBoxView *self,
                    RgAnswer *answer,
                    RgRect box)
{
  RgPatchGrid *grid;
  g_autofree char *place = NULL, *method = NULL;
  RgRect whole = { 0 };
  gboolean has_words;

  g_return_if_fail (RG_IS_BOX_VIEW (self));
  g_return_if_fail (RG_IS_ANSWER (answer));

  grid = rg_answer_get_grid (answer);
  if (grid != NULL)
    whole = rg_patch_grid_get_original (grid);
  place = rg_box_text_describe (box, (guint) whole.width, (guint) whole.height);
  gtk_label_set_label (self->place, place);
  g_string_assign (self->text, place);

  has_words = grid != NULL && !rg_rect_is_empty (box) && rg_answer_get_n_words (answer) > 0;
  gtk_widget_set_visible (self->found, has_words);
  if (has_words)
    {
      g_autofree float *weights = g_new (float, rg_patch_grid_get_n_patches (grid));

      /* Translators: the method of a map, such as "Looked (attention)". */
      method = g_strdup_printf (_ ("Share of each word’s map in the box: %s"), rg_why_text_method_of (rg_answer_get_method (answer), rg_answer_is_calibrated (answer)));
      gtk_label_set_label (self->method, method);
      g_string_append_printf (self->text, ". %s: ", method);
      rg_box_weigh (grid, box, weights);
      show_words (self, answer, weights, rg_box_get_area (grid, box));
      show_heads (self, answer, weights);
    }

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->text->str, -1);
}

const char *
rg_box_view_get_text (RgBoxView *self)
{
  g_return_val_if_fail (RG_IS_BOX_VIEW (self), "");

  return self->text->str;
}
