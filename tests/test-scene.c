/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/train/scene.h"

#define SIDE 64
#define GUARD 64

static RgScene *
make_scene (const RgSceneOptions *options, guint64 number)
{
  RgRandom random;
  rg_random_init (&random, 20, number);
  return rg_scene_new_random (options, &random);
}

/* One object in the middle of grey paper, and what it covers. */
static void
render_one (const RgObject *object, guint8 *rgb, guint8 *owner)
{
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  g_autoptr (RgScene) scene = rg_scene_new (SIDE, SIDE);
  memset (scene->ink, 128, sizeof scene->ink);
  g_array_append_val (scene->objects, *object);
  rg_scene_render (renderer, scene, rgb, owner);
}

static RgObject
middle (RgKind kind, RgColor color, RgStyle style)
{
  return (RgObject){ .kind = kind, .color = color, .style = style, .x = SIDE / 2., .y = SIDE / 2., .size = SIDE * .45 };
}

static void
test_names (void)
{
  g_assert_cmpstr (rg_kind_get_name (RG_KIND_CIRCLE), ==, "circle");
  g_assert_cmpstr (rg_kind_get_name (RG_N_SHAPES - 1), ==, "arrow");
  g_assert_cmpstr (rg_kind_get_name (RG_KIND_CAT), ==, "cat");
  g_assert_cmpstr (rg_kind_get_name (RG_N_KINDS - 1), ==, "ball");
  g_assert_cmpstr (rg_color_get_name (RG_COLOR_RED), ==, "red");
  g_assert_cmpstr (rg_color_get_name (RG_N_COLORS - 1), ==, "white");
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    for (guint other = 0; other < kind; other++)
      g_assert_cmpstr (rg_kind_get_name (kind), !=, rg_kind_get_name (other));
}

/* The same seed gives the same description and the same bytes, whatever the renderer drew before. */
static void
test_deterministic (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  gsize n = (gsize) options.width * options.height;
  g_autofree guint8 *rgb = g_malloc (6 * n), *owner = g_malloc (2 * n);
  g_autoptr (RgSceneRenderer) used = rg_scene_renderer_new ();

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&options, i), again = make_scene (&options, i);
      g_autoptr (RgSceneRenderer) fresh = rg_scene_renderer_new ();
      g_autoptr (RgScene) copy = rg_scene_copy (scene);
      g_assert_cmpuint (scene->objects->len, ==, again->objects->len);
      rg_scene_render (used, again, rgb, owner);
      rg_scene_render (fresh, copy, rgb + 3 * n, owner + n);
      g_assert_cmpmem (rgb, 3 * n, rgb + 3 * n, 3 * n);
      g_assert_cmpmem (owner, n, owner + n, n);
      rg_scene_render (fresh, scene, rgb + 3 * n, NULL);
      g_assert_cmpmem (rgb, 3 * n, rgb + 3 * n, 3 * n);
    }
}

static gpointer
render_many (gpointer data)
{
  RgSceneOptions options = rg_scene_options_default ();
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  gsize n = 3 * (gsize) options.width * options.height;
  g_autofree guint8 *rgb = g_malloc (n);
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&options, i);
      rg_scene_render (renderer, scene, rgb, NULL);
      g_checksum_update (sum, rgb, (gssize) n);
    }
  char *hex = g_strdup (g_checksum_get_string (sum));
  g_checksum_free (sum);
  return hex;
}

static void
test_threads (void)
{
  GThread *a = g_thread_new ("scene-a", render_many, NULL), *b = g_thread_new ("scene-b", render_many, NULL);
  g_autofree char *first = g_thread_join (a), *second = g_thread_join (b), *here = render_many (NULL);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, ==, here);
}

