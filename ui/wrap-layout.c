/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/wrap-layout.h"

struct _RgWrapLayout
{
  GtkLayoutManager parent_instance;

  int spacing;
};

G_DEFINE_FINAL_TYPE (RgWrapLayout, rg_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

/* Where the pen stands while children are set. */
typedef struct
{
  int x, y;
  int line_height;
} Pen;

/* Returns where the next child of this size goes, and moves the pen behind it. */
static GdkRectangle
pen_place (Pen *pen,
           int width,
           int height,
           int line_width,
           int spacing)
{
  GdkRectangle place;

  if (pen->x > 0 && pen->x + width > line_width)
    {
      pen->y += pen->line_height + spacing;
      pen->x = 0;
      pen->line_height = 0;
    }

  place = (GdkRectangle){ pen->x, pen->y, MIN (width, line_width), height };
  pen->x += width + spacing;
  pen->line_height = MAX (pen->line_height, height);

  return place;
}

static void
measure_child (GtkWidget *child,
               int line_width,
               int *width,
               int *height)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, width, NULL, NULL);
  if (line_width >= 0)
    *width = CLAMP (*width, minimum, MAX (minimum, line_width));
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, *width, NULL, height, NULL, NULL);
}

static GtkSizeRequestMode
rg_wrap_layout_get_request_mode (GtkLayoutManager *manager,
                                 GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
rg_wrap_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  RgWrapLayout *self = RG_WRAP_LAYOUT (manager);
  Pen pen = { 0 };

  *minimum = *natural = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int width, height;

      if (!gtk_widget_should_layout (child))
        continue;

      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        {
          gtk_widget_measure (child, orientation, -1, &width, &height, NULL, NULL);
          *minimum = MAX (*minimum, width);
          *natural += height + (*natural > 0 ? self->spacing : 0);
          continue;
        }

      measure_child (child, for_size, &width, &height);
      pen_place (&pen, width, height, for_size >= 0 ? for_size : G_MAXINT / 2, self->spacing);
      *minimum = *natural = pen.y + pen.line_height;
    }
}

static void
rg_wrap_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  RgWrapLayout *self = RG_WRAP_LAYOUT (manager);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  Pen pen = { 0 };

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkAllocation place;
      int child_width, child_height;

      if (!gtk_widget_should_layout (child))
        continue;

      measure_child (child, width, &child_width, &child_height);
      place = pen_place (&pen, child_width, child_height, width, self->spacing);
      place.width = child_width;
      if (mirrored)
        place.x = width - place.x - place.width;

      gtk_widget_size_allocate (child, &place, -1);
    }
}

static void
rg_wrap_layout_class_init (RgWrapLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = rg_wrap_layout_get_request_mode;
  manager_class->measure = rg_wrap_layout_measure;
  manager_class->allocate = rg_wrap_layout_allocate;
}

static void
rg_wrap_layout_init (RgWrapLayout *self)
{
}

GtkLayoutManager *
rg_wrap_layout_new (int spacing)
{
  RgWrapLayout *self = g_object_new (RG_TYPE_WRAP_LAYOUT, NULL);

  self->spacing = spacing;

  return GTK_LAYOUT_MANAGER (self);
}
