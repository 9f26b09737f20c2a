/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/compare-view.h"

#include <glib/gi18n.h>

#include "ui/busy-view.h"
#include "ui/drop-down.h"
#include "ui/image-loader.h"
#include "ui/map-difference.h"
#include "ui/map-thumb.h"
#include "ui/why-text.h"

#define THUMB_SIZE 240

struct _RgCompareView
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkDropDown *side_chooser;
  GtkWidget *picture_button;
  GtkWidget *model_button;
  GtkCheckButton *given_button;
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
  struct
  {
    RgImage *image;
    GdkTexture *texture; /* of image */
  } pictures[2];         /* on the left, and beside it */
  char *text;

  /* While the choosers are filled they choose nothing. */
  gboolean filling;
};

enum
{
  CHANGED,
  DROPPED,
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
  RgCompareSide side = rg_compare_view_get_side (self);

  gtk_widget_set_visible (self->picture_button, side == RG_COMPARE_PICTURE);
  gtk_widget_set_visible (self->model_button, side == RG_COMPARE_MODEL);
  gtk_widget_set_visible (GTK_WIDGET (self->given_button), side == RG_COMPARE_MODEL);
  if (!self->filling)
    g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
drop_cb (RgCompareView *self,
         const GValue *value)
{
  GSList *files = g_value_get_boxed (value);

  if (files == NULL)
    return FALSE;

  g_signal_emit (self, signals[DROPPED], 0, files->data);

  return TRUE;
}

static void
accept_pictures (RgCompareView *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

static void
rg_compare_view_dispose (GObject *object)
{
  RgCompareView *self = RG_COMPARE_VIEW (object);

  self->filling = TRUE;
  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_COMPARE_VIEW);
  for (guint i = 0; i < G_N_ELEMENTS (self->pictures); i++)
    {
      g_clear_object (&self->pictures[i].texture);
      g_clear_pointer (&self->pictures[i].image, rg_image_unref);
    }
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (rg_compare_view_parent_class)->dispose (object);
}

static void
rg_compare_view_class_init (RgCompareViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_compare_view_dispose;
  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_COMPARE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DROPPED] = g_signal_new ("dropped", RG_TYPE_COMPARE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);

  g_type_ensure (RG_TYPE_BUSY_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/compare-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, side_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, picture_button);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, model_button);
  gtk_widget_class_bind_template_child (widget_class, RgCompareView, given_button);
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
  rg_drop_down_name (self->side_chooser);
  rg_drop_down_name (self->word_chooser);
  rg_drop_down_name (self->method_chooser);

  self->filling = TRUE;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    gtk_string_list_append (methods, rg_why_text_method (method));
  gtk_drop_down_set_model (self->method_chooser, G_LIST_MODEL (methods));
  chosen_cb (self);
  self->filling = FALSE;
  accept_pictures (self);

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

RgCompareSide
rg_compare_view_get_side (RgCompareView *self)
{
  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), RG_COMPARE_SAME);

  return (RgCompareSide) gtk_drop_down_get_selected (self->side_chooser);
}

void
rg_compare_view_set_side (RgCompareView *self,
                          RgCompareSide side)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));
  g_return_if_fail (side < RG_N_COMPARE_SIDES);

  gtk_drop_down_set_selected (self->side_chooser, side);
}

gboolean
rg_compare_view_get_given (RgCompareView *self)
{
  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), FALSE);

  return gtk_check_button_get_active (self->given_button);
}

