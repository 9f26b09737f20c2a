/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/model-view.h"

#include <string.h>

#include "ui/grid-text.h"
#include "ui/patch-walk.h"
#include "ui/tile-board.h"

static RgImage *
make_image (guint width,
            guint height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (3 * width * height), 3 * width * height);

  return rg_image_new (width, height, bytes);
}

/* One tile of 128 × 128 that shows a 4032 × 3024 photo in its middle, 16 × 16 patches: rows 0, 1 and 14, 15 are padding. */
static RgPatchGrid *
make_photo_grid (void)
{
  g_autoptr (RgImage) view = make_image (128, 128);
  RgTile tile = { .view = view, .rows = 16, .cols = 16, .content = { 0, 16, 128, 96 }, .source = { 0, 0, 4032, 3024 } };

  return rg_patch_grid_new (&tile, 1, 4032, 3024);
}

/* Two tiles of 2 × 2 patches, left and right half of the original. */
static RgPatchGrid *
make_tiled_grid (void)
{
  g_autoptr (RgImage) view = make_image (64, 64);
  RgTile tiles[2] = {
    { .view = view, .rows = 2, .cols = 2, .content = { 0, 0, 64, 64 }, .source = { 0, 0, 100, 100 } },
    { .view = view, .rows = 2, .cols = 2, .content = { 0, 0, 64, 64 }, .source = { 100, 0, 100, 100 } },
  };

  return rg_patch_grid_new (tiles, 2, 200, 100);
}

static void
test_text_summary (void)
{
  g_autoptr (RgPatchGrid) photo = make_photo_grid ();
  g_autoptr (RgPatchGrid) tiled = make_tiled_grid ();
  g_autofree char *photo_text = rg_grid_text_summarize (photo);
  g_autofree char *tiled_text = rg_grid_text_summarize (tiled);

  g_assert_cmpstr (photo_text, ==, "4032 × 3024 → 128 × 96 in 128 × 128 · 1 patch = 252 px of your picture · 256 image tokens");
  g_assert_cmpstr (tiled_text, ==, "200 × 100 → 2 tiles of 64 × 64 · 1 patch = 50 px of your picture · 8 image tokens");
}

static void
test_text_patch (void)
{
  g_autoptr (RgPatchGrid) photo = make_photo_grid ();
  g_autoptr (RgPatchGrid) tiled = make_tiled_grid ();
  g_autofree char *padding = rg_grid_text_describe_patch (photo, 0);
  g_autofree char *first = rg_grid_text_describe_patch (photo, 2 * 16);
  g_autofree char *in_tile = rg_grid_text_describe_patch (tiled, 5);

  g_assert_cmpstr (padding, ==, "Row 1, column 1: padding, nothing of your picture");
  g_assert_cmpstr (first, ==, "Row 3, column 1: pixels 0–252 across, 0–252 down");
  g_assert_cmpstr (in_tile, ==, "Tile 2, row 1, column 2: pixels 150–200 across, 0–50 down");
}

static void
assert_walk (const RgPatchGrid *grid,
             guint key,
             int from,
             int to)
{
  int patch = from;

  g_assert_true (rg_patch_walk (grid, key, 0, &patch));
  g_assert_cmpint (patch, ==, to);
}

