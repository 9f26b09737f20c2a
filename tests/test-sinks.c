/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"
#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

#include "engine/explain/method.h"
#include "engine/explain/sinks.h"
#include "engine/image-state.h"

/* Where words looked, in numbers, and what they always look at. */

#define FIRST 5
#define SINK 6  /* patch */
#define HEAD 2  /* layer 1, head 0 */
#define ROWS 10 /* of the planted record */
#define KEYS (1 + PATCHES)

static const RgWord words[] = { { 0, 1, "one" }, { 2, 2, "two" } };

#define N_WORDS G_N_ELEMENTS (words)

static RgExplained
explain (Fixture *self)
{
  return (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->seen, .ids = ids, .n_ids = N_IDS, .first = FIRST, .words = words, .n_words = N_WORDS };
}

static float *
get_key (Fixture *self, guint patch)
{
  const RgTensor *memory = &self->image->memories.layers[HEAD / 2];

  return memory->data + (1 + patch) * memory->cols + HEAD % 2 * 8;
}

/* Values are the other half of the row. */
static void
scale_value (Fixture *self, guint patch, float scale)
{
  float *value = get_key (self, patch) + 16;

  for (guint i = 0; i < 8; i++)
    value[i] *= scale;
}

/* --- what is a sink --- */

/* @n_drawn: of the rows, in which the planted patch draws attention */
static gboolean
is_found (Fixture *self, guint n_rows, guint n_drawn)
{
  RgExplained answer = explain (self);
  g_autofree float *attention = g_new0 (float, N_MAPS *ROWS *KEYS);
  RgTextRecord record = { .n_maps = N_MAPS, .n_rows = n_rows, .n_memory = KEYS, .n_keys = KEYS, .attention = attention };
  g_autofree guint8 *sinks = NULL;
  guint n_found = 0;

  for (guint map = 0; map < N_MAPS; map++)
    for (guint row = 0; row < n_rows; row++)
      for (guint key = 0; key < KEYS; key++)
        attention[(map * n_rows + row) * KEYS + key] = map == HEAD && row < n_drawn && key == 1 + SINK ? 0.5f : 0.01f;
  sinks = rg_sinks_find (&answer, &record);
  for (guint i = 0; i < N_MAPS * PATCHES; i++)
    n_found += sinks[i];
  g_assert_cmpuint (n_found, ==, sinks[HEAD * PATCHES + SINK]); /* no other */

  return n_found > 0;
}

static void
test_criterion (Fixture *self, gconstpointer data)
{
  scale_value (self, SINK, 10);
  g_assert_false (is_found (self, ROWS, ROWS)); /* it is looked at for what it says */
  scale_value (self, SINK, 0.001f);
  g_assert_true (is_found (self, ROWS, ROWS));
  g_assert_true (is_found (self, ROWS, ROWS - 1));
  g_assert_false (is_found (self, ROWS, ROWS - 2));
  g_assert_false (is_found (self, RG_SINK_ROWS - 1, RG_SINK_ROWS - 1));
}

/* --- shares --- */

typedef struct
{
  float maps[N_WORDS * PATCHES];
  RgShares shares[N_WORDS];
  GArray *sinks;
} Found;

