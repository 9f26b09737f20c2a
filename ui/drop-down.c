/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/drop-down.h"

#include <glib/gi18n.h>

static char *
dup_chosen (GtkDropDown *self)
{
  gpointer item = gtk_drop_down_get_selected_item (self);
  GtkExpression *expression = gtk_drop_down_get_expression (self);
  g_auto (GValue) value = G_VALUE_INIT;

  if (item != NULL && expression != NULL && gtk_expression_evaluate (expression, item, &value) && G_VALUE_HOLDS_STRING (&value))
    return g_value_dup_string (&value);

  return GTK_IS_STRING_OBJECT (item) ? g_strdup (gtk_string_object_get_string (item)) : NULL;
}

static const char *
get_subject (GtkDropDown *self)
{
  g_autoptr (GList) labels = gtk_widget_list_mnemonic_labels (GTK_WIDGET (self));

  if (labels != NULL && GTK_IS_LABEL (labels->data))
    return gtk_label_get_text (labels->data);

  return gtk_widget_get_tooltip_text (GTK_WIDGET (self));
}

static void
update_name (GtkDropDown *self)
{
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (self));
  const char *subject = get_subject (self);
  g_autofree char *chosen = dup_chosen (self);
  /* Translators: what is chosen between, and what is chosen, as a screen reader says it. */
  g_autofree char *name = chosen != NULL ? g_strdup_printf (C_ ("choice", "%s: %s"), subject, chosen) : g_strdup (subject);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
rg_drop_down_name (GtkDropDown *self)
{
  g_return_if_fail (GTK_IS_DROP_DOWN (self));

  g_signal_connect (self, "notify::selected-item", G_CALLBACK (update_name), NULL);
  update_name (self);
}
