/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/explain/explainer.h"
#include "engine/explain/verdict.h"
#include "engine/model-folder.h"
#include "engine/worker.h"
#include "tests/tiny-model.h"

/* Explaining as a job of the engine: the numbers of the core functions, progress that is true, cancelling at any moment. */

#define QUESTION "what is left of the house?"
#define MAX_TOKENS 6
#define PATCHES (TINY_SIDE / 8 * TINY_SIDE / 8)

/* An engine with a model that has answered, and the same model once more for the core functions. */
typedef struct
{
  char *dir;
  RgEngine *engine;
  RgImage *image;
  RgJob *ask;
  RgTokenList *tokens;
  RgAnswered answered;
  /*< the same by hand >*/
  RgModel *model;
  RgPass *pass;
  RgImageState *state;
  RgPixelValues *pixels;
  GArray *ids, *words;
  RgExplained explained;
} Fixture;

static const RgTurn turns[] = { { "what is it?", "a red star" } };

/* Words that a model without knowledge would hardly say; explained they can be all the same. */
static void
say (Fixture *self, RgTokenList *tokens)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));

  rg_model_append_answer (self->model, ids, "a red star and");
  for (guint i = 0; i + 1 < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);
      g_autoptr (GString) text = g_string_new (rg_tokenizer_get_piece (rg_model_get_tokenizer (self->model), id));
      g_autoptr (RgToken) token = NULL;

      g_string_replace (text, "Ġ", " ", 0);
      token = rg_token_new (id, text->str, -1, NULL, NULL);
      rg_token_list_append (tokens, token);
    }
}

static void
see_by_hand (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;
  guint first;

  self->model = rg_model_folder_load (self->dir, NULL, &preprocess, NULL, &error);
  g_assert_no_error (error);
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->pixels = rg_preprocess (&preprocess, self->image, NULL, NULL, NULL);
  g_assert_nonnull (self->pixels);
  self->state = rg_model_see (self->model, self->pass, self->pixels, NULL, NULL, NULL);
  say (self, self->tokens);
  self->words = rg_token_list_dup_words (self->tokens);
  self->ids = rg_prompt_new (self->model, self->state, turns, 1, QUESTION, MAX_TOKENS, NULL);
  first = self->ids->len;
  for (guint i = 0; i < rg_token_list_get_length (self->tokens); i++)
    {
      guint32 id = rg_token_get_id (rg_token_list_get (self->tokens, i));

      g_array_append_val (self->ids, id);
    }
  self->explained = (RgExplained){ .model = self->model, .pass = self->pass, .image = self->state, .pixels = self->pixels, .ids = (guint32 *) self->ids->data, .n_ids = self->ids->len, .first = first, .words = (RgWord *) self->words->data, .n_words = self->words->len };
}

static void
set_up (Fixture *self, gconstpointer data)
{
  RgSampling sampling = rg_sampling_default ();
  g_autoptr (RgJob) load = NULL;

  self->dir = tiny_folder_new (1, 3);
  self->engine = rg_engine_new (2);
  self->image = tiny_image_new (40, 20, 1);
  load = rg_engine_load (self->engine, self->dir);
  sampling.max_tokens = MAX_TOKENS;
  self->ask = rg_engine_ask (self->engine, self->image, turns, 1, QUESTION, &sampling);
  rg_job_wait (self->ask);
  g_assert_no_error (rg_job_get_error (self->ask));
  self->tokens = rg_token_list_new ();
  self->answered = (RgAnswered){ self->image, turns, 1, QUESTION, MAX_TOKENS, self->tokens };
  see_by_hand (self);
  g_assert_cmpuint (self->explained.n_words, ==, 4);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_array_unref (self->ids);
  g_array_unref (self->words);
  g_object_unref (self->tokens);
  rg_image_state_free (self->state);
  rg_pixel_values_free (self->pixels);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
  g_clear_object (&self->ask);
  rg_image_unref (self->image);
  g_assert_finalize_object (self->engine);
  tiny_folder_remove (self->dir);
}

/* Returns: (transfer full): the finished job. */
static RgJob *
explain (Fixture *self, const RgExplainOptions *options)
{
  RgJob *job = rg_engine_explain (self->engine, &self->answered, options);

  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));

  return job;
}

/* --- numbers --- */

static void
assert_near (const char *what, guint i, double got, double expected)
{
  if (!(fabs (got - expected) <= 1e-5 * (1 + fabs (expected))))
    g_error ("%s %u: %g instead of %g", what, i, got, expected);
}

