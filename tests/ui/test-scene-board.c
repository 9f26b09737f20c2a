/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-board.h"

#include <adwaita.h>
#include <string.h>

#include "tests/ui/says.h"
#include "ui/scene-drawing.h"
#include "ui/scene-names.h"
#include "ui/scene-sheet.h"

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
run_for (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
}

static const guint8 *
get_pixel (RgImage *image,
           guint x,
           guint y)
{
  return rg_image_get_pixels (image) + 3 * (y * rg_image_get_width (image) + x);
}

/* The first sheet is what the README shows: a red star left of a blue house, on white. */
static void
test_first_sheet (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();
  g_autoptr (RgImage) image = rg_scene_drawing_render (drawing);
  const guint8 *star = get_pixel (image, 200, 250), *house = get_pixel (image, 440, 300);

  g_assert_cmpuint (rg_image_get_width (image), ==, RG_SCENE_DRAWING_WIDTH);
  g_assert_cmpuint (rg_image_get_height (image), ==, RG_SCENE_DRAWING_HEIGHT);
  g_assert_cmpint (star[0], >, star[2] + 80);
  g_assert_cmpmem (get_pixel (image, 5, 5), 3, "\xff\xff\xff", 3);
  g_assert_cmpint (house[2], >, house[0] + 30);
}

static void
test_edits (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();
  const RgObject *object;
  guint n_changed = 0;

  g_signal_connect_swapped (drawing, "changed", G_CALLBACK (count_cb), &n_changed);

  /* Nothing chosen, nothing done. */
  g_assert_false (rg_scene_drawing_move (drawing, 1, 1));
  g_assert_false (rg_scene_drawing_remove (drawing));
  g_assert_false (rg_scene_drawing_get_can_undo (drawing));
  g_assert_cmpuint (n_changed, ==, 0);

  g_assert_true (rg_scene_drawing_add (drawing, RG_KIND_CAT, RG_COLOR_GREEN, RG_STYLE_OUTLINED, 9999, -5));
  object = rg_scene_drawing_get_selected_object (drawing);
  g_assert_cmpint (rg_scene_drawing_get_selected (drawing), ==, 2);
  g_assert_cmpfloat (object->x, ==, RG_SCENE_DRAWING_WIDTH);
  g_assert_cmpfloat (object->y, ==, 0);

  g_assert_true (rg_scene_drawing_move (drawing, 100, 110));
  g_assert_true (rg_scene_drawing_resize (drawing, 1e6));
  g_assert_true (rg_scene_drawing_rotate (drawing, 7));
  g_assert_true (rg_scene_drawing_recolor (drawing, RG_COLOR_PINK));
  g_assert_false (rg_scene_drawing_recolor (drawing, RG_COLOR_PINK));
  g_assert_true (rg_scene_drawing_restyle (drawing, RG_STYLE_FILLED));
  object = rg_scene_drawing_get_selected_object (drawing);
  g_assert_cmpfloat (object->x, ==, 100);
  g_assert_cmpfloat (object->size, ==, RG_SCENE_DRAWING_MAX_SIZE);
  g_assert_cmpfloat_with_epsilon (object->angle, 7 - 2 * G_PI, 1e-9);
  g_assert_cmpint (object->color, ==, RG_COLOR_PINK);
  g_assert_cmpint (object->style, ==, RG_STYLE_FILLED);
  g_assert_cmpuint (n_changed, ==, 6);

  g_assert_true (rg_scene_drawing_remove (drawing));
  g_assert_cmpint (rg_scene_drawing_get_selected (drawing), ==, -1);
  g_assert_cmpuint (rg_scene_drawing_get_n_objects (drawing), ==, 2);
}

