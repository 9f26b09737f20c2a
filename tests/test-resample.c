/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/resample.h"

#include <cairo.h>
#include <json-glib/json-glib.h>
#include <string.h>

static RgImage *
image_new (guint width,
           guint height,
           guint8 (*value) (guint x, guint y, guint channel))
{
  guint8 *data = g_malloc ((gsize) 3 * width * height);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, (gsize) 3 * width * height);

  for (gsize i = 0; i < (gsize) 3 * width * height; i++)
    data[i] = value (i / 3 % width, i / 3 / width, i % 3);

  return rg_image_new (width, height, pixels);
}

static guint8
noise (guint x,
       guint y,
       guint channel)
{
  guint32 h = x * 2654435761u + y * 40503u + channel * 977u;

  return (h ^ h >> 15) * 2246822519u >> 24;
}

static guint8
constant (guint x,
          guint y,
          guint channel)
{
  return 17 + 100 * channel;
}

static guint8
ramp (guint x,
      guint y,
      guint channel)
{
  return channel == 0 ? x : y;
}

static const guint8 *
pixel (RgImage *image,
       guint x,
       guint y)
{
  return rg_image_get_pixels (image) + 3 * ((gsize) y * rg_image_get_width (image) + x);
}

/* --- against Pillow's own results --------------------------------------------------------------------------------- */

static RgImage *
image_open (const char *folder,
            const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  cairo_surface_t *surface = cairo_image_surface_create_from_png (path);
  guint width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  const guint8 *from = cairo_image_surface_get_data (surface);
  guint8 *data = g_malloc (3 * width * height);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, 3 * width * height);

  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint32 argb = *(const guint32 *) (from + y * cairo_image_surface_get_stride (surface) + 4 * x);

        for (guint channel = 0; channel < 3; channel++)
          data[3 * (y * width + x) + channel] = argb >> (16 - 8 * channel);
      }
  cairo_surface_destroy (surface);

  return rg_image_new (width, height, pixels);
}

static void
compare_with_pillow (JsonArray *array,
                     guint index,
                     JsonNode *node,
                     gpointer folder)
{
  JsonObject *item = json_node_get_object (node);
  g_autoptr (RgImage) source = image_open (folder, json_object_get_string_member (item, "source"));
  g_autoptr (RgImage) expected = image_open (folder, json_object_get_string_member (item, "file"));
  guint width = rg_image_get_width (expected), height = rg_image_get_height (expected);
  g_autoptr (RgImage) got = rg_resample (source, width, height, json_object_get_int_member (item, "pil_id"), NULL, NULL, NULL);

  g_test_message ("%s", json_object_get_string_member (item, "file"));
  g_assert_cmpmem (rg_image_get_pixels (got), 3 * width * height, rg_image_get_pixels (expected), 3 * width * height);
}

static void
test_pillow (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "..", "..", "shared", "fixtures", "resize", NULL);
  g_autofree char *path = g_build_filename (folder, "manifest.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *items;

  if (!json_parser_load_from_file (parser, path, NULL))
    {
      g_test_skip ("no reference pictures: not compared with Pillow");
      return;
    }

  items = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "items");
  g_assert_cmpuint (json_array_get_length (items), >, 30);
  json_array_foreach_element (items, compare_with_pillow, folder);
}

/* --- properties --------------------------------------------------------------------------------------------------- */

static void
test_constant (void)
{
  const guint sizes[][2] = { { 1, 1 }, { 40, 3 }, { 3, 50 }, { 200, 170 }, { 37, 29 } };
  g_autoptr (RgImage) image = image_new (37, 29, constant);

  for (RgFilter filter = 0; filter < RG_N_FILTERS; filter++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        g_autoptr (RgImage) got = rg_resample (image, sizes[i][0], sizes[i][1], filter, NULL, NULL, NULL);

        g_assert_cmpuint (rg_image_get_width (got), ==, sizes[i][0]);
        g_assert_cmpuint (rg_image_get_height (got), ==, sizes[i][1]);
        for (guint p = 0; p < 3 * sizes[i][0] * sizes[i][1]; p++)
          g_assert_cmpuint (rg_image_get_pixels (got)[p], ==, constant (0, 0, p % 3));
      }
}

