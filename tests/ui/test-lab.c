/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/box-frame.h"
#include "ui/box-text.h"
#include "ui/box-view.h"
#include "ui/compare-view.h"
#include "ui/head-gallery.h"
#include "ui/head-item.h"
#include "ui/map-difference.h"
#include "ui/map-thumb.h"
#include "ui/pane-layout.h"
#include "ui/share-row.h"
#include "ui/swap-text.h"
#include "ui/swap-view.h"
#include "ui/why-pane.h"

#include "tests/ui/answer-fixture.h"

/* The pages on which one can ask more about an answer: their texts and widgets, without an engine. */

#define NBSP "\xc2\xa0"

/* It fits a telephone. */
static void
assert_narrow (GtkWidget *view)
{
  int minimum;

  gtk_widget_measure (view, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_test_message ("%s: %d", G_OBJECT_TYPE_NAME (view), minimum);
  g_assert_cmpint (minimum, >, 0);
  g_assert_cmpint (minimum, <=, 330);
}

static void
check_text (char *text,
            const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

/* --- picture swap --- */

static RgSwap *
make_swap (void)
{
  static const RgWord words[] = { { 0, 1, (char *) "a" }, { 1, 1, (char *) "star" } };
  static const double logprobs[] = { -0.001, -0.2, -0.1, -12.34 };
  g_autoptr (RgImage) view = fixture_image_new (64, 64, 90);
  RgSwapped pictures[] = { { RG_PICTURE_OWN, view, (char *) "a star" }, { RG_PICTURE_NONE, view, (char *) "" } };

  return rg_swap_new (pictures, 2, words, 2, logprobs);
}

static void
test_swap_text (void)
{
  g_autoptr (RgSwap) swap = make_swap ();

  check_text (rg_swap_text_logprob (-0.001), "0.00");
  check_text (rg_swap_text_logprob (-3.821), "−3.82");
  check_text (rg_swap_text_logprob (-18.31), "−18.3");
  check_text (rg_swap_text_answer ("a star"), "“a star”");
  check_text (rg_swap_text_answer (""), "It says nothing.");
  check_text (rg_swap_text_describe (swap),
              "“a”: Your picture 0.00" NBSP "nats, No picture −0.10" NBSP "nats, would have said it anyway. "
              "“star”: Your picture −0.20" NBSP "nats, No picture −12.3" NBSP "nats. "
              "Your picture: “a star”; No picture: It says nothing.");
}

static void
test_swap_view (void)
{
  g_autoptr (RgSwap) swap = make_swap ();
  GtkWidget *view = g_object_ref_sink (rg_swap_view_new ());
  g_autofree char *text = rg_swap_text_describe (swap);
  char *error;

  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_ROLE_GROUP);
  rg_swap_view_show_progress (RG_SWAP_VIEW (view), "Trying", 0.5);
  g_assert_cmpstr (rg_swap_view_get_text (RG_SWAP_VIEW (view)), ==, "Trying");
  rg_swap_view_show_swap (RG_SWAP_VIEW (view), swap);
  rg_swap_view_show_swap (RG_SWAP_VIEW (view), swap);
  error = gtk_test_accessible_check_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, text);
  g_assert_cmpstr (error, ==, NULL);
  rg_swap_view_show_sentence (RG_SWAP_VIEW (view), "Wait");
  g_assert_cmpstr (rg_swap_view_get_text (RG_SWAP_VIEW (view)), ==, "Wait");

  g_assert_finalize_object (view);
}

/* --- box --- */

static void
assert_rect (RgRect rect,
             double x,
             double y,
             double width,
             double height)
{
  g_assert_cmpfloat_with_epsilon (rect.x, x, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.y, y, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.width, width, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.height, height, 1e-9);
}

