/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library.h"

#include "engine/library/model-places.h"

struct _RgLibraryItem
{
  GObject parent_instance;

  RgModelDescription *model;
  RgFit fit;
};

G_DEFINE_FINAL_TYPE (RgLibraryItem, rg_library_item, G_TYPE_OBJECT)

struct _RgLibrary
{
  GObject parent_instance;

  GPtrArray *items;
  GCancellable *cancellable; /* of the present scan; NULL where none runs */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RgLibrary, rg_library, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_NAME = 1,
};

enum
{
  PROP_SCANNING = 1,
};

/* --- item --------------------------------------------------------------------------------------------------------- */

static void
rg_library_item_finalize (GObject *object)
{
  rg_model_description_free (RG_LIBRARY_ITEM (object)->model);

  G_OBJECT_CLASS (rg_library_item_parent_class)->finalize (object);
}

static void
rg_library_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NAME)
    g_value_set_string (value, RG_LIBRARY_ITEM (object)->model->name);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rg_library_item_class_init (RgLibraryItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = rg_library_item_finalize;
  object_class->get_property = rg_library_item_get_property;
  g_object_class_install_property (object_class, PROP_NAME, g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
rg_library_item_init (RgLibraryItem *self)
{
}

const RgModelDescription *
rg_library_item_get_model (RgLibraryItem *self)
{
  return self->model;
}

const RgFit *
rg_library_item_get_fit (RgLibraryItem *self)
{
  return &self->fit;
}

/* --- background thread -------------------------------------------------------------------------------------------- */

/* A scan's thread holds no reference to the library: it could become its last owner. */
typedef struct
{
  GWeakRef library;
  GCancellable *cancellable;
  char *bundled, *chosen;
  RgMachineSpeed speed;
} Scan;

typedef struct
{
  RgLibraryItem *item; /* NULL: the end of the scan */
  Scan *scan;
} Arrival;

static void
scan_free (Scan *scan)
{
  g_weak_ref_clear (&scan->library);
  g_object_unref (scan->cancellable);
  g_free (scan->bundled);
  g_free (scan->chosen);
  g_free (scan);
}

/* On the main thread. What an earlier scan found is dropped. */
static gboolean
arrive (gpointer data)
{
  g_autofree Arrival *arrival = data;
  Scan *scan = arrival->scan;
  RgLibraryItem *item = arrival->item;
  g_autoptr (RgLibrary) self = g_weak_ref_get (&scan->library);
  gboolean wanted = self != NULL && self->cancellable == scan->cancellable;

  if (item == NULL)
    scan_free (scan);
  if (wanted && item != NULL)
    {
      g_ptr_array_add (self->items, g_object_ref (item));
      g_list_model_items_changed (G_LIST_MODEL (self), self->items->len - 1, 0, 1);
    }
  else if (wanted)
    {
      g_clear_object (&self->cancellable);
      g_object_notify (G_OBJECT (self), "scanning");
    }
  g_clear_object (&item);

  return G_SOURCE_REMOVE;
}

static void
send (Scan *scan, RgLibraryItem *item)
{
  Arrival *arrival = g_new (Arrival, 1);

  *arrival = (Arrival){ item, scan };
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, arrive, arrival, NULL);
}

static void
found (RgModelDescription *model, gpointer data)
{
  Scan *scan = data;
  RgLibraryItem *item = g_object_new (RG_TYPE_LIBRARY_ITEM, NULL);

  item->model = model;
  item->fit = rg_fit_estimate (model, &scan->speed);
  send (scan, item);
}

static gpointer
run (gpointer data)
{
  Scan *scan = data;
  RgModelDescription *bundled;

  scan->speed = rg_machine_speed_measure (scan->cancellable);
  bundled = scan->bundled != NULL ? rg_model_description_read (scan->bundled, NULL, scan->cancellable, NULL) : NULL;
  if (bundled != NULL)
    found (bundled, scan);
  rg_model_places_scan (scan->chosen, found, scan, scan->cancellable);
  send (scan, NULL);

  return NULL;
}

/* --- main thread -------------------------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return RG_TYPE_LIBRARY_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return RG_LIBRARY (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  RgLibrary *self = RG_LIBRARY (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
rg_library_finalize (GObject *object)
{
  RgLibrary *self = RG_LIBRARY (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->items);

  G_OBJECT_CLASS (rg_library_parent_class)->finalize (object);
}

static void
rg_library_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SCANNING)
    g_value_set_boolean (value, rg_library_get_scanning (RG_LIBRARY (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rg_library_class_init (RgLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = rg_library_finalize;
  object_class->get_property = rg_library_get_property;
  g_object_class_install_property (object_class, PROP_SCANNING, g_param_spec_boolean ("scanning", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
rg_library_init (RgLibrary *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

RgLibrary *
rg_library_new (void)
{
  return g_object_new (RG_TYPE_LIBRARY, NULL);
}

gboolean
rg_library_get_scanning (RgLibrary *self)
{
  g_return_val_if_fail (RG_IS_LIBRARY (self), FALSE);

  return self->cancellable != NULL;
}

void
rg_library_scan (RgLibrary *self, const char *bundled, const char *chosen)
{
  guint n_items;
  Scan *scan;

  g_return_if_fail (RG_IS_LIBRARY (self));

  n_items = self->items->len;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_ptr_array_set_size (self->items, 0);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_items, 0);
  g_object_notify (G_OBJECT (self), "scanning");

  scan = g_new0 (Scan, 1);
  g_weak_ref_init (&scan->library, self);
  scan->cancellable = g_object_ref (self->cancellable);
  scan->bundled = g_strdup (bundled);
  scan->chosen = g_strdup (chosen);
  g_thread_unref (g_thread_new ("library", run, scan));
}