static void
found_clear (Found *self)
{
  g_array_unref (self->sinks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static void
find (Fixture *self, RgMethod method, const RgCalibration *calibration, gboolean hide_sinks, int layer, int head, Found *found)
{
  RgMethodOptions options = rg_method_options_default ();
  RgExplained answer = explain (self);
  RgMethodFindings findings = { .shares = found->shares };

  answer.calibration = calibration;
  options.hide_sinks = hide_sinks;
  options.layer = layer;
  options.head = head;
  findings.sinks = found->sinks = g_array_new (FALSE, FALSE, sizeof (RgSink));
  g_assert_true (rg_method_map (method, &answer, &options, found->maps, &findings, NULL));
}

static double
sum_map (const float *map)
{
  double sum = 0;

  for (guint p = 0; p < PATCHES; p++)
    sum += map[p];

  return sum;
}

/* Of cross-attention picture and null key are all there is, of self-attention the text; the map sums to its share. */
static void
test_shares (Fixture *self, gconstpointer data)
{
  RgCalibration calibration = { .heads = { { 1, 0, 1 } }, .n_heads = 1 };
  g_auto (Found) mean = { 0 }, head = { 0 }, chosen = { 0 };

  find (self, RG_METHOD_ATTENTION, NULL, FALSE, -1, -1, &mean);
  find (self, RG_METHOD_ATTENTION, NULL, FALSE, 1, 0, &head);
  find (self, RG_METHOD_CALIBRATED, &calibration, FALSE, -1, -1, &chosen);
  for (guint w = 0; w < N_WORDS; w++)
    {
      const double *of = mean.shares[w].of;

      g_assert_true (mean.shares[w].is_cross);
      numeric_assert_near ("picture", w, of[RG_SOURCE_PICTURE] + of[RG_SOURCE_NULL_KEY], 1, 1e-5);
      numeric_assert_near ("text", w, of[RG_SOURCE_QUESTION] + of[RG_SOURCE_ANSWER], 1, 1e-5);
      g_assert_cmpfloat (of[RG_SOURCE_NULL_KEY], >, 1e-3);
      g_assert_cmpfloat (of[RG_SOURCE_QUESTION], >, 1e-3);
      g_assert_cmpfloat (mean.shares[w].padding, ==, 0);
      g_assert_cmpfloat (fabs (of[RG_SOURCE_PICTURE] - head.shares[w].of[RG_SOURCE_PICTURE]), >, 1e-3);
      numeric_assert_near ("chosen", w, chosen.shares[w].of[RG_SOURCE_PICTURE], head.shares[w].of[RG_SOURCE_PICTURE], 1e-6);
    }
  numeric_assert_near ("map", 0, sum_map (mean.maps), mean.shares[0].of[RG_SOURCE_PICTURE], 1e-5); /* of one token */
  g_assert_cmpfloat (mean.shares[0].of[RG_SOURCE_ANSWER], ==, 0);                                  /* nothing was said before it */
  g_assert_cmpfloat (mean.shares[1].of[RG_SOURCE_ANSWER], >, 1e-3);
  g_assert_cmpuint (mean.sinks->len, ==, 0);
}

/* --- hiding --- */

/* All rows' queries become nearly the same, and one patch's key lies in their direction. */
static void
plant_sink (Fixture *self)
{
  RgBlock *block = &rg_model_get_decoder (self->model)->layers[HEAD / 2];

  block->cross_norm.bias.data[3] = 100;
  for (guint p = 0; p < PATCHES; p++)
    for (guint i = 0; i < 8; i++)
      get_key (self, p)[i] = p == SINK ? 100 * block->cross_q.weight.data[(HEAD % 2 * 8 + i) * 16 + 3] : 0;
  scale_value (self, SINK, 0.001f);
}

static void
test_hidden (Fixture *self, gconstpointer data)
{
  g_auto (Found) shown = { 0 }, hidden = { 0 };
  const RgSink *sink;

  plant_sink (self);
  find (self, RG_METHOD_ATTENTION, NULL, FALSE, -1, -1, &shown);
  find (self, RG_METHOD_ATTENTION, NULL, TRUE, -1, -1, &hidden);
  g_assert_cmpuint (shown.sinks->len, ==, 1);
  g_assert_cmpuint (hidden.sinks->len, ==, 1);
  sink = &g_array_index (shown.sinks, RgSink, 0);
  g_assert_cmpuint (sink->patch, ==, SINK);
  g_assert_cmpuint (sink->n_heads, ==, 1);
  g_assert_cmpfloat (sink->share, >, 0.1); /* of a quarter, one head of four */

  for (guint w = 0; w < N_WORDS; w++)
    for (guint p = 0; p < PATCHES; p++)
      {
        float before = shown.maps[w * PATCHES + p], after = hidden.maps[w * PATCHES + p];

        if (p == SINK)
          g_assert_cmpfloat (after, <, before - 0.1f);
        else
          g_assert_cmpfloat (after, ==, before);
      }
  numeric_assert_near ("hidden", 0, sum_map (shown.maps) - sum_map (hidden.maps), shown.shares[0].sinks, 1e-5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/sinks/criterion", test_criterion);
  ADD ("/sinks/shares", test_shares);
  ADD ("/sinks/hidden", test_hidden);

  return g_test_run ();
}
