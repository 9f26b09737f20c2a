/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"
#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/calibrate.h"
#include "engine/explain/looked.h"
#include "engine/explain/patch-words.h"
#include "engine/explain/probe.h"
#include "engine/explain/rollout.h"

/* The choice of heads: its file, and the maps that are made by it. */

static const RgTextConfig config = { .n_layers = 3, .block = { .n_heads = 4 } };

static gboolean
read_text (const char *text, RgCalibration *calibration, GError **error)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-calibration-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, RG_CALIBRATION_FILE, NULL);
  gboolean read;

  g_assert_true (text == NULL || g_file_set_contents (path, text, -1, NULL));
  read = rg_calibration_read (calibration, &config, dir, error);
  g_assert_true (text == NULL || g_remove (path) == 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);

  return read;
}

static void
test_read (void)
{
  RgCalibration got;
  g_autoptr (GError) error = NULL;

  g_assert_true (read_text ("{\"layers\": [2, 0], \"heads\": [3, 1], \"weights\": [3, 1], \"floor\": 0.25, \"value_norm\": true, \"lone_peaks\": null}", &got, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (got.n_heads, ==, 2);
  g_assert_cmpuint (got.heads[0].layer, ==, 2);
  g_assert_cmpuint (got.heads[0].head, ==, 3);
  g_assert_cmpfloat (got.heads[0].weight, ==, 0.75);
  g_assert_cmpfloat (got.heads[1].weight, ==, 0.25);
  g_assert_cmpfloat (got.floor, ==, 0.25);
  g_assert_true (got.value_norm);
  g_assert_false (got.lone_peaks);

  /* Without a file: the mean of all. */
  g_assert_true (read_text (NULL, &got, &error));
  g_assert_cmpuint (got.n_heads, ==, 0);
  g_assert_cmpfloat (got.floor, ==, 0);
}

static void
test_refused (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{",
    "{}",
    "{\"layers\": [], \"heads\": [], \"weights\": []}",
    "{\"layers\": [3], \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [0], \"heads\": [4], \"weights\": [1]}",
    "{\"layers\": [-1], \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [4294967296], \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [0.5], \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [0, 1], \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1, 1]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [0]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [-1]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1e999]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [NaN]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": \"1\"}",
    "{\"layers\": {\"0\": 1}, \"heads\": [0], \"weights\": [1]}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1], \"floor\": -0.5}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1], \"floor\": 17}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1], \"value_norm\": 1}",
    "{\"layers\": [0], \"heads\": [0], \"weights\": [1], \"lone_peaks\": \"yes\"}",
  };
  g_autoptr (GString) many = g_string_new ("0");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      RgCalibration got;

      g_test_message ("%s", bad[i]);
      g_assert_false (read_text (bad[i], &got, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, RG_CALIBRATION_FILE));
    }

  for (guint i = 0; i < RG_CALIBRATION_HEADS; i++)
    g_string_append (many, ", 0");
  {
    g_autofree char *text = g_strdup_printf ("{\"layers\": [%s], \"heads\": [%s], \"weights\": [%s]}", many->str, many->str, many->str);
    g_autoptr (GError) error = NULL;
    RgCalibration got;

    g_assert_false (read_text (text, &got, &error));
    g_assert_nonnull (error);
  }
}

/* What is written is read again. */
static void
test_written (void)
{
  RgCalibration calibration = { .heads = { { 1, 2, 0.5 }, { 2, 0, 0.375 }, { 0, 3, 0.125 } }, .n_heads = 3, .floor = 0.4, .lone_peaks = TRUE };
  g_autofree char *dir = g_dir_make_tmp ("regard-calibration-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, RG_CALIBRATION_FILE, NULL);
  RgCalibration got;

  g_assert_true (rg_calibration_write (&calibration, dir, NULL));
  g_assert_true (rg_calibration_read (&got, &config, dir, NULL));
  g_assert_cmpuint (got.n_heads, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (got.heads[i].layer, ==, calibration.heads[i].layer);
      g_assert_cmpuint (got.heads[i].head, ==, calibration.heads[i].head);
      g_assert_cmpfloat (got.heads[i].weight, ==, calibration.heads[i].weight);
    }
  g_assert_cmpfloat (got.floor, ==, 0.4);
  g_assert_true (!got.value_norm && got.lone_peaks);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* --- mixing --- */

/* Two heads of one layer on 3 × 3 patches. */
static void
test_mix (void)
{
  static const float weights[] = {
    0, 0, 0, 0, 0.9f, 0, 0, 0, 0,              /* a lone peak */
    0.1f, 0.1f, 0.1f, 0, 0.2f, 0, 0, 0, 0.04f, /* mean 0.06 */
  };
  static const double mean[] = { 0.05, 0.05, 0.05, 0, 0.55, 0, 0, 0, 0.02 };
  static const double second[] = { 0.07, 0.07, 0.07, 0, 0.17, 0, 0, 0, 0.01 }; /* less half of its mean */
  RgCalibration calibration = { 0 };
  RgHeadMixer mixer = { .calibration = &calibration, .n_layers = 1, .n_heads = 2, .grid = 3, .n_patches = 9 };
  float map[9], norms[9] = { 0, 2, 1, 1, 1, 1, 1, 1, 1 };

  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_all_near ("mean", map, mean, 9, 1e-6);

  calibration = (RgCalibration){ .heads = { { 0, 1, 1 } }, .n_heads = 1, .floor = 0.5 };
  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_all_near ("second", map, second, 9, 1e-6);

  mixer.norms = norms;
  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_near ("norm", 0, map[0], 0, 0);
  numeric_assert_near ("norm", 1, map[1], 0.17, 1e-6); /* less half of the new mean, which is 0.06 again */
  mixer.norms = NULL;

  calibration = (RgCalibration){ .heads = { { 0, 0, 1 } }, .n_heads = 1, .lone_peaks = TRUE };
  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_near ("levelled", 4, map[4], 0, 1e-9);
  calibration.heads[0].head = 1;
  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_near ("not alone", 4, map[4], 0.2, 1e-6);

  /* What neighbours have is shared: 2 2 in the middle of 1 2 1, 2 4 2, 1 2 1; at a corner of 4 2, 2 1. */
  calibration = (RgCalibration){ .heads = { { 0, 0, 1 } }, .n_heads = 1, .smooth = TRUE };
  rg_head_mixer_mix (&mixer, weights, map);
  numeric_assert_near ("middle", 4, map[4], 0.9 * 4 / 16, 1e-6);
  numeric_assert_near ("side", 1, map[1], 0.9 * 2 / 12, 1e-6);
  numeric_assert_near ("corner", 0, map[0], 0.9 / 9, 1e-6);
}

/* --- on a model --- */

static const RgWord words[] = { { 0, 2, "two" }, { 2, 1, "one" } };

#define FIRST 5
#define N_WORDS G_N_ELEMENTS (words)

static RgExplained
explain (Fixture *self, const RgCalibration *calibration)
{
  return (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->seen, .ids = ids, .n_ids = N_IDS, .first = FIRST, .words = words, .n_words = N_WORDS, .calibration = calibration };
}

/* Without a calibration it is the mean of all heads; one head alone, nothing taken off, is that head. */
static void
test_looked (Fixture *self, gconstpointer data)
{
  RgCalibration calibration = { .heads = { { 1, 0, 1 } }, .n_heads = 1 };
  RgExplained plain = explain (self, NULL), chosen = explain (self, &calibration);
  float got[N_WORDS * PATCHES], expected[N_WORDS * PATCHES];

  g_assert_true (rg_looked_calibrated_map (&plain, NULL, got, NULL));
  g_assert_true (rg_looked_map (&plain, NULL, -1, -1, expected, NULL));
  numeric_assert_same ("mean", got, expected, N_WORDS * PATCHES, 1e-6);
  g_assert_true (rg_looked_calibrated_map (&chosen, NULL, got, NULL));
  g_assert_true (rg_looked_map (&plain, NULL, 1, 0, expected, NULL));
  numeric_assert_same ("head", got, expected, N_WORDS * PATCHES, 1e-6);
}

/* W_O v, written out. */
static void
test_norms (Fixture *self, gconstpointer data)
{
  RgTensor *memory[2];
  const RgTensor *out;
  float got[PATCHES];
  double expected[PATCHES], mean = 0;

  remember (self, memory);
  out = &rg_model_get_decoder (self->model)->layers[1].cross_out.weight; /* 16 × 16, two heads of 8 */
  for (guint p = 0; p < PATCHES; p++)
    {
      double square = 0;

      for (guint row = 0; row < 16; row++)
        {
          double y = 0;

          for (guint i = 0; i < 8; i++)
            y += out->data[row * 16 + 8 + i] * memory[1]->data[(1 + p) * 32 + 16 + 8 + i];
          square += y * y;
        }
      expected[p] = sqrt (square);
      mean += expected[p] / PATCHES;
    }
  for (guint p = 0; p < PATCHES; p++)
    expected[p] /= mean;
  rg_looked_value_norms (self->model, self->image, 1, 1, got);
  numeric_assert_all_near ("norms", got, expected, PATCHES, 1e-4);
}

/* Attention that is traced back is as much as it was, but lies elsewhere; the encoder's sums to 1. */
static void
test_rollout (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self, NULL);
  float looked[N_WORDS * PATCHES], traced[N_WORDS * PATCHES], encoder[PATCHES];
  double before = 0, after = 0, sum = 0, apart = 0;

  answer.words = words + 1; /* of one token: no maximum between */
  answer.n_words = 1;
  g_assert_true (rg_looked_map (&answer, NULL, -1, -1, looked, NULL));
  g_assert_true (rg_rollout_map (&answer, NULL, traced, NULL));
  g_assert_true (rg_rollout_encoder (&answer, encoder, NULL));
  for (guint p = 0; p < PATCHES; p++)
    {
      before += looked[p];
      after += traced[p];
      sum += encoder[p];
      apart = MAX (apart, fabsf (looked[p] - traced[p]));
    }
  numeric_assert_near ("share", 0, after, before, 1e-5);
  numeric_assert_near ("encoder", 0, sum, 1, 1e-5);
  g_assert_cmpfloat (apart, >, 1e-3);
}

/* The cosine of an image token and a word's vector; the larger of two tokens. */
static void
test_patch_words (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self, NULL);
  const RgTensor *tokens = rg_image_state_get_tokens (self->image), *table = &rg_model_get_decoder (self->model)->embedding;
  float maps[N_WORDS * PATCHES];

  rg_patch_words_map (&answer, maps);
  for (guint w = 0; w < N_WORDS; w++)
    for (guint p = 0; p < PATCHES; p++)
      {
        double best = 0;

        for (guint t = 0; t < words[w].n; t++)
          {
            const float *x = tokens->data + p * 16, *y = table->data + ids[FIRST + words[w].first + t] * 16;
            double xy = 0, xx = 0, yy = 0;

            for (guint i = 0; i < 16; i++)
              {
                xy += (double) x[i] * y[i];
                xx += (double) x[i] * x[i];
                yy += (double) y[i] * y[i];
              }
            best = MAX (best, xy / sqrt (xx * yy));
          }
        numeric_assert_near ("cosine", w * PATCHES + p, maps[w * PATCHES + p], best, 1e-5);
      }
}

/* In a model's folder it has one name; of a GGUF file, which may have others beside it, that of the file. */
static void
test_path (void)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-calibration-XXXXXX", NULL);
  g_autofree char *inside = g_build_filename (dir, RG_CALIBRATION_FILE, NULL);
  g_autofree char *of_folder = rg_calibration_dup_path (dir);
  g_autofree char *of_file = rg_calibration_dup_path ("/models/eye-Q4_K.gguf");

  g_assert_cmpstr (of_folder, ==, inside);
  g_assert_cmpstr (of_file, ==, "/models/eye-Q4_K.attention.json");
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* A model that answers nothing rightly has no heads to choose; and a cancelled choice ends. */
static void
test_calibrate (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) nothing = NULL;
  g_autoptr (GError) cancelled = NULL;
  RgCalibration calibration;
  RgCalibrateReport report;
  RgRecipe world;

  rg_evaluation_world (&world, self->model);
  g_assert_false (rg_calibrate (self->model, NULL, &world, 1, 2, NULL, NULL, NULL, &calibration, &report, &nothing));
  g_assert_error (nothing, RG_ERROR, RG_ERROR_VALUE);
  g_cancellable_cancel (cancellable);
  g_assert_false (rg_calibrate (self->model, NULL, &world, 1, 2, NULL, NULL, cancellable, &calibration, &report, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The same number, the same scene; another set, another one. What is inside is what is covered. */
static void
test_probe (Fixture *self, gconstpointer data)
{
  g_auto (RgProbe) probe = { 0 };
  g_autofree float *first = NULL;
  RgRecipe world;
  gsize size = sizeof (float) * PIXELS;

  rg_evaluation_world (&world, self->model);
  g_assert_true (rg_probe_init (&probe, self->model, NULL, &world, NULL, NULL));
  g_assert_true (rg_probe_draw (&probe, RG_PROBE_TEST, 1, 4, NULL));
  g_assert_cmpuint (probe.n_asked, <=, RG_PROBE_WORDS);
  first = g_memdup2 (probe.pixels.values, size);
  g_assert_true (rg_probe_draw (&probe, RG_PROBE_DEV, 1, 4, NULL));
  g_assert_cmpint (memcmp (first, probe.pixels.values, size), !=, 0);
  g_assert_true (rg_probe_draw (&probe, RG_PROBE_TEST, 1, 4, NULL));
  g_assert_cmpmem (first, size, probe.pixels.values, size);

  world.model.vision.image_size *= 2;
  {
    g_auto (RgProbe) other = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_false (rg_probe_init (&other, self->model, NULL, &world, NULL, &error));
    g_assert_error (error, RG_ERROR, RG_ERROR_SHAPE);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calibration/read", test_read);
  g_test_add_func ("/calibration/refused", test_refused);
  g_test_add_func ("/calibration/written", test_written);
  g_test_add_func ("/calibration/path", test_path);
  g_test_add_func ("/calibration/mix", test_mix);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/calibration/looked", test_looked);
  ADD ("/calibration/norms", test_norms);
  ADD ("/calibration/rollout", test_rollout);
  ADD ("/calibration/patch-words", test_patch_words);
  ADD ("/calibration/calibrate", test_calibrate);
  ADD ("/calibration/probe", test_probe);

  return g_test_run ();
}
