/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/head-gallery.h"

#include <glib/gi18n.h>

#include "engine/box.h"
#include "ui/box-text.h"
#include "ui/closures.h"
#include "ui/drop-down.h"
#include "ui/head-item.h"
#include "ui/image-loader.h"
#include "ui/map-thumb.h"
#include "ui/why-text.h"

#define THUMB_SIZE 84
#define LARGEST_THUMB 168

struct _RgHeadGallery
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkLabel *title;
  GtkWidget *chooser_row;
  GtkDropDown *order_chooser;
  GtkGridView *grid_view;
  GtkWidget *mean_button;

  /* Owned */
  GListStore *heads; /* of RgHeadItem */
  RgImage *image;
  GdkTexture *texture; /* of image */
  RgPatchGrid *grid;
  RgTokenList *tokens;

  /* What else the maps were made of. */
  guint n_tokens;
  int word;
  RgRect box;

  RgHeadOrder order;
  RgHeatmapStyle style;
  gboolean stretch;
  int layer, head; /* on the picture */
};

enum
{
  PROP_ORDER = 1,
  N_PROPS
};

enum
{
  HEAD_CHOSEN,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgHeadGallery, rg_head_gallery, GTK_TYPE_BOX)

/* --- cells -------------------------------------------------------------------------------------------------------- */

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem *list_item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *label = gtk_label_new (NULL);
  GtkWidget *thumb = rg_map_thumb_new (THUMB_SIZE, TRUE);

  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "caption");
  rg_map_thumb_set_largest (RG_MAP_THUMB (thumb), LARGEST_THUMB);
  gtk_box_append (GTK_BOX (box), thumb);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_item_set_child (list_item, box);
}

/* Which head, and the number that the order goes by. */
static char *
format_cell (RgHeadGallery *self,
             const RgHeadMeasure *measure)
{
  g_autofree char *value = NULL;

  if (self->order == RG_HEAD_ORDER_SHARPNESS)
    value = g_strdup_printf ("%.2f", measure->sharpness);
  else
    value = rg_format_percent (self->order == RG_HEAD_ORDER_INSIDE ? measure->inside : measure->share);

  /* Translators: layer and head, and a number such as "45 %". */
  return g_strdup_printf (C_ ("head", "%u.%u · %s"), measure->layer + 1, measure->head + 1, value);
}

static void
bind_cb (RgHeadGallery *self,
         GtkListItem *list_item)
{
  GtkWidget *box = gtk_list_item_get_child (list_item), *thumb = gtk_widget_get_first_child (box);
  RgHeadItem *item = gtk_list_item_get_item (list_item);
  const RgHeadMeasure *measure = rg_head_item_get_measure (item);
  RgHeatmapStyle style = self->style;
  g_autofree char *text = rg_box_text_measure (measure, !rg_rect_is_empty (self->box));
  g_autofree char *cell = format_cell (self, measure);

  if (self->stretch)
    style.scale = rg_head_item_get_maximum (item);
  rg_map_thumb_set (RG_MAP_THUMB (thumb), self->texture, self->grid, rg_head_item_get_map (item), &style);
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (thumb)), cell);
  gtk_widget_set_tooltip_text (box, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumb), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* --- choosing ----------------------------------------------------------------------------------------------------- */

static void
activated_cb (RgHeadGallery *self,
              guint position)
{
  g_autoptr (RgHeadItem) item = g_list_model_get_item (G_LIST_MODEL (self->heads), position);

  if (item != NULL)
    g_signal_emit (self, signals[HEAD_CHOSEN], 0, (int) rg_head_item_get_measure (item)->layer, (int) rg_head_item_get_measure (item)->head);
}

static void
mean_clicked_cb (RgHeadGallery *self)
{
  g_signal_emit (self, signals[HEAD_CHOSEN], 0, -1, -1);
}

static void
order_chosen_cb (RgHeadGallery *self)
{
  guint order = gtk_drop_down_get_selected (self->order_chooser);

  if (order < RG_N_HEAD_ORDERS)
    rg_head_gallery_set_order (self, (RgHeadOrder) order);
}

