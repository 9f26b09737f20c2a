/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/encoder/preprocess-gguf.h"
#include "engine/formats/npy.h"
#include "tests/fixture.h"
#include "ui/image-decoder.h"

/* The pixel values of the open models' pictures against those that the original image processors made of them, and which
 * part of the picture each image token saw. */

#define WIDTH 300
#define HEIGHT 200

typedef struct
{
  const char *folder;
  const char *reference; /* folder of pixel_values.npy */
  guint first;           /* which of its views is the picture's first */
  const char *image;
  guint n_views, rows, cols, grid_rows, grid_cols;
} Case;

static const Case cases[] = {
  { "clip", ".", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "clip", ".", 1, "image1.png", 1, 0, 0, 4, 4 },
  { "clip", ".", 2, "image2.png", 1, 0, 0, 4, 4 },
  { "siglip", ".", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "siglip", ".", 1, "image1.png", 1, 0, 0, 4, 4 },
  { "siglip", ".", 2, "image2.png", 1, 0, 0, 4, 4 },
  { "blip-captioning", "case0_landscape_unconditional", 0, "image0.png", 1, 0, 0, 3, 3 },
  { "blip-captioning", "case1_portrait_prompt", 0, "image0.png", 1, 0, 0, 3, 3 },
  { "blip-vqa", "case0_landscape", 0, "image0.png", 1, 0, 0, 3, 3 },
  { "blip-vqa", "case1_portrait", 0, "image0.png", 1, 0, 0, 3, 3 },
  { "vit-gpt2", "case0_landscape", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "vit-gpt2", "case1_portrait", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "resnet", "case0", 0, "image0.png", 1, 0, 0, 2, 2 },
  { "resnet", "case1", 0, "image0.png", 1, 0, 0, 2, 2 },
  { "llava", "case0_landscape", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "llava", "case1_portrait", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "paligemma", "case0_landscape", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "paligemma", "case1_portrait", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "idefics3", "case0_landscape", 0, "image0.png", 7, 2, 3, 2, 2 },
  { "idefics3", "case1_portrait", 0, "image0.png", 7, 3, 2, 2, 2 },
  { "idefics3", "case2_nosplit", 0, "image0.png", 1, 0, 0, 2, 2 },
  { "qwen2-vl", "case0_landscape", 0, "image0.png", 1, 0, 0, 3, 5 },
  { "qwen2-vl", "case1_portrait", 0, "image0.png", 1, 0, 0, 6, 3 },
  { "qwen2-5-vl", "case0_landscape", 0, "image0.png", 1, 0, 0, 3, 5 },
  { "qwen2-5-vl", "case1_portrait", 0, "image0.png", 1, 0, 0, 6, 3 },
  { "gemma3", "case0_landscape", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "gemma3", "case1_portrait", 0, "image0.png", 1, 0, 0, 4, 4 },
  { "mllama", "case0_landscape", 0, "image0.png", 3, 1, 3, 4, 4 },
  { "mllama", "case1_portrait", 0, "image0.png", 3, 3, 1, 4, 4 },
};

static gboolean
load_config (const char *folder, RgPreprocessConfig *config)
{
  g_autofree char *path = fixture_path (folder);
  g_autofree char *file = NULL, *model = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return FALSE;
  file = g_build_filename (path, "preprocessor_config.json", NULL);
  model = g_build_filename (path, "config.json", NULL);
  rg_preprocess_config_load (config, file, &error);
  g_assert_no_error (error);
  rg_preprocess_config_load_patches (config, model, &error);
  g_assert_no_error (error);

  return TRUE;
}

static void
assert_grid (const Case *test, const RgPixelValues *seen)
{
  g_assert_cmpuint (seen->n_views, ==, test->n_views);
  g_assert_cmpuint (seen->rows, ==, test->rows);
  g_assert_cmpuint (seen->cols, ==, test->cols);
  g_assert_cmpuint (rg_patch_grid_get_n_tiles (seen->grid), ==, test->n_views);
  for (guint i = 0; i < test->n_views; i++)
    {
      g_assert_cmpuint (rg_patch_grid_get_tile (seen->grid, i)->rows, ==, test->grid_rows);
      g_assert_cmpuint (rg_patch_grid_get_tile (seen->grid, i)->cols, ==, test->grid_cols);
    }
}

