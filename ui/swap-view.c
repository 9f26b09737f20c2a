/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/swap-view.h"

#include "ui/busy-view.h"
#include "ui/image-loader.h"
#include "ui/swap-text.h"

/* Sides of the small pictures above the table and beside the answers, pixels. */
#define COLUMN_PICTURE 34
#define ROW_PICTURE 40

struct _RgSwapView
{
  GtkWidget parent_instance;

  /* Template Widgets */
  GtkStack *stack;
  RgBusyView *busy;
  GtkGrid *table;
  GtkGrid *answers;

  /* Owned */
  RgSwap *swap; /* that fills the table */
  char *text;
};

G_DEFINE_FINAL_TYPE (RgSwapView, rg_swap_view, GTK_TYPE_WIDGET)

static void
take_text (RgSwapView *self,
           char *text)
{
  g_free (self->text);
  self->text = text;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
rg_swap_view_dispose (GObject *object)
{
  RgSwapView *self = RG_SWAP_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_SWAP_VIEW);
  g_clear_pointer (&self->swap, rg_swap_unref);
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (rg_swap_view_parent_class)->dispose (object);
}

static void
rg_swap_view_class_init (RgSwapViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_swap_view_dispose;

  g_type_ensure (RG_TYPE_BUSY_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/swap-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgSwapView, stack);
  gtk_widget_class_bind_template_child (widget_class, RgSwapView, busy);
  gtk_widget_class_bind_template_child (widget_class, RgSwapView, table);
  gtk_widget_class_bind_template_child (widget_class, RgSwapView, answers);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "swapview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_swap_view_init (RgSwapView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  take_text (self, g_strdup (""));
}

GtkWidget *
rg_swap_view_new (void)
{
  return g_object_new (RG_TYPE_SWAP_VIEW, NULL);
}

static void
show_busy (RgSwapView *self,
           const char *text)
{
  gtk_stack_set_visible_child_name (self->stack, "busy");
  take_text (self, g_strdup (text));
}

void
rg_swap_view_show_progress (RgSwapView *self,
                            const char *text,
                            double fraction)
{
  g_return_if_fail (RG_IS_SWAP_VIEW (self));

  rg_busy_view_show_progress (self->busy, text, fraction);
  show_busy (self, text);
}

void
rg_swap_view_show_sentence (RgSwapView *self,
                            const char *text)
{
  g_return_if_fail (RG_IS_SWAP_VIEW (self));

  rg_busy_view_show_sentence (self->busy, text);
  show_busy (self, text);
}

static void
clear (GtkGrid *grid)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (grid))) != NULL)
    gtk_grid_remove (grid, child);
}

static void
attach_picture (GtkGrid *grid,
                const RgSwapped *picture,
                int size,
                int column,
                int row,
                int height)
{
  g_autoptr (GdkTexture) texture = rg_image_to_texture (picture->view);
  GtkWidget *image = gtk_image_new_from_paintable (GDK_PAINTABLE (texture));
  const char *name = rg_swap_text_picture (picture->kind);

  gtk_image_set_pixel_size (GTK_IMAGE (image), size);
  gtk_widget_add_css_class (image, "swapped");
  gtk_widget_set_tooltip_text (image, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_grid_attach (grid, image, column, row, 1, height);
}

/* @text: (transfer full). */
static GtkWidget *
attach_label (GtkGrid *grid,
              char *text,
              const char *style,
              int column,
              int row,
              int width)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_grid_attach (grid, label, column, row, width, 1);
  g_free (text);

  return label;
}

/* Numbers that hardly differ from the first are dim: what stands out is what a picture changed. */
static void
fill_table (RgSwapView *self,
            RgSwap *swap)
{
  guint n_pictures = rg_swap_get_n_pictures (swap);

  clear (self->table);
  for (guint i = 0; i < n_pictures; i++)
    attach_picture (self->table, rg_swap_get_picture (swap, i), COLUMN_PICTURE, (int) i + 1, 0, 1);

  for (guint w = 0; w < rg_swap_get_n_words (swap); w++)
    {
      int row = 2 * (int) w + 1;

      GtkWidget *word = attach_label (self->table, g_strdup (rg_swap_get_word (swap, w)), "heading", 0, row, 1);

      gtk_label_set_wrap (GTK_LABEL (word), FALSE);
      for (guint i = 0; i < n_pictures; i++)
        {
          GtkWidget *cell = attach_label (self->table, rg_swap_text_logprob (rg_swap_get_logprob (swap, i, w)), "numeric", (int) i + 1, row, 1);

          gtk_label_set_xalign (GTK_LABEL (cell), 1);
          gtk_label_set_wrap (GTK_LABEL (cell), FALSE);
          if (i > 0 && !rg_swap_changes (swap, i, w))
            gtk_widget_add_css_class (cell, "dim-label");
        }
      if (rg_swap_is_anyway (swap, w))
        gtk_widget_set_halign (attach_label (self->table, g_strdup (rg_swap_text_anyway ()), "badge", 0, row + 1, (int) n_pictures + 1), GTK_ALIGN_START);
    }
}

static void
fill_answers (RgSwapView *self,
              RgSwap *swap)
{
  clear (self->answers);
  for (guint i = 0; i < rg_swap_get_n_pictures (swap); i++)
    {
      const RgSwapped *picture = rg_swap_get_picture (swap, i);
      GtkWidget *answer;

      attach_picture (self->answers, picture, ROW_PICTURE, 0, 2 * (int) i, 2);
      attach_label (self->answers, g_strdup (rg_swap_text_picture (picture->kind)), "dim-label", 1, 2 * (int) i, 1);
      answer = attach_label (self->answers, rg_swap_text_answer (picture->answer), NULL, 1, 2 * (int) i + 1, 1);
      gtk_widget_set_hexpand (answer, TRUE);
    }
}

void
rg_swap_view_show_swap (RgSwapView *self,
                        RgSwap *swap)
{
  g_return_if_fail (RG_IS_SWAP_VIEW (self));
  g_return_if_fail (swap != NULL);

  if (self->swap != swap)
    {
      rg_swap_ref (swap);
      g_clear_pointer (&self->swap, rg_swap_unref);
      self->swap = swap;
      fill_table (self, swap);
      fill_answers (self, swap);
    }
  gtk_stack_set_visible_child_name (self->stack, "swap");
  take_text (self, rg_swap_text_describe (swap));
}

const char *
rg_swap_view_get_text (RgSwapView *self)
{
  g_return_val_if_fail (RG_IS_SWAP_VIEW (self), "");

  return self->text;
}
