/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/prompt.h"
#include "engine/worker.h"

#include <math.h>
#include <string.h>

#include "tests/tiny-model.h"

#define QUESTION "what is left of the house?"
#define N_PATCHES 16

/* --- answers ------------------------------------------------------------------------------------------------------ */

static RgWorker *
worker_new (const char *dir)
{
  g_autoptr (RgJob) job = rg_job_new ();
  g_autoptr (GError) error = NULL;
  RgWorker *worker = rg_worker_new (1);
  RgModelInfo *info = rg_worker_load (worker, dir, NULL, job, &error);

  g_assert_no_error (error);
  g_assert_nonnull (info);
  rg_model_info_free (info);

  return worker;
}

static RgSampling
short_answer (void)
{
  RgSampling sampling = rg_sampling_default ();

  sampling.max_tokens = 6;

  return sampling;
}

/* Returns: (transfer full): the finished job. */
static RgJob *
ask (RgWorker *worker,
     RgImage *image,
     const RgTurn *turns,
     guint n_turns,
     const char *question,
     RgSampling sampling)
{
  RgJob *job = rg_job_new ();
  GError *error = NULL;

  rg_worker_ask (worker, image, turns, n_turns, question, NULL, &sampling, job, &error);
  rg_job_report_end (job, error);
  rg_job_wait (job);

  return job;
}

/* Returns: (transfer full): the finished job that has read @given as the answer. */
static RgJob *
read_given (RgWorker *worker,
            RgImage *image,
            const char *given)
{
  RgSampling sampling = short_answer ();
  RgJob *job = rg_job_new ();
  GError *error = NULL;

  rg_worker_ask (worker, image, NULL, 0, QUESTION, given, &sampling, job, &error);
  rg_job_report_end (job, error);
  rg_job_wait (job);

  return job;
}

static void
assert_same_answer (RgJob *a,
                    RgJob *b)
{
  RgTokenList *left = rg_job_get_tokens (a), *right = rg_job_get_tokens (b);

  g_assert_cmpint (rg_job_get_state (a), ==, RG_JOB_DONE);
  g_assert_cmpint (rg_job_get_state (b), ==, RG_JOB_DONE);
  g_assert_cmpuint (rg_token_list_get_length (left), ==, rg_token_list_get_length (right));
  for (guint i = 0; i < rg_token_list_get_length (left); i++)
    {
      RgToken *l = rg_token_list_get (left, i), *r = rg_token_list_get (right, i);
      const float *lw = rg_attention_get_weights (rg_token_get_attention (l)), *rw = rg_attention_get_weights (rg_token_get_attention (r));

      g_assert_cmpuint (rg_token_get_id (l), ==, rg_token_get_id (r));
      g_assert_cmpfloat_with_epsilon (rg_token_get_logprob (l), rg_token_get_logprob (r), 1e-4);
      for (guint j = 0; j < 2 * 2 * N_PATCHES; j++)
        g_assert_cmpfloat_with_epsilon (lw[j], rw[j], 1e-4);
    }
}

static gboolean
is_same_answer (RgJob *a,
                RgJob *b)
{
  g_autofree char *left = rg_token_list_dup_text (rg_job_get_tokens (a));
  g_autofree char *right = rg_token_list_dup_text (rg_job_get_tokens (b));

  return strcmp (left, right) == 0;
}

typedef struct
{
  char *dir;
  RgWorker *worker;
  RgImage *image;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->dir = tiny_folder_new (1, 3);
  fixture->worker = worker_new (fixture->dir);
  fixture->image = tiny_image_new (40, 20, 1);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  rg_image_unref (fixture->image);
  rg_worker_free (fixture->worker);
  tiny_folder_remove (fixture->dir);
}

