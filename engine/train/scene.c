/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/scene.h"

#include <math.h>
#include <string.h>

#include "engine/train/backdrop.h"

/* How far, in units of the smaller one's radius, the circles of two objects may run into each other: a segment of that
 * height is 9 % of a disc. */
#define OVERLAP .3

/* Half the diagonal of what a drawing really fills, in units of its half side. */
#define REACH 1.06

#define PLACE_TRIES 40
#define SCENE_TRIES 30

RgSceneOptions
rg_scene_options_default (void)
{
  return (RgSceneOptions){
    .width = 128,
    .height = 128,
    .min_objects = 1,
    .max_objects = 6,
    .empty = .01,
    .min_size = .16,
    .max_size = .5,
    .degrade = TRUE,
    .repeat = .35,
    .max_angle = .35,
    .styles = 1u << RG_STYLE_FILLED | 1u << RG_STYLE_OUTLINED | 1u << RG_STYLE_WOBBLE,
    .kinds = (G_GUINT64_CONSTANT (1) << RG_N_KINDS) - 1,
    .colors = (1u << RG_N_COLORS) - 1,
    .backdrops = (1u << RG_N_BACKDROPS) - 1,
  };
}

RgScene *
rg_scene_new (guint width, guint height)
{
  g_assert (width > 0 && height > 0);
  RgScene *self = g_new0 (RgScene, 1);
  self->width = width;
  self->height = height;
  self->gain = 1;
  memset (self->ink, 255, sizeof self->ink);
  self->objects = g_array_new (FALSE, FALSE, sizeof (RgObject));
  return self;
}

RgScene *
rg_scene_copy (const RgScene *self)
{
  RgScene *copy = g_memdup2 (self, sizeof *self);
  copy->objects = g_array_copy (self->objects);
  return copy;
}

void
rg_scene_free (RgScene *self)
{
  g_array_unref (self->objects);
  g_free (self);
}

const RgObject *
rg_scene_get_object (const RgScene *self, guint index)
{
  g_assert (index < self->objects->len);
  return &g_array_index (self->objects, RgObject, index);
}

/* One of the bits of @mask, each as likely. */
static guint
choose_bit (guint64 mask, RgRandom *random)
{
  guint n = 0;
  g_assert (mask != 0);
  for (guint64 m = mask; m != 0; m &= m - 1)
    n++;
  for (guint skip = rg_random_below (random, n); skip > 0; skip--)
    mask &= mask - 1;
  return (guint) __builtin_ctzll (mask);
}

/* Few objects more often than many, but each count often enough to be learned. */
static guint
choose_count (const RgSceneOptions *options, RgRandom *random)
{
  g_assert (options->min_objects <= options->max_objects && options->max_objects <= RG_SCENE_MAX_OBJECTS);
  if (rg_random_uniform (random) < options->empty)
    return 0;
  guint span = options->max_objects - options->min_objects + 1;
  guint a = rg_random_below (random, span), b = rg_random_below (random, span);
  return options->min_objects + (rg_random_uniform (random) < .4 ? MIN (a, b) : a);
}

/* The largest full side in a scene of @n, so that all of them find room. */
static double
largest_size (const RgSceneOptions *options, guint n)
{
  return MAX (options->min_size, options->max_size * pow (MAX (n, 1), -.33));
}

static void
choose_look (const RgSceneOptions *options, RgObject *object, RgRandom *random)
{
  object->style = choose_bit (options->styles, random);
  object->kind = choose_bit (options->kinds, random);
  object->color = choose_bit (options->colors, random);
  object->angle = options->max_angle * rg_random_range (random, -1, 1);
  object->flipped = rg_random_below (random, 2);
  object->variant = (guint32) rg_random_next (random) | 1;
  if (options->worn > 0 && rg_random_uniform (random) < options->worn)
    object->worn = rg_random_range (random, .1, 1);
  if (!rg_style_is_available (object->style, object->kind))
    object->style = RG_STYLE_FILLED;
}

static gboolean
collides (const RgScene *self, const RgObject *object, double overlap)
{
  for (guint i = 0; i < self->objects->len; i++)
    {
      const RgObject *other = rg_scene_get_object (self, i);
      double apart = object->size + other->size - overlap * MIN (object->size, other->size);
      if (hypot (object->x - other->x, object->y - other->y) < apart)
        return TRUE;
    }
  return FALSE;
}

