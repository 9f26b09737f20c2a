/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-controls.h"

#include "ui/closures.h"
#include "ui/drop-down.h"
#include "ui/why-text.h"

struct _RgMapControls
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkDropDown *method_chooser;
  GtkDropDown *palette_chooser;
  GtkDropDown *layer_chooser;
  GtkDropDown *head_chooser;
  GtkSwitch *stretch_switch;
  GtkSwitch *sinks_switch;
  GtkSwitch *contrast_switch;
  GtkEntry *against_entry;

  /* Owned */
  RgAnswer *answer;
  GBinding *stretch_binding;

  RgMethod method;
  RgPalette palette;
  double map_opacity;
  gboolean smooth, hide_sinks, contrast, calibrated;
  char *against;

  /* While the choosers are filled they choose nothing. */
  gboolean filling;
};

enum
{
  PROP_ANSWER = 1,
  PROP_METHOD,
  PROP_PALETTE,
  PROP_PALETTE_POSITION,
  PROP_MAP_OPACITY,
  PROP_SMOOTH,
  PROP_HIDE_SINKS,
  PROP_CONTRAST,
  PROP_AGAINST,
  PROP_CALIBRATED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgMapControls, rg_map_controls, GTK_TYPE_BOX)

static void
fill_chooser (GtkDropDown *chooser,
              const char *first,
              guint n,
              int selected)
{
  GListModel *model = gtk_drop_down_get_model (chooser);

  if (model == NULL || g_list_model_get_n_items (model) != n + 1)
    {
      g_autoptr (GtkStringList) items = gtk_string_list_new ((const char *[]){ first, NULL });

      for (guint i = 1; i <= n; i++)
        gtk_string_list_take (items, g_strdup_printf ("%u", i));
      gtk_drop_down_set_model (chooser, G_LIST_MODEL (items));
    }

  gtk_drop_down_set_selected (chooser, selected + 1);
}

static void
update_choosers (RgMapControls *self)
{
  guint n_layers = 0, n_heads = 0;
  int layer = -1, head = -1;

  if (self->answer != NULL)
    g_object_get (self->answer, "n-layers", &n_layers, "n-heads", &n_heads, "layer", &layer, "head", &head, NULL);

  self->filling = TRUE;
  fill_chooser (self->layer_chooser, C_ ("layers", "Mean of all"), n_layers, layer);
  fill_chooser (self->head_chooser, C_ ("heads", "Mean of all"), n_heads, head);
  self->filling = FALSE;

  /* Only attention has layers and heads to be looked at one by one. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->layer_chooser), n_layers > 0 && self->method == RG_METHOD_ATTENTION);
  gtk_widget_set_sensitive (GTK_WIDGET (self->head_chooser), n_heads > 0 && self->method == RG_METHOD_ATTENTION);
  gtk_widget_set_sensitive (GTK_WIDGET (self->sinks_switch), rg_method_is_share (self->method));
  gtk_widget_set_sensitive (GTK_WIDGET (self->contrast_switch), rg_method_has_contrast (self->method));
  gtk_widget_set_sensitive (GTK_WIDGET (self->against_entry), rg_method_has_contrast (self->method) && self->contrast);
}

static void
method_chosen_cb (RgMapControls *self)
{
  guint method = gtk_drop_down_get_selected (self->method_chooser);

  if (!self->filling && method < RG_N_METHODS)
    rg_map_controls_set_method (self, method);
}

static void
fill_methods (RgMapControls *self)
{
  g_autoptr (GtkStringList) items = gtk_string_list_new (NULL);

  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    gtk_string_list_append (items, rg_why_text_method_of (method, self->calibrated));

  self->filling = TRUE;
  gtk_drop_down_set_model (self->method_chooser, G_LIST_MODEL (items));
  gtk_drop_down_set_selected (self->method_chooser, self->method);
  self->filling = FALSE;
}

static void
attention_set_chosen_cb (RgMapControls *self)
{
  if (self->filling || self->answer == NULL)
    return;

  rg_answer_set_attention_set (self->answer,
                               (int) gtk_drop_down_get_selected (self->layer_chooser) - 1,
                               (int) gtk_drop_down_get_selected (self->head_chooser) - 1);
}

/* While a word is being typed nothing is computed. */
static void
against_cb (RgMapControls *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->against_entry))));

  if (g_str_equal (text, self->against))
    return;

  g_free (self->against);
  self->against = g_steal_pointer (&text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGAINST]);
}