/* Everything an answer carries. */
static void
test_answer (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (RgJob) job = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  RgTokenList *tokens = rg_job_get_tokens (job);

  g_assert_no_error (rg_job_get_error (job));
  g_assert_cmpuint (rg_token_list_get_length (tokens), >, 0);
  g_assert_cmpuint (rg_token_list_get_length (tokens), <=, 6);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (rg_job_get_patch_grid (job)), ==, N_PATCHES);
  g_assert_cmpuint (rg_job_get_n_prompt_tokens (job), >, 3);
  g_assert_cmpint (rg_job_get_stage (job), ==, RG_STAGE_DECODE);

  for (guint i = 0; i < rg_token_list_get_length (tokens); i++)
    {
      RgToken *token = rg_token_list_get (tokens, i);
      RgAttention *attention = rg_token_get_attention (token);
      const RgAlternative *alternatives;
      guint n;

      g_assert_cmpuint (rg_attention_get_n_layers (attention), ==, 2);
      g_assert_cmpuint (rg_attention_get_n_heads (attention), ==, 2);
      g_assert_cmpuint (rg_attention_get_n_patches (attention), ==, N_PATCHES);
      g_assert_cmpfloat (rg_token_get_image_share (token), >, 0);
      g_assert_cmpfloat (rg_token_get_image_share (token), <, 1);

      /* Greedy: the first alternative was taken. */
      alternatives = rg_token_get_alternatives (token, &n);
      g_assert_cmpuint (n, ==, 5);
      g_assert_cmpuint (alternatives[0].id, ==, rg_token_get_id (token));
      g_assert_cmpfloat (alternatives[0].logprob, ==, rg_token_get_logprob (token));
      for (guint j = 1; j < n; j++)
        g_assert_cmpfloat (alternatives[j].logprob, <=, alternatives[j - 1].logprob);
    }
}

static void
test_no_record (Fixture *fixture,
                gconstpointer data)
{
  RgSampling sampling = short_answer ();
  g_autoptr (RgJob) job = NULL;
  guint n;

  sampling.record_attention = FALSE;
  sampling.n_alternatives = 0;
  job = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
  g_assert_null (rg_token_get_attention (rg_token_list_get (rg_job_get_tokens (job), 0)));
  g_assert_null (rg_token_get_alternatives (rg_token_list_get (rg_job_get_tokens (job), 0), &n));
}

/* The second question encodes nothing, reads only its own text, and gets the answer that a fresh start gives. */
static void
test_cache (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (RgJob) first = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  g_autofree char *answer = rg_token_list_dup_text (rg_job_get_tokens (first));
  RgTurn turn = { QUESTION, "a red star" };
  guint64 n_before = rg_worker_get_n_read (fixture->worker, fixture->image), n_with, n_without;
  g_autoptr (RgJob) second = ask (fixture->worker, fixture->image, &turn, 1, "what colour is it?", short_answer ());
  g_autoptr (RgWorker) fresh_worker = worker_new (fixture->dir);
  g_autoptr (RgJob) fresh = ask (fresh_worker, fixture->image, &turn, 1, "what colour is it?", short_answer ());

  g_assert_nonnull (answer);
  assert_same_answer (second, fresh);
  g_assert_cmpuint (rg_worker_get_n_encoded (fixture->worker), ==, 1);
  n_with = rg_worker_get_n_read (fixture->worker, fixture->image) - n_before;
  n_without = rg_worker_get_n_read (fresh_worker, fixture->image);
  g_assert_cmpuint (n_with + rg_job_get_n_prompt_tokens (first), <=, n_without);
  g_assert_cmpuint (rg_job_get_n_prompt_tokens (second), ==, rg_job_get_n_prompt_tokens (fresh));
}

/* The same question again: only its last token is read, and the answer stays. */
static void
test_again (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (RgJob) first = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  guint64 n_before = rg_worker_get_n_read (fixture->worker, fixture->image);
  g_autoptr (RgJob) second = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());

  assert_same_answer (first, second);
  g_assert_cmpuint (rg_worker_get_n_read (fixture->worker, fixture->image) - n_before, <=, 6);
}