static void
test_values (gconstpointer data)
{
  const Case *test = data;
  RgPreprocessConfig config;
  g_autofree char *folder = g_build_filename (test->folder, "reference", test->reference, NULL);
  g_autofree char *path = fixture_path (folder);
  g_autofree char *image_path = NULL, *values_path = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) seen = NULL;
  g_autoptr (RgNpy) expected = NULL;
  g_autoptr (GError) error = NULL;
  double worst = 0;

  if (path == NULL || !load_config (test->folder, &config))
    return;
  /* An option of the call that made the reference, not of the file. */
  if (g_str_has_suffix (test->reference, "nosplit"))
    rg_preprocess_config_unsplit (&config);
  image_path = g_build_filename (path, test->image, NULL);
  values_path = g_build_filename (path, "pixel_values.npy", NULL);
  image = rg_image_decoder_load (image_path, &error);
  g_assert_no_error (error);
  expected = rg_npy_read (values_path, &error);
  g_assert_no_error (error);
  seen = rg_preprocess (&config, image, NULL, NULL, &error);
  g_assert_no_error (error);

  assert_grid (test, seen);
  g_assert_cmpuint ((test->first + 1) * seen->n_values, <=, expected->n_values);
  for (gsize i = 0; i < seen->n_values; i++)
    worst = MAX (worst, fabs ((double) seen->values[i] - expected->values[test->first * seen->n_values + i]));
  g_test_message ("largest difference %g", worst);
  g_assert_cmpfloat (worst, <=, 1e-5);
  /* What is left of the file: the other pictures of the batch, or the tiles that Mllama does not use, which are 0. */
  for (gsize i = seen->n_values; strcmp (test->folder, "mllama") == 0 && i < expected->n_values; i++)
    g_assert_cmpfloat (expected->values[i], ==, 0);
}

/* Black all over. */
static RgImage *
black_new (guint width, guint height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 ((gsize) 3 * width * height), (gsize) 3 * width * height);

  return rg_image_new (width, height, bytes);
}

static void
parse (RgPreprocessConfig *config, const char *text)
{
  g_autoptr (GError) error = NULL;

  rg_preprocess_config_parse (config, "t", text, strlen (text), &error);
  g_assert_no_error (error);
}

/* --- registration ------------------------------------------------------------------------------------------------- */

/* Black, with one white rectangle. */
static RgImage *
image_new (guint left, guint top, guint width, guint height)
{
  guint8 *data = g_malloc0 (WIDTH * HEIGHT * 3);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, WIDTH * HEIGHT * 3);

  for (guint y = top; y < top + height; y++)
    memset (data + 3 * (y * WIDTH + left), 255, 3 * width);

  return rg_image_new (WIDTH, HEIGHT, bytes);
}

/* The mean of an image token's values, asked where the layout of a family has them. */
static double
get_mean (const RgPreprocessConfig *config, const RgPixelValues *seen, guint patch)
{
  guint cell = config->patch_size * config->merge_size, tile, row, col;
  gsize n_view = seen->n_values / seen->n_views;
  double sum = 0;

  if (config->layout == RG_PIXEL_LAYOUT_PATCHES)
    {
      gsize n = n_view / rg_patch_grid_get_n_patches (seen->grid);

      for (gsize i = 0; i < n; i++)
        sum += seen->values[patch * n + i];
      return sum / (double) n;
    }
  rg_patch_grid_locate (seen->grid, patch, &tile, &row, &col);
  for (guint channel = 0; channel < 3; channel++)
    for (guint y = row * cell; y < (row + 1) * cell; y++)
      for (guint x = col * cell; x < (col + 1) * cell; x++)
        {
          gsize planes = ((gsize) channel * seen->height + y) * seen->width + x, pixels = ((gsize) y * seen->width + x) * 3 + channel;

          sum += seen->values[tile * n_view + (config->layout == RG_PIXEL_LAYOUT_PLANES ? planes : pixels)];
        }

  return sum / (3 * cell * cell);
}

