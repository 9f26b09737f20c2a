/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-tray.h"

#include "ui/wrap-layout.h"

#define SPACING 4

struct _RgSceneTray
{
  GtkWidget parent_instance;
};

static void
rg_scene_tray_add_child (GtkBuildable *buildable,
                         GtkBuilder *builder,
                         GObject *child,
                         const char *type)
{
  rg_scene_tray_append (RG_SCENE_TRAY (buildable), GTK_WIDGET (child));
}

static void
rg_scene_tray_buildable_init (GtkBuildableIface *iface)
{
  iface->add_child = rg_scene_tray_add_child;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RgSceneTray, rg_scene_tray, GTK_TYPE_WIDGET, G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, rg_scene_tray_buildable_init))

static void
rg_scene_tray_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (rg_scene_tray_parent_class)->dispose (object);
}

static void
rg_scene_tray_class_init (RgSceneTrayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = rg_scene_tray_dispose;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_scene_tray_init (RgSceneTray *self)
{
  gtk_widget_set_layout_manager (GTK_WIDGET (self), rg_wrap_layout_new (SPACING));
}

void
rg_scene_tray_append (RgSceneTray *self,
                      GtkWidget *child)
{
  g_return_if_fail (RG_IS_SCENE_TRAY (self));

  gtk_widget_set_parent (child, GTK_WIDGET (self));
}
