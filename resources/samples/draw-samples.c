/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Draws the sample pictures again: `ninja -C build samples`. They are kept in the repository because people look at
 * them there, too. */
#include <stdio.h>

#include "engine/train/scene.h"

static const RgObject star_house[] = {
  { RG_KIND_STAR, RG_COLOR_RED, RG_STYLE_FILLED, 150, 250, 82, -0.1, FALSE, 0 },
  { RG_KIND_HOUSE, RG_COLOR_BLUE, RG_STYLE_FILLED, 370, 270, 104, 0, FALSE, 0 },
  { RG_KIND_TREE, RG_COLOR_GREEN, RG_STYLE_FILLED, 555, 280, 74, 0, FALSE, 0 },
};

static const RgObject animals[] = {
  { RG_KIND_FISH, RG_COLOR_ORANGE, RG_STYLE_WOBBLE, 130, 130, 82, 0.1, FALSE, 0 },
  { RG_KIND_CAT, RG_COLOR_BLACK, RG_STYLE_WOBBLE, 440, 170, 100, 0, FALSE, 1 },
  { RG_KIND_RABBIT, RG_COLOR_PINK, RG_STYLE_WOBBLE, 175, 440, 104, 0, FALSE, 2 },
  { RG_KIND_SNAIL, RG_COLOR_GREEN, RG_STYLE_WOBBLE, 450, 470, 84, 0, FALSE, 3 },
};

static const RgObject apples[] = {
  { RG_KIND_APPLE, RG_COLOR_RED, RG_STYLE_FILLED, 120, 120, 62, 0.15, FALSE, 0 },
  { RG_KIND_APPLE, RG_COLOR_GREEN, RG_STYLE_FILLED, 300, 300, 70, -0.1, FALSE, 0 },
  { RG_KIND_APPLE, RG_COLOR_RED, RG_STYLE_FILLED, 450, 115, 58, 0, FALSE, 1 },
  { RG_KIND_APPLE, RG_COLOR_YELLOW, RG_STYLE_FILLED, 620, 300, 66, 0.2, FALSE, 2 },
  { RG_KIND_BANANA, RG_COLOR_YELLOW, RG_STYLE_FILLED, 110, 320, 74, -0.3, FALSE, 0 },
  { RG_KIND_CUP, RG_COLOR_BLUE, RG_STYLE_FILLED, 465, 310, 70, 0, FALSE, 0 },
};

static const RgObject umbrella[] = {
  { RG_KIND_UMBRELLA, RG_COLOR_YELLOW, RG_STYLE_OUTLINED, 170, 200, 120, -0.15, FALSE, 0 },
  { RG_KIND_CRESCENT, RG_COLOR_WHITE, RG_STYLE_FILLED, 430, 110, 64, 0.2, FALSE, 0 },
  { RG_KIND_BICYCLE, RG_COLOR_PINK, RG_STYLE_OUTLINED, 390, 350, 100, 0, FALSE, 0 },
};

typedef struct
{
  const char *name;
  guint width, height;
  RgBackdrop backdrop;
  guint8 ink[2][3];
  const RgObject *objects;
  guint n_objects;
} Sample;

#define OBJECTS(array) (array), G_N_ELEMENTS (array)

static const Sample samples[] = {
  { "star-house", 640, 480, RG_BACKDROP_LINEAR, { { 214, 232, 246 }, { 246, 243, 228 } }, OBJECTS (star_house) },
  { "animals", 600, 600, RG_BACKDROP_LINEAR, { { 252, 250, 243 }, { 240, 232, 214 } }, OBJECTS (animals) },
  { "apples", 720, 440, RG_BACKDROP_DOTS, { { 238, 240, 226 }, { 222, 228, 206 } }, OBJECTS (apples) },
  { "umbrella", 560, 480, RG_BACKDROP_RADIAL, { { 64, 74, 104 }, { 34, 40, 62 } }, OBJECTS (umbrella) },
};

static gboolean
draw (const Sample *sample,
      const char *folder)
{
  g_autoptr (RgScene) scene = rg_scene_new (sample->width, sample->height);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, sample->width, sample->height);
  cairo_t *cr = cairo_create (surface);
  g_autofree char *path = g_strdup_printf ("%s/%s.png", folder, sample->name);
  gboolean is_written;

  scene->backdrop = sample->backdrop;
  memcpy (scene->ink, sample->ink, sizeof scene->ink);
  g_array_append_vals (scene->objects, sample->objects, sample->n_objects);
  rg_scene_draw (scene, cr);
  cairo_destroy (cr);
  is_written = cairo_surface_write_to_png (surface, path) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy (surface);
  if (!is_written)
    fprintf (stderr, "draw-samples: %s cannot be written\n", path);

  return is_written;
}

int
main (int argc,
      char **argv)
{
  if (argc != 2)
    {
      fprintf (stderr, "Usage: draw-samples FOLDER\n");
      return 2;
    }

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    if (!draw (&samples[i], argv[1]))
      return 1;

  return 0;
}