static void
test_undo (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();
  guint n_undone = 0;

  rg_scene_drawing_select (drawing, 0);

  /* A drag of many steps is one edit; a second drag is another. */
  for (int i = 0; i < 20; i++)
    rg_scene_drawing_move (drawing, 200 + i, 240);
  rg_scene_drawing_end_gesture (drawing);
  for (int i = 0; i < 20; i++)
    rg_scene_drawing_move (drawing, 219, 240 + i);
  rg_scene_drawing_end_gesture (drawing);
  rg_scene_drawing_clear (drawing);
  g_assert_cmpuint (rg_scene_drawing_get_n_objects (drawing), ==, 0);

  g_assert_true (rg_scene_drawing_undo (drawing));
  g_assert_cmpuint (rg_scene_drawing_get_n_objects (drawing), ==, 2);
  g_assert_cmpfloat (rg_scene_drawing_get_scene (drawing)->objects->len, ==, 2);
  g_assert_cmpfloat (rg_scene_get_object (rg_scene_drawing_get_scene (drawing), 0)->y, ==, 259);

  while (rg_scene_drawing_undo (drawing))
    n_undone++;
  g_assert_cmpuint (n_undone, ==, 2);
  g_assert_cmpfloat (rg_scene_get_object (rg_scene_drawing_get_scene (drawing), 0)->x, ==, 200);
  g_assert_false (rg_scene_drawing_get_can_undo (drawing));
}

static void
test_limit (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();

  while (rg_scene_drawing_add_anywhere (drawing, RG_KIND_BALL, RG_COLOR_RED, RG_STYLE_FILLED))
    g_assert_cmpuint (rg_scene_drawing_get_n_objects (drawing), <=, RG_SCENE_MAX_OBJECTS);

  g_assert_cmpuint (rg_scene_drawing_get_n_objects (drawing), ==, RG_SCENE_MAX_OBJECTS);
}

/* A new thing does not cover an old one while there is room. */
static void
test_add_anywhere (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();

  for (int n = 0; n < 3; n++)
    {
      const RgScene *scene;
      const RgObject *added;

      g_assert_true (rg_scene_drawing_add_anywhere (drawing, RG_KIND_KEY, RG_COLOR_BROWN, RG_STYLE_WOBBLE));
      scene = rg_scene_drawing_get_scene (drawing);
      added = rg_scene_drawing_get_selected_object (drawing);
      for (guint i = 0; i + 1 < scene->objects->len; i++)
        {
          const RgObject *other = rg_scene_get_object (scene, i);

          g_assert_true (MAX (ABS (added->x - other->x), ABS (added->y - other->y)) > other->size);
        }
    }
}

static void
test_find (void)
{
  g_autoptr (RgSceneDrawing) drawing = rg_scene_drawing_new ();

  g_assert_cmpint (rg_scene_drawing_find (drawing, 200, 240, 0), ==, 0);
  g_assert_cmpint (rg_scene_drawing_find (drawing, 440, 240, 0), ==, 1);
  g_assert_cmpint (rg_scene_drawing_find (drawing, 5, 5, 0), ==, -1);

  /* The topmost one of two at the same place; a small one within a finger's reach. */
  rg_scene_drawing_add (drawing, RG_KIND_RING, RG_COLOR_BLACK, RG_STYLE_FILLED, 200, 240);
  rg_scene_drawing_resize (drawing, 1);
  g_assert_cmpint (rg_scene_drawing_find (drawing, 200, 240, 0), ==, 2);
  g_assert_cmpint (rg_scene_drawing_find (drawing, 230, 240, 40), ==, 2);
  g_assert_cmpint (rg_scene_drawing_find (drawing, 230, 240, 0), ==, 0);
}

static void
test_names (void)
{
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    g_assert_cmpstr (rg_scene_name_kind (kind), ==, rg_kind_get_name (kind));
  for (guint color = 0; color < RG_N_COLORS; color++)
    g_assert_cmpstr (rg_scene_name_color (color), ==, rg_color_get_name (color));
}

static void
keep_image_cb (RgImage **kept,
               RgImage *image)
{
  g_clear_pointer (kept, rg_image_unref);
  *kept = rg_image_ref (image);
}

