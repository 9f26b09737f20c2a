/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/double-model.h"
#include "tests/numeric.h"
#include "tests/relevancy-rules.h"

#include "engine/explain/contrast.h"
#include "engine/explain/direct.h"
#include "engine/explain/method.h"
#include "engine/explain/relevancy.h"

/* Maps of what goes on inside a model, against the same in double precision, matrix by matrix. */

#define FIRST 5
#define STEP 1e-4

static const RgWord words[] = { { 0, 1, "one" }, { 2, 2, "two" } };

#define N_WORDS G_N_ELEMENTS (words)

static RgExplained
explain (Fixture *self)
{
  return (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->seen, .ids = ids, .n_ids = N_IDS, .first = FIRST, .words = words, .n_words = N_WORDS };
}

/* --- relevancy --- */

/* What is differentiated. */
static double
score (const DoubleModel *model, guint32 id, guint32 against)
{
  return against == RG_NO_TOKEN ? double_odds (model, id) : model->logits[id] - model->logits[against];
}

/* Ā of one layer, by differences. */
static void
average (DoubleModel *model, DoubleKind kind, guint layer, gsize rows, gsize keys, guint32 id, guint32 against, double *mean)
{
  double *p = model->attention[kind][layer];

  memset (mean, 0, rows * keys * sizeof *mean);
  for (gsize i = 0; i < HEADS * rows * keys; i++)
    {
      double value = p[i], higher, lower;

      model->changed = &p[i];
      model->by = STEP;
      double_run (model);
      higher = score (model, id, against);
      model->by = -STEP;
      double_run (model);
      lower = score (model, id, against);
      model->changed = NULL;
      mean[i % (rows * keys)] += MAX (value * (higher - lower) / (2 * STEP), 0) / HEADS;
      p[i] = value;
    }
  double_run (model);
}

/* The whole walk with whole matrices: R_ii, R_tt and R_ti. Adds to @map. */
static void
walk (DoubleModel *model, guint32 id, guint32 against, double *map)
{
  static double seen[MOST_ROWS * MOST_ROWS], read[MOST_ROWS * MOST_ROWS], looked[MOST_ROWS * MOST_ROWS], mean[MOST_ROWS * MOST_ROWS];
  static double turned[MOST_ROWS * MOST_ROWS], memory[MOST_ROWS * MOST_ROWS], through[MOST_ROWS * MOST_ROWS], normalised[PATCHES * PATCHES];
  gsize n = model->n, keys = 1 + PATCHES;

  relevancy_set_identity (seen, PATCHES);
  for (guint layer = 0; layer < LAYERS; layer++)
    {
      average (model, DOUBLE_SEEING, layer, PATCHES, PATCHES, id, against, mean);
      relevancy_multiply (mean, seen, PATCHES, PATCHES, PATCHES, seen);
    }
  relevancy_normalise (seen, PATCHES, FALSE, normalised);
  memset (memory, 0, sizeof memory); /* the null key hears of nothing but itself */
  memory[0] = 1;
  for (gsize r = 0; r < PATCHES; r++)
    memcpy (memory + (1 + r) * keys + 1, normalised + r * PATCHES, PATCHES * sizeof *memory);

  relevancy_set_identity (read, n);
  memset (looked, 0, sizeof looked);
  for (guint layer = 0; layer < LAYERS; layer++)
    {
      average (model, DOUBLE_READING, layer, n, n, id, against, mean);
      relevancy_multiply (mean, read, n, n, n, read);
      relevancy_multiply (mean, looked, n, n, keys, looked);
      average (model, DOUBLE_LOOKING, layer, n, keys, id, against, mean);
      relevancy_normalise (read, n, TRUE, turned);
      memset (through, 0, sizeof through);
      relevancy_multiply (mean, memory, n, keys, keys, through);
      relevancy_multiply (turned, through, n, n, keys, looked);
    }
  for (gsize p = 0; p < PATCHES; p++)
    map[p] += looked[(n - 1) * keys + 1 + p];
}

