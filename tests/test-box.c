/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/box.h"
#include "engine/head-measure.h"
#include "tests/tiny-model.h"

/* Maps read backwards, and the heads of a word, on attention made by hand. */

#define LAYERS 2
#define HEADS 2
#define PATCHES 4

/* Letterboxed: 400 × 200 in 2 × 2 patches of 200 × 200, half of each padding: each patch saw 200 × 100. */
static RgPatchGrid *
make_grid (void)
{
  g_autoptr (RgImage) view = tiny_image_new (64, 64, 1);
  RgTile tile = { .view = view, .rows = 2, .cols = 2, .content = { 0, 16, 64, 32 }, .source = { 0, 0, 400, 200 } };

  return rg_patch_grid_new (&tile, 1, 400, 200);
}

static void
test_weigh (void)
{
  g_autoptr (RgPatchGrid) grid = make_grid ();
  float weights[PATCHES];

  rg_box_weigh (grid, (RgRect){ 0, 0, 200, 100 }, weights);
  for (guint p = 0; p < PATCHES; p++)
    g_assert_cmpfloat (weights[p], ==, p == 0);

  rg_box_weigh (grid, (RgRect){ 100, 50, 200, 100 }, weights);
  for (guint p = 0; p < PATCHES; p++)
    g_assert_cmpfloat (weights[p], ==, 0.25);
  g_assert_cmpfloat (rg_box_get_area (grid, (RgRect){ 100, 50, 200, 100 }), ==, 0.25);

  /* Beyond the edge there is nothing. */
  rg_box_weigh (grid, (RgRect){ 200, 100, 900, 900 }, weights);
  g_assert_cmpfloat (weights[3], ==, 1);
  g_assert_cmpfloat (rg_box_get_area (grid, (RgRect){ 200, 100, 900, 900 }), ==, 0.25);
}

static void
test_hold (void)
{
  static const float weights[] = { 1, 0.5, 0, 0 };
  static const float map[] = { 0.2f, 0.4f, 0.4f, -3 }, nothing[PATCHES] = { 0, 0, 0, -1 };

  g_assert_cmpfloat_with_epsilon (rg_box_hold (weights, map, PATCHES), 0.4, 1e-6);
  g_assert_cmpfloat (rg_box_hold (weights, nothing, PATCHES), ==, 0);
}

static void
test_sharpness (void)
{
  static const float even[] = { 0.1f, 0.1f, 0.1f, 0.1f }, one[] = { 0, 0.3f, 0, 0 }, two[] = { 0.2f, 0.2f, 0, 0 }, nothing[PATCHES] = { 0 };

  g_assert_cmpfloat_with_epsilon (rg_head_get_sharpness (even, PATCHES), 0, 1e-6);
  g_assert_cmpfloat (rg_head_get_sharpness (one, PATCHES), ==, 1);
  g_assert_cmpfloat_with_epsilon (rg_head_get_sharpness (two, PATCHES), 0.5, 1e-6);
  g_assert_cmpfloat (rg_head_get_sharpness (nothing, PATCHES), ==, 0);
}

/* A head that looks everywhere, one at patch 0, one at patch 3, and one at nothing. */
static const float weights_by_hand[LAYERS * HEADS * PATCHES] = {
  0.2f, 0.2f, 0.2f, 0.2f, /* layer 0 */
  0.5f, 0, 0, 0,          /* */
  0, 0, 0, 0.7f,          /* layer 1 */
  0, 0, 0, 0,             /* */
};

static RgTokenList *
make_tokens (void)
{
  RgTokenList *tokens = rg_token_list_new ();
  g_autoptr (RgAttention) attention = rg_attention_new (LAYERS, HEADS, PATCHES, weights_by_hand);
  g_autoptr (RgToken) star = rg_token_new (1, "star", 0, attention, NULL), bare = rg_token_new (1, " bare", 0, NULL, NULL);

  rg_token_list_append (tokens, star);
  rg_token_list_append (tokens, bare);

  return tokens;
}

static void
assert_order (GArray *measures, RgHeadOrder order, const guint *expected)
{
  rg_head_measure_sort (measures, order);
  for (guint i = 0; i < LAYERS * HEADS; i++)
    {
      RgHeadMeasure *measure = &g_array_index (measures, RgHeadMeasure, i);

      g_assert_cmpuint (measure->layer * HEADS + measure->head, ==, expected[i]);
    }
}

static void
test_heads (void)
{
  static const float box[] = { 1, 0, 0, 0 };
  g_autoptr (RgTokenList) tokens = make_tokens ();
  RgWord star = { 0, 1, (char *) "star" }, bare = { 1, 1, (char *) "bare" };
  g_autoptr (GArray) measures = rg_head_measure_all (tokens, &star, box), none = rg_head_measure_all (tokens, &bare, box), no_box = rg_head_measure_all (tokens, &star, NULL);
  RgHeadMeasure *first = &g_array_index (measures, RgHeadMeasure, 0), *second = first + 1;

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (measures->len, ==, LAYERS * HEADS);
  g_assert_cmpfloat_with_epsilon (first->share, 0.8, 1e-6);
  g_assert_cmpfloat_with_epsilon (first->inside, 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (second->inside, 0.5, 1e-6);
  g_assert_cmpfloat (g_array_index (no_box, RgHeadMeasure, 1).inside, ==, 0);

  assert_order (measures, RG_HEAD_ORDER_INSIDE, (const guint[]){ 1, 0, 2, 3 });
  assert_order (measures, RG_HEAD_ORDER_SHARE, (const guint[]){ 0, 2, 1, 3 });
  assert_order (measures, RG_HEAD_ORDER_SHARPNESS, (const guint[]){ 1, 2, 0, 3 });
  assert_order (measures, RG_HEAD_ORDER_PLACE, (const guint[]){ 0, 1, 2, 3 });
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/box/weigh", test_weigh);
  g_test_add_func ("/engine/box/hold", test_hold);
  g_test_add_func ("/engine/head-measure/sharpness", test_sharpness);
  g_test_add_func ("/engine/head-measure/order", test_heads);

  return g_test_run ();
}