/* Every count is well represented, objects are as large as asked, inside, and cover each other by less than a fifth. */
static void
test_placement (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  const guint sizes[][2] = { { 128, 128 }, { 200, 100 }, { 96, 160 } };
  guint counts[7] = { 0 };
  for (guint i = 0; i < 1500; i++)
    {
      options.width = sizes[i % 3][0];
      options.height = sizes[i % 3][1];
      double side = MIN (options.width, options.height);
      g_autoptr (RgScene) scene = make_scene (&options, i);
      g_assert_cmpuint (scene->objects->len, <=, 6);
      counts[scene->objects->len]++;
      for (guint j = 0; j < scene->objects->len; j++)
        {
          const RgObject *a = rg_scene_get_object (scene, j);
          g_assert_cmpfloat (a->size * 2, >=, options.min_size * side - 1e-9);
          g_assert_cmpfloat (a->size * 2, <=, options.max_size * side + 1e-9);
          g_assert_true (a->x >= a->size && a->y >= a->size && a->x <= options.width - a->size && a->y <= options.height - a->size);
          for (guint k = 0; k < j; k++)
            {
              const RgObject *b = rg_scene_get_object (scene, k);
              g_assert_cmpfloat (hypot (a->x - b->x, a->y - b->y), >=, a->size + b->size - .3 * MIN (a->size, b->size) - 1e-9);
            }
        }
    }
  g_assert_cmpuint (counts[0], >, 0);
  g_assert_cmpuint (counts[0], <, 60);
  for (guint n = 1; n <= 6; n++)
    g_assert_cmpuint (counts[n], >, 100);
}

/* Everything that options forbid stays away. */
static void
test_options (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  options.min_objects = options.max_objects = 2;
  options.empty = 0;
  options.degrade = FALSE;
  options.styles = 1u << RG_STYLE_OUTLINED;
  options.kinds = G_GUINT64_CONSTANT (1) << RG_KIND_STAR | G_GUINT64_CONSTANT (1) << RG_KIND_BALL;
  options.colors = 1u << RG_COLOR_BLUE;
  options.backdrops = 1u << RG_BACKDROP_PAPER | 1u << RG_BACKDROP_DOTS;
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&options, i);
      g_assert_cmpuint (scene->objects->len, ==, 2);
      g_assert_true (scene->backdrop == RG_BACKDROP_PAPER || scene->backdrop == RG_BACKDROP_DOTS);
      g_assert_true (scene->blur == 0 && scene->noise == 0 && scene->jpeg == 0 && scene->gain == 1 && scene->offset == 0);
      for (guint j = 0; j < 2; j++)
        {
          const RgObject *object = rg_scene_get_object (scene, j);
          g_assert_true (object->kind == RG_KIND_STAR || object->kind == RG_KIND_BALL);
          g_assert_cmpint (object->color, ==, RG_COLOR_BLUE);
          g_assert_cmpint (object->style, ==, RG_STYLE_OUTLINED);
        }
    }
}

/* The mask of each object lies around its centre, its box is tight, and at least 80 % of what it covers alone is visible. */
static void
test_owner (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  gsize n = (gsize) options.width * options.height;
  g_autofree guint8 *rgb = g_malloc (3 * n), *owner = g_malloc (n), *alone = g_malloc (n);
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&options, i);
      rg_scene_render (renderer, scene, rgb, owner);
      gsize covered = 0, none = 0;
      for (gsize p = 0; p < n; p++)
        none += owner[p] == RG_OWNER_NONE;
      for (guint j = 0; j < scene->objects->len; j++)
        {
          const RgObject *object = rg_scene_get_object (scene, j);
          g_autoptr (RgScene) single = rg_scene_copy (scene);
          RgRect box, whole;
          g_array_set_size (single->objects, 0);
          g_array_append_val (single->objects, *object);
          rg_scene_render (renderer, single, rgb, alone);
          guint visible = rg_scene_get_box (scene, owner, j, &box), full = rg_scene_get_box (single, alone, 0, &whole);
          covered += visible;
          g_assert_cmpuint (visible, >, 0);
          g_assert_cmpuint (visible * 10, >=, full * 8);
          double reach = object->size * G_SQRT2 + 1.5;
          g_assert_true (whole.x >= object->x - reach && whole.x + whole.width <= object->x + reach);
          g_assert_true (whole.y >= object->y - reach && whole.y + whole.height <= object->y + reach);
          g_assert_true (box.x >= whole.x && box.x + box.width <= whole.x + whole.width);
          g_assert_cmpfloat (MAX (whole.width, whole.height), >=, object->size * 1.5);
        }
      g_assert_cmpuint (covered + none, ==, n);
    }
}