static void
rg_map_controls_finalize (GObject *object)
{
  g_free (RG_MAP_CONTROLS (object)->against);

  G_OBJECT_CLASS (rg_map_controls_parent_class)->finalize (object);
}

static void
rg_map_controls_dispose (GObject *object)
{
  RgMapControls *self = RG_MAP_CONTROLS (object);

  if (self->layer_chooser != NULL)
    rg_map_controls_set_answer (self, NULL);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_MAP_CONTROLS);

  G_OBJECT_CLASS (rg_map_controls_parent_class)->dispose (object);
}

static void
rg_map_controls_get_property (GObject *object,
                              guint prop_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  RgMapControls *self = RG_MAP_CONTROLS (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      g_value_set_object (value, self->answer);
      break;
    case PROP_METHOD:
      g_value_set_uint (value, self->method);
      break;
    case PROP_PALETTE:
      g_value_set_enum (value, self->palette);
      break;
    case PROP_PALETTE_POSITION:
      g_value_set_uint (value, self->palette);
      break;
    case PROP_MAP_OPACITY:
      g_value_set_double (value, self->map_opacity);
      break;
    case PROP_SMOOTH:
      g_value_set_boolean (value, self->smooth);
      break;
    case PROP_HIDE_SINKS:
      g_value_set_boolean (value, self->hide_sinks);
      break;
    case PROP_CONTRAST:
      g_value_set_boolean (value, self->contrast);
      break;
    case PROP_AGAINST:
      g_value_set_string (value, self->against);
      break;
    case PROP_CALIBRATED:
      g_value_set_boolean (value, self->calibrated);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_palette (RgMapControls *self,
             guint palette)
{
  if (palette >= RG_N_PALETTES || self->palette == palette)
    return;

  self->palette = palette;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PALETTE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PALETTE_POSITION]);
}

