/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "engine/tensor/random.h"
#include "engine/train/object.h"
#include "engine/types.h"

/* Pictures of the bundled model's world: objects on a backdrop, seen through a poor camera. A scene is a small description;
 * rendering it gives the same bytes every time on one machine. No function here locks or keeps state between calls, so
 * each thread may draw its own scenes with a renderer of its own. */

G_BEGIN_DECLS

/** RgBackdrop: all but CLUTTER are two colours mixed by a pattern of low contrast. */
typedef enum
{
  RG_BACKDROP_PLAIN,
  RG_BACKDROP_LINEAR,
  RG_BACKDROP_RADIAL,
  RG_BACKDROP_NOISE,
  RG_BACKDROP_STRIPES,
  RG_BACKDROP_CHECKS,
  RG_BACKDROP_DOTS,
  RG_BACKDROP_PAPER,
  RG_BACKDROP_CLUTTER,
} RgBackdrop;

#define RG_N_BACKDROPS 9

/** In an owner mask: no object. */
#define RG_OWNER_NONE 255

/** The most objects that a scene may have. */
#define RG_SCENE_MAX_OBJECTS 32

/**
 * RgScene:
 * @seed: decides about backdrop, noise and wobble
 * @ink: (array fixed-size=2): the backdrop's two colours, RGB
 * @blur: passes of a 3 × 3 blur, 0 for none
 * @noise: standard deviation of sensor noise in 1/255, 0 for none
 * @jpeg: quality 1 … 100 of 8 × 8 block coding, 0 for none
 * @gain: contrast, 1 for none
 * @offset: brightness in 1/255, 0 for none
 * @objects: (element-type RgObject): in drawing order, later ones on top
 */
typedef struct
{
  guint width, height;
  guint64 seed;
  RgBackdrop backdrop;
  guint8 ink[2][3];
  guint blur;
  double noise;
  guint jpeg;
  double gain, offset;
  GArray *objects;
} RgScene;

/**
 * RgSceneOptions:
 * @min_objects: fewest objects, 0 allowed
 * @max_objects: most objects, up to RG_SCENE_MAX_OBJECTS
 * @empty: chance of a scene without objects, whatever @min_objects says
 * @min_size: smallest object's full side, as a fraction of the picture's shorter side
 * @max_size: largest object's full side, for a scene of one; crowded scenes have smaller ones
 * @degrade: whether blur, noise, block coding and exposure are applied
 * @repeat: chance that several objects share a kind, and likewise a colour
 * @max_angle: largest rotation either way, radians
 * @worn: chance that an object is scratched, which teaches not to rely on whole areas of colour
 * @styles: bit mask, 1 << RgStyle
 * @kinds: bit mask, 1 << RgKind
 * @colors: bit mask, 1 << RgColor
 * @backdrops: bit mask, 1 << RgBackdrop
 */
typedef struct
{
  guint width, height;
  guint min_objects, max_objects;
  double empty;
  double min_size, max_size;
  gboolean degrade;
  double repeat;
  double max_angle;
  double worn;
  guint styles;
  guint64 kinds;
  guint colors;
  guint backdrops;
} RgSceneOptions;

/** rg_scene_options_default: Returns: the world as it is trained: 128 × 128, 1 … 6 objects, filled, outlined and wobble */
RgSceneOptions rg_scene_options_default (void);

/** rg_scene_new: Returns: (transfer full): white paper without objects or degradation; free with rg_scene_free() */
RgScene *rg_scene_new (guint width, guint height) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_scene_new_random:
 * @random: advanced; the scene depends on nothing else but @options
 *
 * Objects lie within the picture and cover each other by less than a fifth; their colours stand out from the backdrop.
 *
 * Returns: (transfer full): a scene of between min_objects and max_objects objects
 */
RgScene *rg_scene_new_random (const RgSceneOptions *options, RgRandom *random) G_GNUC_WARN_UNUSED_RESULT;

/** rg_scene_copy: Returns: (transfer full): a deep copy */
RgScene *rg_scene_copy (const RgScene *self) G_GNUC_WARN_UNUSED_RESULT;
void rg_scene_free (RgScene *self);

/** rg_scene_get_object: @index: 0 … objects->len - 1. Returns: (transfer none): one object */
const RgObject *rg_scene_get_object (const RgScene *self, guint index);

/**
 * rg_scene_draw:
 * @cr: any context; one unit is one pixel of the scene
 *
 * Backdrop and objects, without degradation, at whatever scale @cr has (the window's drawing board).
 */
void rg_scene_draw (const RgScene *self, cairo_t *cr);

/** rg_scene_draw_object: the same as rg_object_draw() */
void rg_scene_draw_object (cairo_t *cr, const RgObject *object, guint64 seed);

/**
 * rg_scene_get_box:
 * @owner: a mask that rg_scene_render() filled
 * @box: (out): the tightest rectangle around the visible pixels of the object, empty if there are none
 *
 * Returns: how many pixels of @owner the object has
 */
guint rg_scene_get_box (const RgScene *self, const guint8 *owner, guint index, RgRect *box);

/**
 * RgSceneRenderer:
 *
 * Scratch memory for rendering, reused from scene to scene. One for each thread.
 */
typedef struct _RgSceneRenderer RgSceneRenderer;

/** rg_scene_renderer_new: Returns: (transfer full): free with rg_scene_renderer_free() */
RgSceneRenderer *rg_scene_renderer_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_scene_renderer_free (RgSceneRenderer *self);

/**
 * rg_scene_render:
 * @renderer: used by no other thread meanwhile
 * @scene: what to draw
 * @rgb: (out caller-allocates): 3 * width * height bytes
 * @owner: (out caller-allocates) (nullable): width * height bytes: the index of the topmost object whose ink or interior
 *   covers the pixel, or RG_OWNER_NONE
 */
void rg_scene_render (RgSceneRenderer *renderer, const RgScene *scene, guint8 *rgb, guint8 *owner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgScene, rg_scene_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSceneRenderer, rg_scene_renderer_free)

G_END_DECLS