static void
assert_verdict (const RgVerdict *got, const RgVerdict *expected)
{
  g_assert_nonnull (got);
  g_assert_cmpuint (got->k, ==, expected->k);
  g_assert_cmpuint (got->n_random, ==, expected->n_random);
  g_assert_cmpuint (got->n_beaten, ==, expected->n_beaten);
  g_assert_cmpint (got->support, ==, expected->support);
  assert_near ("top", 0, got->top, expected->top);
  assert_near ("bottom", 0, got->bottom, expected->bottom);
  assert_near ("random", 0, got->random, expected->random);
  assert_near ("deviation", 0, got->random_deviation, expected->random_deviation);
}

/* The picture is twice as wide as high: patches above and below it show nothing, and are never hidden. */
static void
find_candidates (Fixture *self, guint8 *candidates)
{
  guint n = 0;

  for (guint p = 0; p < PATCHES; p++)
    {
      candidates[p] = rg_patch_grid_get_source_rect (rg_job_get_patch_grid (self->ask), p).height > 0;
      n += candidates[p];
    }
  g_assert_cmpuint (n, ==, PATCHES / 2);
}

static void
test_numbers (Fixture *self, gconstpointer data)
{
  guint n_words = self->explained.n_words;
  g_autofree float *maps = g_new0 (float, n_words *PATCHES);
  g_autofree float *errors = g_new0 (float, n_words *PATCHES);
  g_autofree double *dependence = g_new (double, n_words);
  g_autofree RgVerdict *verdicts = g_new (RgVerdict, n_words);
  guint8 candidates[PATCHES];

  find_candidates (self, candidates);
  g_assert_true (rg_explained_depend (&self->explained, dependence, NULL));
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      RgExplainOptions options = rg_explain_options_default ();
      RgVerdictOptions test = rg_verdict_options_default ();
      g_auto (RgPixelHiding) hiding = { 0 };
      g_autoptr (RgJob) job = NULL;
      RgExplanation *got;

      options.method = method;
      options.verify = RG_VERIFY_ALL;
      job = explain (self, &options);
      got = rg_job_get_explanation (job);
      g_assert_true (rg_method_map (method, &self->explained, &options.choices, maps, &(RgMethodFindings){ .errors = errors }, NULL));
      rg_pixel_hiding_init (&hiding, &self->explained, RG_FILL_BLUR);
      if (method == RG_METHOD_KV_CUT)
        g_assert_true (rg_verdict_test (maps, n_words, PATCHES, candidates, &test, rg_pixel_hiding_apply, &hiding, verdicts, NULL));
      else
        g_assert_true (rg_verdict_test (maps, n_words, PATCHES, candidates, &test, rg_explained_cut, &self->explained, verdicts, NULL));

      g_assert_cmpint (rg_explanation_get_method (got), ==, method);
      g_assert_cmpuint (rg_explanation_get_n_words (got), ==, n_words);
      g_assert_true (rg_explanation_get_grid (got) == rg_job_get_patch_grid (self->ask));
      g_assert_cmpint (rg_explanation_get_hidden_by (got), ==, method == RG_METHOD_KV_CUT ? RG_HIDING_BLUR : RG_HIDING_TOKENS);
      for (guint w = 0; w < n_words; w++)
        {
          g_assert_cmpstr (rg_explanation_get_word (got, w)->text, ==, g_array_index (self->words, RgWord, w).text);
          assert_near ("dependence", w, rg_explanation_get_dependence (got, w), dependence[w]);
          g_assert_true (rg_explanation_depends (got, w) == (fabs (dependence[w]) >= RG_LEAST_DEPENDENCE));
          g_assert_true ((rg_explanation_get_errors (got, w) != NULL) == (method == RG_METHOD_KV_CUT));
          for (guint p = 0; p < PATCHES; p++)
            {
              assert_near ("map", p, rg_explanation_get_map (got, w)[p], maps[w * PATCHES + p]);
              if (method == RG_METHOD_KV_CUT)
                assert_near ("error", p, rg_explanation_get_errors (got, w)[p], errors[w * PATCHES + p]);
              g_assert_cmpfloat (fabsf (rg_explanation_get_map (got, w)[p]), <=, (float) rg_explanation_get_extent (got));
            }
          assert_verdict (rg_explanation_get_verdict (got, w), &verdicts[w]);
        }
    }
}