/* A picture of 200 × 100: a step is 10 across, 5 down. */
static void
test_box_step (void)
{
  RgRect box = { 0 };

  g_assert_false (rg_box_step (&box, GDK_KEY_a, 0, 200, 100));
  g_assert_false (rg_box_step (&box, GDK_KEY_Left, GDK_CONTROL_MASK, 200, 100));
  g_assert_false (rg_box_step (&box, GDK_KEY_Left, 0, 0, 0));
  g_assert_true (rg_box_step (&box, GDK_KEY_Left, 0, 200, 100));
  assert_rect (box, 60, 30, 80, 40);
  g_assert_true (rg_box_step (&box, GDK_KEY_Left, 0, 200, 100));
  g_assert_true (rg_box_step (&box, GDK_KEY_Down, 0, 200, 100));
  assert_rect (box, 50, 35, 80, 40);
  g_assert_true (rg_box_step (&box, GDK_KEY_Right, GDK_SHIFT_MASK, 200, 100));
  g_assert_true (rg_box_step (&box, GDK_KEY_Up, GDK_SHIFT_MASK, 200, 100));
  assert_rect (box, 50, 35, 90, 35);

  for (guint i = 0; i < 40; i++)
    {
      rg_box_step (&box, GDK_KEY_Right, 0, 200, 100);
      rg_box_step (&box, GDK_KEY_Left, GDK_SHIFT_MASK, 200, 100);
      rg_box_step (&box, GDK_KEY_Down, GDK_SHIFT_MASK, 200, 100);
    }
  assert_rect (box, 190, 35, 10, 65);
}

static void
test_box_text (void)
{
  RgHeadMeasure measure = { .layer = 1, .head = 2, .share = 0.45, .sharpness = 0.631, .inside = 0.12 };
  g_autofree char *none = rg_box_text_describe ((RgRect){ 0 }, 200, 100);

  g_assert_nonnull (strstr (none, "arrow"));
  check_text (rg_box_text_describe ((RgRect){ 50, 35, 100, 24 }, 200, 100), "Pixels 50–150 across, 35–59 down: 12" NBSP "% of the picture");
  check_text (rg_box_text_share (0.36, 0.1), "36" NBSP "%, 3.6 × its area");
  check_text (rg_box_text_measure (&measure, TRUE), "Layer 2, head 3: 45" NBSP "% on the picture, 12" NBSP "% in the box, sharpness 0.63");
  check_text (rg_box_text_measure (&measure, FALSE), "Layer 2, head 3: 45" NBSP "% on the picture, sharpness 0.63");
}

static void
test_box_frame (void)
{
  GtkWidget *frame = g_object_ref_sink (rg_box_frame_new ());
  guint n_changed = 0;

  g_signal_connect_swapped (frame, "changed", G_CALLBACK (fixture_count_cb), &n_changed);
  rg_box_frame_set_size (RG_BOX_FRAME (frame), 200, 100);
  rg_box_frame_set_box (RG_BOX_FRAME (frame), (RgRect){ 150, -10, 100, 60 });
  assert_rect (rg_box_frame_get_box (RG_BOX_FRAME (frame)), 150, 0, 50, 50);
  rg_box_frame_set_box (RG_BOX_FRAME (frame), (RgRect){ 150, 0, 50, 50 });
  g_assert_cmpuint (n_changed, ==, 1);

  /* A box on another picture would be in a wrong place. */
  rg_box_frame_set_size (RG_BOX_FRAME (frame), 100, 100);
  g_assert_true (rg_rect_is_empty (rg_box_frame_get_box (RG_BOX_FRAME (frame))));
  g_assert_cmpuint (n_changed, ==, 2);

  g_assert_finalize_object (frame);
}

static RgAnswer *
make_answer (void)
{
  RgAnswer *answer = rg_answer_new ();
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();

  rg_answer_set_grid (answer, grid);
  rg_answer_set_tokens (answer, tokens);
  rg_answer_select (answer, 2);

  return answer;
}

static void
store_uint_cb (guint *store,
               guint value)
{
  *store = value;
}