/* Two pictures are kept; what was read about one says nothing about the other. */
static void
test_pictures (Fixture *fixture,
               gconstpointer data)
{
  g_autoptr (RgImage) other = tiny_image_new (20, 40, 2);
  g_autoptr (RgImage) third = tiny_image_new (33, 32, 3);
  g_autoptr (RgJob) a = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  g_autoptr (RgJob) b = ask (fixture->worker, other, NULL, 0, QUESTION, short_answer ());
  g_autoptr (RgJob) again = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  g_autoptr (RgJob) c = NULL, d = NULL;

  assert_same_answer (a, again);
  g_assert_cmpfloat (rg_token_get_logprob (rg_token_list_get (rg_job_get_tokens (a), 0)), !=,
                     rg_token_get_logprob (rg_token_list_get (rg_job_get_tokens (b), 0)));
  g_assert_cmpuint (rg_worker_get_n_encoded (fixture->worker), ==, 2);
  g_assert_true (rg_job_get_patch_grid (a) == rg_job_get_patch_grid (again));

  /* The third pushes out the one that was used longest ago. */
  c = ask (fixture->worker, third, NULL, 0, QUESTION, short_answer ());
  d = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  g_assert_cmpuint (rg_worker_get_n_encoded (fixture->worker), ==, 3);
  g_assert_cmpuint (rg_worker_get_n_read (fixture->worker, other), ==, 0);
  assert_same_answer (a, d);
}

static void
test_seed (Fixture *fixture,
           gconstpointer data)
{
  RgSampling sampling = short_answer ();
  g_autoptr (RgJob) a = NULL, b = NULL, c = NULL;

  sampling.temperature = 2;
  sampling.seed = 5;
  a = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
  b = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
  sampling.seed = 6;
  c = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
  g_assert_true (is_same_answer (a, b));
  g_assert_false (is_same_answer (a, c));

  /* What chance has picked is among the alternatives. */
  for (guint i = 0; i < rg_token_list_get_length (rg_job_get_tokens (c)); i++)
    {
      RgToken *token = rg_token_list_get (rg_job_get_tokens (c), i);
      gboolean is_there = FALSE;
      guint n;
      const RgAlternative *alternatives = rg_token_get_alternatives (token, &n);

      for (guint j = 0; j < n; j++)
        is_there |= alternatives[j].id == rg_token_get_id (token);
      g_assert_true (is_there);
    }
}

/* How likely @id is as the first token; asked until chance picks it. */
static double
find_logprob (Fixture *fixture,
              guint32 id)
{
  RgSampling sampling = short_answer ();

  sampling.max_tokens = 1;
  sampling.temperature = 20;
  for (guint seed = 0; seed < 5000; seed++)
    {
      g_autoptr (RgJob) job = NULL;
      RgTokenList *tokens;

      sampling.seed = seed;
      job = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
      tokens = rg_job_get_tokens (job);
      if (rg_token_list_get_length (tokens) > 0 && rg_token_get_id (rg_token_list_get (tokens, 0)) == id)
        return rg_token_get_logprob (rg_token_list_get (tokens, 0));
    }
  g_assert_not_reached ();
}

/* A given answer is read as if the model had said it, in the model's own tokens. */
static void
test_given (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (RgJob) job = read_given (fixture->worker, fixture->image, "a red star");
  g_autofree char *said = rg_token_list_dup_text (rg_job_get_tokens (job));
  g_autofree char *long_text = g_strnfill (4000, 'x');
  g_autoptr (RgJob) too_long = read_given (fixture->worker, fixture->image, long_text);
  RgToken *first = rg_token_list_get (rg_job_get_tokens (job), 0);

  g_assert_cmpstr (said, ==, "a red star");
  for (guint i = 0; i < rg_token_list_get_length (rg_job_get_tokens (job)); i++)
    {
      RgToken *token = rg_token_list_get (rg_job_get_tokens (job), i);

      g_assert_cmpfloat (rg_token_get_logprob (token), <, 0);
      g_assert_nonnull (rg_token_get_attention (token));
    }
  g_assert_cmpfloat_with_epsilon (rg_token_get_logprob (first), find_logprob (fixture, rg_token_get_id (first)), 1e-5);
  g_assert_error (rg_job_get_error (too_long), RG_ERROR, RG_ERROR_LIMIT);
}

