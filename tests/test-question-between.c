/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/explain/gradient.h"
#include "engine/explain/relevancy.h"
#include "tests/family-case.h"
#include "tests/relevancy-rules.h"

/* Maps of a model whose answer looks at a question, and the question at the picture (BLIP), against the same in double precision:
 * every probability of attention can be changed behind the softmax, so that derivatives with respect to it are differences, and
 * relevancy is walked matrix by matrix. */

#define STEP 1e-6

static const FamilyNames names = { "blip-vqa", { "case0_landscape" }, NULL, "decoder_input_ids", "question", TRUE, .question_ids = "input_ids" };

/* Which attention: among patches, among the question's rows, of those to the picture, among the answer's rows, of those to the
 * question. */
typedef enum
{
  SEEING,
  ASKING,
  LOOKING,
  READING,
  HEARING,
  N_KINDS
} Kind;

/* @patches: what the encoder's first layer begins with, T × D. @changed: (nullable): a probability, to which @by is added */
typedef struct
{
  RgModel *model;
  gsize n_rows, n_question, n_answer;
  double *patches;
  const guint32 *question, *answer;
  const double *changed;
  double by;
  double *attention[N_KINDS][8];
  double *logits;
} Model;

static void
normalise_rows (const RgNorm *norm, float epsilon, gsize rows, double *x)
{
  gsize width = norm->gain.cols;

  for (gsize r = 0; r < rows; r++, x += width)
    {
      double mean = 0, square = 0;

      for (gsize d = 0; d < width; d++)
        mean += x[d] / width;
      for (gsize d = 0; d < width; d++)
        square += (x[d] - mean) * (x[d] - mean) / width;
      for (gsize d = 0; d < width; d++)
        x[d] = (x[d] - mean) / sqrt (square + epsilon) * norm->gain.data[d] + norm->bias.data[d];
    }
}

/* Columns @first … of what the maps @parts give side by side. Returns: (transfer full): rows × n */
static double *
map_rows (const RgLinear *parts, gsize first, gsize n, const double *x, gsize rows)
{
  double *y = g_new (double, rows *n);

  for (; first >= parts->weight.rows; parts++)
    first -= parts->weight.rows;
  for (gsize r = 0; r < rows; r++)
    for (gsize o = 0; o < n; o++)
      {
        const float *w = parts->weight.data + (first + o) * parts->weight.cols;

        y[r * n + o] = parts->bias.rows > 0 ? parts->bias.data[first + o] : 0;
        for (gsize i = 0; i < parts->weight.cols; i++)
          y[r * n + o] += x[r * parts->weight.cols + i] * w[i];
      }

  return y;
}

static void
gelu (double *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] *= (1 + erf (x[i] / G_SQRT2)) / 2;
}

static void
add (double *x, double *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] += y[i];
  g_free (y);
}

/* The probabilities are left in the model. @qs, @kvs: maps side by side, keys from column @k on. Returns: (transfer full): rows × D */
static double *
attend (Model *self, double *p, const RgBlockConfig *config, const RgLinear *qs, const RgLinear *kvs, gsize k, const RgLinear *out, const double *x, gsize rows, const double *memory, gsize keys, gboolean causal)
{
  gsize d = config->width, dim = config->head_dim;
  g_autofree double *q = map_rows (qs, 0, d, x, rows), *ks = map_rows (kvs, k, d, memory, keys), *vs = map_rows (kvs, k + d, d, memory, keys), *y = g_new0 (double, rows *d);

  for (gsize i = 0; i < config->n_heads * rows; i++, p += keys)
    {
      gsize row = i % rows, at = row * d + i / rows * dim, n = causal ? row + 1 : keys;
      double sum = 0;

      for (gsize key = 0; key < keys; key++)
        {
          double score = 0;

          for (gsize c = 0; c < dim; c++)
            score += q[at + c] * ks[key * d + i / rows * dim + c];
          p[key] = key < n ? exp (score / sqrt (dim)) : 0;
          sum += p[key];
        }
      for (gsize key = 0; key < keys; key++)
        {
          p[key] = p[key] / sum + (p + key == self->changed ? self->by : 0);
          for (gsize c = 0; c < dim; c++)
            y[at + c] += p[key] * vs[key * d + i / rows * dim + c];
        }
    }

  return map_rows (out, 0, d, y, rows);
}

