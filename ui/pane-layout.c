/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/pane-layout.h"

#define SPACING 6

/* Of the pane beside the picture: the same whatever it shows, or the picture would jump. A wide window gives it a third. */
#define PANE_WIDTH 352
#define LARGEST_PANE_WIDTH 520

/* Of a picture beside the pane: with less nothing can be recognised on it. */
#define LEAST_PICTURE_WIDTH 200

/* One above the other in less, both are small. */
#define CRAMPED_WIDTH 480

/* Of a usual picture. */
#define PROPORTION (4.0 / 3.0)

struct _RgPaneLayout
{
  GtkLayoutManager parent_instance;

  gboolean cramped;
};

enum
{
  PROP_CRAMPED = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

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

/* Returns: the width that the pane would leave beside it; 0 where that is too little. */
static int
get_room (GtkWidget *picture,
          GtkWidget *pane,
          int width)
{
  int room = width - get_pane_width (pane, width) - SPACING;

  return room >= MAX (get_minimum (picture, GTK_ORIENTATION_HORIZONTAL, -1), LEAST_PICTURE_WIDTH) ? room : 0;
}

static int
get_row_minimum (GtkWidget *picture,
                 GtkWidget *pane,
                 int width)
{
  return MAX (get_minimum (picture, GTK_ORIENTATION_VERTICAL, get_room (picture, pane, width)),
              get_minimum (pane, GTK_ORIENTATION_VERTICAL, get_pane_width (pane, width)));
}

static int
get_column_minimum (GtkWidget *picture,
                    GtkWidget *pane,
                    int width)
{
  return get_minimum (picture, GTK_ORIENTATION_VERTICAL, width) + SPACING + get_minimum (pane, GTK_ORIENTATION_VERTICAL, width);
}

/* Whether both stand in a row. Where the picture would get less than the pane, only if it is larger there all the same. */
static gboolean
is_row (GtkWidget *picture,
        GtkWidget *pane,
        int width,
        int height)
{
  int room = get_room (picture, pane, width);

  if (room == 0)
    return FALSE;

  return room >= get_pane_width (pane, width) ||
         get_column_minimum (picture, pane, width) > height ||
         MIN (room, height * PROPORTION) >= MIN (width, (height - SPACING) / 2 * PROPORTION);
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
  /* AdwFlap asks for heights without a width: then it is the one that there is. */
  int width = for_size >= 0 ? for_size : gtk_widget_get_width (widget);
  GtkWidget *picture, *pane;

  *minimum = *natural = 0;
  get_children (widget, &picture, &pane);
  if (picture == NULL)
    return;

  gtk_widget_measure (picture, orientation, for_size, minimum, natural, NULL, NULL);
  if (pane == NULL)
    return;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      /* Whatever is wide enough for each is wide enough for both. */
      *minimum = MAX (*minimum, get_minimum (pane, orientation, for_size));
    }
  else if (get_room (picture, pane, width) > 0)
    {
      gtk_widget_measure (picture, orientation, get_room (picture, pane, width), NULL, natural, NULL, NULL);
      *minimum = get_row_minimum (picture, pane, width);
    }
  else
    {
      *minimum = get_column_minimum (picture, pane, for_size);
    }
  *natural = MAX (*minimum, *natural);
}

static void
set_cramped (RgPaneLayout *self,
             gboolean cramped)
{
  if (self->cramped == cramped)
    return;

  self->cramped = cramped;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CRAMPED]);
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
  set_cramped (RG_PANE_LAYOUT (manager), pane != NULL && width < CRAMPED_WIDTH && !is_row (picture, pane, width, height));
  if (pane == NULL)
    {
      if (picture != NULL)
        gtk_widget_allocate (picture, width, height, baseline, NULL);
      return;
    }

  if (is_row (picture, pane, width, height))
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
rg_pane_layout_get_property (GObject *object,
                             guint prop_id,
                             GValue *value,
                             GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_CRAMPED:
      g_value_set_boolean (value, RG_PANE_LAYOUT (object)->cramped);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_pane_layout_class_init (RgPaneLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = rg_pane_layout_get_request_mode;
  manager_class->measure = rg_pane_layout_measure;
  manager_class->allocate = rg_pane_layout_allocate;
  object_class->get_property = rg_pane_layout_get_property;

  properties[PROP_CRAMPED] = g_param_spec_boolean ("cramped", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
rg_pane_layout_init (RgPaneLayout *self)
{
}