/* A box on patch 5, on which "red" looks: it is the first of the ranking, with all of its map. */
static void
test_box_view (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_KV_CUT);
  GtkWidget *window = gtk_window_new (), *view = rg_box_view_new ();
  guint word = 99;

  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_window_present (GTK_WINDOW (window));
  rg_box_view_update (RG_BOX_VIEW (view), answer, (RgRect){ 0 });
  g_assert_null (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "red"));

  rg_box_view_update (RG_BOX_VIEW (view), answer, (RgRect){ 100, 100, 100, 100 });
  g_assert_nonnull (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "Looked (attention): red: 100" NBSP "%, 16.0 × its area; a: 0" NBSP "%"));
  g_assert_nonnull (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "for “star”: Layer 1, head 1: 0" NBSP "%"));

  rg_answer_select (answer, 1);
  rg_box_view_update (RG_BOX_VIEW (view), answer, (RgRect){ 100, 100, 100, 100 });
  g_assert_nonnull (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "for “red”: Layer 1, head 2: 60" NBSP "%"));

  /* By another method, and a word that has no map at the end. */
  rg_answer_set_explanation (answer, explanation);
  rg_box_view_update (RG_BOX_VIEW (view), answer, (RgRect){ 100, 100, 100, 200 });
  g_assert_nonnull (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "Mattered (image cut): red: 100" NBSP "%"));
  g_assert_nonnull (strstr (rg_box_view_get_text (RG_BOX_VIEW (view)), "a: would have said it anyway"));

  assert_narrow (view);
  g_signal_connect_swapped (view, "word-chosen", G_CALLBACK (store_uint_cb), &word);
  g_assert_true (gtk_widget_child_focus (view, GTK_DIR_TAB_FORWARD));
  gtk_widget_activate (gtk_window_get_focus (GTK_WINDOW (window)));
  g_assert_cmpuint (word, ==, 1);

  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- heads --- */

/* Returns: the first widget of a type below @widget. */
static GtkWidget *
find_child (GtkWidget *widget,
            GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); found == NULL && child != NULL; child = gtk_widget_get_next_sibling (child))
    found = find_child (child, type);

  return found;
}

static void
store_head_cb (int *store,
               int layer,
               int head)
{
  store[0] = layer;
  store[1] = head;
}

static const RgHeadMeasure *
get_measure (GtkWidget *gallery,
             guint position)
{
  g_autoptr (RgHeadItem) item = g_list_model_get_item (rg_head_gallery_get_heads (RG_HEAD_GALLERY (gallery)), position);

  return rg_head_item_get_measure (item);
}

static void
test_gallery (void)
{
  g_autoptr (RgAnswer) answer = make_answer ();
  g_autoptr (RgExplanation) explanation = fixture_explanation_new (RG_METHOD_ATTENTION);
  g_autoptr (RgImage) image = fixture_image_new (400, 400, 90);
  GtkWidget *window = gtk_window_new (), *gallery = rg_head_gallery_new ();
  RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .opacity = 0.7 };
  int chosen[2] = { -2, -2 };

  gtk_window_set_child (GTK_WINDOW (window), gallery);
  gtk_window_present (GTK_WINDOW (window));
  g_signal_connect_swapped (gallery, "head-chosen", G_CALLBACK (store_head_cb), chosen);
  rg_head_gallery_update (RG_HEAD_GALLERY (gallery), answer, image, (RgRect){ 200, 100, 100, 100 }, &style);
  g_assert_cmpuint (g_list_model_get_n_items (rg_head_gallery_get_heads (RG_HEAD_GALLERY (gallery))), ==, FIXTURE_LAYERS * FIXTURE_HEADS);
  g_assert_nonnull (strstr (rg_head_gallery_get_text (RG_HEAD_GALLERY (gallery)), "“star”"));
  g_assert_nonnull (strstr (rg_head_gallery_get_text (RG_HEAD_GALLERY (gallery)), "90" NBSP "%"));

  /* Head 0 of layer 0 looks at nothing: first by place, last by everything else. */
  g_assert_cmpuint (get_measure (gallery, 0)->head, ==, 0);
  for (RgHeadOrder order = RG_HEAD_ORDER_SHARE; order < RG_N_HEAD_ORDERS; order++)
    {
      rg_head_gallery_set_order (RG_HEAD_GALLERY (gallery), order);
      g_assert_cmpuint (get_measure (gallery, 0)->head, ==, 1);
      g_assert_cmpfloat_with_epsilon (get_measure (gallery, 0)->inside, 0.9, 1e-6);
      g_assert_cmpfloat (get_measure (gallery, FIXTURE_LAYERS * FIXTURE_HEADS - 1)->share, ==, 0);
    }

  fixture_iterate ();
  assert_narrow (gallery);
  g_assert_true (gtk_widget_activate_action (find_child (gallery, GTK_TYPE_GRID_VIEW), "list.activate-item", "u", 1));
  g_assert_cmpint (chosen[0], ==, 0);
  g_assert_cmpint (chosen[1], ==, 2);

  /* A word that does not depend on the picture has no maps. */
  rg_answer_select (answer, 0);
  rg_answer_set_explanation (answer, explanation);
  rg_head_gallery_update (RG_HEAD_GALLERY (gallery), answer, image, (RgRect){ 0 }, &style);
  g_assert_cmpuint (g_list_model_get_n_items (rg_head_gallery_get_heads (RG_HEAD_GALLERY (gallery))), ==, 0);
  g_assert_nonnull (strstr (rg_head_gallery_get_text (RG_HEAD_GALLERY (gallery)), "anyway"));

  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- side by side --- */