static void
test_stop (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (RgJob) before = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  g_autoptr (RgJob) job = rg_job_new ();
  g_autoptr (RgJob) after = NULL;
  RgSampling sampling = short_answer ();
  GError *error = NULL;

  rg_job_begin (job);
  rg_job_cancel (job);
  g_assert_false (rg_worker_ask (fixture->worker, fixture->image, NULL, 0, "what colour is it?", NULL, &sampling, job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  rg_job_report_end (job, error);
  rg_job_wait (job);
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_CANCELLED);

  after = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, short_answer ());
  assert_same_answer (before, after);
}

/* An answer ends before a token that has no place in it, or at the last position. */
static void
test_ends (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (RgModel) model = rg_model_load (fixture->dir, FALSE, NULL, NULL);
  RgSampling sampling = short_answer ();
  g_autoptr (RgJob) none = NULL;
  guint n_full = 0;

  for (guint seed = 0; seed < 30; seed++)
    {
      g_autoptr (RgJob) job = NULL;
      RgTokenList *tokens;

      sampling.max_tokens = G_MAXUINT;
      sampling.temperature = 3;
      sampling.seed = seed;
      job = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
      tokens = rg_job_get_tokens (job);
      g_assert_no_error (rg_job_get_error (job));
      g_assert_cmpuint (rg_job_get_n_prompt_tokens (job) + rg_token_list_get_length (tokens), <=, TINY_POSITIONS);
      n_full += rg_job_get_n_prompt_tokens (job) + rg_token_list_get_length (tokens) == TINY_POSITIONS;
      for (guint i = 0; i < rg_token_list_get_length (tokens); i++)
        g_assert_false (rg_prompt_is_end (model, rg_token_get_id (rg_token_list_get (tokens, i))));
    }
  g_assert_cmpuint (n_full, >, 0);
  g_assert_cmpuint (n_full, <, 30);

  sampling.max_tokens = 0;
  none = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, sampling);
  g_assert_cmpint (rg_job_get_state (none), ==, RG_JOB_DONE);
  g_assert_cmpuint (rg_token_list_get_length (rg_job_get_tokens (none)), ==, 0);
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

static void
test_bad_questions (Fixture *fixture,
                    gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (100000, 'x');
  const struct
  {
    const char *question;
    RgError code;
    const char *says;
  } cases[] = {
    { "", RG_ERROR_VALUE, "ask a question" },
    { " \t\n\302\240", RG_ERROR_VALUE, "ask a question" },
    { "what is \377\376?", RG_ERROR_VALUE, "UTF-8" },
    { "\303", RG_ERROR_VALUE, "UTF-8" },
    { long_text, RG_ERROR_LIMIT, "at most 55 tokens" },
    { "qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx qzx", RG_ERROR_LIMIT, "at most 55 tokens" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RgJob) job = ask (fixture->worker, fixture->image, NULL, 0, cases[i].question, short_answer ());

      g_assert_error (rg_job_get_error (job), RG_ERROR, cases[i].code);
      g_assert_nonnull (strstr (rg_job_get_error (job)->message, cases[i].says));
    }

  /* Refused before the picture was looked at. */
  g_assert_cmpuint (rg_worker_get_n_encoded (fixture->worker), ==, 0);
}

static void
test_bad_sampling (Fixture *fixture,
                   gconstpointer data)
{
  const RgSampling cases[] = {
    { .temperature = NAN, .top_p = 1, .max_tokens = 3 },
    { .temperature = INFINITY, .top_p = 1, .max_tokens = 3 },
    { .temperature = -1, .top_p = 1, .max_tokens = 3 },
    { .temperature = 1, .top_p = 1.5, .max_tokens = 3 },
    { .temperature = 1, .top_p = NAN, .max_tokens = 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RgJob) job = ask (fixture->worker, fixture->image, NULL, 0, QUESTION, cases[i]);

      g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
    }
}