/* Many edits, one picture. */
static void
test_debounce (void)
{
  GtkWidget *board = g_object_ref_sink (rg_scene_board_new ());
  g_autoptr (RgImage) image = NULL;
  guint n_changed = 0;

  g_signal_connect_swapped (board, "changed", G_CALLBACK (count_cb), &n_changed);
  g_signal_connect_swapped (board, "changed", G_CALLBACK (keep_image_cb), &image);

  for (int i = 0; i < 5; i++)
    gtk_widget_activate_action (board, "board.add", NULL);
  g_assert_cmpuint (n_changed, ==, 0);
  run_for (400);
  g_assert_cmpuint (n_changed, ==, 1);
  g_assert_cmpuint (rg_image_get_width (image), ==, RG_SCENE_DRAWING_WIDTH);

  /* Closed before the picture was due: nothing comes. */
  gtk_widget_activate_action (board, "board.clear", NULL);
  g_assert_finalize_object (board);
  run_for (250);
  g_assert_cmpuint (n_changed, ==, 1);
}

static GtkWidget *
find_sheet (GtkWidget *widget)
{
  GtkWidget *found = RG_IS_SCENE_SHEET (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); found == NULL && child != NULL; child = gtk_widget_get_next_sibling (child))
    found = find_sheet (child);

  return found;
}

/* Tab walks over the things and then on; undo brings a removed one back. */
static void
test_window (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *board = rg_scene_board_new ();
  g_autoptr (GtkWidget) kept = g_object_ref_sink (board);
  GtkWidget *sheet = find_sheet (board);
  g_autoptr (RgImage) before = rg_scene_board_get_image (RG_SCENE_BOARD (board));
  g_autoptr (RgImage) removed = NULL;
  g_autoptr (RgImage) after = NULL;
  gsize size = 3 * RG_SCENE_DRAWING_WIDTH * RG_SCENE_DRAWING_HEIGHT;

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 600);
  gtk_window_set_child (GTK_WINDOW (window), board);
  gtk_window_present (GTK_WINDOW (window));
  run_for (200);

  g_assert_true (gtk_widget_grab_focus (sheet));
  while (gtk_widget_child_focus (sheet, GTK_DIR_TAB_BACKWARD))
    continue;
  g_assert_true (gtk_widget_child_focus (sheet, GTK_DIR_TAB_FORWARD));
  g_assert_false (gtk_widget_child_focus (sheet, GTK_DIR_TAB_FORWARD));

  gtk_widget_activate_action (board, "board.larger", NULL);
  gtk_widget_activate_action (board, "board.turn-left", NULL);
  gtk_widget_activate_action (board, "board.remove", NULL);
  g_assert_true (says (board, "Removed:"));
  removed = rg_scene_board_get_image (RG_SCENE_BOARD (board));
  g_assert_cmpint (memcmp (rg_image_get_pixels (before), rg_image_get_pixels (removed), size), !=, 0);

  for (int i = 0; i < 3; i++)
    rg_scene_board_undo (RG_SCENE_BOARD (board));
  after = rg_scene_board_get_image (RG_SCENE_BOARD (board));
  g_assert_cmpmem (rg_image_get_pixels (after), size, rg_image_get_pixels (before), size);

  /* The offer would undo what is next: it goes before its five seconds are over. */
  for (guint i = 0; i < 40 && says (board, "Removed:"); i++)
    run_for (100);
  g_assert_false (says (board, "Removed:"));
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_finalize_object (g_steal_pointer (&kept));
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

  g_test_add_func ("/scene-drawing/first-sheet", test_first_sheet);
  g_test_add_func ("/scene-drawing/edits", test_edits);
  g_test_add_func ("/scene-drawing/undo", test_undo);
  g_test_add_func ("/scene-drawing/limit", test_limit);
  g_test_add_func ("/scene-drawing/add-anywhere", test_add_anywhere);
  g_test_add_func ("/scene-drawing/find", test_find);
  g_test_add_func ("/scene-names/english", test_names);
  g_test_add_func ("/scene-board/debounce", test_debounce);
  g_test_add_func ("/scene-board/window", test_window);

  return g_test_run ();
}