static void
test_difference (void)
{
  static const float a[] = { 1, 3, -2, 0 }, b[] = { 0.5f, 0, 0, 0.5f };
  float difference[4];

  g_assert_cmpfloat (rg_map_difference (a, b, 4, TRUE, difference), ==, 3);
  g_assert_cmpfloat (difference[0], ==, 0.5);
  g_assert_cmpfloat (difference[2], ==, -2);

  /* Shares: a quarter and three quarters, against two halves. */
  g_assert_cmpfloat (rg_map_difference (a, b, 4, FALSE, difference), ==, 0.75);
  g_assert_cmpfloat (difference[0], ==, -0.25);
  g_assert_cmpfloat (difference[2], ==, 0);
  g_assert_cmpfloat (difference[3], ==, -0.5);
  g_assert_true (rg_map_difference_has_unit (RG_METHOD_ATTENTION, RG_METHOD_CALIBRATED));
  g_assert_false (rg_map_difference_has_unit (RG_METHOD_ATTENTION, RG_METHOD_KV_CUT));
  check_text (rg_map_difference_text_side ("star", RG_METHOD_ATTENTION, FALSE), "“star” · Looked (attention)");
  check_text (rg_map_difference_text_side ("star", RG_METHOD_CALIBRATED, TRUE), "“star” · Looked (calibrated heads)");
  check_text (rg_map_difference_text_side ("star", RG_METHOD_CALIBRATED, FALSE), "“star” · Looked (mean of all heads)");
}