/* A token must be white where its rectangle lies within the white one, black where it lies well beside it. */
static void
assert_registered (const RgPreprocessConfig *config, RgRect white)
{
  g_autoptr (RgImage) image = image_new ((guint) white.x, (guint) white.y, (guint) white.width, (guint) white.height);
  g_autoptr (RgImage) black_image = black_new (WIDTH, HEIGHT);
  g_autoptr (RgPixelValues) seen = rg_preprocess (config, image, NULL, NULL, NULL), black = rg_preprocess (config, black_image, NULL, NULL, NULL);
  double lightest = (1 - (config->mean[0] + config->mean[1] + config->mean[2]) / 3) / config->std[0];
  guint n_white = 0;

  for (guint patch = 0; patch < rg_patch_grid_get_n_patches (seen->grid); patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (seen->grid, patch), shared = rg_rect_intersect (rect, white);
      double share = rg_rect_is_empty (rect) ? 0 : shared.width * shared.height / (rect.width * rect.height);
      double light = get_mean (config, seen, patch) - get_mean (config, black, patch);

      g_test_message ("token %u saw %g %g %g × %g, of it white %g, became lighter by %g", patch, rect.x, rect.y, rect.width, rect.height, share, light);
      n_white += share > 0.5;
      if (share > 0.5)
        g_assert_cmpfloat (light, >, 0.2 * lightest);
      if (share == 0)
        g_assert_cmpfloat (light, <, 0.1 * lightest);
    }
  g_assert_cmpuint (n_white, >=, 1);
}

/* The white rectangle is put over the rectangle of one token after another. */
static void
check_registration (const RgPreprocessConfig *config)
{
  g_autoptr (RgImage) black = black_new (WIDTH, HEIGHT);
  g_autoptr (RgPixelValues) seen = rg_preprocess (config, black, NULL, NULL, NULL);
  guint n = rg_patch_grid_get_n_patches (seen->grid), n_seen = 0;

  for (guint patch = 0; patch < n; patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (seen->grid, patch), white;

      if (rect.width < 8 || rect.height < 8)
        continue;
      n_seen++;
      white = (RgRect){ floor (rect.x), floor (rect.y), 0, 0 };
      white.width = MIN (ceil (rect.x + rect.width), WIDTH) - white.x;
      white.height = MIN (ceil (rect.y + rect.height), HEIGHT) - white.y;
      assert_registered (config, white);
    }
  g_assert_cmpuint (n_seen, >=, n / 4);
}

static void
test_registration (gconstpointer data)
{
  RgPreprocessConfig config;

  if (load_config (data, &config))
    check_registration (&config);
}

static void
test_registration_own (void)
{
  RgPreprocessConfig config = rg_preprocess_config_default (64, 8);

  check_registration (&config);
}

