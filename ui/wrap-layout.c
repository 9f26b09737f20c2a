/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/wrap-layout.h"

struct _RgWrapLayout
{
  GtkLayoutManager parent_instance;

  int spacing;
};

enum
{
  PROP_SPACING = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgWrapLayout, rg_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

/* A child and where it goes. */
typedef struct
{
  GtkWidget *child;
  GtkAllocation place;
} Slot;

static void
measure_child (GtkWidget *child,
               int line_width,
               int *width,
               int *height)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, width, NULL, NULL);
  *width = CLAMP (*width, minimum, MAX (minimum, line_width));
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, *width, NULL, height, NULL, NULL);
}

/* Ends a line: children that expand share the room left of it, all are centred across it. */
static void
finish_line (GArray *slots,
             guint first,
             int line_width,
             int line_height)
{
  const Slot *last = slots->len > first ? &g_array_index (slots, Slot, slots->len - 1) : NULL;
  int room = last != NULL ? line_width - last->place.x - last->place.width : 0;
  int n_expand = 0, moved = 0;

  for (guint i = first; i < slots->len; i++)
    n_expand += gtk_widget_compute_expand (g_array_index (slots, Slot, i).child, GTK_ORIENTATION_HORIZONTAL);

  for (guint i = first; i < slots->len; i++)
    {
      Slot *slot = &g_array_index (slots, Slot, i);

      slot->place.x += moved;
      if (room > 0 && gtk_widget_compute_expand (slot->child, GTK_ORIENTATION_HORIZONTAL))
        {
          slot->place.width += room / n_expand;
          moved += room / n_expand;
        }
      slot->place.y += (line_height - slot->place.height) / 2;
    }
}

/* Sets all children in lines of @line_width; returns the height of all lines. */
static int
set_lines (GtkWidget *widget,
           int line_width,
           int spacing,
           GArray *slots)
{
  int x = 0, y = 0, line_height = 0;
  guint first = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Slot slot = { .child = child };

      if (!gtk_widget_should_layout (child))
        continue;

      measure_child (child, line_width, &slot.place.width, &slot.place.height);
      if (x > 0 && x + slot.place.width > line_width)
        {
          finish_line (slots, first, line_width, line_height);
          first = slots->len;
          y += line_height + spacing;
          x = line_height = 0;
        }

      slot.place.x = x;
      slot.place.y = y;
      g_array_append_val (slots, slot);
      x += slot.place.width + spacing;
      line_height = MAX (line_height, slot.place.height);
    }

  finish_line (slots, first, line_width, line_height);

  return y + line_height;
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

  *minimum = *natural = 0;

  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      g_autoptr (GArray) slots = g_array_new (FALSE, FALSE, sizeof (Slot));

      *minimum = *natural = set_lines (widget, for_size >= 0 ? for_size : G_MAXINT / 2, self->spacing, slots);
      return;
    }

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int child_minimum, child_natural;

      if (!gtk_widget_should_layout (child))
        continue;

      gtk_widget_measure (child, orientation, -1, &child_minimum, &child_natural, NULL, NULL);
      *minimum = MAX (*minimum, child_minimum);
      *natural += child_natural + (*natural > 0 ? self->spacing : 0);
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
  g_autoptr (GArray) slots = g_array_new (FALSE, FALSE, sizeof (Slot));

  set_lines (widget, width, self->spacing, slots);

  for (guint i = 0; i < slots->len; i++)
    {
      Slot *slot = &g_array_index (slots, Slot, i);

      if (mirrored)
        slot->place.x = width - slot->place.x - slot->place.width;
      gtk_widget_size_allocate (slot->child, &slot->place, -1);
    }
}

static void
rg_wrap_layout_get_property (GObject *object,
                             guint prop_id,
                             GValue *value,
                             GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SPACING:
      g_value_set_int (value, RG_WRAP_LAYOUT (object)->spacing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_wrap_layout_set_property (GObject *object,
                             guint prop_id,
                             const GValue *value,
                             GParamSpec *pspec)
{
  RgWrapLayout *self = RG_WRAP_LAYOUT (object);

  switch (prop_id)
    {
    case PROP_SPACING:
      if (self->spacing != g_value_get_int (value))
        {
          self->spacing = g_value_get_int (value);
          gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_wrap_layout_class_init (RgWrapLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  object_class->get_property = rg_wrap_layout_get_property;
  object_class->set_property = rg_wrap_layout_set_property;

  properties[PROP_SPACING] = g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT16, 0,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

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
  return g_object_new (RG_TYPE_WRAP_LAYOUT, "spacing", spacing, NULL);
}
