/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/explain/calibrate.h"
#include "engine/explain/method.h"
#include "engine/explain/patch-order.h"
#include "engine/explain/verdict.h"
#include "engine/model-folder.h"
#include "tests/fixture.h"
#include "tests/tiny-model.h"

/* Models in which one patch decides, planted in their weights: in the first layer the text looks at all image tokens alike, and
 * what it takes from them is how much they are like the one bright patch of the picture; that makes one word likelier. All
 * else is silent. A map that knows the patch has to be supported, one that was shuffled not. */

#define GRID 4
#define PATCHES (GRID * GRID)
#define SIDE 32
#define DECIDING 6
#define WORD 75
#define STRENGTH 300 /* of what is taken from the patch, which is one of about twenty rows */

static const guint32 ids[] = { 1, 2, 70, 80, 90, WORD };

#define N_IDS G_N_ELEMENTS (ids)

typedef struct
{
  char *dir;      /* %NULL where there is no fixture */
  gboolean owned; /* whether the folder is to be removed */
  RgModel *model;
  RgPass *pass;
  float *values;
  RgPixelValues pixels;
  RgImageState *image;
  RgExplained answer;
} Fixture;

static const RgWord word = { .n = 1 };

static void
silence (RgTensor *tensor)
{
  memset (tensor->data, 0, tensor->rows * tensor->cols * sizeof (float));
}

static void
silence_linear (RgLinear *linear)
{
  silence (&linear->weight);
  if (linear->bias.rows > 0)
    silence (&linear->bias);
}

static void
silence_blocks (RgBlock *blocks, guint n, const RgBlockConfig *config)
{
  for (guint i = 0; i < n; i++)
    {
      silence_linear (&blocks[i].out);
      silence_linear (&blocks[i].down);
      if (config->cross)
        silence_linear (&blocks[i].cross_out);
    }
}

/* Each pixel of a convolution's output is made of four that no other is made of. */
static void
separate_patches (RgVisionEncoder *encoder, const RgVisionConfig *config)
{
  for (guint i = 0; i < config->n_stem; i++)
    {
      RgTensor *weight = &encoder->stem[i].weight;
      gsize kernel = i == 0 ? 4 : 3, channels = weight->cols / (kernel * kernel);

      for (gsize j = 0; j < weight->rows * weight->cols; j++)
        {
          gsize tap = j % weight->cols / channels, row = tap / kernel, col = tap % kernel;

          if (row == 0 || row == 3 || col == 0 || col == 3)
            weight->data[j] = 0;
        }
    }
}

/* One row of the maps side by side. */
static float *
get_row (RgLinear *parts, gsize row)
{
  while (row >= parts->weight.rows)
    row -= parts++->weight.rows;

  return parts->weight.data + row * parts->weight.cols;
}

static double
dot (const float *a, const float *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) a[i] * b[i];

  return sum;
}

static void
look (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->image, rg_image_state_free);
  self->image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rg_image_state_get_n_patches (self->image), ==, PATCHES);
}

/* @value: (out): a row that gives 1 for what attention sees of the bright patch, 0 for the others, which are all alike */
static void
find_difference (Fixture *self, float *value)
{
  const RgBlockConfig *block = &rg_model_get_config (self->model)->text.block;
  const RgTensor *tokens = rg_image_state_get_tokens (self->image);
  gsize d = tokens->cols;
  RgTensor *x;
  const float *bright, *dark;
  double length, share, unit;

  rg_pass_reset (self->pass);
  x = rg_pass_input (self->pass, tokens->rows, d, tokens->data);
  if (!block->cross)
    x = rg_norm_forward (self->pass, &rg_model_get_decoder (self->model)->layers[0].norm, x, block->epsilon);

  bright = x->data + DECIDING * d;
  dark = x->data;
  length = dot (dark, dark, d);
  share = length > 0 ? dot (bright, dark, d) / length : 0;
  for (gsize i = 0; i < d; i++)
    value[i] = bright[i] - share * dark[i];
  unit = dot (bright, value, d);
  g_assert_cmpfloat (unit, >, 1e-3);
  for (gsize i = 0; i < d; i++)
    value[i] /= unit;
}

