/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/color-bar.h"
#include "ui/map-controls.h"
#include "ui/picture-view.h"
#include "ui/stage-layout.h"

#include "tests/ui/answer-fixture.h"

static RgAnswer *
make_answer (void)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgAnswer *answer = rg_answer_new ();

  rg_answer_set_grid (answer, grid);
  rg_answer_set_tokens (answer, tokens);

  return answer;
}

static void
test_fit (void)
{
  RgRect rect = rg_picture_view_fit (800, 400, 100, 100);

  g_assert_cmpfloat (rect.x, ==, 200);
  g_assert_cmpfloat (rect.y, ==, 0);
  g_assert_cmpfloat (rect.width, ==, 400);
  g_assert_cmpfloat (rect.height, ==, 400);

  rect = rg_picture_view_fit (100, 400, 200, 100);
  g_assert_cmpfloat (rect.y, ==, 175);
  g_assert_cmpfloat (rect.width, ==, 100);
  g_assert_cmpfloat (rect.height, ==, 50);

  rect = rg_picture_view_fit (0, 400, 200, 100);
  g_assert_cmpfloat (rect.width, ==, 0);
}

static void
test_stage (void)
{
  g_assert_true (rg_stage_layout_is_wide (900, 500, 2));
  g_assert_false (rg_stage_layout_is_wide (360, 600, 2));
  g_assert_true (rg_stage_layout_is_wide (360, 600, 0));
}

static GtkWidget *
make_box (int width,
          int height)
{
  GtkWidget *box = gtk_fixed_new ();

  gtk_widget_set_size_request (box, width, height);

  return box;
}

/* Views never lie over each other: where equal parts are too small for one it gets what it needs, and what does not fit beside
 * each other goes below, however tall that is; the window scrolls it. */
static void
test_stage_fits (void)
{
  GtkWidget *stage = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0));
  GtkWidget *board = make_box (200, 300), *picture = make_box (100, 120);
  graphene_rect_t first, second;
  int minimum;

  gtk_widget_set_layout_manager (stage, g_object_new (RG_TYPE_STAGE_LAYOUT, NULL));
  gtk_box_append (GTK_BOX (stage), board);
  gtk_box_append (GTK_BOX (stage), picture);
  gtk_widget_measure (stage, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, ==, 200);
  gtk_widget_measure (stage, GTK_ORIENTATION_VERTICAL, 360, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, ==, 426);
  gtk_widget_measure (stage, GTK_ORIENTATION_VERTICAL, 406, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, ==, 300);

  gtk_widget_allocate (stage, 360, 446, -1, NULL);
  g_assert_true (gtk_widget_compute_bounds (board, stage, &first));
  g_assert_true (gtk_widget_compute_bounds (picture, stage, &second));
  g_assert_cmpfloat (first.size.width, ==, 360);
  g_assert_cmpfloat (first.size.height, ==, 310);
  g_assert_cmpfloat (second.origin.y, ==, 316);
  g_assert_cmpfloat (second.size.height, ==, 130);

  gtk_widget_allocate (stage, 406, 310, -1, NULL);
  g_assert_true (gtk_widget_compute_bounds (picture, stage, &second));
  g_assert_cmpfloat (second.origin.x, ==, 206);
  g_assert_cmpfloat (second.size.width, ==, 200);

  g_assert_finalize_object (stage);
}

/* What a screen reader says is what the answer says of the map. */
static void
check_description (gpointer widget,
                   const char *expected)
{
  char *error = gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, expected);

  g_assert_cmpstr (error, ==, NULL);
}

static void
test_answer (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  g_autoptr (RgImage) image = fixture_image_new (400, 400, 200);
  RgPictureView *view = RG_PICTURE_VIEW (g_object_ref_sink (rg_picture_view_new ()));

  rg_picture_view_set_image (view, image);
  rg_picture_view_set_answer (view, answer);
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_ROLE_IMG);
  check_description (view, rg_answer_get_description (answer));

  rg_answer_select (answer, 1);
  g_assert_nonnull (strstr (rg_answer_get_description (answer), "strongest at row 2, column 2"));
  check_description (view, rg_answer_get_description (answer));

  rg_picture_view_set_patch (view, 5);
  check_description (view, "Row 2, column 2: 50\xc2\xa0% of the attention");

  /* Another grid has other patches. */
  rg_answer_set_grid (answer, NULL);
  g_assert_cmpint (rg_picture_view_get_patch (view), ==, -1);
  rg_picture_view_set_patch (view, 5);
  g_assert_cmpint (rg_picture_view_get_patch (view), ==, -1);

  g_assert_finalize_object (view);
}

static void
test_properties (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  RgPictureView *view = RG_PICTURE_VIEW (g_object_ref_sink (rg_picture_view_new ()));
  g_auto (GValue) inferno = G_VALUE_INIT, viridis = G_VALUE_INIT;

  g_value_init (&inferno, RG_TYPE_PALETTE);
  g_value_init (&viridis, RG_TYPE_PALETTE);
  g_value_set_enum (&viridis, RG_PALETTE_VIRIDIS);

  rg_picture_view_set_answer (view, answer);
  fixture_check_notify_boolean (view, "smooth");
  fixture_check_notify_double (view, "map-opacity", 0.2, 0.9);
  fixture_check_notify_int (view, "patch", -1, 15);
  fixture_check_notify (G_OBJECT (view), "palette", &inferno, &viridis);

  g_assert_finalize_object (view);
}

