/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/color-bar.h"

#include "ui/color-scale.h"
#include "ui/why-text.h"

#define BAR_HEIGHT 10
#define GAP 2
#define SPACE 6 /* between numbers */
#define MINIMUM_WIDTH 110
#define NATURAL_WIDTH 220

struct _RgColorBar
{
  GtkWidget parent_instance;

  /* Owned */
  PangoLayout *numbers[RG_COLOR_SCALE_PLACES];

  RgPalette palette;
  double scale;
  RgMethod method;
};

enum
{
  PROP_PALETTE = 1,
  PROP_SCALE,
  PROP_METHOD,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgColorBar, rg_color_bar, GTK_TYPE_WIDGET)

static void
update_numbers (RgColorBar *self)
{
  g_autofree char *text = rg_why_text_scale (self->method, self->scale);

  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    {
      g_autofree char *number = rg_color_scale_format (self->method, self->scale, i);

      pango_layout_set_text (self->numbers[i], number, -1);
    }

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* What stands in the middle gives way where the bar is short. */
static void
draw_numbers (RgColorBar *self,
              GtkSnapshot *snapshot,
              gboolean mirrored)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  double width = gtk_widget_get_width (GTK_WIDGET (self)), x[RG_COLOR_SCALE_PLACES];
  PangoLayout *numbers[RG_COLOR_SCALE_PLACES];
  int widths[RG_COLOR_SCALE_PLACES];

  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    {
      numbers[i] = self->numbers[mirrored ? RG_COLOR_SCALE_PLACES - 1 - i : i];
      pango_layout_get_pixel_size (numbers[i], &widths[i], NULL);
    }

  x[0] = 0;
  x[2] = width - widths[2];
  x[1] = MAX (widths[0] + SPACE, MIN ((width - widths[1]) / 2, x[2] - SPACE - widths[1]));
  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    gtk_snapshot_render_layout (snapshot, context, x[i], BAR_HEIGHT + GAP, numbers[i]);
}

static void
rg_color_bar_snapshot (GtkWidget *widget,
                       GtkSnapshot *snapshot)
{
  RgColorBar *self = RG_COLOR_BAR (widget);
  float width = gtk_widget_get_width (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GskColorStop stops[RG_COLOR_SCALE_STOPS];
  GskRoundedRect outline;

  /* There is nothing to compare colours with. */
  if (!(self->scale > 0))
    return;

  for (guint i = 0; i < RG_COLOR_SCALE_STOPS; i++)
    {
      double value = i / (RG_COLOR_SCALE_STOPS - 1.0);
      guint8 rgb[3];

      rg_color_scale_get_color (self->method, self->palette, mirrored ? 1 - value : value, rgb);
      stops[i] = (GskColorStop){ (float) value, { rgb[0] / 255.0f, rgb[1] / 255.0f, rgb[2] / 255.0f, 1 } };
    }

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, BAR_HEIGHT), BAR_HEIGHT / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_linear_gradient (snapshot, &outline.bounds,
                                       &GRAPHENE_POINT_INIT (0, 0), &GRAPHENE_POINT_INIT (width, 0), stops, RG_COLOR_SCALE_STOPS);
  gtk_snapshot_pop (snapshot);

  draw_numbers (self, snapshot, mirrored);
}

static void
rg_color_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  RgColorBar *self = RG_COLOR_BAR (widget);
  int text_height, widths[RG_COLOR_SCALE_PLACES];

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = (RG_COLOR_SCALE_PLACES - 1) * SPACE;
      for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
        {
          pango_layout_get_pixel_size (self->numbers[i], &widths[i], NULL);
          *minimum += widths[i];
        }
      *minimum = MAX (*minimum, MINIMUM_WIDTH);
      *natural = MAX (*minimum, NATURAL_WIDTH);
      return;
    }

  pango_layout_get_pixel_size (self->numbers[0], NULL, &text_height);
  *minimum = *natural = BAR_HEIGHT + GAP + text_height;
}

/* The font, or its size, is another. */
static void
rg_color_bar_css_changed (GtkWidget *widget,
                          GtkCssStyleChange *change)
{
  RgColorBar *self = RG_COLOR_BAR (widget);

  GTK_WIDGET_CLASS (rg_color_bar_parent_class)->css_changed (widget, change);

  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    pango_layout_context_changed (self->numbers[i]);
  gtk_widget_queue_resize (widget);
}

static void
rg_color_bar_finalize (GObject *object)
{
  RgColorBar *self = RG_COLOR_BAR (object);

  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    g_object_unref (self->numbers[i]);

  G_OBJECT_CLASS (rg_color_bar_parent_class)->finalize (object);
}

static void
rg_color_bar_get_property (GObject *object,
                           guint prop_id,
                           GValue *value,
                           GParamSpec *pspec)
{
  RgColorBar *self = RG_COLOR_BAR (object);

  switch (prop_id)
    {
    case PROP_PALETTE:
      g_value_set_enum (value, self->palette);
      break;
    case PROP_SCALE:
      g_value_set_double (value, self->scale);
      break;
    case PROP_METHOD:
      g_value_set_uint (value, self->method);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_color_bar_set_property (GObject *object,
                           guint prop_id,
                           const GValue *value,
                           GParamSpec *pspec)
{
  RgColorBar *self = RG_COLOR_BAR (object);

  switch (prop_id)
    {
    case PROP_PALETTE:
      if (self->palette == (RgPalette) g_value_get_enum (value))
        return;
      self->palette = g_value_get_enum (value);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case PROP_SCALE:
      if (self->scale == g_value_get_double (value))
        return;
      self->scale = g_value_get_double (value);
      update_numbers (self);
      break;
    case PROP_METHOD:
      if (self->method == g_value_get_uint (value))
        return;
      self->method = g_value_get_uint (value);
      update_numbers (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  g_object_notify_by_pspec (object, pspec);
}

static void
rg_color_bar_class_init (RgColorBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rg_color_bar_finalize;
  object_class->get_property = rg_color_bar_get_property;
  object_class->set_property = rg_color_bar_set_property;

  widget_class->snapshot = rg_color_bar_snapshot;
  widget_class->measure = rg_color_bar_measure;
  widget_class->css_changed = rg_color_bar_css_changed;

  properties[PROP_PALETTE] = g_param_spec_enum ("palette", NULL, NULL, RG_TYPE_PALETTE, RG_PALETTE_INFERNO, flags);
  properties[PROP_SCALE] = g_param_spec_double ("scale", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_METHOD] = g_param_spec_uint ("method", NULL, NULL, 0, RG_N_METHODS - 1, RG_METHOD_ATTENTION, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "colorbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
rg_color_bar_init (RgColorBar *self)
{
  for (guint i = 0; i < RG_COLOR_SCALE_PLACES; i++)
    self->numbers[i] = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  update_numbers (self);
}

GtkWidget *
rg_color_bar_new (void)
{
  return g_object_new (RG_TYPE_COLOR_BAR, NULL);
}
