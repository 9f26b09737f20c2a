/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/compare-view.h"

#include <glib/gi18n.h>

#include "ui/busy-view.h"
#include "ui/image-loader.h"
#include "ui/map-difference.h"
#include "ui/map-thumb.h"
#include "ui/why-text.h"

#define THUMB_SIZE 240

struct _RgCompareView
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkDropDown *word_chooser;
  GtkDropDown *method_chooser;
  GtkStack *stack;
  RgBusyView *busy;
  GtkBox *maps;
  GtkLabel *other_title;
  GtkLabel *other_scale;
  GtkLabel *difference_title;
  GtkLabel *difference_scale;

  /* Children of maps */
  GtkWidget *other;
  GtkWidget *difference;

  /* Owned */
  RgImage *image;
  GdkTexture *texture; /* of image */
  char *text;

  /* While the choosers are filled they choose nothing. */
  gboolean filling;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgCompareView, rg_compare_view, GTK_TYPE_BOX)

static void
take_text (RgCompareView *self,
           char *text)
{
  g_free (self->text);
  self->text = text;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
chosen_cb (RgCompareView *self)
{
  if (!self->filling)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
rg_compare_view_dispose (GObject *object)
{
  RgCompareView *self = RG_COMPARE_VIEW (object);

  self->filling = TRUE;
  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_COMPARE_VIEW);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, rg_image_unref);
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (rg_compare_view_parent_class)->dispose (object);
}

static void
rg_compare_view_class_init (RgCompareViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_compare_view_dispose;
  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_COMPARE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (RG_TYPE_BUSY_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/compare-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, word_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, method_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, stack);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, busy);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, maps);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, other_title);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, other_scale);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, difference_title);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, difference_scale);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);

  gtk_widget_class_set_css_name (widget_class, "compareview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_compare_view_init (RgCompareView *self)
{
  g_autoptr (GtkStringList) methods = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));

  self->filling = TRUE;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    gtk_string_list_append (methods, rg_why_text_method (method));
  gtk_drop_down_set_model (self->method_chooser, G_LIST_MODEL (methods));
  self->filling = FALSE;

  self->other = rg_map_thumb_new (THUMB_SIZE, FALSE);
  self->difference = rg_map_thumb_new (THUMB_SIZE, FALSE);
  gtk_widget_set_halign (self->other, GTK_ALIGN_START);
  gtk_widget_set_halign (self->difference, GTK_ALIGN_START);
  gtk_box_insert_child_after (self->maps, self->other, GTK_WIDGET (self->other_title));
  gtk_box_insert_child_after (self->maps, self->difference, GTK_WIDGET (self->difference_title));
  take_text (self, g_strdup (""));
}

GtkWidget *
rg_compare_view_new (void)
{
  return g_object_new (RG_TYPE_COMPARE_VIEW, NULL);
}

/* Returns: whether the chooser offers other words than @words. */
static gboolean
has_other_words (RgCompareView *self,
                 const char *const *words)
{
  GListModel *model = gtk_drop_down_get_model (self->word_chooser);
  guint n = model != NULL ? g_list_model_get_n_items (model) : 0;

  if (n != g_strv_length ((char **) words))
    return TRUE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (model), i), words[i]))
      return TRUE;

  return FALSE;
}

void
rg_compare_view_set_words (RgCompareView *self,
                           const char *const *words)
{
  g_autoptr (GtkStringList) model = NULL;

  g_return_if_fail (RG_IS_COMPARE_VIEW (self));
  g_return_if_fail (words != NULL);

  if (!has_other_words (self, words))
    return;

  self->filling = TRUE;
  model = gtk_string_list_new (words);
  gtk_drop_down_set_model (self->word_chooser, G_LIST_MODEL (model));
  self->filling = FALSE;
}

int
rg_compare_view_get_word (RgCompareView *self)
{
  guint selected;

  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), -1);

  selected = gtk_drop_down_get_selected (self->word_chooser);

  return selected != GTK_INVALID_LIST_POSITION ? (int) selected : -1;
}

