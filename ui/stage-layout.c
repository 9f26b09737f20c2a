/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/stage-layout.h"

#define SPACING 6
#define NATURAL_WIDTH 520
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

/* What the views need: in each direction the largest of them, and all of them with the space between them. @for_size: of each
 * view in the other direction, or -1. */
static void
measure_views (GtkWidget *widget,
               GtkOrientation orientation,
               int for_size,
               int *largest,
               int *sum)
{
  *largest = *sum = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int minimum;

      if (!gtk_widget_should_layout (child))
        continue;

      gtk_widget_measure (child, orientation, for_size, &minimum, NULL, NULL, NULL);
      *largest = MAX (*largest, minimum);
      *sum += minimum + (*sum > 0 ? SPACING : 0);
    }
}

/* The width of each view of @n side by side; views of different widths would jump when one comes or goes. */
static int
get_part (int whole,
          guint n)
{
  return n > 0 ? (whole - SPACING * ((int) n - 1)) / (int) n : whole;
}

static gboolean
fits_side_by_side (GtkWidget *widget,
                   int width)
{
  int largest, sum;

  measure_views (widget, GTK_ORIENTATION_HORIZONTAL, -1, &largest, &sum);

  return get_part (width, count_views (widget)) >= largest;
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
  int largest, sum;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      measure_views (widget, orientation, -1, minimum, &sum);
      *natural = MAX (*minimum, NATURAL_WIDTH);
      return;
    }

  /* One above the other always fits into the width; side by side needs less height. */
  measure_views (widget, orientation, for_size, &largest, minimum);
  if (for_size >= 0 && fits_side_by_side (widget, for_size))
    {
      measure_views (widget, orientation, get_part (for_size, count_views (widget)), &largest, &sum);
      *minimum = MIN (*minimum, largest);
    }
  *natural = MAX (*minimum, NATURAL_HEIGHT);
}

static void
allocate_row (GtkWidget *widget,
              int width,
              int height)
{
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  guint n = count_views (widget), i = 0;
  int part = get_part (width, n);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      gtk_widget_size_allocate (child, &(GtkAllocation){ (int) (mirrored ? n - 1 - i++ : i++) * (part + SPACING), 0, part, height }, -1);
}

/* All get the same height where that is enough for each; else the ones that need more get what they need. */
static void
allocate_column (GtkWidget *widget,
                 int width,
                 int height)
{
  int largest, sum, spare, part, y = 0, n = (int) count_views (widget);

  measure_views (widget, GTK_ORIENTATION_VERTICAL, width, &largest, &sum);
  part = get_part (height, n);
  spare = MAX (0, height - sum);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int own;

      if (!gtk_widget_should_layout (child))
        continue;

      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &own, NULL, NULL, NULL);
      own = largest <= part ? part : own + spare / n;
      gtk_widget_size_allocate (child, &(GtkAllocation){ 0, y, width, own }, -1);
      y += own + SPACING;
    }
}

static void
rg_stage_layout_allocate (GtkLayoutManager *manager,
                          GtkWidget *widget,
                          int width,
                          int height,
                          int baseline)
{
  guint n = count_views (widget);
  int largest, sum;

  measure_views (widget, GTK_ORIENTATION_VERTICAL, width, &largest, &sum);
  if (n < 2 || (fits_side_by_side (widget, width) && (sum > height || rg_stage_layout_is_wide (width, height, n))))
    allocate_row (widget, width, height);
  else
    allocate_column (widget, width, height);
}

static GtkSizeRequestMode
rg_stage_layout_get_request_mode (GtkLayoutManager *manager,
                                  GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
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