static void
test_relevancy (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  float maps[N_WORDS * PATCHES];
  double expected[N_WORDS * PATCHES] = { 0 };

  g_assert_true (rg_relevancy_map (&answer, maps, NULL));
  g_assert_false (self->pass->recording);
  for (guint w = 0; w < N_WORDS; w++)
    for (guint t = 0; t < words[w].n; t++)
      {
        DoubleModel model;

        double_model_init (&model, self, FIRST + words[w].first + t);
        walk (&model, ids[FIRST + words[w].first + t], RG_NO_TOKEN, expected + w * PATCHES);
        double_model_clear (&model);
      }
  numeric_assert_all_near ("relevancy", maps, expected, N_WORDS * PATCHES, 1e-3);
}

static void
test_relevancy_contrast (Fixture *self, gconstpointer data)
{
  static const RgContrast contrasts[] = { { 0, 60 }, { 1, 61 } };
  RgExplained answer = explain (self);
  float maps[N_WORDS * PATCHES];
  double expected[N_WORDS * PATCHES] = { 0 };

  answer.contrasts = contrasts;
  g_assert_true (rg_relevancy_map (&answer, maps, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    {
      gsize at = FIRST + words[w].first + contrasts[w].token;
      DoubleModel model;

      double_model_init (&model, self, at);
      walk (&model, ids[at], contrasts[w].id, expected + w * PATCHES);
      double_model_clear (&model);
    }
  numeric_assert_all_near ("relevancy", maps, expected, N_WORDS * PATCHES, 1e-3);
}

/* --- direct --- */

/* Parts and sum are the score; beginning and MLPs, which the map's code never looks at, are the rest. */
static void
check_parts (Fixture *self, const RgDirectParts *parts, const float *map, gsize at, guint32 against)
{
  const RgDecoder *decoder = rg_model_get_decoder (self->model);
  double sum = 0, mean = 0, deviation = 0, u[D], average = 0, rest = 0;
  DoubleModel model;

  double_model_init (&model, self, at);
  for (gsize d = 0; d < D; d++)
    mean += model.last[d] / D;
  for (gsize d = 0; d < D; d++)
    deviation += (model.last[d] - mean) * (model.last[d] - mean) / D;
  for (gsize d = 0; d < D; d++)
    {
      double row = decoder->embedding.data[ids[at] * D + d] - (against != RG_NO_TOKEN ? decoder->embedding.data[against * D + d] : 0);

      rest += row * decoder->norm.bias.data[d];
      u[d] = row * decoder->norm.gain.data[d] / sqrt (deviation + 1e-5);
      average += u[d] / D;
    }
  for (gsize d = 0; d < D; d++)
    rest += (u[d] - average) * (model.start[d] + model.mlps[d]);
  for (gsize p = 0; p < PATCHES; p++)
    sum += map[p];

  numeric_assert_near ("picture", 0, parts->picture, sum, 1e-4);
  numeric_assert_near ("score", 0, parts->score, model.logits[ids[at]] - (against != RG_NO_TOKEN ? model.logits[against] : 0), 1e-3);
  numeric_assert_near ("sum", 0, parts->picture + parts->memory + parts->text + rest, parts->score, 1e-3);
  numeric_assert_near ("rest", 0, parts->rest, rest, 1e-3);
  g_assert_cmpfloat (fabs (parts->picture) + fabs (parts->text), >, 1e-2);
  double_model_clear (&model);
}

static void
test_direct (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  float maps[N_WORDS * PATCHES];
  RgDirectParts parts[N_WORDS];

  g_assert_true (rg_direct_map (&answer, maps, parts, NULL));
  check_parts (self, &parts[0], maps, FIRST + words[0].first, RG_NO_TOKEN);
}

static void
test_direct_contrast (Fixture *self, gconstpointer data)
{
  static const RgContrast contrasts[] = { { 0, 60 }, { 1, 61 } };
  RgExplained answer = explain (self);
  float maps[N_WORDS * PATCHES];
  RgDirectParts parts[N_WORDS];

  answer.contrasts = contrasts;
  g_assert_true (rg_direct_map (&answer, maps, parts, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    check_parts (self, &parts[w], maps + w * PATCHES, FIRST + words[w].first + contrasts[w].token, contrasts[w].id);
}

/* --- contrasts --- */

/* What a token would score in the place of token @at, with @image. */
static double
score_other (Fixture *self, RgImageState *image, gsize at, guint32 id)
{
  guint32 other[N_IDS];
  double logprob;

  memcpy (other, ids, sizeof other);
  other[at] = id;
  g_assert_true (rg_model_score (self->model, self->pass, image, other, at + 1, at, NULL, &logprob, NULL));

  return logprob;
}

/* Token by token: the likeliest but the word's own of those that the picture makes likelier by at most half as much, or of all. */
static guint32
find_rival (Fixture *self, RgImageState *blank, gsize at)
{
  double own = score_other (self, self->image, at, ids[at]), half = (own - score_other (self, blank, at, ids[at])) / 2, best[2] = { -INFINITY, -INFINITY };
  guint32 rivals[2] = { RG_NO_TOKEN, RG_NO_TOKEN };

  for (guint32 id = 0; id < self->n_tokens; id++)
    {
      double score = score_other (self, self->image, at, id);
      guint told = half > 0 && score - score_other (self, blank, at, id) <= half;

      for (guint i = 0; i <= told; i++)
        if (id != ids[at] && score > best[i])
          {
            best[i] = score;
            rivals[i] = id;
          }
    }

  return rivals[rivals[1] != RG_NO_TOKEN];
}

/* Scores are differences of logits, whatever is hidden. */
static void
test_contrast (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  RgContrast contrasts[N_WORDS];
  double got[N_WORDS], cut[N_WORDS];
  guint8 hidden[PATCHES] = { 0 };

  g_autoptr (RgImageState) blank = rg_explained_see_blank (&answer, NULL);

  g_assert_true (rg_contrast_find (&answer, "", contrasts, NULL));
  answer.contrasts = contrasts;
  g_assert_true (rg_explained_score (&answer, self->image, got, NULL));
  memset (hidden, 1, PATCHES / 2);
  g_assert_true (rg_explained_cut (&answer, hidden, 1, cut, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    {
      gsize at = FIRST + words[w].first;
      guint32 best = find_rival (self, blank, at);
      guint32 other[N_IDS];
      double one, two;
      DoubleModel model;

      double_model_init (&model, self, at);
      g_assert_cmpuint (contrasts[w].token, ==, 0);
      g_assert_cmpuint (contrasts[w].id, ==, best);
      numeric_assert_near ("difference", w, got[w], model.logits[ids[at]] - model.logits[best], 1e-3);
      double_model_clear (&model);

      memcpy (other, ids, sizeof other);
      other[at] = best;
      g_assert_true (rg_model_score (self->model, self->pass, self->image, ids, at + 1, at, hidden, &one, NULL));
      g_assert_true (rg_model_score (self->model, self->pass, self->image, other, at + 1, at, hidden, &two, NULL));
      numeric_assert_near ("cut", w, cut[w], one - two, 1e-4);
      g_assert_cmpfloat (fabs (cut[w] - got[w]), >, 1e-4);
    }
}

/* A word is held against another where the two part; itself it cannot be held against. */
static void
test_contrast_word (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) text = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GError) error = NULL;
  RgExplained answer = explain (self);
  RgContrast contrast;
  RgWord word = { 0 };
  g_autofree char *name = NULL;

  rg_model_append_question (self->model, text, "what colour is it?");
  answer.first = text->len;
  rg_model_append_answer (self->model, text, "red");
  answer.ids = (const guint32 *) text->data;
  answer.n_ids = text->len;
  word = (RgWord){ 0, text->len - 1 - answer.first, (char *) "red" };
  answer.words = &word;
  answer.n_words = 1;

  g_assert_true (rg_contrast_find (&answer, "blue", &contrast, NULL));
  g_assert_cmpuint (contrast.token, ==, 0);
  g_assert_cmpuint (contrast.id, !=, answer.ids[answer.first]);
  name = rg_contrast_dup_text (&answer, 0, &contrast, "blue");
  g_assert_cmpstr (name, ==, "blue");
  g_assert_false (rg_contrast_find (&answer, "red", &contrast, &error));
  g_assert_nonnull (strstr (error->message, "red"));
}

/* --- rows of the encoder --- */

static const struct
{
  RgProjectorConfig config;
  gsize n_rows;
} mergers[] = {
  { { .in_width = 1, .merge_size = 1 }, 16 },
  { { .in_width = 1, .merge_size = 1, .skip_class = TRUE }, 17 },
  { { .in_width = 1, .merge = RG_MERGE_SHUFFLE, .merge_size = 2 }, 16 },
  { { .in_width = 1, .merge = RG_MERGE_SHUFFLE, .merge_size = 3 }, 81 },
  { { .in_width = 1, .merge = RG_MERGE_BLOCKS, .merge_size = 2 }, 24 },
  { { .in_width = 1, .merge = RG_MERGE_MEAN, .merge_size = 3 }, 81 },
};

/* The rows that an image token was made of are those whose numbers it has. */
static void
test_rows (void)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);

  for (guint i = 0; i < G_N_ELEMENTS (mergers); i++)
    {
      RgTensor *x = rg_pass_tensor (pass, mergers[i].n_rows, 1), *tokens;
      guint32 rows[9];

      for (gsize r = 0; r < x->rows; r++)
        x->data[r] = r;
      tokens = rg_projector_forward (pass, NULL, &mergers[i].config, x, 1);
      for (gsize t = 0; t < tokens->rows; t++)
        {
          guint n = rg_projector_config_find_rows (&mergers[i].config, mergers[i].n_rows, t, rows);

          gboolean is_mean = mergers[i].config.merge == RG_MERGE_MEAN;
          float mean = 0;

          g_assert_cmpuint (is_mean ? 1 : n, ==, tokens->cols);
          for (guint j = 0; j < n; j++)
            {
              mean += (float) rows[j] / n;
              g_assert_true (is_mean || tokens->data[t * n + j] == rows[j]);
            }
          g_assert_true (!is_mean || fabsf (tokens->data[t] - mean) < 1e-4f);
        }
    }
}

static RgTensor *
merge_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_projector_forward (pass, NULL, data, in[0], 2);
}

/* What image tokens are made of has derivatives, of two pictures at once. */
static void
test_merge (void)
{
  RgRandom random;

  rg_random_init (&random, 5, 0);
  for (guint i = 1; i < G_N_ELEMENTS (mergers); i++) /* the first leaves all as it is */
    {
      RgProjectorConfig config = mergers[i].config;
      NumericCase self = { merge_op, { numeric_tensor_new (&random, 2 * mergers[i].n_rows, 2) }, 1, &config };

      numeric_check ("merge", &self, NULL, 0);
      numeric_case_clear (&self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/inside/relevancy", test_relevancy);
  ADD ("/inside/relevancy/contrast", test_relevancy_contrast);
  ADD ("/inside/direct", test_direct);
  ADD ("/inside/direct/contrast", test_direct_contrast);
  ADD ("/inside/contrast", test_contrast);
  ADD ("/inside/contrast/word", test_contrast_word);
  g_test_add_func ("/inside/rows", test_rows);
  g_test_add_func ("/inside/merge", test_merge);

  return g_test_run ();
}