/* One word after another gets the verdicts that all get together, and no map is made again for it. */
static void
test_one_word (Fixture *self, gconstpointer data)
{
  RgExplainOptions options = rg_explain_options_default ();
  g_autoptr (RgJob) all = NULL;
  g_autoptr (RgJob) plain = NULL;
  g_autoptr (RgExplanation) known = NULL;

  options.method = RG_METHOD_OCCLUSION; /* squares of equal values: the lots decide among them */
  plain = explain (self, &options);
  known = rg_explanation_ref (rg_job_get_explanation (plain));
  options.verify = RG_VERIFY_ALL;
  all = explain (self, &options);
  for (int w = self->explained.n_words - 1; w >= 0; w--)
    {
      g_autoptr (RgJob) job = NULL;

      g_assert_null (rg_explanation_get_verdict (known, w));
      options.known = known;
      options.verify = w;
      job = explain (self, &options);
      g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_EXPLAIN), ==, 0);
      g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_VERIFY), >, 0);
      rg_explanation_unref (known);
      known = rg_explanation_ref (rg_job_get_explanation (job));
    }

  for (guint w = 0; w < self->explained.n_words; w++)
    assert_verdict (rg_explanation_get_verdict (known, w), rg_explanation_get_verdict (rg_job_get_explanation (all), w));
}

/* --- progress --- */

static void
count (gpointer data)
{
  guint *n = data;

  (*n)++;
}

/* The runs that are announced are the runs that happen; so a fraction of them is a fraction of the work. */
static void
test_counts (Fixture *self, gconstpointer data)
{
  RgMethodOptions choices = rg_explain_options_default ().choices;
  g_autofree float *maps = g_new0 (float, self->explained.n_words *PATCHES);
  g_autofree float *errors = g_new0 (float, self->explained.n_words *PATCHES);
  guint n;

  choices.masks.n_masks = 10;
  self->explained.each_run = count;
  self->explained.data = &n;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      n = 0;
      g_assert_true (rg_method_map (method, &self->explained, &choices, maps, &(RgMethodFindings){ .errors = errors }, NULL));
      g_assert_cmpuint (n, ==, rg_method_count_runs (method, &self->explained, &choices));
      g_assert_true ((n > 0) == (method != RG_METHOD_PATCH_WORDS)); /* which looks at what is there */
    }

  for (int word = RG_VERDICT_ALL; word < 2; word++)
    {
      RgVerdictOptions test = rg_verdict_options_default ();
      g_autofree RgVerdict *verdicts = g_new (RgVerdict, self->explained.n_words);

      test.word = word;
      n = 0;
      g_assert_true (rg_verdict_test (maps, self->explained.n_words, PATCHES, NULL, &test, rg_explained_cut, &self->explained, verdicts, NULL));
      g_assert_cmpuint (n, ==, rg_verdict_count (maps, self->explained.n_words, PATCHES, NULL, &test));
    }
}

typedef struct
{
  RgStage last_stage;
  double last;
  guint n_notified;
  gboolean ended[RG_N_STAGES];
} Watch;

static void
watch_cb (RgJob *job, GParamSpec *pspec, Watch *self)
{
  RgStage stage = rg_job_get_stage (job);
  double fraction = rg_job_get_fraction (job);

  if (stage == self->last_stage)
    g_assert_cmpfloat (fraction, >=, self->last);
  self->ended[stage] |= fraction == 1;
  self->last_stage = stage;
  self->last = fraction;
  self->n_notified++;
}

static void
test_progress (Fixture *self, gconstpointer data)
{
  RgExplainOptions options = rg_explain_options_default ();
  g_autoptr (RgJob) job = NULL;
  Watch watch = { 0 };

  options.method = RG_METHOD_KV_CUT;
  options.choices.masks.n_masks = 512;
  job = rg_engine_explain (self->engine, &self->answered, &options);
  g_signal_connect (job, "notify::fraction", G_CALLBACK (watch_cb), &watch);
  g_assert_null (rg_job_get_explanation (job));
  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));
  g_assert_nonnull (rg_job_get_explanation (job));
  g_assert_cmpint (watch.last_stage, ==, RG_STAGE_EXPLAIN);
  g_assert_cmpuint (watch.n_notified, >, 3);
  g_assert_true (watch.ended[RG_STAGE_EXPLAIN]);
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), ==, 0); /* the picture was there */
}

/* --- cancelling, and what cannot be explained --- */

static void
cancel_cb (RgJob *job)
{
  if (rg_job_get_stage (job) == RG_STAGE_EXPLAIN && rg_job_get_fraction (job) > 0)
    rg_job_cancel (job);
}