void
rg_compare_view_set_word (RgCompareView *self,
                          guint word)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));

  gtk_drop_down_set_selected (self->word_chooser, word);
}

RgMethod
rg_compare_view_get_method (RgCompareView *self)
{
  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), RG_METHOD_ATTENTION);

  return (RgMethod) gtk_drop_down_get_selected (self->method_chooser);
}

void
rg_compare_view_set_method (RgCompareView *self,
                            RgMethod method)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));
  g_return_if_fail (method < RG_N_METHODS);

  gtk_drop_down_set_selected (self->method_chooser, method);
}

static void
show_busy (RgCompareView *self,
           const char *text)
{
  gtk_stack_set_visible_child_name (self->stack, "busy");
  take_text (self, g_strdup (text));
}

void
rg_compare_view_show_progress (RgCompareView *self,
                               const char *text,
                               double fraction)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));

  rg_busy_view_show_progress (self->busy, text, fraction);
  show_busy (self, text);
}

void
rg_compare_view_show_sentence (RgCompareView *self,
                               const char *text)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));

  rg_busy_view_show_sentence (self->busy, text);
  show_busy (self, text);
}

static void
set_image (RgCompareView *self,
           RgImage *image)
{
  if (self->image == image)
    return;

  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, rg_image_unref);
  self->image = image != NULL ? rg_image_ref (image) : NULL;
  self->texture = image != NULL ? rg_image_to_texture (image) : NULL;
}

/* A map, its title above it and what its colours mean below. Both texts: (transfer full). */
static char *
show_map (RgCompareView *self,
          GtkWidget *thumb,
          RgPatchGrid *grid,
          const float *map,
          const RgHeatmapStyle *style,
          GtkLabel *title_label,
          char *title,
          GtkLabel *scale_label,
          char *scale)
{
  char *text = g_strdup_printf ("%s. %s", title, scale);

  rg_map_thumb_set (RG_MAP_THUMB (thumb), self->texture, grid, map, style);
  gtk_label_set_label (title_label, title);
  gtk_label_set_label (scale_label, scale);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumb), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_free (title);
  g_free (scale);

  return text;
}

void
rg_compare_view_show_maps (RgCompareView *self,
                           RgImage *image,
                           RgPatchGrid *grid,
                           const RgComparedMap *a,
                           const RgComparedMap *b,
                           const RgHeatmapStyle *style)
{
  guint n_patches;
  RgHeatmapStyle other = *style, difference = *style;
  g_autofree float *values = NULL;
  g_autofree char *first = NULL, *second = NULL, *third = NULL;

  g_return_if_fail (RG_IS_COMPARE_VIEW (self));
  g_return_if_fail (grid != NULL && a->map != NULL && b->map != NULL);

  set_image (self, image);
  n_patches = rg_patch_grid_get_n_patches (grid);
  values = g_new (float, n_patches);
  other.is_signed = rg_method_is_signed (b->method);
  other.scale = b->scale;
  difference.is_signed = TRUE;
  difference.scale = rg_map_difference (a->map, b->map, n_patches, rg_map_difference_has_unit (a->method, b->method), values);

  first = rg_map_difference_text_side (a->word, a->method);
  second = show_map (self, self->other, grid, b->map, &other,
                     self->other_title, rg_map_difference_text_side (b->word, b->method),
                     self->other_scale, rg_why_text_scale (b->method, b->scale));
  third = show_map (self, self->difference, grid, values, &difference,
                    /* Translators: whose map is on the picture. */
                    self->difference_title, g_strdup_printf (_ ("Difference from the picture’s map, %s"), first),
                    self->difference_scale, rg_map_difference_text_scale (a->method, b->method, difference.scale));
  gtk_stack_set_visible_child_name (self->stack, "maps");
  take_text (self, g_strjoin (" ", second, third, NULL));
}

const char *
rg_compare_view_get_text (RgCompareView *self)
{
  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), "");

  return self->text;
}
