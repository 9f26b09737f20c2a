/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/vision-encoder.h"
#include "engine/encoder/windows.h"
#include "engine/tensor/random.h"
#include "tests/numeric.h"

/* Windowed attention in the vision encoder. Rotary positions only know distances, so that a window of a picture is encoded as
 * if it were the whole picture; where all layers see the whole picture, windows change nothing. */

#define ROWS 5 /* of blocks */
#define COLS 6
#define PATCH 2
#define BLOCK 2
#define FRAMES 2
#define WIDTH 16
#define HEADS 2
#define LAYERS 2
#define WINDOW 2
#define AREA (BLOCK * BLOCK)
#define T (ROWS * COLS * AREA)
#define LENGTH (3 * FRAMES * PATCH * PATCH)

typedef struct
{
  RgVisionConfig config;
  RgVisionEncoder encoder;
  RgParameters *parameters;
  RgPass *pass;
  float pixels[T * LENGTH];
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  RgRandom random;

  rg_random_init (&random, 7, 1);
  self->config = (RgVisionConfig){ .patch_size = PATCH, .block_size = BLOCK, .n_frames = FRAMES, .window = WINDOW, .n_layers = LAYERS, .block = rg_block_config_new (WIDTH, HEADS, 24) };
  self->config.block.rotary_base = 100;
  self->config.block.rotary_sections[0] = self->config.block.rotary_sections[1] = WIDTH / HEADS / 4;
  self->config.block.rotary_restarts = TRUE;
  self->parameters = rg_parameters_new ();
  rg_vision_encoder_declare (&self->encoder, &self->config, &rg_vision_names, self->parameters);
  rg_parameters_begin (self->parameters, &random);
  for (gsize i = 0; i < rg_parameters_count (self->parameters); i++)
    rg_parameters_get_values (self->parameters)[i] *= 8; /* far from even attention */
  for (guint i = 0; i < T * LENGTH; i++)
    self->pixels[i] = rg_random_normal (&random);
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  rg_pass_free (self->pass);
  rg_parameters_free (self->parameters);
}

/* @rows, @cols: of blocks. Returns: a row a patch */
static float *
encode (Fixture *self, guint rows, guint cols, const float *pixels, float *record, float *first_layer)
{
  guint n = rows * cols * AREA, offsets[] = { 0, n };
  RgTensor *layers[1 + LAYERS], *x;
  RgVisionRun run = { .n_images = 1, .offsets = offsets, .width = cols * BLOCK * PATCH, .height = rows * BLOCK * PATCH, .record = record, .layers = first_layer != NULL ? layers : NULL };

  rg_pass_reset (self->pass);
  x = rg_vision_encoder_forward (self->pass, &self->encoder, &self->config, rg_vision_config_views (&self->config, self->pass, run.width, run.height, pixels, 1), &run);
  g_assert_cmpuint (x->rows, ==, n);
  if (first_layer != NULL)
    memcpy (first_layer, layers[1]->data, n * WIDTH * sizeof (float));

  return g_memdup2 (x->data, n * WIDTH * sizeof (float));
}

/* Copies the rows of a window of blocks out of those of the picture. */
static void
cut (const float *from, float *to, guint width, guint top, guint left, guint rows, guint cols)
{
  for (guint row = 0; row < rows; row++)
    memcpy (to + row * cols * AREA * width, from + ((top + row) * COLS + left) * AREA * width, cols * AREA * width * sizeof (float));
}

static void
test_alone (Fixture *self, gconstpointer data)
{
  g_autofree float *whole = encode (self, ROWS, COLS, self->pixels, NULL, NULL);

  for (guint top = 0; top < ROWS; top += WINDOW)
    for (guint left = 0; left < COLS; left += WINDOW)
      {
        guint rows = MIN (WINDOW, ROWS - top), cols = MIN (WINDOW, COLS - left), n = rows * cols * AREA;
        float pixels[WINDOW * WINDOW * AREA * LENGTH], expected[WINDOW * WINDOW * AREA * WIDTH];
        g_autofree float *alone = NULL;

        cut (self->pixels, pixels, LENGTH, top, left, rows, cols);
        cut (whole, expected, WIDTH, top, left, rows, cols);
        alone = encode (self, rows, cols, pixels, NULL, NULL);
        numeric_assert_same ("window", alone, expected, n * WIDTH, 1e-5);
      }
}

static void
test_whole_layers (Fixture *self, gconstpointer data)
{
  gsize n_maps = LAYERS * HEADS;
  g_autofree float *sorted_record = g_new (float, n_maps *T *T), *record = g_new (float, n_maps *T *T);
  float sorted_layer[T * WIDTH], layer[T * WIDTH];
  g_autofree float *windowed = encode (self, ROWS, COLS, self->pixels, NULL, NULL);
  g_autofree float *sorted = NULL, *plain = NULL;
  float largest = 0;

  self->config.whole_layers = 3;
  sorted = encode (self, ROWS, COLS, self->pixels, sorted_record, sorted_layer);
  self->config.window = 0;
  plain = encode (self, ROWS, COLS, self->pixels, record, layer);

  numeric_assert_same ("rows", sorted, plain, T * WIDTH, 1e-5);
  numeric_assert_same ("first layer", sorted_layer, layer, T * WIDTH, 1e-5);
  numeric_assert_same ("attention", sorted_record, record, n_maps * T * T, 1e-5);
  for (guint i = 0; i < T * WIDTH; i++)
    largest = MAX (largest, ABS (windowed[i] - plain[i]));
  g_assert_cmpfloat (largest, >, 0.1);
}

