/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/scene.h"

#include <string.h>

#include "engine/train/backdrop.h"
#include "engine/train/camera.h"

struct _RgSceneRenderer
{
  guint width, height; /* of the surfaces */
  cairo_surface_t *picture;
  cairo_surface_t *owner;
  guint8 *scratch;
};

RgSceneRenderer *
rg_scene_renderer_new (void)
{
  return g_new0 (RgSceneRenderer, 1);
}

static void
clear (RgSceneRenderer *self)
{
  g_clear_pointer (&self->picture, cairo_surface_destroy);
  g_clear_pointer (&self->owner, cairo_surface_destroy);
  g_clear_pointer (&self->scratch, g_free);
}

void
rg_scene_renderer_free (RgSceneRenderer *self)
{
  clear (self);
  g_free (self);
}

static void
resize (RgSceneRenderer *self, guint width, guint height)
{
  if (self->picture != NULL && self->width == width && self->height == height)
    return;
  clear (self);
  self->width = width;
  self->height = height;
  self->picture = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  self->owner = cairo_image_surface_create (CAIRO_FORMAT_A8, (int) width, (int) height);
  self->scratch = g_malloc (3 * (gsize) width * height);
}

/* Whole words are written; the fourth byte becomes the next pixel's first. */
static void
pack_row (const guint32 *row, guint n, guint8 *rgb)
{
  guint32 bytes;
  for (guint x = 0; x + 1 < n; x++, rgb += 3)
    {
      bytes = GUINT32_TO_BE (row[x] << 8);
      memcpy (rgb, &bytes, 4);
    }
  bytes = GUINT32_TO_BE (row[n - 1] << 8);
  memcpy (rgb, &bytes, 3);
}

static void
pack (RgSceneRenderer *self, guint8 *rgb)
{
  cairo_surface_flush (self->picture);
  const guint8 *data = cairo_image_surface_get_data (self->picture);
  int stride = cairo_image_surface_get_stride (self->picture);
  for (guint y = 0; y < self->height; y++)
    pack_row ((const guint32 *) (data + (gsize) y * stride), self->width, rgb + 3 * (gsize) y * self->width);
}

/* The mask is drawn by Cairo itself: each silhouette, without antialiasing, in an ink whose alpha is the object's index. */
static void
render_owner (RgSceneRenderer *self, const RgScene *scene, guint8 *owner)
{
  guint8 *data = cairo_image_surface_get_data (self->owner);
  int stride = cairo_image_surface_get_stride (self->owner);
  cairo_surface_flush (self->owner);
  memset (data, RG_OWNER_NONE, (gsize) stride * self->height);
  cairo_surface_mark_dirty (self->owner);

  cairo_t *cr = cairo_create (self->owner);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  for (guint i = 0; i < scene->objects->len; i++)
    {
      cairo_set_source_rgba (cr, 0, 0, 0, i / 255.);
      rg_object_draw_silhouette (rg_scene_get_object (scene, i), cr, scene->seed);
    }
  cairo_destroy (cr);

  cairo_surface_flush (self->owner);
  for (guint y = 0; y < self->height; y++)
    memcpy (owner + (gsize) y * self->width, data + (gsize) y * stride, self->width);
}

void
rg_scene_render (RgSceneRenderer *renderer, const RgScene *scene, guint8 *rgb, guint8 *owner)
{
  g_assert (scene->objects->len <= RG_SCENE_MAX_OBJECTS);
  resize (renderer, scene->width, scene->height);
  rg_backdrop_paint (scene, renderer->picture);

  cairo_t *cr = cairo_create (renderer->picture);
  /* Sixteen levels of coverage instead of 256 save a fifth of the time; sensor noise hides the difference. */
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  for (guint i = 0; i < scene->objects->len; i++)
    rg_object_draw (rg_scene_get_object (scene, i), cr, scene->seed);
  cairo_destroy (cr);

  pack (renderer, rgb);
  rg_camera_expose (scene, rgb, renderer->scratch);
  if (owner != NULL)
    render_owner (renderer, scene, owner);
}
