/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/token-list.h"
#include "engine/types.h"

static RgImage *
image_new (guint width,
           guint height)
{
  g_autoptr (GBytes) pixels = g_bytes_new_take (g_malloc0 (3 * width * height), 3 * width * height);

  return rg_image_new (width, height, pixels);
}

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

static void
test_image (void)
{
  const guint8 data[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  g_autoptr (GBytes) pixels = g_bytes_new (data, sizeof data);
  RgImage *image = rg_image_new (2, 2, pixels);

  rg_image_ref (image);
  rg_image_unref (image);
  g_assert_cmpuint (rg_image_get_width (image), ==, 2);
  g_assert_cmpuint (rg_image_get_height (image), ==, 2);
  g_assert_cmpmem (rg_image_get_pixels (image), 12, data, 12);
  rg_image_unref (image);
}

/* 200 × 100 letterboxed into 64 × 64 with 8 × 8 patches: 16 empty rows above and below. */
static void
test_letterbox (void)
{
  g_autoptr (RgImage) view = image_new (64, 64);
  RgTile tile = { view, 8, 8, { 0, 16, 64, 32 }, { 0, 0, 200, 100 } };
  g_autoptr (RgPatchGrid) grid = rg_patch_grid_new (&tile, 1, 200, 100);
  guint t, row, col;

  g_assert_cmpuint (rg_patch_grid_get_n_patches (grid), ==, 64);
  rg_patch_grid_locate (grid, 8 * 3 + 5, &t, &row, &col);
  g_assert_cmpuint (t, ==, 0);
  g_assert_cmpuint (row, ==, 3);
  g_assert_cmpuint (col, ==, 5);

  assert_rect (rg_patch_grid_get_view_rect (grid, 8 * 3 + 5), 40, 24, 8, 8);
  assert_rect (rg_patch_grid_get_source_rect (grid, 8 * 3 + 5), 125, 25, 25, 25);
  assert_rect (rg_patch_grid_get_source_rect (grid, 0), 0, 0, 0, 0);
  assert_rect (rg_patch_grid_get_source_rect (grid, 63), 0, 0, 0, 0);

  g_assert_cmpint (rg_patch_grid_find (grid, 0, 0), ==, 16);
  g_assert_cmpint (rg_patch_grid_find (grid, 25, 0), ==, 17);
  g_assert_cmpint (rg_patch_grid_find (grid, 24.999, 25), ==, 24);
  g_assert_cmpint (rg_patch_grid_find (grid, 199.9, 99.9), ==, 47);
  g_assert_cmpint (rg_patch_grid_find (grid, 200, 50), ==, -1);
  g_assert_cmpint (rg_patch_grid_find (grid, -0.1, 50), ==, -1);
}

/* The content begins inside a patch, which therefore saw less than a full one. */
static void
test_clipping (void)
{
  g_autoptr (RgImage) view = image_new (16, 16);
  RgTile tile = { view, 2, 2, { 2, 0, 12, 16 }, { -4, 0, 24, 32 } };
  g_autoptr (RgPatchGrid) grid = rg_patch_grid_new (&tile, 1, 16, 30);

  assert_rect (rg_patch_grid_get_source_rect (grid, 0), 0, 0, 8, 16);
  assert_rect (rg_patch_grid_get_source_rect (grid, 3), 8, 16, 8, 14);
}

/* Four tiles and an overview: the fine tile is found, whichever comes first. */
static void
test_tiles (void)
{
  g_autoptr (RgImage) view = image_new (8, 8);
  RgTile tiles[5];

  for (guint overview = 0; overview < 5; overview += 4)
    {
      g_autoptr (RgPatchGrid) grid = NULL;
      guint n = 0;

      for (guint i = 0; i < 5; i++)
        {
          tiles[i] = (RgTile){ view, 2, 2, { 0, 0, 8, 8 }, { 0, 0, 100, 100 } };
          if (i != overview)
            {
              tiles[i].source = (RgRect){ n % 2 * 50, n / 2 * 50, 50, 50 };
              n++;
            }
        }
      grid = rg_patch_grid_new (tiles, 5, 100, 100);
      g_assert_cmpuint (rg_patch_grid_get_n_tiles (grid), ==, 5);
      g_assert_cmpuint (rg_patch_grid_get_n_patches (grid), ==, 20);
      g_assert_cmpint (rg_patch_grid_find (grid, 80, 10), ==, (overview == 0 ? 8 : 4) + 1);
      assert_rect (rg_patch_grid_get_source_rect (grid, overview * 4 + 1), 50, 0, 50, 50);
      g_assert_cmpfloat (rg_patch_grid_get_tile (grid, overview)->source.width, ==, 100);
    }
}

static void
test_attention (void)
{
  /* Two layers of two heads over three patches. */
  const float weights[] = {
    0.50f, 0.25f, 0.00f,
    0.00f, 0.25f, 0.25f,
    0.10f, 0.20f, 0.30f,
    0.00f, 0.00f, 0.00f
  };
  RgAttention *attention = rg_attention_new (2, 2, 3, weights);
  float map[3];

  g_assert_cmpuint (rg_attention_get_n_layers (attention), ==, 2);
  g_assert_cmpuint (rg_attention_get_n_heads (attention), ==, 2);
  g_assert_cmpuint (rg_attention_get_n_patches (attention), ==, 3);
  g_assert_cmpmem (rg_attention_get_weights (attention), sizeof weights, weights, sizeof weights);

  g_assert_cmpfloat_with_epsilon (rg_attention_map (attention, 1, 0, map), 0.6, 1e-6);
  g_assert_cmpfloat_with_epsilon (map[2], 0.3, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_attention_map (attention, 0, -1, map), 0.625, 1e-6);
  g_assert_cmpfloat_with_epsilon (map[1], 0.25, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_attention_map (attention, -1, 1, map), 0.25, 1e-6);
  g_assert_cmpfloat_with_epsilon (map[0], 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (rg_attention_map (attention, -1, -1, map), 0.4625, 1e-6);
  g_assert_cmpfloat_with_epsilon (map[0], 0.15, 1e-6);
  rg_attention_unref (attention);
}

static RgTokenList *
list_new (const char *const *pieces)
{
  RgTokenList *list = rg_token_list_new ();

  for (guint i = 0; pieces[i] != NULL; i++)
    {
      g_autoptr (RgToken) token = rg_token_new (i, pieces[i], -1, NULL, NULL);

      rg_token_list_append (list, token);
    }

  return list;
}

static void
assert_words (const char *const *pieces,
              const char *expected)
{
  g_autoptr (RgTokenList) list = list_new (pieces);
  g_autoptr (GArray) words = rg_token_list_dup_words (list);
  g_autoptr (GString) got = g_string_new (NULL);
  guint next = 0;

  for (guint i = 0; i < words->len; i++)
    {
      RgWord *word = &g_array_index (words, RgWord, i);

      g_assert_cmpuint (word->first, ==, next);
      next += word->n;
      g_string_append_printf (got, "%s%s:%u", i > 0 ? " " : "", word->text, word->n);
    }
  g_assert_cmpuint (next, ==, words->len > 0 ? rg_token_list_get_length (list) : 0);
  g_assert_cmpstr (got->str, ==, expected);
}

static void
test_words (void)
{
  assert_words ((const char *[]){ NULL }, "");
  assert_words ((const char *[]){ "", " ", NULL }, "");
  assert_words ((const char *[]){ " a", " red", " star", NULL }, "a:1 red:1 star:1");
  assert_words ((const char *[]){ "um", "brel", "la", ".", NULL }, "umbrella.:4");
  assert_words ((const char *[]){ "un", " escar", "got", "", NULL }, "un:1 escargot:3");
  assert_words ((const char *[]){ "", " a", " ", "cat", NULL }, "a:3 cat:1");
  assert_words ((const char *[]){ "yes", "\n", "no ", "way", NULL }, "yes:2 no:1 way:1");
  assert_words ((const char *[]){ " a", "", "", "🐱", NULL }, "a🐱:4");
  assert_words ((const char *[]){ "é", "t", "é", NULL }, "été:3");
}

static void
test_list (void)
{
  g_autoptr (RgTokenList) list = list_new ((const char *[]){ " a", " red", " star", NULL });
  g_autofree char *text = rg_token_list_dup_text (list);
  g_autoptr (RgToken) second = g_list_model_get_item (G_LIST_MODEL (list), 1);

  g_assert_cmpstr (text, ==, "a red star");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 3);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (list)) == RG_TYPE_TOKEN);
  g_assert_true (second == rg_token_list_get (list, 1));
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 3));
}

