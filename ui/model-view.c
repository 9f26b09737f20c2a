/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/model-view.h"

#include <glib/gi18n.h>

#include "ui/grid-text.h"
#include "ui/tile-board.h"

struct _RgModelView
{
  GtkBox parent_instance;

  /* Owned References */
  RgPatchGrid *grid;

  /* Template Widgets */
  RgTileBoard *board;
  GtkLabel *summary;
  GtkLabel *patch_text;
};

enum
{
  PROP_GRID = 1,
  PROP_PATCH,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgModelView, rg_model_view, GTK_TYPE_BOX)

/* The same two sentences below the board and, as its description, for screen readers. */
static void
update_texts (RgModelView *self)
{
  int patch = rg_tile_board_get_patch (self->board);
  g_autofree char *summary = NULL, *patch_text = NULL, *description = NULL;

  summary = self->grid != NULL ? rg_grid_text_summarize (self->grid) : g_strdup (_ ("Nothing has been looked at yet."));
  patch_text = patch >= 0 ? rg_grid_text_describe_patch (self->grid, patch)
                          : g_strdup (_ ("Point at a patch, or walk with the arrow keys."));
  description = patch >= 0 ? g_strjoin (" · ", patch_text, summary, NULL) : g_strdup (summary);

  gtk_label_set_label (self->summary, summary);
  gtk_label_set_label (self->patch_text, patch_text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->board),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What the model sees"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description,
                                  -1);
}

static void
patch_changed_cb (RgModelView *self)
{
  update_texts (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATCH]);
}

static void
rg_model_view_dispose (GObject *object)
{
  RgModelView *self = RG_MODEL_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_MODEL_VIEW);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);

  G_OBJECT_CLASS (rg_model_view_parent_class)->dispose (object);
}

static void
rg_model_view_get_property (GObject *object,
                            guint prop_id,
                            GValue *value,
                            GParamSpec *pspec)
{
  RgModelView *self = RG_MODEL_VIEW (object);

  switch (prop_id)
    {
    case PROP_GRID:
      g_value_set_boxed (value, self->grid);
      break;
    case PROP_PATCH:
      g_value_set_int (value, rg_model_view_get_patch (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_model_view_set_property (GObject *object,
                            guint prop_id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  RgModelView *self = RG_MODEL_VIEW (object);

  switch (prop_id)
    {
    case PROP_GRID:
      rg_model_view_set_grid (self, g_value_get_boxed (value));
      break;
    case PROP_PATCH:
      rg_model_view_set_patch (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_model_view_class_init (RgModelViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_model_view_dispose;
  object_class->get_property = rg_model_view_get_property;
  object_class->set_property = rg_model_view_set_property;

  properties[PROP_GRID] = g_param_spec_boxed ("grid", NULL, NULL, RG_TYPE_PATCH_GRID, flags);
  properties[PROP_PATCH] = g_param_spec_int ("patch", NULL, NULL, -1, G_MAXINT, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (RG_TYPE_TILE_BOARD);
  gtk_widget_class_set_css_name (widget_class, "modelview");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/model-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgModelView, board);
  gtk_widget_class_bind_template_child (widget_class, RgModelView, summary);
  gtk_widget_class_bind_template_child (widget_class, RgModelView, patch_text);
  gtk_widget_class_bind_template_callback (widget_class, patch_changed_cb);
}

static void
rg_model_view_init (RgModelView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update_texts (self);
}

GtkWidget *
rg_model_view_new (void)
{
  return g_object_new (RG_TYPE_MODEL_VIEW, NULL);
}

void
rg_model_view_set_grid (RgModelView *self,
                        RgPatchGrid *grid)
{
  g_return_if_fail (RG_IS_MODEL_VIEW (self));

  if (self->grid == grid)
    return;

  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  if (grid != NULL)
    self->grid = rg_patch_grid_ref (grid);

  rg_tile_board_set_grid (self->board, grid);
  update_texts (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRID]);
}

void
rg_model_view_set_patch (RgModelView *self,
                         int patch)
{
  g_return_if_fail (RG_IS_MODEL_VIEW (self));

  rg_tile_board_set_patch (self->board, patch);
}

int
rg_model_view_get_patch (RgModelView *self)
{
  g_return_val_if_fail (RG_IS_MODEL_VIEW (self), -1);

  return rg_tile_board_get_patch (self->board);
}
