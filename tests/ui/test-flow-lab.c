/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/ui/flow-fixture.h"
#include "ui/box-view.h"
#include "ui/compare-view.h"
#include "ui/head-gallery.h"
#include "ui/head-item.h"
#include "ui/swap-view.h"

/* What a person does on the pages of the pane, in the real window on the bundled model. */

static gpointer
get_view (Fixture *self,
          RgWhyPage page)
{
  return rg_why_pane_get_view (self->window->pane, page);
}

/* Whatever is on the page, a telephone has room for it. */
static void
assert_narrow (Fixture *self)
{
  int minimum;

  gtk_widget_measure (GTK_WIDGET (self->window->pane), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 350);
}

#define SWAP(self) rg_swap_view_get_text (get_view (self, RG_WHY_SWAP))

/* One key: the table. The colour goes with the colours, "left" with the mirror; another picture is tried at once. */
static void
test_swap (Fixture *self,
           gconstpointer data)
{
  g_autofree char *path = data_path ("samples", "apples.png"), *first = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *wrong = data_path ("model", "config.json");
  g_autoptr (GFile) no_picture = g_file_new_for_path (wrong);
  RgImage *other;

  ask_star (self);
  press_on_window (self, GDK_KEY_s);
  WAIT_UNTIL (strstr (SWAP (self), "Your picture: “a red star”") != NULL);
  g_assert_nonnull (strstr (SWAP (self), "In grey: “a black star”"));
  g_assert_nonnull (strstr (SWAP (self), "Mirrored: “a green tree”"));
  g_assert_nonnull (strstr (SWAP (self), "Another picture: "));
  assert_narrow (self);

  first = g_strdup (SWAP (self));
  rg_window_swap_file (self->window, file);
  WAIT_UNTIL (strstr (SWAP (self), "Another picture: ") != NULL && g_strcmp0 (SWAP (self), first) != 0);

  /* A file that is none: a sentence, and the other picture stays. */
  other = self->window->other;
  rg_window_swap_file (self->window, no_picture);
  WAIT_UNTIL (self->window->fetching == NULL);
  g_assert_true (self->window->other == other);

  /* Back at once when it is opened again; closed by the same key. */
  press_on_window (self, GDK_KEY_s);
  g_assert_false (_rg_window_shows_page (self->window, RG_WHY_SWAP));
  press_on_window (self, GDK_KEY_s);
  g_assert_nonnull (strstr (SWAP (self), "Your picture: “a red star”"));
}

/* Closed while it works: the work ends, and the maps go on. */
static void
test_swap_stop (Fixture *self,
                gconstpointer data)
{
  ask_star (self);
  press_on_window (self, GDK_KEY_s);
  WAIT_UNTIL (rg_inquiry_is_swapping (self->window->inquiry));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->window), "win.stop", NULL));
  g_assert_false (rg_inquiry_is_swapping (self->window->inquiry));
  WAIT_UNTIL (rg_inquiry_get_explanation (self->window->inquiry, RG_METHOD_DEFAULT) != NULL);
  g_assert_null (rg_inquiry_get_swap (self->window->inquiry));
}

static void
draw_box (Fixture *self,
          RgRect box)
{
  rg_box_frame_set_box (rg_picture_view_get_box_frame (self->window->picture), box);
}

#define BOX(self) rg_box_view_get_text (get_view (self, RG_WHY_BOX))

