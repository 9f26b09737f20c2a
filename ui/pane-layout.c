/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/pane-layout.h"

#define SPACING 6

/* Of the pane beside the picture: the same whatever it shows, or the picture would jump. A wide window gives it a third. */
#define PANE_WIDTH 352
#define LARGEST_PANE_WIDTH 520

struct _RgPaneLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (RgPaneLayout, rg_pane_layout, GTK_TYPE_LAYOUT_MANAGER)

/* Returns: the first visible child from @child on. */
static GtkWidget *
find_visible (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);

  return child;
}

static void
get_children (GtkWidget *widget,
              GtkWidget **picture,
              GtkWidget **pane)
{
  *picture = find_visible (gtk_widget_get_first_child (widget));
  *pane = *picture != NULL ? find_visible (gtk_widget_get_next_sibling (*picture)) : NULL;
}

static int
get_minimum (GtkWidget *child,
             GtkOrientation orientation,
             int for_size)
{
  int minimum;

  gtk_widget_measure (child, orientation, for_size, &minimum, NULL, NULL, NULL);

  return minimum;
}

static int
get_pane_width (GtkWidget *pane,
                int width)
{
  return MAX (CLAMP (width / 3, PANE_WIDTH, LARGEST_PANE_WIDTH), get_minimum (pane, GTK_ORIENTATION_HORIZONTAL, -1));
}

/* Whether the picture gets at least as much as the pane. */
static gboolean
is_row (GtkWidget *picture,
        GtkWidget *pane,
        int width)
{
  int pane_width = get_pane_width (pane, width);

  return width - pane_width - SPACING >= MAX (get_minimum (picture, GTK_ORIENTATION_HORIZONTAL, -1), pane_width);
}

static void
rg_pane_layout_measure (GtkLayoutManager *manager,
                        GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  GtkWidget *picture, *pane;
  int picture_natural, pane_minimum;

  *minimum = *natural = 0;
  get_children (widget, &picture, &pane);
  if (picture == NULL)
    return;

  if (pane != NULL && orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0 && is_row (picture, pane, for_size))
    {
      int pane_width = get_pane_width (pane, for_size);

      gtk_widget_measure (picture, orientation, for_size - pane_width - SPACING, minimum, natural, NULL, NULL);
      *minimum = MAX (*minimum, get_minimum (pane, orientation, pane_width));
      *natural = MAX (*minimum, *natural);
      return;
    }

  gtk_widget_measure (picture, orientation, for_size, minimum, &picture_natural, NULL, NULL);
  *natural = picture_natural;
  if (pane == NULL)
    return;

  /* Whatever is wide enough for each is wide enough for both. */
  pane_minimum = get_minimum (pane, orientation, for_size);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MAX (*minimum, pane_minimum) : *minimum + SPACING + pane_minimum;
  *natural = MAX (*minimum, picture_natural);
}

static void
rg_pane_layout_allocate (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         int width,
                         int height,
                         int baseline)
{
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkWidget *picture, *pane;
  int part, rest;

  get_children (widget, &picture, &pane);
  if (pane == NULL)
    {
      if (picture != NULL)
        gtk_widget_allocate (picture, width, height, baseline, NULL);
      return;
    }

  if (is_row (picture, pane, width))
    {
      part = get_pane_width (pane, width);
      rest = width - part - SPACING;
      gtk_widget_size_allocate (picture, &(GtkAllocation){ mirrored ? part + SPACING : 0, 0, rest, height }, -1);
      gtk_widget_size_allocate (pane, &(GtkAllocation){ mirrored ? 0 : rest + SPACING, 0, part, height }, -1);
      return;
    }

  /* Halves, but for what each needs. */
  part = MAX (get_minimum (pane, GTK_ORIENTATION_VERTICAL, width), MIN (height / 2, height - SPACING - get_minimum (picture, GTK_ORIENTATION_VERTICAL, width)));
  rest = height - part - SPACING;
  gtk_widget_size_allocate (picture, &(GtkAllocation){ 0, 0, width, rest }, -1);
  gtk_widget_size_allocate (pane, &(GtkAllocation){ 0, rest + SPACING, width, part }, -1);
}

static GtkSizeRequestMode
rg_pane_layout_get_request_mode (GtkLayoutManager *manager,
                                 GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
rg_pane_layout_class_init (RgPaneLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = rg_pane_layout_get_request_mode;
  manager_class->measure = rg_pane_layout_measure;
  manager_class->allocate = rg_pane_layout_allocate;
}

static void
rg_pane_layout_init (RgPaneLayout *self)
{
}
