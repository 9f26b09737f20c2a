/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/why-pane.h"

#include "ui/box-view.h"
#include "ui/compare-view.h"
#include "ui/drop-down.h"
#include "ui/head-gallery.h"
#include "ui/swap-view.h"
#include "ui/verdict-view.h"

struct _RgWhyPane
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkDropDown *chooser;
  GtkStack *stack;
  GtkWidget *views[RG_N_WHY_PAGES];

  RgWhyPage page;
};

enum
{
  PROP_PAGE = 1,
  N_PROPS
};

/* Names of the pages in the stack, which are in this order, and of their views. */
static const char *const page_names[RG_N_WHY_PAGES] = { "test", "swap", "box", "heads", "compare" };
static const char *const view_names[RG_N_WHY_PAGES] = { "verdict_view", "swap_view", "box_view", "head_gallery", "compare_view" };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgWhyPane, rg_why_pane, GTK_TYPE_BOX)

gboolean
rg_why_page_find (const char *name,
                  RgWhyPage *page)
{
  for (guint i = 0; i < RG_N_WHY_PAGES; i++)
    if (g_str_equal (name, page_names[i]))
      {
        *page = (RgWhyPage) i;
        return TRUE;
      }

  return FALSE;
}

static void
chosen_cb (RgWhyPane *self)
{
  guint selected = gtk_drop_down_get_selected (self->chooser);

  if (selected < RG_N_WHY_PAGES)
    rg_why_pane_set_page (self, (RgWhyPage) selected);
}

static void
rg_why_pane_dispose (GObject *object)
{
  RgWhyPane *self = RG_WHY_PANE (object);

  if (self->chooser != NULL)
    gtk_drop_down_set_model (self->chooser, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_WHY_PANE);

  G_OBJECT_CLASS (rg_why_pane_parent_class)->dispose (object);
}

static void
rg_why_pane_get_property (GObject *object,
                          guint prop_id,
                          GValue *value,
                          GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_PAGE:
      g_value_set_uint (value, RG_WHY_PANE (object)->page);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_why_pane_set_property (GObject *object,
                          guint prop_id,
                          const GValue *value,
                          GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_PAGE:
      rg_why_pane_set_page (RG_WHY_PANE (object), (RgWhyPage) g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_why_pane_class_init (RgWhyPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = rg_why_pane_dispose;
  object_class->get_property = rg_why_pane_get_property;
  object_class->set_property = rg_why_pane_set_property;

  properties[PROP_PAGE] = g_param_spec_uint ("page", NULL, NULL, 0, RG_N_WHY_PAGES - 1, RG_WHY_TEST, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (RG_TYPE_BOX_VIEW);
  g_type_ensure (RG_TYPE_COMPARE_VIEW);
  g_type_ensure (RG_TYPE_HEAD_GALLERY);
  g_type_ensure (RG_TYPE_SWAP_VIEW);
  g_type_ensure (RG_TYPE_VERDICT_VIEW);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/why-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, RgWhyPane, chooser);
  gtk_widget_class_bind_template_child (widget_class, RgWhyPane, stack);
  for (guint i = 0; i < RG_N_WHY_PAGES; i++)
    gtk_widget_class_bind_template_child_full (widget_class, view_names[i], FALSE, (gssize) (G_STRUCT_OFFSET (RgWhyPane, views) + i * sizeof (GtkWidget *)));
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_set_css_name (widget_class, "whypane");
}

static void
rg_why_pane_init (RgWhyPane *self)
{
  g_autoptr (GtkSelectionModel) pages = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  rg_drop_down_name (self->chooser);

  pages = gtk_stack_get_pages (self->stack);
  gtk_drop_down_set_model (self->chooser, G_LIST_MODEL (pages));
}

GtkWidget *
rg_why_pane_new (void)
{
  return g_object_new (RG_TYPE_WHY_PANE, NULL);
}

RgWhyPage
rg_why_pane_get_page (RgWhyPane *self)
{
  g_return_val_if_fail (RG_IS_WHY_PANE (self), RG_WHY_TEST);

  return self->page;
}

void
rg_why_pane_set_page (RgWhyPane *self,
                      RgWhyPage page)
{
  g_return_if_fail (RG_IS_WHY_PANE (self));
  g_return_if_fail (page < RG_N_WHY_PAGES);

  if (self->page == page)
    return;

  self->page = page;
  gtk_stack_set_visible_child_name (self->stack, page_names[page]);
  gtk_drop_down_set_selected (self->chooser, page);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAGE]);
}

gpointer
rg_why_pane_get_view (RgWhyPane *self,
                      RgWhyPage page)
{
  g_return_val_if_fail (RG_IS_WHY_PANE (self), NULL);
  g_return_val_if_fail (page < RG_N_WHY_PAGES, NULL);

  return self->views[page];
}