/* A box on the star: the words used it, by whatever method; alone it is answered about in another way. */
static void
test_box (Fixture *self,
          gconstpointer data)
{
  RgWindow *window = self->window;
  RgRect star = { STAR_X - STAR_RADIUS, STAR_Y - STAR_RADIUS, 2 * STAR_RADIUS, 2 * STAR_RADIUS };
  RgExchange *exchange;

  ask_star (self);
  rg_answer_select (window->answer, 2);
  press_on_window (self, GDK_KEY_b);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (rg_picture_view_get_box_frame (window->picture))));
  g_assert_nonnull (strstr (BOX (self), "Draw a box"));

  draw_box (self, star);
  g_assert_nonnull (strstr (BOX (self), "Looked (attention): "));
  g_assert_nonnull (strstr (BOX (self), "Heads that looked into the box for “star”: Layer "));
  assert_narrow (self);
  rg_map_controls_set_method (window->controls, RG_METHOD_GRADIENT);
  WAIT_UNTIL (strstr (BOX (self), "Would matter (gradient): ") != NULL);

  /* The best head for the box is the first of the gallery. */
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.heads-in-box", NULL));
  g_assert_true (_rg_window_shows_page (window, RG_WHY_HEADS));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (rg_picture_view_get_box_frame (window->picture))));

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.ask-crop", NULL));
  exchange = rg_conversation_get_last (window->conversation);
  g_assert_cmpuint (rg_conversation_get_length (window->conversation), ==, 2);
  g_assert_cmpuint (rg_image_get_width (rg_exchange_get_image (exchange)), ==, 2 * STAR_RADIUS);
  g_assert_cmpstr (rg_exchange_get_question (exchange), ==, "what is left of the house?");
  WAIT_UNTIL (!rg_exchange_get_busy (exchange));
  g_assert_cmpstr (rg_exchange_get_answer (exchange), ==, "there is no house");
  g_assert_true (rg_rect_is_empty (rg_box_frame_get_box (rg_picture_view_get_box_frame (window->picture))));
}

/* All heads, sorted; the one that is chosen is the one on the picture, under its name. */
static void
test_heads (Fixture *self,
            gconstpointer data)
{
  RgWindow *window = self->window;
  RgHeadGallery *gallery = get_view (self, RG_WHY_HEADS);
  g_autoptr (RgHeadItem) item = NULL;
  g_autofree char *name = NULL;
  const float *map;
  int layer, head;

  ask_star (self);
  rg_answer_select (window->answer, 2);
  press_on_window (self, GDK_KEY_h);
  g_assert_cmpuint (g_list_model_get_n_items (rg_head_gallery_get_heads (gallery)), ==, 12);
  rg_head_gallery_set_order (gallery, RG_HEAD_ORDER_SHARPNESS);
  item = g_list_model_get_item (rg_head_gallery_get_heads (gallery), 0);
  fixture_iterate ();
  assert_narrow (self);

  rg_map_controls_set_method (window->controls, RG_METHOD_GRADIENT);
  layer = (int) rg_head_item_get_measure (item)->layer;
  head = (int) rg_head_item_get_measure (item)->head;
  g_signal_emit_by_name (gallery, "head-chosen", layer, head);
  WAIT_UNTIL (rg_answer_get_method (window->answer) == RG_METHOD_ATTENTION);
  map = rg_answer_get_map (window->answer);
  g_assert_nonnull (map);
  g_assert_cmpmem (map, 256 * sizeof (float), rg_head_item_get_map (item), 256 * sizeof (float));
  name = g_strdup_printf ("layer %d, head %d", layer + 1, head + 1);
  g_assert_nonnull (strstr (gtk_label_get_label (window->caption), name));
}

#define COMPARE(self) rg_compare_view_get_text (get_view (self, RG_WHY_COMPARE))

/* The same word by another method; then another word by the same method. */
static void
test_compare (Fixture *self,
              gconstpointer data)
{
  RgWindow *window = self->window;
  RgCompareView *view = get_view (self, RG_WHY_COMPARE);

  ask_star (self);
  rg_answer_select (window->answer, 2);
  press_on_window (self, GDK_KEY_c);
  WAIT_UNTIL (strstr (COMPARE (self), "“star” · Mattered (image cut)") != NULL);
  g_assert_nonnull (strstr (COMPARE (self), "Difference from the picture’s map, “star” · Looked (calibrated heads)"));
  g_assert_nonnull (strstr (COMPARE (self), "different units"));
  assert_narrow (self);

  rg_answer_select (window->answer, 1);
  g_assert_nonnull (strstr (COMPARE (self), "“red” · Mattered (image cut)"));
  rg_compare_view_set_method (view, RG_METHOD_ATTENTION);
  rg_compare_view_set_word (view, 2);
  g_assert_nonnull (strstr (COMPARE (self), "“star” · Looked (attention)"));
  g_assert_nonnull (strstr (COMPARE (self), "Difference from the picture’s map, “red” · Looked (calibrated heads)"));
  g_assert_null (strstr (COMPARE (self), "different units"));

  /* Another word is chosen: the one beside it stays. */
  rg_answer_select (window->answer, 0);
  g_assert_cmpint (rg_compare_view_get_word (view), ==, 2);
}