static void
test_compare (void)
{
  static const char *const words[] = { "a", "red", "star", NULL };
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  g_autoptr (RgImage) image = fixture_image_new (400, 400, 90);
  GtkWidget *window = gtk_window_new (), *view = rg_compare_view_new ();
  RgCompareView *compare = RG_COMPARE_VIEW (view);
  float map[FIXTURE_PATCHES] = { 0.5f }, other[FIXTURE_PATCHES] = { 0, 0.25f };
  RgComparedMap a = { image, grid, "star", NULL, RG_METHOD_ATTENTION, FALSE, map, 0.5 }, b = { image, grid, "red", NULL, RG_METHOD_ATTENTION, FALSE, other, 0.5 };
  RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .opacity = 0.7 };
  guint n_changed = 0;

  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_window_present (GTK_WINDOW (window));
  g_assert_cmpint (rg_compare_view_get_word (compare), ==, -1);
  g_signal_connect_swapped (view, "changed", G_CALLBACK (fixture_count_cb), &n_changed);
  rg_compare_view_set_words (compare, words);
  g_assert_cmpuint (n_changed, ==, 0);
  rg_compare_view_set_word (compare, 1);
  rg_compare_view_set_method (compare, RG_METHOD_GRADIENT);
  g_assert_cmpuint (n_changed, ==, 2);
  rg_compare_view_set_words (compare, words);
  g_assert_cmpint (rg_compare_view_get_word (compare), ==, 1);
  g_assert_cmpint (rg_compare_view_get_method (compare), ==, RG_METHOD_GRADIENT);

  rg_compare_view_show_maps (compare, &a, &b, &style);
  fixture_iterate ();
  g_assert_nonnull (strstr (rg_compare_view_get_text (compare), "“red” · Looked (attention)"));
  g_assert_nonnull (strstr (rg_compare_view_get_text (compare), "stand for 50" NBSP "%"));
  b.method = RG_METHOD_GRADIENT;
  rg_compare_view_show_maps (compare, &a, &b, &style);
  g_assert_nonnull (strstr (rg_compare_view_get_text (compare), "different units"));
  assert_narrow (view);
  rg_compare_view_show_sentence (compare, "Wait");
  g_assert_cmpstr (rg_compare_view_get_text (compare), ==, "Wait");

  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- the pane --- */

static void
test_pane (void)
{
  GtkWidget *window = gtk_window_new (), *pane = rg_why_pane_new ();
  g_autoptr (RgSwap) swap = make_swap ();
  RgWhyPage page;
  guint n_notified = 0;

  gtk_window_set_child (GTK_WINDOW (window), pane);
  g_signal_connect_swapped (pane, "notify::page", G_CALLBACK (fixture_count_cb), &n_notified);
  g_assert_cmpint (rg_why_pane_get_page (RG_WHY_PANE (pane)), ==, RG_WHY_TEST);
  g_assert_true (rg_why_page_find ("heads", &page));
  g_assert_cmpint (page, ==, RG_WHY_HEADS);
  g_assert_false (rg_why_page_find ("tails", &page));

  rg_why_pane_set_page (RG_WHY_PANE (pane), RG_WHY_SWAP);
  g_object_set (pane, "page", RG_WHY_COMPARE, NULL);
  g_assert_cmpuint (n_notified, ==, 2);
  g_assert_true (RG_IS_SWAP_VIEW (rg_why_pane_get_view (RG_WHY_PANE (pane), RG_WHY_SWAP)));
  g_assert_true (RG_IS_BOX_VIEW (rg_why_pane_get_view (RG_WHY_PANE (pane), RG_WHY_BOX)));

  rg_swap_view_show_swap (RG_SWAP_VIEW (rg_why_pane_get_view (RG_WHY_PANE (pane), RG_WHY_SWAP)), swap);
  assert_narrow (pane);

  gtk_window_destroy (GTK_WINDOW (window));
}

