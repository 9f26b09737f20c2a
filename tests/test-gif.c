/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gdk-pixbuf/gdk-pixbuf.h>

#include "ui/gif.h"
#include "ui/picture-surface.h"

/* An animation of one frame of @side × @side pixels shows exactly these, whoever reads it. */
static void
check_gif (const guint8 *rgb,
           guint side)
{
  cairo_surface_t *frame = rg_picture_surface_new (rgb, side, side);
  g_autoptr (RgGif) gif = rg_gif_new (side, side);
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) read = NULL;

  rg_gif_count (gif, frame);
  rg_gif_append (gif, frame, 10);
  cairo_surface_destroy (frame);
  file = rg_gif_finish (gif);

  stream = g_memory_input_stream_new_from_bytes (file);
  read = gdk_pixbuf_new_from_stream (stream, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_pixbuf_get_width (read), ==, side);
  for (guint i = 0; i < side * side; i++)
    g_assert_cmpmem (gdk_pixbuf_read_pixels (read) + i / side * gdk_pixbuf_get_rowstride (read) + i % side * gdk_pixbuf_get_n_channels (read), 3, rgb + 3 * i, 3);
}

/* 256 colours in no order: the table of codes fills up and begins anew many times, and not a pixel is off. */
static void
test_gif_noise (void)
{
  enum
  {
    SIDE = 160
  };
  g_autofree guint8 *rgb = g_malloc (3 * SIDE * SIDE);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      guint color = g_rand_int_range (random, 0, 256);

      rgb[3 * i] = (guint8) (color >> 5 << 5);
      rgb[3 * i + 1] = (guint8) ((color >> 2 & 7) << 5);
      rgb[3 * i + 2] = (guint8) ((color & 3) << 6);
    }
  check_gif (rgb, SIDE);
}

/* One pixel, and all that follow: the codes end anywhere in a byte. */
static void
test_gif_small (void)
{
  guint8 rgb[3 * 40 * 40];

  for (guint side = 1; side <= 40; side++)
    {
      for (guint i = 0; i < 3 * side * side; i++)
        rgb[i] = (guint8) (i * i / 7 % 5 * 50);
      check_gif (rgb, side);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/gif/noise", test_gif_noise);
  g_test_add_func ("/export/gif/small", test_gif_small);

  return g_test_run ();
}
