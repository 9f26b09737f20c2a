/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/share-row.h"

struct _RgShareRow
{
  GtkListBoxRow parent_instance;

  guint number;

  /* Template Widgets */
  GtkLabel *name;
  GtkLevelBar *bar;
  GtkLabel *text;
};

G_DEFINE_FINAL_TYPE (RgShareRow, rg_share_row, GTK_TYPE_LIST_BOX_ROW)

static void
rg_share_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), RG_TYPE_SHARE_ROW);

  G_OBJECT_CLASS (rg_share_row_parent_class)->dispose (object);
}

static void
rg_share_row_class_init (RgShareRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_share_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/share-row.ui");
  gtk_widget_class_bind_template_child (widget_class, RgShareRow, name);
  gtk_widget_class_bind_template_child (widget_class, RgShareRow, bar);
  gtk_widget_class_bind_template_child (widget_class, RgShareRow, text);
}

static void
rg_share_row_init (RgShareRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_share_row_new (guint number)
{
  RgShareRow *self = g_object_new (RG_TYPE_SHARE_ROW, NULL);

  self->number = number;

  return GTK_WIDGET (self);
}

guint
rg_share_row_get_number (RgShareRow *self)
{
  g_return_val_if_fail (RG_IS_SHARE_ROW (self), 0);

  return self->number;
}

void
rg_share_row_set (RgShareRow *self,
                  const char *name,
                  double fraction,
                  const char *text)
{
  g_autofree char *whole = NULL;

  g_return_if_fail (RG_IS_SHARE_ROW (self));

  whole = g_strjoin (": ", name, text, NULL);
  gtk_label_set_label (self->name, name);
  gtk_label_set_label (self->text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), fraction >= 0);
  gtk_level_bar_set_value (self->bar, CLAMP (fraction, 0, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, whole, -1);
}

void
rg_share_row_fill (GtkListBox *list,
                   guint n)
{
  GtkListBoxRow *surplus;

  while ((surplus = gtk_list_box_get_row_at_index (list, (int) n)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (surplus));

  for (guint i = 0; i < n; i++)
    if (gtk_list_box_get_row_at_index (list, (int) i) == NULL)
      gtk_list_box_append (list, rg_share_row_new (i));
}
