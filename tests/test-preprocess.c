/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess-file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define SIDE 64

/* Left half red, right half blue, and the lowest quarter black. */
static RgImage *
image_new (guint width,
           guint height)
{
  guint8 *data = g_malloc0 ((gsize) 3 * width * height);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, (gsize) 3 * width * height);

  for (guint y = 0; y < height - height / 4; y++)
    for (guint x = 0; x < width; x++)
      data[3 * ((gsize) y * width + x) + (x < width / 2 ? 0 : 2)] = 255;

  return rg_image_new (width, height, pixels);
}

static void
assert_pixel (const float *values,
              guint x,
              guint y,
              float red,
              float green,
              float blue)
{
  const float *pixel = values + 3 * (y * SIDE + x);

  g_assert_cmpfloat_with_epsilon (pixel[0], red, 1e-6);
  g_assert_cmpfloat_with_epsilon (pixel[1], green, 1e-6);
  g_assert_cmpfloat_with_epsilon (pixel[2], blue, 1e-6);
}

static void
test_wide (void)
{
  RgPreprocessConfig config = rg_preprocess_config_default (SIDE, 8);
  g_autoptr (RgImage) image = image_new (200, 100);
  g_autoptr (RgPixelValues) seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  const float *values = seen->values;
  RgPatchGrid *grid = seen->grid;
  const RgTile *tile;
  RgRect rect;

  g_assert_cmpuint (seen->n_values, ==, SIDE * SIDE * 3);
  assert_pixel (values, 10, 15, 0, 0, 0);
  assert_pixel (values, 10, 16, 1, -1, -1);
  assert_pixel (values, 50, 16, -1, -1, 1);
  assert_pixel (values, 50, 47, -1, -1, -1);
  assert_pixel (values, 50, 48, 0, 0, 0);

  tile = rg_patch_grid_get_tile (grid, 0);
  g_assert_cmpuint (tile->rows, ==, 8);
  g_assert_cmpuint (tile->cols, ==, 8);
  g_assert_cmpfloat (tile->content.y, ==, 16);
  g_assert_cmpfloat (tile->content.height, ==, 32);
  g_assert_cmpfloat (tile->source.width, ==, 200);
  rect = rg_patch_grid_get_source_rect (grid, 2 * 8 + 7);
  g_assert_cmpfloat_with_epsilon (rect.x, 175, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.y, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.height, 25, 1e-9);

  /* What is shown is what was computed with, padding to the nearest byte. */
  for (guint i = 0; i < SIDE * SIDE * 3; i++)
    g_assert_cmpfloat_with_epsilon (rg_image_get_pixels (tile->view)[i] / 127.5 - 1, values[i], 0.004);
}

static void
test_sizes (void)
{
  const guint sizes[][2] = { { 1, 1 }, { 1, 5000 }, { 65535, 1 }, { 64, 64 }, { 63, 64 }, { 3, 2 }, { 641, 480 }, { 480, 641 }, { 2, 65535 } };
  RgPreprocessConfig config = rg_preprocess_config_default (SIDE, 8);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (RgImage) image = image_new (sizes[i][0], sizes[i][1]);
      g_autoptr (RgPixelValues) seen = rg_preprocess (&config, image, NULL, NULL, NULL);
      const float *values = seen->values;
      RgPatchGrid *grid = seen->grid;
      RgRect content;
      double area = 0;

      content = rg_patch_grid_get_tile (grid, 0)->content;
      g_assert_cmpfloat (MAX (content.width, content.height), ==, SIDE);
      g_assert_cmpfloat (MIN (content.width, content.height), ==, MAX (rint (SIDE * (double) MIN (sizes[i][0], sizes[i][1]) / MAX (sizes[i][0], sizes[i][1])), 1));
      g_assert_cmpfloat (fabs (content.x * 2 + content.width - SIDE), <=, 1);
      g_assert_cmpfloat (fabs (content.y * 2 + content.height - SIDE), <=, 1);

      for (guint p = 0; p < 64; p++)
        area += rg_patch_grid_get_source_rect (grid, p).width * rg_patch_grid_get_source_rect (grid, p).height;
      g_assert_cmpfloat_with_epsilon (area / ((double) sizes[i][0] * sizes[i][1]), 1, 1e-9);

      for (guint j = 0; j < SIDE * SIDE * 3; j++)
        g_assert_true (values[j] >= -1 && values[j] <= 1);
    }
}