/* Without leave a thumbnail keeps its size; with it, it is as high as its width asks for, up to a bound. */
static void
test_thumb_size (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  GtkWidget *thumb = g_object_ref_sink (rg_map_thumb_new (80, TRUE));
  const float map[FIXTURE_PATCHES] = { 0 };
  RgHeatmapStyle style = { .palette = RG_PALETTE_VIRIDIS };
  int width, small, large, largest;

  rg_map_thumb_set (RG_MAP_THUMB (thumb), NULL, grid, map, &style);
  gtk_widget_measure (thumb, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_measure (thumb, GTK_ORIENTATION_VERTICAL, width, &small, NULL, NULL, NULL);
  gtk_widget_measure (thumb, GTK_ORIENTATION_VERTICAL, 3 * width, &large, NULL, NULL, NULL);
  g_assert_cmpint (large, ==, small);

  rg_map_thumb_set_largest (RG_MAP_THUMB (thumb), 160);
  gtk_widget_measure (thumb, GTK_ORIENTATION_VERTICAL, width, &large, NULL, NULL, NULL);
  g_assert_cmpint (large, ==, small);
  gtk_widget_measure (thumb, GTK_ORIENTATION_VERTICAL, width * 3 / 2, &large, NULL, NULL, NULL);
  gtk_widget_measure (thumb, GTK_ORIENTATION_VERTICAL, width * 4, &largest, NULL, NULL, NULL);
  g_assert_cmpint (ABS (large - small * 3 / 2), <=, 1);
  g_assert_cmpint (ABS (largest - 2 * small), <=, 1);

  g_assert_finalize_object (thumb);
}

/* Beside the picture where there is room, and where the picture would be smaller above it; else below; neither ever hides the
 * other. A wide window's pane is wider. */
static void
test_layout (void)
{
  static const int sizes[][3] = { { 800, 500, 352 }, { 360, 500, 360 }, { 640, 300, 352 }, { 640, 150, 352 }, { 640, 900, 640 }, { 550, 300, 550 }, { 1400, 900, 466 }, { 3840, 2000, 520 } };
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0)), *picture = rg_map_thumb_new (150, FALSE), *pane = rg_map_thumb_new (150, FALSE);

  gtk_widget_set_layout_manager (box, g_object_new (RG_TYPE_PANE_LAYOUT, NULL));
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), pane);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      int width = sizes[i][0], height = sizes[i][1], minimum;
      graphene_rect_t first, second, common;
      gboolean stacked = sizes[i][2] == width, cramped;

      gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
      g_assert_cmpint (minimum, ==, width >= 558 ? 150 : 306);
      height = MAX (height, minimum);
      gtk_widget_allocate (box, width, height, -1, NULL);
      g_assert_true (gtk_widget_compute_bounds (picture, box, &first) && gtk_widget_compute_bounds (pane, box, &second));
      g_assert_false (graphene_rect_intersection (&first, &second, &common));
      g_object_get (gtk_widget_get_layout_manager (box), "cramped", &cramped, NULL);
      g_assert_true (cramped == (width == 360));
      g_assert_cmpfloat (first.size.width, ==, stacked ? width : width - sizes[i][2] - 6);
      g_assert_cmpfloat (second.size.width, ==, sizes[i][2]);
      g_assert_cmpfloat (second.origin.y + second.size.height, ==, height);
    }

  /* Without a width, as AdwFlap asks, the present one counts. */
  for (guint i = 0; i < 2; i++)
    {
      int minimum;

      gtk_widget_allocate (box, sizes[i][0], 500, -1, NULL);
      gtk_widget_queue_resize (box);
      gtk_widget_measure (box, GTK_ORIENTATION_VERTICAL, -1, &minimum, NULL, NULL, NULL);
      g_assert_cmpint (minimum, ==, i == 0 ? 150 : 306);
    }

  gtk_widget_set_visible (pane, FALSE);
  gtk_widget_allocate (box, 800, 500, -1, NULL);
  g_assert_cmpint (gtk_widget_get_width (picture), ==, 800);

  gtk_box_remove (GTK_BOX (box), picture);
  gtk_box_remove (GTK_BOX (box), pane);
  g_assert_finalize_object (box);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/swap-text/sentences", test_swap_text);
  g_test_add_func ("/ui/swap-view/text", test_swap_view);
  g_test_add_func ("/ui/box-frame/step", test_box_step);
  g_test_add_func ("/ui/box-text/sentences", test_box_text);
  g_test_add_func ("/ui/box-frame/box", test_box_frame);
  g_test_add_func ("/ui/box-view/ranking", test_box_view);
  g_test_add_func ("/ui/head-gallery/order", test_gallery);
  g_test_add_func ("/ui/map-difference/values", test_difference);
  g_test_add_func ("/ui/compare-view/text", test_compare);
  g_test_add_func ("/ui/why-pane/pages", test_pane);
  g_test_add_func ("/ui/map-thumb/size", test_thumb_size);
  g_test_add_func ("/ui/pane-layout/sizes", test_layout);

  return g_test_run ();
}