static double *
apply_mlp (const RgBlock *block, const double *x, gsize rows)
{
  g_autofree double *inner = map_rows (&block->up, 0, block->up.weight.rows, x, rows);

  gelu (inner, rows * block->up.weight.rows);

  return map_rows (&block->down, 0, block->down.weight.rows, inner, rows);
}

/* Returns: (transfer full): T × D */
static double *
see (Model *self)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  const RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  gsize n = self->n_rows, d = config->block.width;
  double *x = g_memdup2 (self->patches, n * d * sizeof *x);

  for (guint i = 0; i < config->n_layers; i++)
    {
      const RgBlock *block = &encoder->layers[i];
      g_autofree double *normed = g_memdup2 (x, n * d * sizeof *x), *again = NULL;

      normalise_rows (&block->norm, config->block.epsilon, n, normed);
      add (x, attend (self, self->attention[SEEING][i], &config->block, block->qkv, block->qkv, d, &block->out, normed, n, normed, n, FALSE), n * d);
      again = g_memdup2 (x, n * d * sizeof *x);
      normalise_rows (&block->mlp_norm, config->block.epsilon, n, again);
      add (x, apply_mlp (block, again, n), n * d);
    }
  normalise_rows (&encoder->last_norm, config->block.epsilon, n, x);

  return x;
}

/* A BERT that looks at @keys rows. Returns: (transfer full): n × D */
static double *
read_text (Model *self, const RgDecoder *decoder, const RgTextConfig *config, Kind own, const guint32 *ids, gsize n, const double *memory, gsize keys)
{
  gsize d = config->block.width;
  double *x = g_new (double, n *d);

  for (gsize i = 0; i < n * d; i++)
    x[i] = (double) decoder->embedding.data[ids[i / d] * d + i % d] + decoder->places.data[i];
  normalise_rows (&decoder->first_norm, config->block.epsilon, n, x);
  for (guint i = 0; i < config->n_layers; i++)
    {
      const RgBlock *block = &decoder->layers[i];

      add (x, attend (self, self->attention[own][i], &config->block, block->qkv, block->qkv, d, &block->out, x, n, x, n, !config->sees_all), n * d);
      normalise_rows (&block->norm, config->block.epsilon, n, x);
      add (x, attend (self, self->attention[own + 1][i], &config->block, &block->cross_q, block->cross_kv, 0, &block->cross_out, x, n, memory, keys, FALSE), n * d);
      normalise_rows (&block->cross_norm, config->block.epsilon, n, x);
      add (x, apply_mlp (block, x, n), n * d);
      normalise_rows (&block->mlp_norm, config->block.epsilon, n, x);
    }

  return x;
}

static void
run (Model *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  const RgDecoder *decoder = rg_model_get_decoder (self->model);
  gsize d = config->text.block.width;
  g_autofree double *picture = see (self);
  g_autofree double *question = read_text (self, rg_model_get_question_encoder (self->model), &config->question_encoder, ASKING, self->question, self->n_question, picture, self->n_rows);
  g_autofree double *text = read_text (self, decoder, &config->text, READING, self->answer, self->n_answer, question, self->n_question);
  g_autofree double *inner = map_rows (&decoder->transform, 0, d, text + (self->n_answer - 1) * d, 1);

  gelu (inner, d);
  normalise_rows (&decoder->scores_norm, config->text.block.epsilon, 1, inner);
  g_free (self->logits);
  self->logits = map_rows (&decoder->scores_map, 0, config->text.vocabulary_size, inner, 1);
}