/* LLaVA's padding in front of the resize: the original's rows begin in the middle of a cell. */
static void
test_registration_square (void)
{
  RgPreprocessConfig config;
  g_autoptr (RgImage) image = black_new (WIDTH, HEIGHT);
  g_autoptr (RgPixelValues) seen = NULL;
  const RgTile *tile;

  parse (&config, "{\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 32, \"crop_size\": 32, \"do_pad\": true}");
  config.patch_size = 8;
  check_registration (&config);
  seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  tile = rg_patch_grid_get_tile (seen->grid, 0);
  g_assert_cmpfloat_with_epsilon (tile->content.y, 32 * 50 / 300.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (tile->content.height, 32 * 200 / 300.0, 1e-9);
  /* The padding has the colour of the mean, so it is nearly 0. */
  g_assert_cmpfloat (fabs (seen->values[0]), <, 0.02);
}

/* 384 pixels hold 27 patches of 14, and 9 tokens of 3 × 3 of them: the last 6 pixels are not seen. */
static void
test_margin (void)
{
  RgPreprocessConfig config;
  g_autoptr (RgImage) image = black_new (WIDTH, HEIGHT);
  g_autoptr (RgPixelValues) seen = NULL;
  RgRect last;

  parse (&config, "{\"image_processor_type\": \"Idefics3ImageProcessor\", \"size\": {\"longest_edge\": 384}, \"max_image_size\": {\"longest_edge\": 384}}");
  config.patch_size = 14;
  config.merge_size = 3;
  seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  g_assert_cmpuint (seen->width, ==, 384);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (seen->grid), ==, 81);
  last = rg_patch_grid_get_source_rect (seen->grid, 80);
  g_assert_cmpfloat_with_epsilon (last.x + last.width, WIDTH * 378 / 384.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (last.height, HEIGHT * 42 / 384.0, 1e-9);
}

/* --- pictures of other sizes -------------------------------------------------------------------------------------- */

/* 2.5 blocks are 2, 3.5 are 4; and the area's limits. */
static void
test_blocks (void)
{
  static const struct
  {
    guint width, height, seen_width, seen_height;
  } sizes[] = {
    { 70, 98, 56, 112 },
    { 98, 70, 112, 56 },
    { 56, 56, 56, 56 },
    { 20, 20, 56, 56 },
    { 4000, 3000, 1148, 840 },
    { 10, 2000, 28, 1988 },
  };
  RgPreprocessConfig config;

  parse (&config, "{\"image_processor_type\": \"Qwen2VLImageProcessor\", \"max_pixels\": 1003520}");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (RgImage) image = black_new (sizes[i].width, sizes[i].height);
      g_autoptr (RgPixelValues) seen = rg_preprocess (&config, image, NULL, NULL, NULL);

      g_assert_cmpuint (seen->width, ==, sizes[i].seen_width);
      g_assert_cmpuint (seen->height, ==, sizes[i].seen_height);
      g_assert_cmpuint (rg_patch_grid_get_n_patches (seen->grid), ==, seen->width * seen->height / (28 * 28));
    }
}

