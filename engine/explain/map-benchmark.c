/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/map-benchmark.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/verdict.h"
#include "engine/train/batch.h"

#define FIRST_SCENE (G_GUINT64_CONSTANT (1) << 41)
#define LEAST_DEPENDENCE 1.0 /* nats */
#define CENTRE_DEVIATION 0.25
#define N_TRIES 8 /* kinds of question tried for a scene */

typedef struct
{
  RgModel *model;
  RgRecipe world;
  RgPass *pass;
  RgBatch *batch;
  GArray *ids;
  guint grid; /* patches a side */
  gsize n_patches;
  float *maps;    /* maps × P */
  float *before;  /* P: the attention of the scene before */
  guint8 *inside; /* P: where the object is */
  gboolean has_before;
  RgMapBenchmark *result;
} Bench;

/* All maps of the one word are tested together: hidden pixels cost the word the same, whoever named them. */
typedef struct
{
  RgPixelHiding *pixels;
  guint n;
} Repeated;

const char *
rg_benchmark_map_get_name (RgBenchmarkMap self)
{
  static const char *const names[] = { "elsewhere", "centre", "random", "uniform", "oracle" };

  return self < (RgBenchmarkMap) RG_N_METHODS ? rg_method_get_name ((RgMethod) self) : names[self - RG_N_METHODS];
}

static gboolean
hide_repeated (gpointer data, const guint8 *hidden, double *logprobs, GError **error)
{
  Repeated *self = data;
  double logprob;

  if (!rg_pixel_hiding_apply (self->pixels, hidden, &logprob, error))
    return FALSE;

  for (guint i = 0; i < self->n; i++)
    logprobs[i] = logprob;

  return TRUE;
}

static float *
get_map (const Bench *self, RgBenchmarkMap map)
{
  return self->maps + map * self->n_patches;
}

/* Any question about one object that is seen and does not fill the picture. */
static gboolean
write_question (Bench *self, const RgScene *scene, RgRandom *random, RgQuestion *question)
{
  gsize side = self->world.model.vision.image_size, size = side / self->grid;

  for (guint i = 0; i < N_TRIES; i++)
    {
      RgLanguage language = rg_random_below (random, RG_N_LANGUAGES);
      guint n_inside = 0;

      if (!(self->world.languages & 1u << language) || !rg_question_write (scene, rg_random_below (random, RG_QUESTION_KIND_DESCRIBE), language, random, question))
        continue;

      memset (self->inside, 0, self->n_patches);
      for (gsize p = 0; question->object >= 0 && p < side * side; p++)
        if (self->batch->owner[p] == question->object)
          self->inside[p / side / size * self->grid + p % side / size] = 1;
      for (gsize p = 0; p < self->n_patches; p++)
        n_inside += self->inside[p];
      if (n_inside > 0 && n_inside < self->n_patches)
        return TRUE;
      rg_question_clear (question);
    }

  return FALSE;
}

/* The tokens from the last one that begins with a space on; the answer ends with <eos>. */
static RgWord
find_last_word (const Bench *self, gsize first)
{
  RgTokenizer *tokenizer = rg_model_get_tokenizer (self->model);
  guint start = self->ids->len - 2;

  while (start > first && !g_str_has_prefix (rg_tokenizer_get_piece (tokenizer, g_array_index (self->ids, guint32, start)), "Ġ"))
    start--;

  return (RgWord){ .first = start - first, .n = self->ids->len - 1 - start };
}

static gboolean
map_methods (Bench *self, const RgExplained *answer, GError **error)
{
  RgMethodOptions options = rg_method_options_default ();

  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      gint64 start = g_get_monotonic_time ();

      if (!rg_method_map (method, answer, &options, get_map (self, (RgBenchmarkMap) method), NULL, error))
        return FALSE;
      self->result->scores[method].seconds += (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
    }

  return TRUE;
}

static void
map_nulls (Bench *self, RgRandom *random)
{
  double middle = (self->grid - 1) / 2.0, deviation = CENTRE_DEVIATION * self->grid;

  memcpy (get_map (self, RG_BENCHMARK_ELSEWHERE), self->before, self->n_patches * sizeof (float));
  for (gsize p = 0; p < self->n_patches; p++)
    {
      double y = p / self->grid - middle, x = p % self->grid - middle;

      get_map (self, RG_BENCHMARK_CENTRE)[p] = exp (-(x * x + y * y) / (2 * deviation * deviation));
      get_map (self, RG_BENCHMARK_RANDOM)[p] = rg_random_uniform (random);
      get_map (self, RG_BENCHMARK_UNIFORM)[p] = 1;
      get_map (self, RG_BENCHMARK_ORACLE)[p] = self->inside[p];
    }
}

static gboolean
judge (Bench *self, RgExplained *answer, guint64 seed, RgVerdict *verdicts, GError **error)
{
  RgVerdictOptions options = rg_verdict_options_default ();
  g_auto (RgPixelHiding) pixels = { 0 };
  Repeated repeated = { &pixels, RG_N_BENCHMARK_MAPS };

  options.seed = seed;
  rg_pixel_hiding_init (&pixels, answer, RG_FILL_BLUR);

  return rg_verdict_test (self->maps, RG_N_BENCHMARK_MAPS, self->n_patches, NULL, &options, hide_repeated, &repeated, verdicts, error);
}