/* A ramp stays where it is: no shift by half a pixel in either direction. */
static void
test_centred (void)
{
  g_autoptr (RgImage) image = image_new (240, 240, ramp);

  for (RgFilter filter = RG_FILTER_LANCZOS; filter < RG_N_FILTERS; filter++)
    {
      g_autoptr (RgImage) small = rg_resample (image, 24, 48, filter, NULL, NULL, NULL);

      /* Place 10 of 24 covers 100 … 109, place 10 of 48 covers 50 … 54. */
      g_assert_cmpint (ABS (pixel (small, 10, 10)[0] - 105), <=, 1);
      g_assert_cmpint (ABS (pixel (small, 10, 10)[1] - 52), <=, 1);
    }
}

static void
test_box (void)
{
  g_autoptr (RgImage) image = image_new (4, 4, noise);
  g_autoptr (RgImage) one = rg_resample (image, 1, 1, RG_FILTER_BOX, NULL, NULL, NULL);

  for (guint channel = 0; channel < 3; channel++)
    {
      double sum = 0;

      for (guint i = 0; i < 16; i++)
        sum += pixel (image, i % 4, i / 4)[channel];
      g_assert_cmpfloat_with_epsilon (pixel (one, 0, 0)[channel], sum / 16, 1.01);
    }
}

static void
test_same_size (void)
{
  g_autoptr (RgImage) image = image_new (9, 7, noise);
  g_autoptr (RgImage) same = rg_resample (image, 9, 7, RG_FILTER_BICUBIC, NULL, NULL, NULL);

  g_assert_true (same == image);
}

static void
test_extreme (void)
{
  g_autoptr (RgImage) line = image_new (65535, 1, noise);
  g_autoptr (RgImage) dot = image_new (1, 1, noise);

  for (RgFilter filter = 0; filter < RG_N_FILTERS; filter++)
    {
      g_autoptr (RgImage) a = rg_resample (line, 1, 64, filter, NULL, NULL, NULL);
      g_autoptr (RgImage) b = rg_resample (dot, 65535, 1, filter, NULL, NULL, NULL);
      g_autoptr (RgImage) c = rg_resample (dot, 1, 65535, filter, NULL, NULL, NULL);

      g_assert_cmpmem (pixel (a, 0, 0), 3, pixel (a, 0, 63), 3);
      g_assert_cmpmem (pixel (b, 65534, 0), 3, pixel (dot, 0, 0), 3);
      g_assert_cmpmem (pixel (c, 0, 65534), 3, pixel (dot, 0, 0), 3);
    }
}

static void
test_threads (void)
{
  g_autoptr (RgPool) pool = rg_pool_new (3);
  g_autoptr (RgImage) image = image_new (311, 503, noise);
  g_autoptr (RgImage) alone = rg_resample (image, 64, 100, RG_FILTER_LANCZOS, NULL, NULL, NULL);
  g_autoptr (RgImage) shared = rg_resample (image, 64, 100, RG_FILTER_LANCZOS, pool, NULL, NULL);

  g_assert_cmpmem (rg_image_get_pixels (alone), 3 * 64 * 100, rg_image_get_pixels (shared), 3 * 64 * 100);
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = image_new (50, 50, noise);

  g_cancellable_cancel (cancellable);
  g_assert_null (rg_resample (image, 20, 20, RG_FILTER_BILINEAR, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/encoder/resample/pillow", test_pillow);
  g_test_add_func ("/encoder/resample/constant", test_constant);
  g_test_add_func ("/encoder/resample/centred", test_centred);
  g_test_add_func ("/encoder/resample/box", test_box);
  g_test_add_func ("/encoder/resample/same-size", test_same_size);
  g_test_add_func ("/encoder/resample/extreme", test_extreme);
  g_test_add_func ("/encoder/resample/threads", test_threads);
  g_test_add_func ("/encoder/resample/cancel", test_cancel);

  return g_test_run ();
}
