/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/stage-layout.h"

#define SPACING 6
#define NATURAL_WIDTH 560
#define NATURAL_HEIGHT 420

/* Of a usual picture. */
#define PROPORTION (4.0 / 3.0)

struct _RgStageLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (RgStageLayout, rg_stage_layout, GTK_TYPE_LAYOUT_MANAGER)

static guint
count_views (GtkWidget *widget)
{
  guint n = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += gtk_widget_should_layout (child);

  return n;
}

static void
rg_stage_layout_measure (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  int largest = 0, sum = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int child_minimum;

      if (!gtk_widget_should_layout (child))
        continue;

      gtk_widget_measure (child, orientation, -1, &child_minimum, NULL, NULL, NULL);
      largest = MAX (largest, child_minimum);
      sum += child_minimum + (sum > 0 ? SPACING : 0);
    }

  /* One above the other must fit. */
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? largest : sum;
  *natural = MAX (*minimum, orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH : NATURAL_HEIGHT);
}

static void
rg_stage_layout_allocate (GtkLayoutManager *manager,
                          GtkWidget *widget,
                          int width,
                          int height,
                          int baseline)
{
  guint n = count_views (widget), i = 0;
  gboolean is_wide = rg_stage_layout_is_wide (width, height, n);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int spaces = SPACING * ((int) n - 1);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkAllocation place = { 0, 0, width, height };

      if (!gtk_widget_should_layout (child))
        continue;

      if (is_wide)
        {
          place.width = (width - spaces) / (int) n;
          place.x = (int) (mirrored ? n - 1 - i : i) * (place.width + SPACING);
        }
      else
        {
          place.height = (height - spaces) / (int) n;
          place.y = (int) i * (place.height + SPACING);
        }

      gtk_widget_size_allocate (child, &place, -1);
      i++;
    }
}

static GtkSizeRequestMode
rg_stage_layout_get_request_mode (GtkLayoutManager *manager,
                                  GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
rg_stage_layout_class_init (RgStageLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = rg_stage_layout_get_request_mode;
  manager_class->measure = rg_stage_layout_measure;
  manager_class->allocate = rg_stage_layout_allocate;
}

static void
rg_stage_layout_init (RgStageLayout *self)
{
}

gboolean
rg_stage_layout_is_wide (int width,
                         int height,
                         guint n)
{
  if (n == 0)
    return TRUE;

  /* The width that a picture gets in either way. */
  return MIN (width / (double) n, height * PROPORTION) >= MIN (width, height / (double) n * PROPORTION);
}