/* Only the first layer looks, everywhere alike, for the bright patch, and says the word. */
static void
plant (Fixture *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  const RgBlockConfig *block = &config->block;
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  RgBlock *first = &decoder->layers[0];
  gsize d = block->width, q = (gsize) block->n_heads * block->head_dim, kv = (gsize) block->n_kv_heads * block->head_dim;
  const RgTensor *words = config->scores == RG_SCORES_MAP ? &decoder->scores_map.weight : &decoder->embedding;
  RgTensor *out = block->cross ? &first->cross_out.weight : &first->out.weight;

  silence_blocks (decoder->layers, config->n_layers, block);
  for (gsize i = 0; i < d; i++)
    out->data[i * out->cols] = STRENGTH * words->data[WORD * d + i] / sqrt (dot (words->data + WORD * d, words->data + WORD * d, d));

  if (block->cross)
    {
      silence_linear (&first->cross_q);
      find_difference (self, get_row (first->cross_kv, kv));
      return;
    }
  for (gsize row = 0; row < q + kv; row++)
    memset (get_row (first->qkv, row), 0, d * sizeof (float));
  find_difference (self, get_row (first->qkv, q + kv));
}

static void
prepare (Fixture *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  RgRandom random;

  rg_random_init (&random, 5, 0);
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->pixels = rg_pixel_values_borrow (SIDE, self->values = g_new0 (float, 3 * SIDE * SIDE));
  for (gsize i = 0; i < 3 * SIDE * SIDE; i++)
    {
      gsize pixel = config->vision.n_stem > 0 ? i / 3 : i % (SIDE * SIDE), patch = SIDE / GRID;

      if (pixel / SIDE / patch * GRID + pixel % SIDE / patch == DECIDING)
        self->values[i] = rg_random_range (&random, -2, 2);
    }

  silence_blocks (encoder->layers, config->vision.n_layers, &config->vision.block);
  silence (&encoder->places);
  if (config->text.block.cross)
    silence (&rg_model_get_projector (self->model)->places);
  separate_patches (encoder, &config->vision);
  look (self);
  plant (self);
  look (self);
  self->answer = (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->pixels, .ids = ids, .n_ids = N_IDS, .first = N_IDS - 1, .words = &word, .n_words = 1 };
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const char *fixture = data;
  g_autoptr (GError) error = NULL;

  self->owned = fixture == NULL;
  self->dir = self->owned ? g_dir_make_tmp ("regard-planted-XXXXXX", NULL) : fixture_path (fixture);
  if (self->dir == NULL)
    return;

  self->model = self->owned ? tiny_model_new (self->dir, 7, 4) : rg_model_load (self->dir, TRUE, NULL, &error);
  g_assert_no_error (error);
  prepare (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->image, rg_image_state_free);
  g_clear_pointer (&self->pass, rg_pass_free);
  g_clear_pointer (&self->model, rg_model_free);
  g_free (self->values);
  if (self->owned)
    tiny_folder_remove (self->dir);
  else
    g_free (self->dir);
}

/* Without the patch the word is less likely, without any other it is not. */
static void
check_planted (Fixture *self)
{
  guint8 hidden[(1 + PATCHES) * PATCHES] = { 0 };
  double logprobs[1 + PATCHES];

  for (guint p = 0; p < PATCHES; p++)
    hidden[(1 + p) * PATCHES + p] = 1;
  g_assert_true (rg_explained_cut (&self->answer, hidden, 1 + PATCHES, logprobs, NULL));
  for (guint p = 0; p < PATCHES; p++)
    if (p == DECIDING)
      g_assert_cmpfloat (logprobs[0] - logprobs[1 + p], >, 1);
    else
      g_assert_cmpfloat (fabs (logprobs[0] - logprobs[1 + p]), <, 0.3);
}