static void
test_walk (void)
{
  g_autoptr (RgPatchGrid) grid = make_tiled_grid ();
  int patch = -1;

  assert_walk (grid, GDK_KEY_Right, -1, 0);
  assert_walk (grid, GDK_KEY_Right, 0, 1);
  assert_walk (grid, GDK_KEY_Down, 0, 2);
  assert_walk (grid, GDK_KEY_Up, 3, 1);
  assert_walk (grid, GDK_KEY_Left, 0, 0);  /* an edge */
  assert_walk (grid, GDK_KEY_Right, 1, 4); /* into the next tile */
  assert_walk (grid, GDK_KEY_Left, 4, 3);  /* and back */
  assert_walk (grid, GDK_KEY_Right, 7, 7);
  assert_walk (grid, GDK_KEY_Home, 5, 0);
  assert_walk (grid, GDK_KEY_End, 5, 7);
  assert_walk (grid, GDK_KEY_Escape, 5, -1);

  g_assert_false (rg_patch_walk (grid, GDK_KEY_Escape, 0, &patch));
  g_assert_false (rg_patch_walk (grid, GDK_KEY_a, 0, &patch));
  g_assert_false (rg_patch_walk (grid, GDK_KEY_Right, GDK_CONTROL_MASK, &patch));
  g_assert_false (rg_patch_walk (NULL, GDK_KEY_Right, 0, &patch));
  g_assert_cmpint (patch, ==, -1);
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
test_patch_property (void)
{
  g_autoptr (RgModelView) view = g_object_ref_sink (RG_MODEL_VIEW (rg_model_view_new ()));
  g_autoptr (RgPatchGrid) grid = make_photo_grid ();
  guint count = 0;

  g_signal_connect_swapped (view, "notify::patch", G_CALLBACK (count_cb), &count);

  /* Nothing to point at yet. */
  rg_model_view_set_patch (view, 3);
  g_assert_cmpint (rg_model_view_get_patch (view), ==, -1);
  g_assert_cmpuint (count, ==, 0);

  rg_model_view_set_grid (view, grid);
  rg_model_view_set_patch (view, 3);
  rg_model_view_set_patch (view, 3);
  g_assert_cmpint (rg_model_view_get_patch (view), ==, 3);
  g_assert_cmpuint (count, ==, 1);

  rg_model_view_set_patch (view, 256);
  g_assert_cmpint (rg_model_view_get_patch (view), ==, -1);

  rg_model_view_set_patch (view, 255);
  rg_model_view_set_grid (view, NULL);
  g_assert_cmpint (rg_model_view_get_patch (view), ==, -1);
}

/* The window shows it, draws it, and lets it go. */
static void
test_window (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *view = rg_model_view_new ();
  g_autoptr (RgPatchGrid) grid = make_tiled_grid ();
  g_autoptr (GtkWidget) kept = g_object_ref_sink (view);
  gint64 now = g_get_monotonic_time (), end = now + G_USEC_PER_SEC / 5, last = now + 30 * G_USEC_PER_SEC; /* a busy machine takes longer */

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 400);
  gtk_window_set_child (GTK_WINDOW (window), view);
  rg_model_view_set_grid (RG_MODEL_VIEW (view), grid);
  rg_model_view_set_patch (RG_MODEL_VIEW (view), 6);
  gtk_window_present (GTK_WINDOW (window));

  while (now < end || (gtk_widget_get_width (view) == 0 && now < last))
    {
      g_main_context_iteration (NULL, FALSE);
      now = g_get_monotonic_time ();
    }

  g_assert_cmpint (gtk_widget_get_width (view), >, 0);
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_finalize_object (g_steal_pointer (&kept));
}

static void
test_tile_rects (void)
{
  g_autoptr (RgTileBoard) board = g_object_ref_sink (g_object_new (RG_TYPE_TILE_BOARD, NULL));
  g_autoptr (RgPatchGrid) grid = make_tiled_grid ();
  GtkAllocation allocation = { 0, 0, 408, 300 };
  RgRect left, right;
  int minimum;

  rg_tile_board_set_grid (board, grid);
  gtk_widget_measure (GTK_WIDGET (board), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  gtk_widget_size_allocate (GTK_WIDGET (board), &allocation, -1);

  left = rg_tile_board_get_tile_rect (board, 0);
  right = rg_tile_board_get_tile_rect (board, 1);
  g_assert_cmpfloat_with_epsilon (left.width, 200, 1e-6);
  g_assert_cmpfloat_with_epsilon (left.height, 200, 1e-6);
  g_assert_cmpfloat_with_epsilon (left.y, 50, 1e-6);
  g_assert_cmpfloat_with_epsilon (right.x, 208, 1e-6);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/grid-text/summary", test_text_summary);
  g_test_add_func ("/grid-text/patch", test_text_patch);
  g_test_add_func ("/patch-walk/keys", test_walk);
  g_test_add_func ("/model-view/patch", test_patch_property);
  g_test_add_func ("/model-view/window", test_window);
  g_test_add_func ("/tile-board/rects", test_tile_rects);

  return g_test_run ();
}