static void
test_interior (void)
{
  guint8 rgb[3 * SIDE * SIDE], owner[SIDE * SIDE];
  gsize centre = SIDE / 2 * SIDE + SIDE / 2;
  RgObject object = middle (RG_KIND_CIRCLE, RG_COLOR_RED, RG_STYLE_OUTLINED);
  render_one (&object, rgb, owner);
  g_assert_cmpuint (owner[centre], ==, 0);
  g_assert_cmpuint (rgb[3 * centre], ==, 128); /* the backdrop shows inside, yet belongs to the object */

  for (guint style = 0; style < RG_N_STYLES; style++)
    {
      object = middle (RG_KIND_RING, RG_COLOR_RED, style);
      render_one (&object, rgb, owner);
      g_assert_cmpuint (owner[centre], ==, RG_OWNER_NONE);
    }
}

/* The mean colour of what is inked is nearest to the palette's colour of that name. */
static void
assert_nameable (const RgObject *object)
{
  guint8 rgb[3 * SIDE * SIDE], owner[SIDE * SIDE];
  double mean[3] = { 0 }, best = G_MAXDOUBLE;
  guint n = 0, nearest = 0;
  render_one (object, rgb, owner);
  for (guint i = 0; i < SIDE * SIDE; i++)
    if (owner[i] == 0 && !(rgb[3 * i] == 128 && rgb[3 * i + 1] == 128 && rgb[3 * i + 2] == 128))
      {
        for (guint c = 0; c < 3; c++)
          mean[c] += rgb[3 * i + c] / 255.;
        n++;
      }
  g_assert_cmpuint (n, >, 150);
  for (guint color = 0; color < RG_N_COLORS; color++)
    {
      double palette[3], d = 0;
      rg_color_get_rgb (color, palette);
      for (guint c = 0; c < 3; c++)
        d += (mean[c] / n - palette[c]) * (mean[c] / n - palette[c]);
      if (d < best)
        {
          best = d;
          nearest = color;
        }
    }
  if (nearest != object->color)
    g_test_message ("%s %s %s reads as %s: %.2f %.2f %.2f", rg_style_get_name (object->style), rg_color_get_name (object->color), rg_kind_get_name (object->kind), rg_color_get_name (nearest), mean[0] / n, mean[1] / n, mean[2] / n);
  g_assert_cmpstr (rg_color_get_name (nearest), ==, rg_color_get_name (object->color));
}

static void
test_colors (void)
{
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    for (guint color = 0; color < RG_N_COLORS; color++)
      {
        RgObject object = middle (kind, color, RG_STYLE_FILLED);
        assert_nameable (&object);
      }
  /* Shades: a plain disc of any of them still has the name. */
  for (guint color = 0; color < RG_N_COLORS; color++)
    for (guint32 variant = 1; variant < 200; variant++)
      {
        RgObject object = middle (RG_KIND_CIRCLE, color, RG_STYLE_FILLED);
        object.variant = variant;
        assert_nameable (&object);
      }
}

static double
overlap (const guint8 *a, const guint8 *b)
{
  guint both = 0, either = 0;
  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      both += a[i] == 0 && b[i] == 0;
      either += a[i] == 0 || b[i] == 0;
    }
  return (double) both / either;
}

static double
difference (const guint8 *a, const guint8 *b)
{
  double sum = 0;
  for (guint i = 0; i < 3 * SIDE * SIDE; i++)
    sum += ABS (a[i] - b[i]);
  return sum / (3 * SIDE * SIDE);
}