/* The window that a row of the picture is in. */
static guint
find_window (guint row)
{
  guint block = row / AREA;

  return block / COLS / WINDOW * COLS + block % COLS / WINDOW;
}

/* The first layer sees windows, the second the whole picture. */
static void
test_attention (Fixture *self, gconstpointer data)
{
  g_autofree float *record = g_new (float, LAYERS *HEADS *T *T), *rows = NULL;

  self->config.whole_layers = 2;
  rows = encode (self, ROWS, COLS, self->pixels, record, NULL);
  for (guint map = 0; map < LAYERS * HEADS; map++)
    {
      double inside = 0, outside = 0;

      for (guint q = 0; q < T; q++)
        for (guint k = 0; k < T; k++)
          *(find_window (q) == find_window (k) ? &inside : &outside) += record[(map * T + q) * T + k];
      g_assert_cmpfloat_with_epsilon (inside + outside, T, 1e-3);
      if (map < HEADS)
        g_assert_cmpfloat (outside, ==, 0);
      else
        g_assert_cmpfloat (outside, >, 1);
    }
}

/* Goes back from the rows that the encoder gives, of which @weights are the derivatives. @relevancy: (inout): a row a patch */
static void
go_back (Fixture *self, guint rows, guint cols, const float *pixels, const float *weights, float *relevancy)
{
  guint n = rows * cols * AREA, offsets[] = { 0, n };
  double carried[T];
  RgAttentionWalk walk = { .relevancy = carried };
  RgVisionRun run = { .n_images = 1, .offsets = offsets, .width = cols * BLOCK * PATCH, .height = rows * BLOCK * PATCH, .walk = &walk };
  RgTensor *x;

  for (guint i = 0; i < n; i++)
    carried[i] = relevancy[i];
  rg_pass_reset (self->pass);
  self->pass->recording = TRUE;
  x = rg_vision_encoder_forward (self->pass, &self->encoder, &self->config, rg_vision_config_views (&self->config, self->pass, run.width, run.height, pixels, 1), &run);
  memcpy (rg_pass_grad_added (self->pass, x), weights, n * WIDTH * sizeof (float));
  rg_pass_backward (self->pass);
  self->pass->recording = FALSE;
  for (guint i = 0; i < n; i++)
    relevancy[i] = carried[i];
}

/* Relevancy goes back to the patches of the same window; where all layers see the whole picture, windows change nothing. */
static void
test_relevancy (Fixture *self, gconstpointer data)
{
  float weights[T * WIDTH], begun[T], whole[T], sorted[T], plain[T];
  double moved = 0;
  RgRandom random;

  rg_random_init (&random, 3, 0);
  for (guint i = 0; i < T * WIDTH; i++)
    weights[i] = rg_random_range (&random, -1, 1);
  for (guint i = 0; i < T; i++)
    whole[i] = sorted[i] = plain[i] = begun[i] = i % 5 == 0 ? 0 : rg_random_range (&random, 0, 1);

  go_back (self, ROWS, COLS, self->pixels, weights, whole);
  for (guint i = 0; i < T; i++)
    moved += whole[i] - begun[i];
  g_assert_cmpfloat (moved, >, 1);
  for (guint top = 0; top < ROWS; top += WINDOW)
    for (guint left = 0; left < COLS; left += WINDOW)
      {
        guint rows = MIN (WINDOW, ROWS - top), cols = MIN (WINDOW, COLS - left);
        float pixels[WINDOW * WINDOW * AREA * LENGTH], some[WINDOW * WINDOW * AREA * WIDTH], expected[WINDOW * WINDOW * AREA], alone[WINDOW * WINDOW * AREA];

        cut (self->pixels, pixels, LENGTH, top, left, rows, cols);
        cut (weights, some, WIDTH, top, left, rows, cols);
        cut (whole, expected, 1, top, left, rows, cols);
        cut (begun, alone, 1, top, left, rows, cols);
        go_back (self, rows, cols, pixels, some, alone);
        numeric_assert_same ("window", alone, expected, rows * cols * AREA, 1e-4);
      }

  self->config.whole_layers = 3;
  go_back (self, ROWS, COLS, self->pixels, weights, sorted);
  self->config.window = 0;
  go_back (self, ROWS, COLS, self->pixels, weights, plain);
  numeric_assert_same ("whole", sorted, plain, T, 1e-4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/windows/alone", Fixture, NULL, set_up, test_alone, tear_down);
  g_test_add ("/windows/whole-layers", Fixture, NULL, set_up, test_whole_layers, tear_down);
  g_test_add ("/windows/relevancy", Fixture, NULL, set_up, test_relevancy, tear_down);
  g_test_add ("/windows/attention", Fixture, NULL, set_up, test_attention, tear_down);

  return g_test_run ();
}