static RgSupport
test_map (Fixture *self, const float *map, guint64 seed)
{
  RgVerdictOptions options = rg_verdict_options_default ();
  RgVerdict verdict;

  options.seed = seed;
  g_assert_true (rg_verdict_test (map, 1, PATCHES, NULL, &options, rg_explained_cut, &self->answer, &verdict, NULL));
  g_assert_cmpuint (verdict.k, ==, 2);

  return verdict.support;
}

static void
test_planted (Fixture *self, gconstpointer data)
{
  RgMethodOptions options = rg_method_options_default ();
  float map[PATCHES], shuffled[PATCHES];
  guint places[PATCHES], n_wrong = 0;
  RgRandom random;

  if (self->dir == NULL)
    return;

  check_planted (self);
  options.masks.block = 1;
  g_assert_true (rg_method_map (RG_METHOD_KV_CUT, &self->answer, &options, map, NULL, NULL));
  for (guint p = 0; p < PATCHES; p++)
    g_assert_true (p == DECIDING || map[p] < map[DECIDING] / 2);

  rg_random_init (&random, 1, 0);
  for (guint seed = 0; seed < 20; seed++)
    {
      guint n_above = 0;

      g_assert_cmpint (test_map (self, map, seed), ==, RG_SUPPORT_FULL);

      for (guint p = 0; p < PATCHES; p++)
        places[p] = p;
      rg_patch_order_sort (places, PATCHES, NULL, &random);
      for (guint p = 0; p < PATCHES; p++)
        shuffled[p] = map[places[p]];
      for (guint p = 0; p < PATCHES; p++)
        n_above += shuffled[p] > shuffled[DECIDING];
      if (n_above < 2)
        continue; /* shuffled to where it is right */
      g_assert_cmpint (test_map (self, shuffled, seed), ==, RG_SUPPORT_NONE);
      n_wrong++;
    }
  g_assert_cmpuint (n_wrong, >, 12);
}

/* --- heads of an open model --- */

#define LOOKING 2   /* the head that looks at what is red */
#define SHARP 40    /* its scores */
#define REDDISH 0.5 /* what is no redder is not red */
#define LOUD 8      /* the word's, where it finds it, */
#define QUIET 2     /* and where not */

/* Each row of a model's first product is zero but for one number. */
static void
leave_one (float *row, gsize n, gsize at, float value)
{
  memset (row, 0, n * sizeof (float));
  row[at] = value;
}

/* The encoder tells whether a patch is red, and no more. */
static void
plant_redness (RgVisionEncoder *encoder, const RgVisionConfig *config)
{
  gsize n = encoder->patch.weight.cols, area = n / 3;

  silence_blocks (encoder->layers, config->n_layers, &config->block);
  silence (&encoder->places);
  silence_linear (&encoder->patch);
  for (gsize i = 0; i < encoder->places.rows; i++)
    encoder->places.data[i * encoder->places.cols] = -REDDISH;
  for (gsize i = 0; i < n; i++)
    encoder->patch.weight.data[i] = (i < area ? 1.0 : -0.5) / area;
}

/* Texts have a first number that never changes; one head looks from it at red patches, the others at all else, and what
 * the one finds makes the tokens of “red” likelier. */
