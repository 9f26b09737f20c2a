/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/closures.h"
#include "ui/map-text.h"

#include "tests/ui/answer-fixture.h"

#define NBSP "\xc2\xa0"

static void
check_text (char *text,
            const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_percent (void)
{
  check_text (rg_format_percent (0.414), "41" NBSP "%");
  check_text (rg_format_percent (1), "100" NBSP "%");
  check_text (rg_format_percent (0.0996), "10" NBSP "%");
  check_text (rg_format_percent (0.025), "2.5" NBSP "%");
  check_text (rg_format_percent (0), "0" NBSP "%");
  check_text (rg_format_percent (NAN), "0" NBSP "%");
}

static void
test_attention_set (void)
{
  check_text (rg_format_attention_set (-1, -1, 3, 4), "mean of 3 layers × 4 heads");
  check_text (rg_format_attention_set (1, -1, 3, 4), "layer 2, mean of 4 heads");
  check_text (rg_format_attention_set (-1, 0, 3, 4), "mean of 3 layers, head 1");
  check_text (rg_format_attention_set (2, 3, 3, 4), "layer 3, head 4");
}

static void
test_caption (void)
{
  check_text (rg_format_caption ("star", "layer 3, head 4", 0.41),
              "Where it looked: attention of the word “star”, layer 3, head 4 · 41" NBSP "% on the picture");
  check_text (rg_format_caption ("star", "layer 3, head 4", -1), "No attention was recorded for the word “star”.");
}

static void
test_alternatives (void)
{
  RgAlternative alternatives[2] = { { 1, (char *) "star", log (0.9) }, { 2, (char *) "heart", log (0.05) } };

  check_text (rg_format_alternatives (log (0.9), alternatives, 2),
              "Probability 90" NBSP "%\n“star” 90" NBSP "%\n“heart” 5.0" NBSP "%");
  check_text (rg_format_alternatives (log (0.9), NULL, 0), "Probability 90" NBSP "%");
}

static void
test_closures (void)
{
  check_text (rg_closure_format_share (NULL, 0.5), "50" NBSP "%");
  check_text (rg_closure_format_share (NULL, -1), "–");
  g_assert_cmpfloat (rg_closure_get_bar_value (NULL, -1), ==, 0);
  g_assert_cmpfloat (rg_closure_get_bar_value (NULL, 0.5), ==, 0.5);
  g_assert_true (rg_closure_is_text (NULL, "a"));
  g_assert_false (rg_closure_is_text (NULL, ""));
  g_assert_false (rg_closure_is_text (NULL, NULL));
  check_text (rg_format_place (0, 5), "1 / 5");
  check_text (rg_format_place (-1, 5), "");
  check_text (rg_format_word ("star", 0.5), "star, 50" NBSP "% on the picture");
  check_text (rg_format_word ("star", -1), "star");

  for (RgStage stage = RG_STAGE_NONE; stage < RG_N_STAGES; stage++)
    g_assert_cmpstr (rg_format_stage (stage), !=, "");
}

static void
test_regions (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  float map[FIXTURE_PATCHES] = { 0 };
  double mass[RG_N_REGIONS];

  map[0] = 0.1f;
  map[3] = 0.2f;
  map[12] = 0.3f;
  map[15] = 0.4f;
  rg_map_text_sum_regions (grid, map, mass);

  g_assert_cmpfloat_with_epsilon (mass[RG_REGION_UPPER_LEFT], 0.1, 1e-6);
  g_assert_cmpfloat_with_epsilon (mass[RG_REGION_UPPER_RIGHT], 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (mass[RG_REGION_LOWER_LEFT], 0.3, 1e-6);
  g_assert_cmpfloat_with_epsilon (mass[RG_REGION_LOWER_RIGHT], 0.4, 1e-6);
  g_assert_cmpfloat (mass[RG_REGION_CENTRE], ==, 0);
}

static void
test_describe (void)
{
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  float map[FIXTURE_PATCHES] = { 0 };

  map[0] = 0.3f;
  map[10] = 0.11f;
  check_text (rg_map_text_describe (grid, map, 0.41), "41" NBSP "% on the picture, mostly upper left, strongest at row 1, column 1");

  map[3] = map[12] = 0.25f;
  check_text (rg_map_text_describe (grid, map, 0.91), "91" NBSP "% on the picture, most of all upper left, strongest at row 1, column 1");

  for (guint i = 0; i < FIXTURE_PATCHES; i++)
    map[i] = i == 6 ? 0.051f : 0.05f;
  check_text (rg_map_text_describe (grid, map, 0.801), "80" NBSP "% on the picture, most of all centre, strongest at row 2, column 3");

  check_text (rg_map_text_describe (grid, map, 0.01), "1.0" NBSP "% on the picture: this word hardly looked at it");
  check_text (rg_map_text_describe_patch (grid, RG_METHOD_ATTENTION, map, 6), "Row 2, column 3: 5.1" NBSP "% of the attention");
  check_text (rg_map_text_describe_patch (grid, RG_METHOD_ATTENTION, NULL, 6), "Row 2, column 3");

  memset (map, 0, sizeof map);
  check_text (rg_map_text_describe (grid, map, 0.5), "50" NBSP "% on the picture: this word hardly looked at it");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/closures/percent", test_percent);
  g_test_add_func ("/ui/closures/attention-set", test_attention_set);
  g_test_add_func ("/ui/closures/caption", test_caption);
  g_test_add_func ("/ui/closures/alternatives", test_alternatives);
  g_test_add_func ("/ui/closures/others", test_closures);
  g_test_add_func ("/ui/map-text/regions", test_regions);
  g_test_add_func ("/ui/map-text/describe", test_describe);

  return g_test_run ();
}