/* The head on the picture is the selected one. */
static void
update_selected (RgHeadGallery *self)
{
  guint selected = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->heads)); i++)
    {
      g_autoptr (RgHeadItem) item = g_list_model_get_item (G_LIST_MODEL (self->heads), i);
      const RgHeadMeasure *measure = rg_head_item_get_measure (item);

      if ((int) measure->layer == self->layer && (int) measure->head == self->head)
        selected = i;
    }

  gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (gtk_grid_view_get_model (self->grid_view)), selected);
  gtk_widget_set_sensitive (self->mean_button, self->layer >= 0 || self->head >= 0);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void
rg_head_gallery_dispose (GObject *object)
{
  RgHeadGallery *self = RG_HEAD_GALLERY (object);

  if (self->grid_view != NULL)
    gtk_grid_view_set_model (self->grid_view, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_HEAD_GALLERY);
  g_clear_object (&self->heads);
  g_clear_object (&self->tokens);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, rg_image_unref);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);

  G_OBJECT_CLASS (rg_head_gallery_parent_class)->dispose (object);
}

static void
rg_head_gallery_get_property (GObject *object,
                              guint prop_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ORDER:
      g_value_set_uint (value, RG_HEAD_GALLERY (object)->order);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_head_gallery_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ORDER:
      rg_head_gallery_set_order (RG_HEAD_GALLERY (object), (RgHeadOrder) g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_head_gallery_class_init (RgHeadGalleryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = rg_head_gallery_dispose;
  object_class->get_property = rg_head_gallery_get_property;
  object_class->set_property = rg_head_gallery_set_property;

  properties[PROP_ORDER] = g_param_spec_uint ("order", NULL, NULL, 0, RG_N_HEAD_ORDERS - 1, RG_HEAD_ORDER_PLACE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[HEAD_CHOSEN] = g_signal_new ("head-chosen", RG_TYPE_HEAD_GALLERY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/head-gallery.ui");
  gtk_widget_class_bind_template_child (widget_class, RgHeadGallery, title);
  gtk_widget_class_bind_template_child (widget_class, RgHeadGallery, chooser_row);
  gtk_widget_class_bind_template_child (widget_class, RgHeadGallery, order_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgHeadGallery, grid_view);
  gtk_widget_class_bind_template_child (widget_class, RgHeadGallery, mean_button);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, mean_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, order_chosen_cb);

  gtk_widget_class_set_css_name (widget_class, "headgallery");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_head_gallery_init (RgHeadGallery *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSingleSelection *selection;

  self->word = self->layer = self->head = -1;
  self->heads = g_list_store_new (RG_TYPE_HEAD_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  rg_drop_down_name (self->order_chooser);

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_SWAPPED);
  gtk_grid_view_set_factory (self->grid_view, factory);
  g_object_unref (factory);

  selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_single_selection_set_model (selection, G_LIST_MODEL (self->heads));
  gtk_grid_view_set_model (self->grid_view, GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
}

GtkWidget *
rg_head_gallery_new (void)
{
  return g_object_new (RG_TYPE_HEAD_GALLERY, NULL);
}

/* --- showing ------------------------------------------------------------------------------------------------------ */

static void
set_title (RgHeadGallery *self,
           const char *text)
{
  gtk_label_set_label (self->title, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* Nothing to be shown, and why. */
static void
show_none (RgHeadGallery *self,
           const char *text)
{
  set_title (self, text);
  g_list_store_remove_all (self->heads);
  g_clear_object (&self->tokens);
  gtk_widget_set_visible (self->chooser_row, FALSE);
}

static void
fill (RgHeadGallery *self,
      RgTokenList *tokens,
      const RgWord *word)
{
  guint n_patches = rg_patch_grid_get_n_patches (self->grid);
  g_autofree float *weights = g_new0 (float, n_patches);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) measures = NULL;

  rg_box_weigh (self->grid, self->box, weights);
  measures = rg_head_measure_all (tokens, word, weights);
  rg_head_measure_sort (measures, self->order);

  self->style.scale = 0;
  for (guint i = 0; i < measures->len; i++)
    {
      RgHeadItem *item = rg_head_item_new (&g_array_index (measures, RgHeadMeasure, i), tokens, word, n_patches);

      self->style.scale = MAX (self->style.scale, rg_head_item_get_maximum (item));
      g_ptr_array_add (items, item);
    }
  g_list_store_splice (self->heads, 0, g_list_model_get_n_items (G_LIST_MODEL (self->heads)), items->pdata, items->len);
}

static gboolean
is_same_rect (RgRect a,
              RgRect b)
{
  return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

static gboolean
is_same_style (const RgHeatmapStyle *a,
               const RgHeatmapStyle *b)
{
  return a->palette == b->palette && a->smooth == b->smooth;
}

/* Returns: whether the maps are others than those that are there. */
static gboolean
take (RgHeadGallery *self,
      RgAnswer *answer,
      RgImage *image,
      RgRect box,
      const RgHeatmapStyle *style)
{
  RgPatchGrid *grid = rg_answer_get_grid (answer);
  RgTokenList *tokens = rg_answer_get_tokens (answer);
  guint n_tokens = rg_token_list_get_length (tokens);
  gboolean stretch, is_new;

  g_object_get (answer, "layer", &self->layer, "head", &self->head, "stretch", &stretch, NULL);
  is_new = self->tokens != tokens || self->n_tokens != n_tokens || self->word != rg_answer_get_selected (answer) || self->grid != grid ||
           self->image != image || !is_same_rect (self->box, box) || !is_same_style (&self->style, style) || self->stretch != stretch;

  g_set_object (&self->tokens, tokens);
  self->n_tokens = n_tokens;
  self->word = rg_answer_get_selected (answer);
  self->box = box;
  self->stretch = stretch;
  self->style = (RgHeatmapStyle){ .palette = style->palette, .opacity = 1, .smooth = style->smooth, .scale = self->style.scale };

  rg_patch_grid_ref (grid);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  self->grid = grid;
  if (self->image != image)
    {
      g_clear_object (&self->texture);
      g_clear_pointer (&self->image, rg_image_unref);
      self->image = image != NULL ? rg_image_ref (image) : NULL;
      self->texture = image != NULL ? rg_image_to_texture (image) : NULL;
    }

  return is_new;
}

void
rg_head_gallery_update (RgHeadGallery *self,
                        RgAnswer *answer,
                        RgImage *image,
                        RgRect box,
                        const RgHeatmapStyle *style)
{
  int selected = rg_answer_get_selected (answer);
  g_autoptr (GArray) words = NULL;
  g_autofree char *title = NULL, *scale = NULL;
  const RgWord *word;

  g_return_if_fail (RG_IS_HEAD_GALLERY (self));
  g_return_if_fail (RG_IS_ANSWER (answer));

  if (selected < 0 || rg_answer_get_word_map (answer, selected) == NULL)
    {
      show_none (self, selected < 0 ? _ ("Choose a word of the answer.") : rg_answer_get_caption (answer));
      return;
    }

  words = rg_token_list_dup_words (rg_answer_get_tokens (answer));
  word = &g_array_index (words, RgWord, selected);
  if (take (self, answer, image, box, style))
    fill (self, self->tokens, word);
  update_selected (self);

  gtk_widget_set_visible (self->chooser_row, TRUE);
  scale = self->stretch ? g_strdup (_ ("each head on a scale of its own")) : rg_why_text_scale (RG_METHOD_ATTENTION, self->style.scale);
  /* Translators: a word of the answer; a sentence about the colours. */
  title = g_strdup_printf (_ ("Where each layer’s heads looked: attention of “%s”. %s"), word->text, scale);
  set_title (self, title);
}

void
rg_head_gallery_set_order (RgHeadGallery *self,
                           RgHeadOrder order)
{
  g_return_if_fail (RG_IS_HEAD_GALLERY (self));
  g_return_if_fail (order < RG_N_HEAD_ORDERS);

  if (self->order == order)
    return;

  self->order = order;
  gtk_drop_down_set_selected (self->order_chooser, order);
  if (self->tokens != NULL)
    {
      g_autoptr (GArray) words = rg_token_list_dup_words (self->tokens);

      fill (self, self->tokens, &g_array_index (words, RgWord, self->word));
      update_selected (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ORDER]);
}

GListModel *
rg_head_gallery_get_heads (RgHeadGallery *self)
{
  g_return_val_if_fail (RG_IS_HEAD_GALLERY (self), NULL);

  return G_LIST_MODEL (self->heads);
}

const char *
rg_head_gallery_get_text (RgHeadGallery *self)
{
  g_return_val_if_fail (RG_IS_HEAD_GALLERY (self), "");

  return gtk_label_get_label (self->title);
}