static void
test_kinds_differ (void)
{
  g_autofree guint8 *rgb = g_malloc (RG_N_KINDS * 3 * SIDE * SIDE), *owner = g_malloc (RG_N_KINDS * SIDE * SIDE);
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    {
      RgObject object = middle (kind, RG_COLOR_BLUE, RG_STYLE_FILLED);
      render_one (&object, rgb + kind * 3 * SIDE * SIDE, owner + kind * SIDE * SIDE);
    }
  for (guint a = 0; a < RG_N_KINDS; a++)
    for (guint b = 0; b < a; b++)
      {
        double same = overlap (owner + a * SIDE * SIDE, owner + b * SIDE * SIDE);
        /* A ball is a disc with seams: told apart by what is drawn on it. */
        if (!(a == RG_KIND_BALL && b == RG_KIND_CIRCLE))
          g_assert_cmpfloat (same, <, .86);
        g_assert_cmpfloat (difference (rgb + a * 3 * SIDE * SIDE, rgb + b * 3 * SIDE * SIDE), >, 6);
      }
}

/* Every style leaves ink and a mask, keeps within √2 of its size and differs from the others. */
static void
test_styles (void)
{
  guint8 rgb[RG_N_STYLES][3 * SIDE * SIDE], owner[SIDE * SIDE];
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    for (guint style = 0; style < RG_N_STYLES; style++)
      {
        RgObject object = middle (kind, RG_COLOR_RED, style);
        object.variant = 7;
        render_one (&object, rgb[style], owner);
        guint ink = 0, red = 0, covered = 0;
        for (guint i = 0; i < SIDE * SIDE; i++)
          {
            const guint8 *p = &rgb[style][3 * i];
            ink += ABS (p[0] - 128) + ABS (p[1] - 128) + ABS (p[2] - 128) > 60;
            red += p[0] > p[1] + 60 && p[0] > p[2] + 60;
            covered += owner[i] == 0;
          }
        g_assert_cmpuint (covered, >, SIDE * SIDE / 20);
        g_assert_cmpuint (red, >, SIDE * SIDE / 30);
        g_assert_cmpuint (red * 10, >, ink * 5);
        for (guint other = 0; other < style; other++)
          if (rg_style_is_available (style, kind) && rg_style_is_available (other, kind))
            g_assert_cmpfloat (difference (rgb[style], rgb[other]), >, 1);
      }
}

static double
apart (const guint8 *a, const double b[3])
{
  return fabs (a[0] - b[0] * 255) + fabs (a[1] - b[1] * 255) + fabs (a[2] - b[2] * 255);
}

static void
test_contrast (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  guint poor = 0, n = 0;
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (RgScene) scene = make_scene (&options, i);
      for (guint j = 0; j < scene->objects->len; j++, n++)
        {
          const RgObject *object = rg_scene_get_object (scene, j);
          double rgb[3];
          if (object->color == RG_COLOR_WHITE) /* has an edge of its own */
            continue;
          rg_color_get_shade (object->color, object->variant, rgb);
          poor += apart (scene->ink[0], rgb) < 100 || apart (scene->ink[1], rgb) < 100;
        }
    }
  g_assert_cmpuint (poor * 100, <, n);
}

/* Odd sizes, full degradation, and nothing written outside. */
static void
test_bounds (void)
{
  const guint sizes[][2] = { { 1, 1 }, { 17, 5 }, { 3, 40 }, { 33, 31 }, { 129, 70 } };
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  for (guint i = 0; i < 200; i++)
    {
      RgSceneOptions options = rg_scene_options_default ();
      options.width = sizes[i % 5][0];
      options.height = sizes[i % 5][1];
      options.styles = (1u << RG_N_STYLES) - 1;
      gsize n = (gsize) options.width * options.height;
      g_autoptr (RgScene) scene = make_scene (&options, i);
      g_autofree guint8 *rgb = g_malloc (3 * n + 2 * GUARD), *owner = g_malloc (n + 2 * GUARD);
      memset (rgb, 0xa5, 3 * n + 2 * GUARD);
      memset (owner, 0xa5, n + 2 * GUARD);
      scene->blur = 2;
      scene->noise = 8;
      scene->jpeg = 30;
      scene->gain = .9;
      rg_scene_render (renderer, scene, rgb + GUARD, owner + GUARD);
      for (guint g = 0; g < GUARD; g++)
        g_assert_true (rgb[g] == 0xa5 && rgb[3 * n + GUARD + g] == 0xa5 && owner[g] == 0xa5 && owner[n + GUARD + g] == 0xa5);
    }
}

