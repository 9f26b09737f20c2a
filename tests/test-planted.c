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

static void
add_times (float *to, double times, const float *from, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] += times * from[i];
}

/* @value: (out): a row that gives 1 for row @own of @x and 0 for @others */
static void
single_out (const RgTensor *x, guint own, const guint *others, guint n, float *value)
{
  gsize d = x->cols;
  g_autofree float *basis = g_new (float, n *d);
  double unit;

  memcpy (value, x->data + own * d, d * sizeof (float));
  for (guint o = 0; o < n; o++)
    {
      float *vector = basis + o * d;
      double length;

      memcpy (vector, x->data + others[o] * d, d * sizeof (float));
      for (guint i = 0; i < o; i++)
        add_times (vector, -dot (vector, basis + i * d, d), basis + i * d, d);
      length = sqrt (dot (vector, vector, d));
      for (gsize i = 0; i < d; i++)
        vector[i] = length > 1e-6 ? vector[i] / length : 0;
      add_times (value, -dot (value, vector, d), vector, d);
    }
  unit = dot (x->data + own * d, value, d);
  g_assert_cmpfloat (unit, >, 1e-3);
  for (gsize i = 0; i < d; i++)
    value[i] /= unit;
}

/* What attention of the first layer sees of image tokens, or of other rows; in the pass. */
static RgTensor *
get_seen (Fixture *self, const RgTensor *rows)
{
  const RgBlockConfig *block = &rg_model_get_config (self->model)->text.block;
  RgTensor *x = rg_pass_input (self->pass, rows->rows, rows->cols, rows->data);

  return block->cross ? x : rg_norm_forward (self->pass, &rg_model_get_decoder (self->model)->layers[0].norm, x, block->epsilon);
}

/* @value: (out): what tells the bright patch from the others, which are all alike */
static void
find_difference (Fixture *self, float *value)
{
  const guint dark = 0;

  rg_pass_reset (self->pass);
  single_out (get_seen (self, rg_image_state_get_tokens (self->image)), DECIDING, &dark, 1, value);
}

/* Only the first layer looks, everywhere alike, for what @value tells, and says the word. */
static void
plant (Fixture *self, const float *value)
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
      memcpy (get_row (first->cross_kv, kv), value, d * sizeof (float));
      return;
    }
  for (gsize row = 0; row < q + kv; row++)
    memset (get_row (first->qkv, row), 0, d * sizeof (float));
  memcpy (get_row (first->qkv, q + kv), value, d * sizeof (float));
}

/* One bright patch, and an encoder that leaves patches as they are. */
static void
paint (Fixture *self)
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
}