static void
test_token (void)
{
  const float weights[] = { 0.25f, 0.5f };
  RgAttention *attention = rg_attention_new (1, 1, 2, weights);
  GArray *alternatives = rg_alternatives_new ();
  RgAlternative alternative = { 7, g_strdup ("cat"), -0.1 };
  RgToken *token;
  guint n;

  g_array_append_val (alternatives, alternative);
  token = rg_token_new (7, "cat", -0.1, attention, alternatives);
  rg_attention_unref (attention);

  g_assert_cmpfloat_with_epsilon (rg_token_get_image_share (token), 0.75, 1e-6);
  g_assert_cmpstr (rg_token_get_alternatives (token, &n)->text, ==, "cat");
  g_assert_cmpuint (n, ==, 1);
  g_assert_finalize_object (token);

  token = rg_token_new (7, "cat", -0.1, NULL, NULL);
  g_assert_cmpfloat (rg_token_get_image_share (token), ==, -1);
  g_assert_null (rg_token_get_alternatives (token, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_finalize_object (token);
}

static void
test_map_word (void)
{
  const float first[] = { 0.25f, 0.50f }, second[] = { 0.125f, 0.625f };
  g_autoptr (RgAttention) a = rg_attention_new (1, 1, 2, first);
  g_autoptr (RgAttention) b = rg_attention_new (1, 1, 2, second);
  g_autoptr (RgTokenList) list = rg_token_list_new ();
  RgToken *tokens[] = { rg_token_new (0, " um", 0, a, NULL), rg_token_new (1, "", 0, NULL, NULL), rg_token_new (2, "brella", 0, b, NULL) };
  RgWord all = { 0, 3, NULL }, none = { 1, 1, NULL };
  float map[2] = { -1, -1 };
  double share = -1;

  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      rg_token_list_append (list, tokens[i]);
      g_object_unref (tokens[i]);
    }

  g_assert_false (rg_token_list_map_word (list, &none, -1, -1, map, &share));
  g_assert_cmpfloat (map[0], ==, -1);
  g_assert_true (rg_token_list_map_word (list, &all, 0, -1, map, &share));
  g_assert_cmpfloat_with_epsilon (map[0], 0.25, 1e-6);
  g_assert_cmpfloat_with_epsilon (map[1], 0.625, 1e-6);
  g_assert_cmpfloat_with_epsilon (share, 0.75, 1e-6);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/types/image", test_image);
  g_test_add_func ("/engine/types/letterbox", test_letterbox);
  g_test_add_func ("/engine/types/clipping", test_clipping);
  g_test_add_func ("/engine/types/tiles", test_tiles);
  g_test_add_func ("/engine/types/attention", test_attention);
  g_test_add_func ("/engine/types/words", test_words);
  g_test_add_func ("/engine/types/list", test_list);
  g_test_add_func ("/engine/types/token", test_token);
  g_test_add_func ("/engine/types/map-word", test_map_word);

  return g_test_run ();
}