/* The same words with another picture: in the colours of the picture's map, and patch by patch its difference. */
static void
test_compare_picture (Fixture *self,
                      gconstpointer data)
{
  RgWindow *window = self->window;
  RgCompareView *view = get_view (self, RG_WHY_COMPARE);
  g_autofree char *path = data_path ("samples", "apples.png");
  g_autoptr (GFile) file = g_file_new_for_path (path);

  ask_star (self);
  rg_answer_select (window->answer, 2);
  press_on_window (self, GDK_KEY_c);
  rg_window_swap_file (window, file);
  rg_compare_view_set_method (view, RG_METHOD_CALIBRATED);
  rg_compare_view_set_side (view, RG_COMPARE_PICTURE);
  WAIT_UNTIL (strstr (COMPARE (self), "“star” · Looked (calibrated heads) · another picture") != NULL);
  g_assert_nonnull (strstr (COMPARE (self), "Difference from the picture’s map, “star” · Looked (calibrated heads)"));
  g_assert_true (rg_inquiry_get_answered (rg_beside_get_inquiry (window->beside))->image == window->other);
  assert_narrow (self);

  /* Attention is not recorded there, but found out. */
  rg_compare_view_set_method (view, RG_METHOD_ATTENTION);
  WAIT_UNTIL (strstr (COMPARE (self), "“star” · Looked (attention) · another picture") != NULL);

  rg_compare_view_set_side (view, RG_COMPARE_SAME);
  WAIT_UNTIL (strstr (COMPARE (self), "“star” · Looked (attention)") != NULL);
  g_assert_null (strstr (COMPARE (self), "another picture"));
  g_assert_null (rg_beside_get_inquiry (window->beside));
}

/* Another model answers the same question; one that is none is let go with a sentence. */
static void
test_compare_model (Fixture *self,
                    gconstpointer data)
{
  RgWindow *window = self->window;
  RgCompareView *view = get_view (self, RG_WHY_COMPARE);
  g_autofree char *model = data_path ("model", NULL), *none = data_path ("samples", NULL);

  ask_star (self);
  rg_answer_select (window->answer, 1);
  press_on_window (self, GDK_KEY_c);
  rg_compare_view_set_side (view, RG_COMPARE_MODEL);
  g_assert_cmpstr (COMPARE (self), ==, "Choose a model to stand beside this one.");
  rg_window_compare_model (window, model);
  WAIT_UNTIL (strstr (COMPARE (self), "“red” · Mattered (image cut) · ") != NULL);
  g_assert_nonnull (strstr (COMPARE (self), ", whose answer is “a red star”"));
  g_assert_nonnull (strstr (COMPARE (self), "Difference from the picture’s map, “red”"));
  assert_narrow (self);

  /* What is found out next is by the model that is there. */
  rg_compare_view_set_method (view, RG_METHOD_GRADIENT);
  WAIT_UNTIL (strstr (COMPARE (self), "“red” · Would matter (gradient) · ") != NULL);

  /* Made to say the words of this answer, it is asked again, and given back its own afterwards. */
  rg_compare_view_set_given (view, TRUE);
  WAIT_UNTIL (strstr (COMPARE (self), ", made to say the same") != NULL);
  g_assert_nonnull (strstr (COMPARE (self), "“red” · Would matter (gradient) · "));
  rg_compare_view_set_given (view, FALSE);
  WAIT_UNTIL (strstr (COMPARE (self), ", whose answer is “a red star”") != NULL);

  rg_window_compare_model (window, none);
  WAIT_UNTIL (rg_compare_view_get_side (view) == RG_COMPARE_SAME);
  g_assert_null (window->beside_model);
}

int
main (int argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/flow/swap", test_swap);
  ADD ("/flow/swap-stop", test_swap_stop);
  ADD ("/flow/box", test_box);
  ADD ("/flow/heads", test_heads);
  ADD ("/flow/compare", test_compare);
  ADD ("/flow/compare-picture", test_compare_picture);
  ADD ("/flow/compare-model", test_compare_model);
#undef ADD

  return g_test_run ();
}