/* At its first run, or at once. A tiny model may be done before it hears of it, but not always. */
static void
test_cancel (Fixture *self, gconstpointer data)
{
  guint n_stopped = 0;

  for (guint round = 0; round < 24; round++)
    {
      RgExplainOptions options = rg_explain_options_default ();
      g_autoptr (RgJob) job = NULL, after = NULL;

      options.method = round % RG_N_METHODS;
      options.choices.masks.n_masks = RG_MASKS_MAX;
      options.verify = RG_VERIFY_ALL;
      job = rg_engine_explain (self->engine, &self->answered, &options);
      if (round % 3 == 0)
        rg_job_cancel (job);
      else
        g_signal_connect (job, "notify::fraction", G_CALLBACK (cancel_cb), NULL);
      rg_job_wait (job);
      g_assert_true ((rg_job_get_state (job) == RG_JOB_DONE) == (rg_job_get_explanation (job) != NULL));
      g_assert_cmpint (rg_job_get_state (job), !=, RG_JOB_FAILED);
      n_stopped += round % 3 != 0 && rg_job_get_state (job) == RG_JOB_CANCELLED;

      /* The engine is as before. */
      options.choices.masks.n_masks = 4;
      options.verify = RG_VERIFY_NONE;
      after = explain (self, &options);
      g_assert_nonnull (rg_job_get_explanation (after));
    }
  g_assert_cmpuint (n_stopped, >, 2);
}

static void
assert_refused (Fixture *self, const RgExplainOptions *options)
{
  g_autoptr (RgJob) job = rg_engine_explain (self->engine, &self->answered, options);

  rg_job_wait (job);
  g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
  g_assert_null (rg_job_get_explanation (job));
}

/* An empty answer has no words; an answer that this model cannot have given is refused. */
static void
test_strange (Fixture *self, gconstpointer data)
{
  g_autoptr (RgTokenList) empty = rg_token_list_new ();
  g_autoptr (RgTokenList) foreign = rg_token_list_new ();
  g_autoptr (RgTokenList) endless = rg_token_list_new ();
  g_autoptr (RgToken) token = rg_token_new (999999, "star", -1, NULL, NULL);
  RgExplainOptions options = rg_explain_options_default ();
  g_autoptr (RgJob) none = NULL, plain = explain (self, NULL);

  self->answered.tokens = empty;
  options.verify = RG_VERIFY_ALL;
  none = explain (self, &options);
  g_assert_cmpuint (rg_explanation_get_n_words (rg_job_get_explanation (none)), ==, 0);

  /* What is known is known of another answer. */
  options.known = rg_job_get_explanation (plain);
  assert_refused (self, &options);

  rg_token_list_append (foreign, token);
  self->answered.tokens = foreign;
  assert_refused (self, NULL);

  for (guint i = 0; i <= TINY_POSITIONS; i++)
    rg_token_list_append (endless, rg_token_list_get (self->tokens, 0));
  self->answered.tokens = endless;
  assert_refused (self, NULL);
}

/* The picture is encoded once for the answer and all that is asked about it. */
static void
test_reuse (Fixture *self, gconstpointer data)
{
  g_autoptr (RgWorker) worker = rg_worker_new (1);
  g_autoptr (RgJob) load = rg_job_new (), ask = rg_job_new (), job = rg_job_new ();
  g_autoptr (RgModelInfo) info = rg_worker_load (worker, self->dir, NULL, load, NULL);
  RgExplainOptions options = rg_explain_options_default ();
  RgSampling sampling = rg_sampling_default ();
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  RgReadAnswer answer = { self->image, turns, 1, QUESTION, MAX_TOKENS, ids, self->words };

  sampling.max_tokens = MAX_TOKENS;
  g_array_append_vals (ids, self->explained.ids + self->explained.first, self->explained.n_ids - self->explained.first);
  g_assert_true (rg_worker_ask (worker, self->image, turns, 1, QUESTION, NULL, &sampling, ask, NULL));
  g_assert_true (rg_worker_explain (worker, &answer, &options, job, NULL));
  g_assert_cmpuint (rg_worker_get_n_encoded (worker), ==, 1);
  for (RgJob **each = (RgJob *[]){ load, ask, job, NULL }; *each != NULL; each++)
    {
      rg_job_report_end (*each, NULL);
      rg_job_wait (*each);
    }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/engine/explain-job/numbers", test_numbers);
  ADD ("/engine/explain-job/one-word", test_one_word);
  ADD ("/engine/explain-job/counts", test_counts);
  ADD ("/engine/explain-job/progress", test_progress);
  ADD ("/engine/explain-job/cancel", test_cancel);
  ADD ("/engine/explain-job/strange", test_strange);
  ADD ("/engine/explain-job/reuse", test_reuse);

  return g_test_run ();
}
