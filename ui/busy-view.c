/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/busy-view.h"

struct _RgBusyView
{
  GtkBox parent_instance;

  /* Template Widgets */
  GtkLabel *label;
  GtkProgressBar *progress;
  GtkWidget *stop_button;
};

G_DEFINE_FINAL_TYPE (RgBusyView, rg_busy_view, GTK_TYPE_BOX)

static void
rg_busy_view_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), RG_TYPE_BUSY_VIEW);

  G_OBJECT_CLASS (rg_busy_view_parent_class)->dispose (object);
}

static void
rg_busy_view_class_init (RgBusyViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_busy_view_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/busy-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgBusyView, label);
  gtk_widget_class_bind_template_child (widget_class, RgBusyView, progress);
  gtk_widget_class_bind_template_child (widget_class, RgBusyView, stop_button);
}

static void
rg_busy_view_init (RgBusyView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_busy_view_new (void)
{
  return g_object_new (RG_TYPE_BUSY_VIEW, NULL);
}

static void
show (RgBusyView *self,
      const char *text,
      gboolean progress)
{
  gtk_label_set_label (self->label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), progress);
  gtk_widget_set_visible (self->stop_button, progress);
}

void
rg_busy_view_show_progress (RgBusyView *self,
                            const char *text,
                            double fraction)
{
  g_return_if_fail (RG_IS_BUSY_VIEW (self));

  gtk_progress_bar_set_fraction (self->progress, fraction);
  show (self, text, TRUE);
}

void
rg_busy_view_show_sentence (RgBusyView *self,
                            const char *text)
{
  g_return_if_fail (RG_IS_BUSY_VIEW (self));

  show (self, text, FALSE);
}