/* log (p / (1 − p)) */
static double
score (const Model *self, guint32 id)
{
  double sum = 0;

  for (gsize i = 0; i < rg_model_get_config (self->model)->text.vocabulary_size; i++)
    sum += i == id ? 0 : exp (self->logits[i]);

  return self->logits[id] - log (sum);
}

static void
find_shape (const Model *self, Kind kind, gsize *rows, gsize *keys, guint *n_heads, guint *n_layers)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  const gsize sizes[] = { self->n_rows, self->n_question, self->n_answer };

  *rows = sizes[(kind + 1) / 2];
  *keys = sizes[kind == LOOKING ? 0 : kind == HEARING ? 1
                                                      : (kind + 1) / 2];
  *n_heads = kind == SEEING ? config->vision.block.n_heads : config->text.block.n_heads;
  *n_layers = kind == SEEING ? config->vision.n_layers : config->text.n_layers;
}

static void
model_init (Model *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels)
{
  const RgVisionConfig *config = &rg_model_get_config (model)->vision;
  guint offsets[] = { 0, rg_vision_config_n_rows (config) };
  RgTensor *layers[1 + RG_MAX_LAYERS];

  self->model = model;
  self->n_rows = offsets[1];
  rg_pass_reset (pass);
  rg_vision_encoder_forward (pass, rg_model_get_encoder (model), config, rg_model_get_views (model, pass, pixels, 0, 1), &(RgVisionRun){ .n_images = 1, .offsets = offsets, .layers = layers });
  self->patches = g_new (double, layers[0]->rows *layers[0]->cols);
  for (gsize i = 0; i < layers[0]->rows * layers[0]->cols; i++)
    self->patches[i] = layers[0]->data[i];
  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      gsize rows, keys;
      guint n_heads, n_layers;

      find_shape (self, kind, &rows, &keys, &n_heads, &n_layers);
      g_assert_cmpuint (n_layers, <=, G_N_ELEMENTS (self->attention[kind]));
      for (guint i = 0; i < n_layers; i++)
        self->attention[kind][i] = g_new (double, n_heads *rows *keys);
    }
  run (self);
}

static void
model_clear (Model *self)
{
  for (gsize i = 0; i < N_KINDS * G_N_ELEMENTS (self->attention[0]); i++)
    g_free (self->attention[i / G_N_ELEMENTS (self->attention[0])][i % G_N_ELEMENTS (self->attention[0])]);
  g_free (self->patches);
  g_free (self->logits);
}

/* What a probability adds, A ∂y/∂A. */
static double
find_gain (Model *self, double *p, guint32 id)
{
  double value = *p, higher;

  self->changed = p;
  self->by = STEP;
  run (self);
  higher = score (self, id);
  self->by = -STEP;
  run (self);
  self->changed = NULL;

  return value * (higher - score (self, id)) / (2 * STEP);
}

/* Ā of one layer, rows × keys, or the sum over heads where it is not the mean. Returns: (transfer full) */
static double *
average (Model *self, Kind kind, guint layer, guint32 id, gboolean mean)
{
  gsize rows, keys;
  guint n_heads, n_layers;
  double *all;

  find_shape (self, kind, &rows, &keys, &n_heads, &n_layers);
  all = g_new0 (double, rows *keys);
  for (gsize i = 0; i < n_heads * rows * keys; i++)
    all[i % (rows * keys)] += MAX (find_gain (self, &self->attention[kind][layer][i], id), 0) / (mean ? n_heads : 1);
  run (self);

  return all;
}

/* A text that looks at something, of which @heard is what each row is made of. Returns: (transfer full): what the text's rows heard,
 * n × cols */