static void
set_flag (RgMapControls *self,
          gboolean *flag,
          gboolean value,
          GParamSpec *pspec)
{
  if (*flag == value)
    return;

  *flag = value;
  g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

static void
rg_map_controls_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  RgMapControls *self = RG_MAP_CONTROLS (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      rg_map_controls_set_answer (self, g_value_get_object (value));
      break;
    case PROP_METHOD:
      rg_map_controls_set_method (self, g_value_get_uint (value));
      break;
    case PROP_PALETTE:
      set_palette (self, g_value_get_enum (value));
      break;
    case PROP_PALETTE_POSITION:
      set_palette (self, g_value_get_uint (value));
      break;
    case PROP_MAP_OPACITY:
      if (self->map_opacity != g_value_get_double (value))
        {
          self->map_opacity = g_value_get_double (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    case PROP_SMOOTH:
      set_flag (self, &self->smooth, g_value_get_boolean (value), pspec);
      break;
    case PROP_HIDE_SINKS:
      set_flag (self, &self->hide_sinks, g_value_get_boolean (value), pspec);
      break;
    case PROP_CONTRAST:
      set_flag (self, &self->contrast, g_value_get_boolean (value), pspec);
      update_choosers (self);
      break;
    case PROP_AGAINST:
      gtk_editable_set_text (GTK_EDITABLE (self->against_entry), g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
      against_cb (self);
      break;
    case PROP_CALIBRATED:
      set_flag (self, &self->calibrated, g_value_get_boolean (value), pspec);
      fill_methods (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_map_controls_class_init (RgMapControlsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_map_controls_dispose;
  object_class->finalize = rg_map_controls_finalize;
  object_class->get_property = rg_map_controls_get_property;
  object_class->set_property = rg_map_controls_set_property;

  properties[PROP_ANSWER] = g_param_spec_object ("answer", NULL, NULL, RG_TYPE_ANSWER, flags);
  properties[PROP_METHOD] = g_param_spec_uint ("method", NULL, NULL, 0, RG_N_METHODS - 1, RG_METHOD_DEFAULT, flags);
  properties[PROP_PALETTE] = g_param_spec_enum ("palette", NULL, NULL, RG_TYPE_PALETTE, RG_PALETTE_INFERNO, flags);
  properties[PROP_PALETTE_POSITION] = g_param_spec_uint ("palette-position", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_MAP_OPACITY] = g_param_spec_double ("map-opacity", NULL, NULL, 0, 1, 0.65, flags);
  properties[PROP_SMOOTH] = g_param_spec_boolean ("smooth", NULL, NULL, FALSE, flags);
  properties[PROP_HIDE_SINKS] = g_param_spec_boolean ("hide-sinks", NULL, NULL, FALSE, flags);
  properties[PROP_CONTRAST] = g_param_spec_boolean ("contrast", NULL, NULL, FALSE, flags);
  properties[PROP_AGAINST] = g_param_spec_string ("against", NULL, NULL, "", flags);
  properties[PROP_CALIBRATED] = g_param_spec_boolean ("calibrated", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/map-controls.ui");
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, method_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, palette_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, layer_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, head_chooser);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, stretch_switch);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, sinks_switch);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, contrast_switch);
  gtk_widget_class_bind_template_child (widget_class, RgMapControls, against_entry);
  gtk_widget_class_bind_template_callback (widget_class, against_cb);
  gtk_widget_class_bind_template_callback (widget_class, attention_set_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, method_chosen_cb);
}

static void
rg_map_controls_init (RgMapControls *self)
{
  self->method = RG_METHOD_DEFAULT;
  self->map_opacity = 0.65;
  self->against = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  rg_drop_down_name (self->method_chooser);
  rg_drop_down_name (self->palette_chooser);
  rg_drop_down_name (self->layer_chooser);
  rg_drop_down_name (self->head_chooser);
  fill_methods (self);
  update_choosers (self);
}

GtkWidget *
rg_map_controls_new (void)
{
  return g_object_new (RG_TYPE_MAP_CONTROLS, NULL);
}

void
rg_map_controls_set_answer (RgMapControls *self,
                            RgAnswer *answer)
{
  static const char *const followed[] = { "notify::n-layers", "notify::n-heads", "notify::layer", "notify::head" };

  g_return_if_fail (RG_IS_MAP_CONTROLS (self));
  g_return_if_fail (answer == NULL || RG_IS_ANSWER (answer));

  if (self->answer == answer)
    return;

  if (self->answer != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->answer, self);
      g_clear_pointer (&self->stretch_binding, g_binding_unbind);
    }

  g_set_object (&self->answer, answer);

  if (answer != NULL)
    {
      for (guint i = 0; i < G_N_ELEMENTS (followed); i++)
        g_signal_connect_object (answer, followed[i], G_CALLBACK (update_choosers), self, G_CONNECT_SWAPPED);
      self->stretch_binding = g_object_bind_property (answer, "stretch", self->stretch_switch, "active",
                                                      G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
    }

  update_choosers (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANSWER]);
}

RgMethod
rg_map_controls_get_method (RgMapControls *self)
{
  g_return_val_if_fail (RG_IS_MAP_CONTROLS (self), RG_METHOD_ATTENTION);

  return self->method;
}

void
rg_map_controls_set_method (RgMapControls *self,
                            RgMethod method)
{
  g_return_if_fail (RG_IS_MAP_CONTROLS (self));
  g_return_if_fail (method < RG_N_METHODS);

  if (self->method == method)
    return;

  self->method = method;
  gtk_drop_down_set_selected (self->method_chooser, method);
  update_choosers (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_METHOD]);
}