static gboolean
place (RgScene *self, RgObject *object, double overlap, RgRandom *random)
{
  double reach = MIN (object->size * REACH, MIN (self->width, self->height) / 2.);
  for (guint try = 0; try < PLACE_TRIES; try++)
    {
      object->x = rg_random_range (random, reach, self->width - reach);
      object->y = rg_random_range (random, reach, self->height - reach);
      if (!collides (self, object, overlap))
        {
          g_array_append_val (self->objects, *object);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
populate (RgScene *self, const RgSceneOptions *options, guint n, double largest, RgRandom *random)
{
  gboolean share_kind = rg_random_uniform (random) < options->repeat;
  gboolean share_color = rg_random_uniform (random) < options->repeat;
  RgKind kind = choose_bit (options->kinds, random);
  RgColor color = choose_bit (options->colors, random);
  double overlap = rg_random_uniform (random) < .3 ? OVERLAP : -.1;
  double side = MIN (self->width, self->height);

  g_array_set_size (self->objects, 0);
  for (guint i = 0; i < n; i++)
    {
      RgObject object = { 0 };
      choose_look (options, &object, random);
      if (share_kind && rg_random_uniform (random) < .65)
        object.kind = kind;
      if (share_color && rg_random_uniform (random) < .65)
        object.color = color;
      object.size = side * rg_random_range (random, options->min_size, largest) / 2;
      if (!place (self, &object, overlap, random))
        return FALSE;
    }
  return TRUE;
}

/* Most pictures are a little spoilt, few are spoilt in every way. */
static void
choose_degradation (RgScene *self, RgRandom *random)
{
  if (rg_random_uniform (random) < .2)
    self->blur = 1 + rg_random_below (random, 2);
  if (rg_random_uniform (random) < .4)
    self->noise = rg_random_range (random, 1, 10);
  if (rg_random_uniform (random) < .15)
    self->jpeg = 25 + rg_random_below (random, 60);
  if (rg_random_uniform (random) < .3)
    {
      self->gain = rg_random_range (random, .85, 1.1);
      self->offset = rg_random_range (random, -14, 14);
    }
}

RgScene *
rg_scene_new_random (const RgSceneOptions *options, RgRandom *random)
{
  RgScene *self = rg_scene_new (options->width, options->height);
  guint n = choose_count (options, random);
  double largest = largest_size (options, n);
  self->seed = rg_random_next (random);

  /* Where there is no room, smaller ones are tried, and at last fewer. */
  for (guint try = 1; !populate (self, options, n, largest, random); try++)
    {
      largest = MAX (options->min_size, largest * .95);
      if (try % SCENE_TRIES == 0 && n > options->min_objects)
        n--;
      else if (try >= 4 * SCENE_TRIES)
        break;
    }

  rg_backdrop_choose (self, options->backdrops, random);
  if (options->degrade)
    choose_degradation (self, random);
  return self;
}

void
rg_scene_draw_object (cairo_t *cr, const RgObject *object, guint64 seed)
{
  rg_object_draw (object, cr, seed);
}

void
rg_scene_draw (const RgScene *self, cairo_t *cr)
{
  cairo_surface_t *sheet = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) self->width, (int) self->height);
  if (cairo_surface_status (sheet) == CAIRO_STATUS_SUCCESS)
    {
      rg_backdrop_paint (self, sheet);
      cairo_set_source_surface (cr, sheet, 0, 0);
      cairo_rectangle (cr, 0, 0, self->width, self->height);
      cairo_fill (cr);
    }
  cairo_surface_destroy (sheet);
  for (guint i = 0; i < self->objects->len; i++)
    rg_object_draw (rg_scene_get_object (self, i), cr, self->seed);
}

guint
rg_scene_get_box (const RgScene *self, const guint8 *owner, guint index, RgRect *box)
{
  guint n = 0, x0 = self->width, y0 = self->height, x1 = 0, y1 = 0;
  for (guint y = 0; y < self->height; y++)
    for (guint x = 0; x < self->width; x++)
      if (owner[y * self->width + x] == index)
        {
          x0 = MIN (x0, x);
          x1 = MAX (x1, x + 1);
          y0 = MIN (y0, y);
          y1 = MAX (y1, y + 1);
          n++;
        }
  *box = n > 0 ? (RgRect){ x0, y0, x1 - x0, y1 - y0 } : (RgRect){ 0, 0, 0, 0 };
  return n;
}
