/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-swatch.h"

/* So much of the button's half side does the thing take. */
#define FILL 0.84

struct _RgSceneSwatch
{
  GObject parent_instance;

  RgKind kind;
  RgColor color;
  RgStyle style;
};

static void
rg_scene_swatch_snapshot (GdkPaintable *paintable,
                          GdkSnapshot *snapshot,
                          double width,
                          double height)
{
  RgSceneSwatch *self = RG_SCENE_SWATCH (paintable);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  RgObject object = {
    .kind = self->kind,
    .color = self->color,
    .style = self->style,
    .x = width / 2,
    .y = height / 2,
    .size = FILL * MIN (width, height) / 2,
  };
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

  rg_scene_draw_object (cr, &object, 0);
  cairo_destroy (cr);
}

static int
rg_scene_swatch_get_intrinsic_size (GdkPaintable *paintable)
{
  return 32;
}

static void
rg_scene_swatch_paintable_init (GdkPaintableInterface *iface)
{
  iface->snapshot = rg_scene_swatch_snapshot;
  iface->get_intrinsic_width = rg_scene_swatch_get_intrinsic_size;
  iface->get_intrinsic_height = rg_scene_swatch_get_intrinsic_size;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RgSceneSwatch, rg_scene_swatch, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, rg_scene_swatch_paintable_init))

static void
rg_scene_swatch_class_init (RgSceneSwatchClass *klass)
{
}

static void
rg_scene_swatch_init (RgSceneSwatch *self)
{
}

GdkPaintable *
rg_scene_swatch_new (RgKind kind,
                     RgColor color,
                     RgStyle style)
{
  RgSceneSwatch *self = g_object_new (RG_TYPE_SCENE_SWATCH, NULL);

  self->kind = kind;
  self->color = color;
  self->style = style;

  return GDK_PAINTABLE (self);
}

void
rg_scene_swatch_set (RgSceneSwatch *self,
                     RgColor color,
                     RgStyle style)
{
  g_return_if_fail (RG_IS_SCENE_SWATCH (self));

  if (self->color == color && self->style == style)
    return;

  self->color = color;
  self->style = style;
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
}