/* The text of a special token is only text. */
static void
test_special (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (RgModel) model = rg_model_load (fixture->dir, FALSE, NULL, NULL);
  g_autoptr (GArray) prompt = rg_prompt_new (model, NULL, NULL, 0, "<eos><bos>", 4, NULL);
  guint n_special = 0;

  for (guint i = 0; i < prompt->len; i++)
    n_special += rg_prompt_is_end (model, g_array_index (prompt, guint32, i));
  g_assert_cmpuint (n_special, ==, 3);
}

/* The oldest turns go first, whole, and the last question always stays. */
static void
test_long_conversation (Fixture *fixture,
                        gconstpointer data)
{
  g_autoptr (RgModel) model = rg_model_load (fixture->dir, FALSE, NULL, NULL);
  RgTurn turns[30];
  guint last_length = 0;

  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    turns[i] = (RgTurn){ "what is it?", "a red star" };

  for (guint n = 0; n < G_N_ELEMENTS (turns); n++)
    {
      g_autoptr (GArray) prompt = rg_prompt_new (model, NULL, turns, n, QUESTION, 6, NULL);
      g_autoptr (GArray) alone = rg_prompt_new (model, NULL, NULL, 0, QUESTION, 6, NULL);

      g_assert_cmpuint (prompt->len, <=, TINY_POSITIONS - 6);
      g_assert_cmpuint (prompt->len, >=, last_length);
      g_assert_cmpuint (g_array_index (prompt, guint32, 0), ==, rg_model_get_config (model)->bos);
      g_assert_cmpmem (&g_array_index (prompt, guint32, prompt->len - alone->len + 1), 4 * (alone->len - 1),
                       &g_array_index (alone, guint32, 1), 4 * (alone->len - 1));
      last_length = prompt->len;
    }
  g_assert_cmpuint (last_length, >, TINY_POSITIONS / 2);
}

static void
test_no_model (void)
{
  g_autoptr (RgWorker) worker = rg_worker_new (1);
  g_autoptr (RgImage) image = tiny_image_new (4, 4, 1);
  g_autoptr (RgJob) job = ask (worker, image, NULL, 0, QUESTION, short_answer ());

  g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
}

/* Weights that are numbers, but so large that sums are not. */
static void
test_overflow (void)
{
  char *dir = tiny_folder_new (1, 1e25f);
  g_autoptr (RgWorker) worker = worker_new (dir);
  g_autoptr (RgImage) image = tiny_image_new (4, 4, 1);
  g_autoptr (RgJob) job = ask (worker, image, NULL, 0, QUESTION, short_answer ());

  g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
  tiny_folder_remove (dir);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/decoder/session/answer", Fixture, NULL, set_up, test_answer, tear_down);
  g_test_add ("/decoder/session/no-record", Fixture, NULL, set_up, test_no_record, tear_down);
  g_test_add ("/decoder/session/cache", Fixture, NULL, set_up, test_cache, tear_down);
  g_test_add ("/decoder/session/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/decoder/session/pictures", Fixture, NULL, set_up, test_pictures, tear_down);
  g_test_add ("/decoder/session/seed", Fixture, NULL, set_up, test_seed, tear_down);
  g_test_add ("/decoder/session/given", Fixture, NULL, set_up, test_given, tear_down);
  g_test_add ("/decoder/session/stop", Fixture, NULL, set_up, test_stop, tear_down);
  g_test_add ("/decoder/session/ends", Fixture, NULL, set_up, test_ends, tear_down);
  g_test_add ("/decoder/session/bad-questions", Fixture, NULL, set_up, test_bad_questions, tear_down);
  g_test_add ("/decoder/session/bad-sampling", Fixture, NULL, set_up, test_bad_sampling, tear_down);
  g_test_add ("/decoder/session/special", Fixture, NULL, set_up, test_special, tear_down);
  g_test_add ("/decoder/session/long-conversation", Fixture, NULL, set_up, test_long_conversation, tear_down);
  g_test_add_func ("/decoder/session/no-model", test_no_model);
  g_test_add_func ("/decoder/session/overflow", test_overflow);

  return g_test_run ();
}