static void
prepare (Fixture *self)
{
  g_autofree float *value = g_new (float, rg_model_get_config (self->model)->text.block.width);

  paint (self);
  look (self);
  find_difference (self, value);
  plant (self, value);
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

/* What goes back through the model finds the patch, too. */
static void
check_inside (const Fixture *self)
{
  static const RgMethod methods[] = { RG_METHOD_GRADIENT, RG_METHOD_DIRECT, RG_METHOD_RELEVANCY };
  RgMethodOptions options = rg_method_options_default ();
  float map[PATCHES];

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_assert_true (rg_method_map (methods[i], &self->answer, &options, map, NULL, NULL));
      g_assert_cmpfloat (map[DECIDING], >, 0);
      for (guint p = 0; p < PATCHES; p++)
        g_assert_true (p == DECIDING || map[p] < map[DECIDING] / 2);
    }
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
  check_inside (self);

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

/* --- patches that the encoder mixes --- */

#define MIXED 11  /* the patch whose token shows that another one is bright */
#define SEARCH 40 /* how sharply it looks for that */
#define LOUD 6    /* the word's score, where it is found */
#define FINDING 1 /* how much is written there */

/* In the encoder's first layer that patch looks at the bright one, and is written to; the others look everywhere alike. */
static void
plant_mixing (Fixture *self)
{
  static const guint not_own[] = { 0, 1 + DECIDING, 1 }, not_bright[] = { 0, 1 + MIXED, 1 };
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  RgBlock *first = &encoder->layers[0];
  gsize d = config->block.width;
  guint offsets[] = { 0, 1 + PATCHES };
  RgRandom random;
  RgTensor *x;

  rg_random_init (&random, 6, 0);
  for (gsize i = 0; i < d; i++)
    encoder->places.data[(1 + MIXED) * d + i] = rg_random_range (&random, -1, 1);
  rg_pass_reset (self->pass);
  x = rg_vision_encoder_forward (self->pass, encoder, config, rg_model_get_views (self->model, self->pass, &self->pixels, 0, 1), &(RgVisionRun){ .n_images = 1, .offsets = offsets, .stretch = &(RgStretch){ NULL, 0, 0 } });
  x = rg_norm_forward (self->pass, &first->norm, x, config->block.epsilon);

  for (guint i = 0; i < first->n_qkv; i++)
    silence_linear (&first->qkv[i]);
  single_out (x, 1 + MIXED, not_own, G_N_ELEMENTS (not_own), get_row (first->qkv, 0));
  for (gsize i = 0; i < d; i++)
    get_row (first->qkv, 0)[i] *= SEARCH;
  single_out (x, 1 + DECIDING, not_bright, G_N_ELEMENTS (not_bright), get_row (first->qkv, d));
  single_out (x, 1 + DECIDING, not_bright, G_N_ELEMENTS (not_bright), get_row (first->qkv, 2 * d));
  for (gsize i = 0; i < d; i++)
    first->out.weight.data[i * d] = rg_random_range (&random, -FINDING, FINDING);
}

/* All words are the same to the model, and it says this one where that token shows that there is a bright patch: not for what it shows
 * otherwise, nor for what other tokens or words do. */
static void
plant_word (Fixture *self)
{
  static const guint others[] = { 0, DECIDING, PATCHES + MIXED, 2 * PATCHES };
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  RgTensor *embedding = &decoder->embedding;
  float *score = decoder->scores_map.weight.data + WORD * embedding->cols;
  gsize d = embedding->cols, n = PATCHES * d;
  g_autofree float *value = g_new (float, d), *rows = g_new (float, 2 * n + d), *blank = g_new0 (float, self->pixels.n_values), *said = g_new (float, d);

  for (gsize id = 1; id < embedding->rows; id++)
    memcpy (embedding->data + id * d, embedding->data, d * sizeof (float));
  for (gsize i = 0; i < d; i++)
    said[i] = embedding->data[i] * decoder->norm.gain.data[i];
  add_times (score, -dot (score, said, d) / dot (said, said, d), said, d);
  for (gsize i = 0; i < d; i++)
    score[i] *= LOUD;
  for (guint i = 0; i < 2; i++)
    {
      self->pixels.values = i == 0 ? self->values : blank;
      look (self);
      rg_pass_reset (self->pass);
      memcpy (rows + i * n, get_seen (self, rg_image_state_get_tokens (self->image))->data, n * sizeof (float));
    }
  self->pixels.values = self->values;
  memcpy (rows + 2 * n, get_seen (self, &(RgTensor){ .rows = 1, .cols = d, .data = embedding->data })->data, d * sizeof (float));
  single_out (rg_pass_input (self->pass, 2 * PATCHES + 1, d, rows), MIXED, others, G_N_ELEMENTS (others), value);
  plant (self, value);
  look (self);
}

/* One patch of the map is above all others by far. */
static void
check_best (const char *what, const float *map, guint best)
{
  for (guint p = 0; p < PATCHES; p++)
    {
      g_test_message ("%s %u: %g", what, p, map[p]);
      if (p != best)
        g_assert_cmpfloat (map[p], <, map[best] * 0.9f);
    }
}

static void
check_method (Fixture *self, RgMethod method, guint best)
{
  RgMethodOptions options = rg_method_options_default ();
  float map[PATCHES];

  options.masks.block = 1;
  g_assert_true (rg_method_map (method, &self->answer, &options, map, NULL, NULL));
  check_best (rg_method_get_name (method), map, best);
}

/* Pixels of one patch after the other are hidden. */
static void
check_pixels (Fixture *self, guint best)
{
  g_auto (RgPixelHiding) hiding = { 0 };
  float map[PATCHES];

  rg_pixel_hiding_init (&hiding, &self->answer, RG_FILL_MEAN);
  g_assert_true (rg_occlusion_map (GRID, GRID, 1, rg_pixel_hiding_apply, &hiding, 1, map, NULL));
  check_best ("pixels", map, best);
}

/* What one image token holds came from another patch's pixels: maps of tokens point at the token, relevancy, which goes through the
 * encoder, at the patch, like the map for which pixels were hidden. */
static void
test_mixed (void)
{
  Fixture self = { .dir = fixture_path ("llava") };
  g_autoptr (GError) error = NULL;

  if (self.dir == NULL)
    return;

  self.model = rg_model_load (self.dir, TRUE, NULL, &error);
  g_assert_no_error (error);
  paint (&self);
  plant_mixing (&self);
  plant_word (&self);
  self.answer = (RgExplained){ .model = self.model, .pass = self.pass, .image = self.image, .pixels = &self.pixels, .ids = ids, .n_ids = N_IDS, .first = N_IDS - 1, .words = &word, .n_words = 1 };

  check_method (&self, RG_METHOD_GRADIENT, MIXED);
  check_method (&self, RG_METHOD_KV_CUT, MIXED);
  check_method (&self, RG_METHOD_RELEVANCY, DECIDING);
  check_pixels (&self, DECIDING);
  tear_down (&self, NULL);
}

/* --- heads of an open model --- */

#define LOOKING 2   /* the head that looks at what is red */
#define SHARP 40    /* its scores */
#define REDDISH 0.5 /* what is no redder is not red */
#define QUIET 2     /* the word's, where it does not find it */

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
  g_test_add_func ("/planted/mixed", test_mixed);
  g_test_add_func ("/planted/heads", test_heads);

  return g_test_run ();
}