static void
test_same_pixels (void)
{
  RgPreprocessConfig config = rg_preprocess_config_default (SIDE, 8);
  g_autoptr (RgImage) image = image_new (SIDE, SIDE);
  g_autoptr (RgPixelValues) seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  RgPatchGrid *grid = seen->grid;

  g_assert_cmpmem (rg_image_get_pixels (rg_patch_grid_get_tile (grid, 0)->view), SIDE * SIDE * 3, rg_image_get_pixels (image), SIDE * SIDE * 3);
}

static void
test_cancel (void)
{
  RgPreprocessConfig config = rg_preprocess_config_default (SIDE, 8);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = image_new (100, 100);

  g_cancellable_cancel (cancellable);
  g_assert_null (rg_preprocess (&config, image, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
fixture_set_up (Fixture *fixture,
                gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("regard-preprocess-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "preprocessor_config.json", NULL);
}

static void
fixture_tear_down (Fixture *fixture,
                   gconstpointer data)
{
  g_remove (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
test_config (Fixture *fixture,
             gconstpointer data)
{
  RgPreprocessConfig config = rg_preprocess_config_default (128, 8);
  RgPreprocessConfig got;

  config.mean[1] = 0.4578275f;
  config.std[2] = 0.1f;
  config.filter = RG_FILTER_LANCZOS;
  g_assert_true (rg_preprocess_config_save (&config, fixture->path, NULL));
  g_assert_true (rg_preprocess_config_load (&got, fixture->path, NULL));
  g_assert_cmpuint (got.image_size, ==, 128);
  g_assert_cmpuint (got.patch_size, ==, 8);
  g_assert_cmpint (got.filter, ==, RG_FILTER_LANCZOS);
  g_assert_cmpmem (got.mean, sizeof got.mean, config.mean, sizeof config.mean);
  g_assert_cmpmem (got.std, sizeof got.std, config.std, sizeof config.std);
}

/* The area is lowered, never raised, and pictures of it have no more tokens. */
static void
test_limit (void)
{
  RgPreprocessConfig config = rg_preprocess_config_default (128, 8);
  RgPreprocessStep *step;
  g_autoptr (RgImage) image = image_new (640, 480);
  g_autoptr (RgPixelValues) seen = NULL;

  config.n_steps = 0;
  config.image_size = 0;
  config.merge_size = 2;
  config.layout = RG_PIXEL_LAYOUT_PATCHES;
  step = rg_preprocess_config_add_step (&config, RG_STEP_PIXELS, 16);
  step->min_pixels = 16 * 16 * 50;
  step->max_pixels = 16 * 16 * 100;

  rg_preprocess_config_limit_tokens (&config, RG_PREPROCESS_MAX_TOKENS);
  g_assert_cmpuint (step->max_pixels, ==, 16 * 16 * 100);
  rg_preprocess_config_limit_tokens (&config, 30);
  seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (seen->grid), <=, 30);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (seen->grid), >, 20);
}

static void
test_bad_config (Fixture *fixture,
                 gconstpointer data)
{
#define HEAD "{\"image_processor_type\": \"RegardImageProcessor\", "
#define CHANNELS "\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]"
  const struct
  {
    const char *json;
    RgError code;
  } cases[] = {
    { "", RG_ERROR_FORMAT },
    { "[]", RG_ERROR_FORMAT },
    { "{\"image_processor_type\": \"OwlViTImageProcessor\"}", RG_ERROR_UNSUPPORTED },
    { HEAD "\"size\": {\"height\": 64, \"width\": 32}, \"patch_size\": 8, " CHANNELS "}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 7, " CHANNELS "}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 0, " CHANNELS "}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 1e9, \"width\": 1e9}, \"patch_size\": 8, " CHANNELS "}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 8, \"image_mean\": [0.5, 0.5], \"image_std\": [1, 1, 1]}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 8, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [1, 0, 1]}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 8, " CHANNELS ", \"resample\": 6}", RG_ERROR_FORMAT },
    { HEAD "\"size\": {\"height\": 64, \"width\": 64}, \"patch_size\": 8, " CHANNELS ", \"do_pad\": false}", RG_ERROR_UNSUPPORTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      RgPreprocessConfig config;

      g_assert_true (g_file_set_contents (fixture->path, cases[i].json, -1, NULL));
      g_assert_false (rg_preprocess_config_load (&config, fixture->path, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, RG_ERROR, cases[i].code);
    }

  g_remove (fixture->path);
  g_assert_false (rg_preprocess_config_load (&(RgPreprocessConfig){ 0 }, fixture->path, NULL));
}

/* What config.json adds: cells, and LLaVA's padding. */
static void
test_patches (Fixture *fixture,
              gconstpointer data)
{
  const struct
  {
    const char *json;
    int code; /* of RgError, or -1 */
    guint patch_size, merge_size;
    RgStepKind first;
  } cases[] = {
    { "{\"model_type\": \"clip\", \"vision_config\": {\"patch_size\": 16}}", -1, 16, 1, RG_STEP_SHORTEST },
    { "{\"model_type\": \"clip\"}", -1, 32, 1, RG_STEP_SHORTEST },
    { "{\"model_type\": \"llava\", \"image_aspect_ratio\": \"pad\"}", -1, 14, 1, RG_STEP_SQUARE },
    { "{\"model_type\": \"idefics3\", \"vision_config\": {\"patch_size\": 14}, \"scale_factor\": 3}", -1, 14, 3, RG_STEP_SHORTEST },
    { "{\"model_type\": \"resnet\"}", -1, 32, 1, RG_STEP_SHORTEST },
    { "{\"model_type\": \"resnet\", \"depths\": [1, 1], \"downsample_in_first_stage\": true}", -1, 16, 1, RG_STEP_SHORTEST },
    { "{\"model_type\": \"mamba\"}", RG_ERROR_UNSUPPORTED },
    { "{}", RG_ERROR_FORMAT },
    { "{\"model_type\": \"clip\", \"vision_config\": {\"patch_size\": 0}}", RG_ERROR_FORMAT },
    { "{\"model_type\": \"clip\", \"vision_config\": {\"patch_size\": 225}}", RG_ERROR_FORMAT },
    { "{\"model_type\": \"idefics3\", \"vision_config\": {\"patch_size\": 32}, \"scale_factor\": 16}", RG_ERROR_FORMAT },
  };
  static const char clip[] = "{\"image_processor_type\": \"CLIPImageProcessor\"}";

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      RgPreprocessConfig config;

      g_assert_true (rg_preprocess_config_parse (&config, "t", clip, strlen (clip), NULL));
      g_assert_true (g_file_set_contents (fixture->path, cases[i].json, -1, NULL));
      g_assert_cmpint (rg_preprocess_config_load_patches (&config, fixture->path, &error), ==, cases[i].code < 0);
      g_test_message ("%s", error != NULL ? error->message : cases[i].json);
      if (cases[i].code >= 0)
        g_assert_error (error, RG_ERROR, cases[i].code);
      g_assert_cmpuint (config.patch_size, ==, cases[i].patch_size);
      g_assert_cmpint (config.steps[0].kind, ==, cases[i].code < 0 ? cases[i].first : RG_STEP_SHORTEST);
      g_assert_cmpuint (config.merge_size, ==, MAX (cases[i].merge_size, 1));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/encoder/preprocess/wide", test_wide);
  g_test_add_func ("/encoder/preprocess/sizes", test_sizes);
  g_test_add_func ("/encoder/preprocess/same-pixels", test_same_pixels);
  g_test_add_func ("/encoder/preprocess/cancel", test_cancel);
  g_test_add_func ("/encoder/preprocess/limit", test_limit);
  g_test_add ("/encoder/preprocess/config", Fixture, NULL, fixture_set_up, test_config, fixture_tear_down);
  g_test_add ("/encoder/preprocess/bad-config", Fixture, NULL, fixture_set_up, test_bad_config, fixture_tear_down);
  g_test_add ("/encoder/preprocess/patches", Fixture, NULL, fixture_set_up, test_patches, fixture_tear_down);

  return g_test_run ();
}
