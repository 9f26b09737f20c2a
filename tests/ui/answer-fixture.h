/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

#include "engine/explanation.h"
#include "engine/job.h"
#include "engine/token-list.h"

/* Pictures, grids and answers made by hand, for tests of widgets. */

#define FIXTURE_ROWS 4
#define FIXTURE_COLS 4
#define FIXTURE_PATCHES (FIXTURE_ROWS * FIXTURE_COLS)
#define FIXTURE_LAYERS 2
#define FIXTURE_HEADS 3

static G_GNUC_UNUSED RgImage *
fixture_image_new (guint width,
                   guint height,
                   guint8 gray)
{
  guint8 *pixels = g_malloc (3 * width * height);
  g_autoptr (GBytes) bytes = NULL;

  memset (pixels, gray, 3 * width * height);
  bytes = g_bytes_new_take (pixels, 3 * width * height);

  return rg_image_new (width, height, bytes);
}

/* A picture of 400 × 400 in 4 × 4 patches of 100 × 100. */
static G_GNUC_UNUSED RgPatchGrid *
fixture_grid_new (void)
{
  g_autoptr (RgImage) view = fixture_image_new (64, 64, 128);
  RgTile tile = {
    .view = view,
    .rows = FIXTURE_ROWS,
    .cols = FIXTURE_COLS,
    .content = { 0, 0, 64, 64 },
    .source = { 0, 0, 400, 400 },
  };

  return rg_patch_grid_new (&tile, 1, 400, 400);
}

/* A token whose attention lies on @patch alone: layer l, head h has @share there, but head 0 of layer 0 has none. */
static G_GNUC_UNUSED RgToken *
fixture_token_new (const char *text,
                   guint patch,
                   double share)
{
  float weights[FIXTURE_LAYERS * FIXTURE_HEADS * FIXTURE_PATCHES] = { 0 };
  g_autoptr (RgAttention) attention = NULL;
  GArray *alternatives = rg_alternatives_new ();
  RgAlternative alternatives_data[2] = {
    { 1, g_strdup (text), log (0.75) },
    { 2, g_strdup ("other"), log (0.25) },
  };

  for (guint i = 1; i < FIXTURE_LAYERS * FIXTURE_HEADS; i++)
    weights[i * FIXTURE_PATCHES + patch] = (float) share;
  attention = rg_attention_new (FIXTURE_LAYERS, FIXTURE_HEADS, FIXTURE_PATCHES, weights);
  g_array_append_vals (alternatives, alternatives_data, 2);

  return rg_token_new (1, text, log (0.75), attention, alternatives);
}

static G_GNUC_UNUSED void
fixture_append (RgTokenList *tokens,
                const char *text,
                guint patch,
                double share)
{
  g_autoptr (RgToken) token = fixture_token_new (text, patch, share);

  rg_token_list_append (tokens, token);
}

/* "a red star": shares 0.06, 0.6 and 0.9 of five sixths. */
static G_GNUC_UNUSED RgTokenList *
fixture_tokens_new (void)
{
  RgTokenList *tokens = rg_token_list_new ();

  fixture_append (tokens, "a", 0, 0.06);
  fixture_append (tokens, " red", 5, 0.6);
  fixture_append (tokens, " star", 6, 0.9);

  return tokens;
}

/* Of "a red star": each word has 0.5 on its patch, −0.25 on the last one; the first would have been said anyway. */
static G_GNUC_UNUSED RgExplanation *
fixture_explanation_new (RgMethod method)
{
  static const RgWord words[] = { { 0, 1, "a" }, { 1, 1, "red" }, { 2, 1, "star" } };
  static const double dependence[] = { 0.02, -1.5, 6.64 };
  RgMethodOptions options = { .layer = -1, .head = -1 };
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  float maps[3 * FIXTURE_PATCHES] = { 0 };

  maps[0] = maps[FIXTURE_PATCHES + 5] = 0.5f;
  maps[2 * FIXTURE_PATCHES + 6] = 0.4f;
  for (guint w = 1; w <= 3; w++)
    maps[w * FIXTURE_PATCHES - 1] = method == RG_METHOD_GRADIENT ? 0 : -0.25f;

  return rg_explanation_new (method, &options, grid, words, 3, maps, NULL, dependence);
}

static G_GNUC_UNUSED void
fixture_count_cb (guint *count)
{
  (*count)++;
}

/* Another value notifies once, the same value does not. */
static G_GNUC_UNUSED void
fixture_check_notify (GObject *object,
                      const char *property,
                      const GValue *one,
                      const GValue *other)
{
  g_autofree char *signal = g_strconcat ("notify::", property, NULL);
  guint count = 0;
  gulong handler;

  g_object_set_property (object, property, one);
  handler = g_signal_connect_swapped (object, signal, G_CALLBACK (fixture_count_cb), &count);

  g_object_set_property (object, property, one);
  g_assert_cmpuint (count, ==, 0);
  g_object_set_property (object, property, other);
  g_assert_cmpuint (count, ==, 1);
  g_object_set_property (object, property, one);
  g_assert_cmpuint (count, ==, 2);

  g_signal_handler_disconnect (object, handler);
}

static G_GNUC_UNUSED void
fixture_check_notify_boolean (gpointer object,
                              const char *property)
{
  g_auto (GValue) one = G_VALUE_INIT, other = G_VALUE_INIT;

  g_value_init (&one, G_TYPE_BOOLEAN);
  g_value_init (&other, G_TYPE_BOOLEAN);
  g_value_set_boolean (&other, TRUE);
  fixture_check_notify (G_OBJECT (object), property, &one, &other);
}

static G_GNUC_UNUSED void
fixture_check_notify_int (gpointer object,
                          const char *property,
                          int one_value,
                          int other_value)
{
  g_auto (GValue) one = G_VALUE_INIT, other = G_VALUE_INIT;

  g_value_init (&one, G_TYPE_INT);
  g_value_set_int (&one, one_value);
  g_value_init (&other, G_TYPE_INT);
  g_value_set_int (&other, other_value);
  fixture_check_notify (G_OBJECT (object), property, &one, &other);
}

static G_GNUC_UNUSED void
fixture_check_notify_double (gpointer object,
                             const char *property,
                             double one_value,
                             double other_value)
{
  g_auto (GValue) one = G_VALUE_INIT, other = G_VALUE_INIT;

  g_value_init (&one, G_TYPE_DOUBLE);
  g_value_set_double (&one, one_value);
  g_value_init (&other, G_TYPE_DOUBLE);
  g_value_set_double (&other, other_value);
  fixture_check_notify (G_OBJECT (object), property, &one, &other);
}

/* Lets idles, bindings and layout happen. */
static G_GNUC_UNUSED void
fixture_iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