static double *
walk_text (Model *self, Kind own, guint32 id, const double *heard, gsize cols)
{
  gsize n, keys;
  guint n_heads, n_layers;
  g_autofree double *read = NULL;
  double *looked;

  find_shape (self, own + 1, &n, &keys, &n_heads, &n_layers);
  read = relevancy_new_identity (n);
  looked = g_new0 (double, n *cols);
  for (guint layer = 0; layer < n_layers; layer++)
    {
      g_autofree double *mean = average (self, own, layer, id, TRUE), *cross = average (self, own + 1, layer, id, TRUE), *through = g_new0 (double, n *cols), *turned = NULL;

      relevancy_multiply (mean, read, n, n, n, read);
      relevancy_multiply (mean, looked, n, n, cols, looked);
      turned = relevancy_new_normalised (read, n, TRUE);
      relevancy_multiply (cross, heard, n, keys, cols, through);
      relevancy_multiply (turned, through, n, n, cols, looked);
    }

  return looked;
}

static void
expect_relevancy (Model *self, guint32 id, double *map)
{
  gsize n = self->n_rows;
  g_autofree double *seen = relevancy_new_identity (n), *normalised = NULL, *asked = NULL, *looked = NULL;

  for (guint layer = 0; layer < rg_model_get_config (self->model)->vision.n_layers; layer++)
    {
      g_autofree double *mean = average (self, SEEING, layer, id, TRUE);

      relevancy_multiply (mean, seen, n, n, n, seen);
    }
  normalised = relevancy_new_normalised (seen, n, FALSE);
  asked = walk_text (self, ASKING, id, normalised, n);
  looked = walk_text (self, READING, id, asked, n);
  for (gsize p = 0; p + 1 < n; p++)
    map[p] += looked[(self->n_answer - 1) * n + 1 + p];
}

static void
expect_gradient (Model *self, guint32 id, double *map)
{
  gsize n = self->n_rows;

  for (guint layer = 0; layer < rg_model_get_config (self->model)->question_encoder.n_layers; layer++)
    {
      g_autofree double *sum = average (self, LOOKING, layer, id, FALSE);

      for (gsize i = 0; i < self->n_question * n; i++)
        if (i % n > 0)
          map[i % n - 1] += sum[i];
    }
}

static void
check_maps (const RgExplained *answer, gsize n_patches)
{
  gsize at = answer->first + answer->words[0].first;
  g_autofree float *gradient = g_new (float, n_patches), *relevancy = g_new (float, n_patches);
  g_autofree double *expected = g_new0 (double, 2 * n_patches);
  Model model = { .n_question = answer->first - 1, .n_answer = at + 1 - answer->first, .question = answer->ids, .answer = answer->ids + answer->first - 1 };

  g_assert_true (rg_gradient_map (answer, gradient, NULL));
  g_assert_false (answer->pass->recording);
  g_assert_true (rg_relevancy_map (answer, relevancy, NULL));
  g_assert_false (answer->pass->recording);

  model_init (&model, answer->model, answer->pass, answer->pixels);
  expect_gradient (&model, answer->ids[at], expected);
  expect_relevancy (&model, answer->ids[at], expected + n_patches);
  g_assert_cmpfloat (MIN (expected[0], expected[n_patches]), >, 0.01);
  numeric_assert_all_near ("gradient", gradient, expected, n_patches, 2e-5);
  numeric_assert_all_near ("relevancy", relevancy, expected + n_patches, n_patches, 2e-5);
  model_clear (&model);
}

static void
test_maps (FamilyCase *self, gconstpointer data)
{
  g_auto (FamilyAnswer) answer = { 0 };

  if (self->dir == NULL)
    return;

  family_case_widen (self);
  family_case_open (self, self->names->cases[0]);
  family_answer_init (&answer, self, 2);
  check_maps (&answer.explained, rg_image_state_get_n_patches (answer.image));
  family_case_close (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/question-between/maps", FamilyCase, &names, family_case_set_up, test_maps, family_case_tear_down);

  return g_test_run ();
}
