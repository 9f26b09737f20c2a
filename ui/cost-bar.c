/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cost-bar.h"

#define HEIGHT 16
#define MINIMUM_WIDTH 60
#define NATURAL_WIDTH 120
#define LINE 2

struct _RgCostBar
{
  GtkWidget parent_instance;

  double value, spread, low, high;
};

G_DEFINE_FINAL_TYPE (RgCostBar, rg_cost_bar, GTK_TYPE_WIDGET)

double
rg_cost_bar_place (double value,
                   double low,
                   double high)
{
  return high > low ? CLAMP ((value - low) / (high - low), 0.0, 1.0) : 0;
}

/* From one place on the axis to another, at least a line wide. */
static void
fill (RgCostBar *self,
      GtkSnapshot *snapshot,
      const GdkRGBA *color,
      double from,
      double to,
      float y,
      float height)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - LINE;
  double start = width * rg_cost_bar_place (MIN (from, to), self->low, self->high);
  double end = width * rg_cost_bar_place (MAX (from, to), self->low, self->high);

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    {
      double mirrored = width - end;

      end = width - start;
      start = mirrored;
    }

  gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT ((float) start, y, (float) (end - start + LINE), height));
}

static void
rg_cost_bar_snapshot (GtkWidget *widget,
                      GtkSnapshot *snapshot)
{
  RgCostBar *self = RG_COST_BAR (widget);
  GdkRGBA color, faint;
  float height = (float) gtk_widget_get_height (widget), top = (height - HEIGHT) / 2;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  faint = color;
  faint.alpha *= 0.35f;

  fill (self, snapshot, &color, 0, self->value, top + 3, HEIGHT - 6);
  if (self->spread > 0)
    fill (self, snapshot, &faint, self->value - self->spread, self->value + self->spread, top + 5, HEIGHT - 10);
  fill (self, snapshot, &faint, 0, 0, top, HEIGHT);
}

static void
rg_cost_bar_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MINIMUM_WIDTH : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH : HEIGHT;
}

static void
rg_cost_bar_class_init (RgCostBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = rg_cost_bar_snapshot;
  widget_class->measure = rg_cost_bar_measure;

  gtk_widget_class_set_css_name (widget_class, "costbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
rg_cost_bar_init (RgCostBar *self)
{
}

GtkWidget *
rg_cost_bar_new (void)
{
  return g_object_new (RG_TYPE_COST_BAR, NULL);
}

void
rg_cost_bar_set (RgCostBar *self,
                 double value,
                 double spread,
                 double low,
                 double high)
{
  g_return_if_fail (RG_IS_COST_BAR (self));

  self->value = value;
  self->spread = spread;
  self->low = low;
  self->high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