/* Whatever the size, a picture is seen or refused with a sentence; what is seen lies within it. */
static void
test_sizes (void)
{
  static const guint sizes[][2] = { { 1, 1 }, { 1, 300 }, { 300, 1 }, { 2, 65535 }, { 65535, 1 }, { 31, 33 }, { 500, 499 } };
  static const char *const texts[] = {
    "{\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 32, \"crop_size\": 48}",
    "{\"image_processor_type\": \"LlavaImageProcessor\", \"size\": 32, \"crop_size\": 24, \"do_pad\": true}",
    "{\"image_processor_type\": \"SiglipImageProcessor\", \"size\": 32}",
    "{\"image_processor_type\": \"Idefics3ImageProcessor\", \"size\": 96, \"max_image_size\": 32}",
    "{\"image_processor_type\": \"Qwen2VLImageProcessor\", \"min_pixels\": 1000, \"max_pixels\": 5000}",
    "{\"image_processor_type\": \"MllamaImageProcessor\", \"size\": 32}",
    "{\"image_processor_type\": \"ConvNextImageProcessor\", \"size\": 32}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts) * G_N_ELEMENTS (sizes); i++)
    {
      const guint *size = sizes[i % G_N_ELEMENTS (sizes)];
      g_autoptr (RgImage) image = black_new (size[0], size[1]);
      g_autoptr (RgPixelValues) seen = NULL;
      g_autoptr (GError) error = NULL;
      RgPreprocessConfig config;

      parse (&config, texts[i / G_N_ELEMENTS (sizes)]);
      if (config.patch_size == 0)
        config.patch_size = 8;
      seen = rg_preprocess (&config, image, NULL, NULL, &error);
      g_test_message ("%u × %u: %s", size[0], size[1], seen == NULL ? error->message : "seen");
      g_assert_cmpint (seen == NULL, ==, error != NULL);
      g_assert_true (seen != NULL || MAX (size[0], size[1]) > 200 * MIN (size[0], size[1]));
      for (guint patch = 0; seen != NULL && patch < rg_patch_grid_get_n_patches (seen->grid); patch++)
        {
          RgRect rect = rg_patch_grid_get_source_rect (seen->grid, patch);

          g_assert_true (rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size[0] + 1e-6 && rect.y + rect.height <= size[1] + 1e-6);
        }
      for (gsize j = 0; seen != NULL && j < seen->n_values; j++)
        g_assert_true (isfinite (seen->values[j]));
    }
}

/* A crop of what was padded before: 300 × 200 in a square of 300, of which the middle 225 are seen; and upright. */
static void
test_crop_of_padding (void)
{
  RgPreprocessConfig config;
  g_autoptr (RgImage) wide = black_new (WIDTH, HEIGHT);
  g_autoptr (RgImage) high = black_new (HEIGHT, WIDTH);
  g_autoptr (RgPixelValues) wide_seen = NULL, high_seen = NULL;
  RgRect across, down;

  parse (&config, "{\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 32, \"crop_size\": 24, \"do_pad\": true}");
  config.patch_size = 8;
  wide_seen = rg_preprocess (&config, wide, NULL, NULL, NULL);
  high_seen = rg_preprocess (&config, high, NULL, NULL, NULL);
  across = rg_patch_grid_get_source_rect (wide_seen->grid, 0);
  down = rg_patch_grid_get_source_rect (high_seen->grid, 0);
  g_assert_cmpfloat_with_epsilon (across.x, 37.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (across.width, 75, 1e-9);
  g_assert_cmpfloat_with_epsilon (across.y, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (across.height, 62.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (down.y, 37.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (down.x, 0, 1e-9);
}

/* A GGUF file asks for the same as the folder of a model with the same numbers. */
static void
test_gguf (gconstpointer data)
{
  static const char folder[] = "{\"image_processor_type\": \"Idefics3ImageProcessor\", \"size\": {\"longest_edge\": 96}, \"max_image_size\": {\"longest_edge\": 32}}";
  g_autofree char *path = fixture_path (data);
  g_autofree char *mmproj = NULL, *image_path = NULL;
  g_autoptr (RgGguf) file = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) seen = NULL, expected = NULL;
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config, same;

  if (path == NULL)
    return;
  mmproj = g_build_filename (path, "mmproj.gguf", NULL);
  image_path = g_build_filename (path, "image.png", NULL);
  file = rg_gguf_open (mmproj, &error);
  g_assert_no_error (error);
  rg_preprocess_config_load_gguf (&config, file, &error);
  g_assert_no_error (error);
  image = rg_image_decoder_load (image_path, &error);
  g_assert_no_error (error);
  parse (&same, folder);
  seen = rg_preprocess (&config, image, NULL, NULL, NULL);
  expected = rg_preprocess (&same, image, NULL, NULL, NULL);
  g_assert_cmpmem (seen->values, seen->n_values * sizeof (float), expected->values, expected->n_values * sizeof (float));
  g_assert_cmpuint (seen->rows * seen->cols, ==, 6);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (seen->grid), ==, 7 * 4);
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { "clip", "siglip", "blip-captioning", "vit-gpt2", "resnet", "llava", "paligemma", "idefics3", "qwen2-vl", "qwen2-5-vl", "gemma3", "mllama" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup_printf ("/preprocess-families/values/%s/%s/%s", cases[i].folder, cases[i].reference, cases[i].image);

      g_test_add_data_func (name, &cases[i], test_values);
    }
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *name = g_strconcat ("/preprocess-families/registration/", folders[i], NULL);

      g_test_add_data_func (name, folders[i], test_registration);
    }
  g_test_add_data_func ("/preprocess-families/gguf/f32", "gguf-f32", test_gguf);
  g_test_add_data_func ("/preprocess-families/gguf/q4_K", "gguf-q4_K", test_gguf);
  g_test_add_data_func ("/preprocess-families/gguf/q8_0", "gguf-q8_0", test_gguf);
  g_test_add_func ("/preprocess-families/registration/regard", test_registration_own);
  g_test_add_func ("/preprocess-families/registration/square", test_registration_square);
  g_test_add_func ("/preprocess-families/registration/margin", test_margin);
  g_test_add_func ("/preprocess-families/registration/crop-of-padding", test_crop_of_padding);
  g_test_add_func ("/preprocess-families/blocks", test_blocks);
  g_test_add_func ("/preprocess-families/sizes", test_sizes);

  return g_test_run ();
}
