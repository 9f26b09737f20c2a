/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences.h"

#include "ui/palette.h"

struct _RgPreferences
{
  AdwPreferencesWindow parent_instance;

  /* Template Widgets */
  AdwComboRow *palette;
  GtkScale *opacity;
  GtkSwitch *smooth;
  GtkSwitch *show_shares;
  GtkSpinButton *temperature;
  GtkSpinButton *max_tokens;
  GtkSpinButton *n_threads;
};

G_DEFINE_FINAL_TYPE (RgPreferences, rg_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* The row's list has the palettes in the order of the enumeration, whose nicks are the key's values. */
static gboolean
palette_to_row (GValue *value,
                GVariant *variant,
                gpointer user_data)
{
  g_autoptr (GEnumClass) palettes = g_type_class_ref (RG_TYPE_PALETTE);
  const GEnumValue *palette = g_enum_get_value_by_nick (palettes, g_variant_get_string (variant, NULL));

  if (palette == NULL)
    return FALSE;

  g_value_set_uint (value, palette->value);

  return TRUE;
}

static GVariant *
row_to_palette (const GValue *value,
                const GVariantType *expected_type,
                gpointer user_data)
{
  g_autoptr (GEnumClass) palettes = g_type_class_ref (RG_TYPE_PALETTE);
  const GEnumValue *palette = g_enum_get_value (palettes, g_value_get_uint (value));

  return palette != NULL ? g_variant_new_string (palette->value_nick) : NULL;
}

static void
rg_preferences_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), RG_TYPE_PREFERENCES);

  G_OBJECT_CLASS (rg_preferences_parent_class)->dispose (object);
}

static void
rg_preferences_class_init (RgPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_preferences_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, palette);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, opacity);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, smooth);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, show_shares);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, temperature);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, max_tokens);
  gtk_widget_class_bind_template_child (widget_class, RgPreferences, n_threads);
}

static void
rg_preferences_init (RgPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_preferences_new (GSettings *settings)
{
  RgPreferences *self = g_object_new (RG_TYPE_PREFERENCES, NULL);

  g_return_val_if_fail (G_IS_SETTINGS (settings), GTK_WIDGET (self));

  g_settings_bind_with_mapping (settings, "palette", self->palette, "selected", G_SETTINGS_BIND_DEFAULT,
                                palette_to_row, row_to_palette, NULL, NULL);
  g_settings_bind (settings, "opacity", gtk_range_get_adjustment (GTK_RANGE (self->opacity)), "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "smooth", self->smooth, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "show-shares", self->show_shares, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "temperature", self->temperature, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "max-tokens", self->max_tokens, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "n-threads", self->n_threads, "value", G_SETTINGS_BIND_DEFAULT);

  return GTK_WIDGET (self);
}