void
rg_compare_view_set_given (RgCompareView *self,
                           gboolean given)
{
  g_return_if_fail (RG_IS_COMPARE_VIEW (self));

  gtk_check_button_set_active (self->given_button, given);
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

/* Returns: (transfer none): of one of the two pictures. */
static GdkTexture *
get_texture (RgCompareView *self,
             guint place,
             RgImage *image)
{
  if (self->pictures[place].image != image)
    {
      g_clear_object (&self->pictures[place].texture);
      g_clear_pointer (&self->pictures[place].image, rg_image_unref);
      self->pictures[place].image = rg_image_ref (image);
      self->pictures[place].texture = rg_image_to_texture (image);
    }

  return self->pictures[place].texture;
}

/* A title above a map, and what its colours mean below. Both texts: (transfer full). Returns: (transfer full): both */
static char *
write_labels (GtkLabel *title_label,
              char *title,
              GtkLabel *scale_label,
              char *scale)
{
  char *text = g_strdup_printf ("%s. %s", title, scale);

  gtk_label_set_label (title_label, title);
  gtk_label_set_label (scale_label, scale);
  g_free (title);
  g_free (scale);

  return text;
}

static void
show_map (GtkWidget *thumb,
          GdkTexture *texture,
          RgPatchGrid *grid,
          const float *map,
          const RgHeatmapStyle *style,
          GtkLabel *title)
{
  rg_map_thumb_set (RG_MAP_THUMB (thumb), texture, grid, map, style);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumb), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_label (title), -1);
}

static char *
name_side (const RgComparedMap *map)
{
  g_autofree char *side = rg_map_difference_text_side (map->word, map->method, map->calibrated);

  /* Translators: a word with its method, and whose it is: another picture, or a model with its answer. */
  return map->place != NULL ? g_strdup_printf (C_ ("side by side", "%s · %s"), side, map->place) : g_steal_pointer (&side);
}

/* By one method, the colours mean the same on both sides. */
static char *
show_other (RgCompareView *self,
            const RgComparedMap *a,
            const RgComparedMap *b,
            const RgHeatmapStyle *style)
{
  RgHeatmapStyle other = *style;
  char *text;

  other.is_signed = rg_method_is_signed (b->method);
  other.scale = a->method == b->method ? a->scale : b->scale;
  text = write_labels (self->other_title, name_side (b), self->other_scale, rg_why_text_scale (b->method, other.scale));
  show_map (self->other, get_texture (self, 1, b->image), b->grid, b->map, &other, self->other_title);

  return text;
}

static char *
show_difference (RgCompareView *self,
                 const RgComparedMap *a,
                 const RgComparedMap *b,
                 const RgHeatmapStyle *style)
{
  gboolean possible = rg_map_difference_is_possible (a->grid, b->grid);
  RgHeatmapStyle difference = *style;
  g_autofree float *values = NULL;
  g_autofree char *first = name_side (a);
  guint n_patches;
  char *text;

  gtk_widget_set_visible (self->difference, possible);
  if (!possible)
    return write_labels (self->difference_title, g_strdup (_ ("No difference")),
                         self->difference_scale, g_strdup (_ ("The two are not cut into the same patches, so that none can be taken from the other.")));

  n_patches = rg_patch_grid_get_n_patches (a->grid);
  values = g_new (float, n_patches);
  difference.is_signed = TRUE;
  difference.scale = rg_map_difference (a->map, b->map, n_patches, rg_map_difference_has_unit (a->method, b->method), values);
  /* Translators: whose map is on the picture. */
  text = write_labels (self->difference_title, g_strdup_printf (_ ("Difference from the picture’s map, %s"), first),
                       self->difference_scale, rg_map_difference_text_scale (a->method, b->method, difference.scale));
  show_map (self->difference, get_texture (self, 0, a->image), a->grid, values, &difference, self->difference_title);

  return text;
}

void
rg_compare_view_show_maps (RgCompareView *self,
                           const RgComparedMap *a,
                           const RgComparedMap *b,
                           const RgHeatmapStyle *style)
{
  g_autofree char *other = NULL, *difference = NULL;

  g_return_if_fail (RG_IS_COMPARE_VIEW (self));
  g_return_if_fail (a->map != NULL && b->map != NULL);

  other = show_other (self, a, b, style);
  difference = show_difference (self, a, b, style);
  gtk_stack_set_visible_child_name (self->stack, "maps");
  take_text (self, g_strjoin (" ", other, difference, NULL));
}

const char *
rg_compare_view_get_text (RgCompareView *self)
{
  g_return_val_if_fail (RG_IS_COMPARE_VIEW (self), "");

  return self->text;
}
