/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/tiles.h"

#include <string.h>

#define ROWS 5 /* of a tile, padded to eight */
#define PADDED 8
#define WIDTH 2

/* Every shape of at most so many tiles has one number, the next one its next. */
static void
test_shapes (void)
{
  for (guint max = 1; max <= 6; max++)
    {
      guint shape = 0;

      for (guint rows = 1; rows <= max; rows++)
        for (guint cols = 1; rows * cols <= max; cols++)
          {
            guint found_rows, found_cols;

            g_assert_cmpuint (rg_tiles_find_shape (max, rows, cols), ==, ++shape);
            rg_tiles_get_shape (max, shape, &found_rows, &found_cols);
            g_assert_cmpuint (found_rows, ==, rows);
            g_assert_cmpuint (found_cols, ==, cols);
          }
      g_assert_cmpuint (rg_tiles_count_shapes (max), ==, shape);
    }
  g_assert_cmpuint (rg_tiles_find_shape (4, 1, 5), ==, 0);
  g_assert_cmpuint (rg_tiles_find_shape (4, 2, 3), ==, 0);
  g_assert_cmpuint (rg_tiles_find_shape (4, 0, 2), ==, 0);
  g_assert_cmpuint (rg_tiles_find_shape (4, 2, 0), ==, 0);
  g_assert_cmpuint (rg_tiles_find_shape (4, G_MAXUINT, G_MAXUINT), ==, 0);
}

/* What shows nothing is hidden from its like, and from nothing else. */
static void
test_hidden (void)
{
  RgTiles tiles = { .n = 2, .max = 3, .shape = 2, .n_rows = ROWS };
  RgPass *pass = rg_pass_new (NULL, RG_PRECISION_F32);
  gsize n = rg_tiles_count_rows (&tiles);
  const guint8 *hidden = rg_tiles_hide (pass, &tiles);

  g_assert_cmpuint (n, ==, 3 * PADDED);
  for (gsize row = 0; row < n; row++)
    for (gsize key = 0; key < n; key++)
      {
        gboolean row_shows = row < 2 * PADDED && row % PADDED < ROWS, key_shows = key < 2 * PADDED && key % PADDED < ROWS;

        g_assert_cmpint (hidden[row * n + key] != 0, ==, !row_shows && !key_shows);
      }
  rg_pass_free (pass);
}

/* The rows of zeros are left out, and columns may lie apart. */
static void
test_put (void)
{
  RgTiles tiles = { .n = 1, .max = 2, .shape = 1, .n_rows = ROWS };
  float from[2 * PADDED * WIDTH], to[2 * ROWS * 2 * WIDTH] = { 0 };
  RgTensor x = { .rows = 2 * PADDED, .cols = WIDTH, .data = from }, y = { .rows = 2 * ROWS, .cols = 2 * WIDTH, .data = to };

  for (guint i = 0; i < G_N_ELEMENTS (from); i++)
    from[i] = i + 1;
  rg_tiles_put (&tiles, &x, &y, 1, 2);
  for (guint row = 0; row < 2 * ROWS; row++)
    for (guint col = 0; col < 2 * WIDTH; col++)
      g_assert_cmpfloat (to[row * 2 * WIDTH + col], ==, col % 2 == 0 ? 0 : from[(row / ROWS * PADDED + row % ROWS) * WIDTH + col / 2]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tiles/shapes", test_shapes);
  g_test_add_func ("/tiles/hidden", test_hidden);
  g_test_add_func ("/tiles/put", test_put);

  return g_test_run ();
}