/* The camera spoils, but does not repaint: the mean stays, and every step changes something. */
static void
test_camera (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  options.degrade = FALSE;
  gsize n = 3 * (gsize) options.width * options.height;
  g_autofree guint8 *clean = g_malloc (n), *spoilt = g_malloc (n);
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  g_autoptr (RgScene) scene = make_scene (&options, 4);
  rg_scene_render (renderer, scene, clean, NULL);
  for (guint step = 0; step < 4; step++)
    {
      g_autoptr (RgScene) copy = rg_scene_copy (scene);
      copy->blur = step == 0 ? 2 : 0;
      copy->noise = step == 1 ? 8 : 0;
      copy->jpeg = step == 2 ? 30 : 0;
      copy->gain = step == 3 ? .9 : 1;
      rg_scene_render (renderer, copy, spoilt, NULL);
      double mean = 0, change = 0;
      for (gsize i = 0; i < n; i++)
        {
          mean += spoilt[i] - clean[i];
          change += ABS (spoilt[i] - clean[i]);
        }
      g_assert_cmpfloat (fabs (mean / n), <, step == 3 ? 13 : 1.5);
      g_assert_cmpfloat (change / n, >, .3);
      g_assert_cmpfloat (change / n, <, 14);
    }
}

/* The drawing board's way, at three times the size, shows the same picture. */
static void
test_draw (void)
{
  RgSceneOptions options = rg_scene_options_default ();
  options.degrade = FALSE;
  options.backdrops = 1u << RG_BACKDROP_PLAIN;
  int width = (int) options.width, height = (int) options.height;
  g_autofree guint8 *rgb = g_malloc (3 * (gsize) width * height);
  g_autoptr (RgSceneRenderer) renderer = rg_scene_renderer_new ();
  g_autoptr (RgScene) scene = make_scene (&options, 9);
  rg_scene_render (renderer, scene, rgb, NULL);

  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 3 * width, 3 * height);
  cairo_t *cr = cairo_create (surface);
  cairo_scale (cr, 3, 3);
  rg_scene_draw (scene, cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  double change = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        guint32 pixel = ((const guint32 *) (data + (3 * y + 1) * stride))[3 * x + 1];
        const guint8 *p = rgb + 3 * (y * width + x);
        change += ABS ((int) (pixel >> 16 & 255) - p[0]) + ABS ((int) (pixel >> 8 & 255) - p[1]) + ABS ((int) (pixel & 255) - p[2]);
      }
  cairo_surface_destroy (surface);
  g_assert_cmpfloat (change / (3 * width * height), <, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scene/names", test_names);
  g_test_add_func ("/scene/deterministic", test_deterministic);
  g_test_add_func ("/scene/threads", test_threads);
  g_test_add_func ("/scene/placement", test_placement);
  g_test_add_func ("/scene/options", test_options);
  g_test_add_func ("/scene/owner", test_owner);
  g_test_add_func ("/scene/interior", test_interior);
  g_test_add_func ("/scene/colors", test_colors);
  g_test_add_func ("/scene/kinds-differ", test_kinds_differ);
  g_test_add_func ("/scene/styles", test_styles);
  g_test_add_func ("/scene/contrast", test_contrast);
  g_test_add_func ("/scene/bounds", test_bounds);
  g_test_add_func ("/scene/camera", test_camera);
  g_test_add_func ("/scene/draw", test_draw);
  return g_test_run ();
}