static void
plant_looking (Fixture *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  const RgBlockConfig *block = &config->block;
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  RgBlock *first = &decoder->layers[0];
  gsize d = block->width, dim = block->head_dim, q = block->n_heads * dim, kv = block->n_kv_heads * dim;
  gsize slow = dim / 2 - 1, head = LOOKING * block->n_kv_heads / block->n_heads; /* what rotary positions turn least */
  g_autoptr (GArray) red = rg_tokenizer_encode (rg_model_get_tokenizer (self->model), "red", -1, RG_ENCODE_RAW);
  g_autofree float *value = g_new (float, d);

  silence_blocks (decoder->layers, config->n_layers, block);
  for (guint i = 0; i < config->n_layers; i++)
    for (gsize row = 0; row < q + 2 * kv; row++)
      memset (get_row (decoder->layers[i].qkv, row), 0, d * sizeof (float));
  for (gsize id = 0; id < decoder->embedding.rows; id++)
    {
      decoder->embedding.data[id * d] = 10;
      decoder->embedding.data[id * d + 1] = 0;
    }
  find_difference (self, value);
  for (gsize h = 0; h < block->n_heads; h++)
    leave_one (get_row (first->qkv, h * dim + slow), d, 0, h == LOOKING ? SHARP : -SHARP);
  for (gsize h = 0; h < block->n_kv_heads; h++)
    memcpy (get_row (first->qkv, q + h * dim + slow), value, d * sizeof (float));
  memcpy (get_row (first->qkv, q + kv + head * dim), value, d * sizeof (float));
  first->out.weight.data[first->out.weight.cols + LOOKING * dim] = SHARP;
  for (guint i = 0; i < red->len; i++)
    {
      float *row = decoder->scores_map.weight.data + g_array_index (red, guint32, i) * d;

      leave_one (row, d, 1, LOUD);
      row[0] = -QUIET;
    }
}

/* Of all heads the one is chosen first that looks at objects; there are two red ones in each scene, so that it is half right. */
static void
test_heads (void)
{
  Fixture self = { .dir = fixture_path ("llava") };
  RgPreprocessConfig preprocess;
  const RgProbeSight sight = { &preprocess, NULL };
  g_autoptr (GError) error = NULL;
  RgCalibration calibration;
  RgCalibrateReport report;
  RgRecipe world;

  if (self.dir == NULL)
    return;

  rg_model_free (rg_model_folder_load (self.dir, NULL, &preprocess, NULL, &error));
  g_assert_no_error (error);
  self.model = rg_model_load (self.dir, TRUE, NULL, &error);
  g_assert_no_error (error);
  self.pass = rg_pass_new (NULL, RG_PRECISION_F32);
  plant_redness (rg_model_get_encoder (self.model), &rg_model_get_config (self.model)->vision);
  self.pixels = rg_pixel_values_borrow (SIDE, self.values = g_new0 (float, 3 * SIDE * SIDE));
  for (gsize i = 0; i < 3 * SIDE * SIDE; i++)
    self.values[i] = (i % (SIDE * SIDE) / SIDE / (SIDE / GRID) * GRID + i % SIDE / (SIDE / GRID) == DECIDING) == (i < SIDE * SIDE) ? 1 : -1;
  look (&self);
  plant_looking (&self);

  rg_probe_world (&world, self.model);
  world.scenes.colors = 1u << RG_COLOR_RED;
  world.scenes.backdrops = 1u << RG_BACKDROP_PLAIN;
  world.scenes.styles = 1u << RG_STYLE_FILLED;
  world.scenes.max_objects = 2;
  rg_calibrate (self.model, &sight, &world, 1, 20, NULL, NULL, NULL, &calibration, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (calibration.heads[0].layer, ==, 0);
  g_assert_cmpuint (calibration.heads[0].head, ==, LOOKING);
  for (guint i = 1; i < calibration.n_heads; i++)
    g_assert_cmpfloat (calibration.heads[i].weight, <=, calibration.heads[0].weight);
  g_assert_cmpfloat (report.after, >, 0.6);
  tear_down (&self, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/planted/cross-attention", Fixture, NULL, set_up, test_planted, tear_down);
  g_test_add ("/planted/in-sequence", Fixture, "llava", set_up, test_planted, tear_down);
  g_test_add_func ("/planted/heads", test_heads);

  return g_test_run ();
}