/* Every map of a word that is to be scored. */
static gboolean
score_word (Bench *self, RgExplained *answer, RgRandom *random, GError **error)
{
  RgMapBenchmark *result = self->result;
  RgVerdict verdicts[RG_N_BENCHMARK_MAPS];

  map_nulls (self, random);
  if (!map_methods (self, answer, error) || !judge (self, answer, rg_random_next (random), verdicts, error))
    return FALSE;

  /* The first word has none before it. */
  if (self->has_before)
    for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
      {
        RgLocalisation one = rg_localisation_score (get_map (self, map), self->inside, self->n_patches), *sum = &result->scores[map].sum;

        sum->hit += one.hit;
        sum->energy += one.energy;
        sum->auroc += one.auroc;
        sum->area += one.area;
        result->scores[map].supported += verdicts[map].support == RG_SUPPORT_FULL;
        result->scores[map].weak += verdicts[map].support == RG_SUPPORT_WEAK;
      }
  memcpy (self->before, get_map (self, (RgBenchmarkMap) RG_METHOD_ATTENTION), self->n_patches * sizeof (float));

  return TRUE;
}

static gboolean
run_question (Bench *self, const RgQuestion *question, RgRandom *random, GError **error)
{
  RgPixelValues pixels = rg_pixel_values_borrow (rg_model_get_config (self->model)->vision.image_size, self->batch->pixels);
  g_autoptr (RgImageState) image = rg_model_see (self->model, self->pass, &pixels, NULL, NULL, error);
  RgExplained answer = { .model = self->model, .pass = self->pass, .image = image, .pixels = &pixels, .n_words = 1 };
  double whole, dependence;
  RgWord word;

  if (image == NULL)
    return FALSE;

  g_array_set_size (self->ids, 0);
  rg_model_append_question (self->model, self->ids, question->question);
  answer.first = self->ids->len;
  rg_model_append_answer (self->model, self->ids, question->answer);
  answer.ids = (const guint32 *) self->ids->data;
  answer.n_ids = self->ids->len;
  if (answer.n_ids > rg_model_get_config (self->model)->text.max_positions || answer.n_ids < answer.first + 2)
    return TRUE;

  self->result->n_asked++;
  word = (RgWord){ .n = answer.n_ids - answer.first };
  answer.words = &word;
  if (!rg_explained_score (&answer, image, NULL, &whole, error))
    return FALSE;
  if (whole < -G_LN2)
    return TRUE;

  self->result->n_right++;
  word = find_last_word (self, answer.first);
  if (!rg_explained_depend (&answer, &dependence, error))
    return FALSE;
  if (dependence < LEAST_DEPENDENCE)
    return TRUE;

  if (!score_word (self, &answer, random, error))
    return FALSE;
  self->result->n += self->has_before;
  self->result->dependence += self->has_before ? dependence : 0;
  self->has_before = TRUE;

  return TRUE;
}

static gboolean
run_scene (Bench *self, guint64 seed, guint index, GError **error)
{
  g_autoptr (RgScene) scene = NULL;
  RgQuestion question = { 0 };
  gboolean done = TRUE;
  RgRandom random;

  rg_random_init (&random, seed, FIRST_SCENE + index);
  scene = rg_batch_picture (self->batch, &self->world, &random, 1, 0);
  if (write_question (self, scene, &random, &question))
    done = run_question (self, &question, &random, error);
  rg_question_clear (&question);
  self->result->count++;

  return done;
}

gboolean
rg_map_benchmark (RgModel *model, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgMapBenchmark *result, GError **error)
{
  const RgVisionConfig *vision = &rg_model_get_config (model)->vision;
  Bench self = { .model = model, .world = *world, .result = result, .n_patches = rg_model_get_n_patches (model), .grid = vision->image_size / vision->patch_size };
  gboolean done = TRUE;

  if (world->model.vision.image_size != vision->image_size || world->model.vision.patch_size != vision->patch_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The recipe's pictures of %u pixels do not fit the model, which sees %u"), world->model.vision.image_size, vision->image_size);
      return FALSE;
    }

  *result = (RgMapBenchmark){ 0 };
  self.world.part = 1;
  self.world.scenes.worn = 0;
  self.pass = rg_pass_new (pool, RG_PRECISION_F32);
  rg_pass_set_cancellable (self.pass, cancellable);
  self.batch = rg_batch_new (&self.world);
  self.ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self.maps = g_new0 (float, RG_N_BENCHMARK_MAPS *self.n_patches);
  self.before = g_new0 (float, self.n_patches);
  self.inside = g_new0 (guint8, self.n_patches);

  for (guint i = 0; i < count && done; i++)
    {
      done = run_scene (&self, seed, i, error);
      if (func != NULL)
        func (i + 1, count, data);
    }

  rg_pass_free (self.pass);
  rg_batch_free (self.batch);
  g_array_unref (self.ids);
  g_free (self.maps);
  g_free (self.before);
  g_free (self.inside);

  return done;
}