/* In a window: drawn, laid out, and gone without a word. */
static void
test_drawn (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  g_autoptr (RgImage) image = fixture_image_new (400, 400, 200);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *view = rg_picture_view_new ();
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (view);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;

  rg_picture_view_set_image (RG_PICTURE_VIEW (view), image);
  rg_picture_view_set_answer (RG_PICTURE_VIEW (view), answer);
  rg_picture_view_set_patch (RG_PICTURE_VIEW (view), 6);
  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_window_set_default_size (GTK_WINDOW (window), 300, 300);
  gtk_window_present (GTK_WINDOW (window));
  while (gdk_paintable_get_intrinsic_width (paintable) == 0)
    g_main_context_iteration (NULL, TRUE);

  GTK_WIDGET_GET_CLASS (view)->snapshot (view, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  gsk_render_node_unref (node);

  gtk_window_destroy (GTK_WINDOW (window));
  fixture_iterate ();
}

static void
test_color_bar (void)
{
  GtkWidget *bar = g_object_ref_sink (rg_color_bar_new ());
  char *error;

  fixture_check_notify_double (bar, "scale", 0, 0.12);
  g_object_set (bar, "scale", 0.12, NULL);
  error = gtk_test_accessible_check_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                              "Colours from 0 to 12\xc2\xa0% of the attention in one patch");
  g_assert_cmpstr (error, ==, NULL);

  g_object_set (bar, "method", RG_METHOD_KV_CUT, NULL);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (bar), ==, "Colours from −0.12\xc2\xa0nats to +0.12\xc2\xa0nats: orange patches made the word likelier, purple ones less likely");
  error = gtk_test_accessible_check_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_widget_get_tooltip_text (bar));
  g_assert_cmpstr (error, ==, NULL);

  g_assert_finalize_object (bar);
}

/* The first descendant of a type, depth first, after @n others. */
static GtkWidget *
find (GtkWidget *widget,
      GType type,
      guint *n)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (child, type) && (*n)-- == 0 ? child : find (child, type, n);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static void
test_controls (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  RgMapControls *controls = RG_MAP_CONTROLS (g_object_ref_sink (rg_map_controls_new ()));
  GtkDropDown *choosers[4];
  gboolean stretch;
  int layer, head;
  RgPalette palette;

  for (guint i = 0; i < 4; i++)
    {
      guint n = i;

      choosers[i] = GTK_DROP_DOWN (find (GTK_WIDGET (controls), GTK_TYPE_DROP_DOWN, &n));
    }

  rg_map_controls_set_answer (controls, answer);
  g_assert_cmpuint (g_list_model_get_n_items (gtk_drop_down_get_model (choosers[2])), ==, FIXTURE_LAYERS + 1);
  g_assert_cmpuint (g_list_model_get_n_items (gtk_drop_down_get_model (choosers[3])), ==, FIXTURE_HEADS + 1);

  gtk_drop_down_set_selected (choosers[1], RG_PALETTE_CIVIDIS);
  gtk_drop_down_set_selected (choosers[2], 2);
  gtk_drop_down_set_selected (choosers[3], 3);
  g_object_get (answer, "layer", &layer, "head", &head, NULL);
  g_object_get (controls, "palette", &palette, NULL);
  g_assert_cmpint (palette, ==, RG_PALETTE_CIVIDIS);
  g_assert_cmpint (layer, ==, 1);
  g_assert_cmpint (head, ==, 2);

  /* And the other way round. */
  rg_answer_set_attention_set (answer, -1, 0);
  g_assert_cmpuint (gtk_drop_down_get_selected (choosers[2]), ==, 0);
  g_assert_cmpuint (gtk_drop_down_get_selected (choosers[3]), ==, 1);

  /* Only attention has layers and heads. */
  g_assert_cmpuint (g_list_model_get_n_items (gtk_drop_down_get_model (choosers[0])), ==, RG_N_METHODS);
  gtk_drop_down_set_selected (choosers[0], RG_METHOD_OCCLUSION);
  g_assert_cmpint (rg_map_controls_get_method (controls), ==, RG_METHOD_OCCLUSION);
  g_assert_false (gtk_widget_get_sensitive (GTK_WIDGET (choosers[2])));
  rg_map_controls_set_method (controls, RG_METHOD_ATTENTION);
  g_assert_cmpuint (gtk_drop_down_get_selected (choosers[0]), ==, RG_METHOD_ATTENTION);
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (choosers[2])));

  {
    guint n = 1;
    GtkSwitch *stretch_switch = GTK_SWITCH (find (GTK_WIDGET (controls), GTK_TYPE_SWITCH, &n));

    gtk_switch_set_active (stretch_switch, TRUE);
  }
  g_object_get (answer, "stretch", &stretch, NULL);
  g_assert_true (stretch);

  fixture_check_notify_boolean (controls, "smooth");
  fixture_check_notify_double (controls, "map-opacity", 0.2, 0.9);

  g_assert_finalize_object (controls);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/picture-view/fit", test_fit);
  g_test_add_func ("/ui/picture-view/answer", test_answer);
  g_test_add_func ("/ui/picture-view/properties", test_properties);
  g_test_add_func ("/ui/picture-view/drawn", test_drawn);
  g_test_add_func ("/ui/stage-layout/wide", test_stage);
  g_test_add_func ("/ui/stage-layout/fits", test_stage_fits);
  g_test_add_func ("/ui/color-bar/scale", test_color_bar);
  g_test_add_func ("/ui/map-controls/choose", test_controls);

  return g_test_run ();
}
