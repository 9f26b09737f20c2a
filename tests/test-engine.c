/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include <locale.h>
#include <string.h>

#include "tests/tiny-model.h"

#define QUESTION "what is left of the house?"

typedef struct
{
  char *dir;
  RgEngine *engine;
  RgImage *image;
  guint n_changes;
} Fixture;

static void
count_change (RgEngine *engine,
              gpointer data)
{
  guint *n_changes = data;

  (*n_changes)++;
}

static RgJob *
load (RgEngine *engine,
      const char *dir)
{
  RgJob *job = rg_engine_load (engine, dir);

  rg_job_wait (job);

  return job;
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autoptr (RgJob) job = NULL;

  fixture->dir = tiny_folder_new (1, 3);
  fixture->engine = rg_engine_new (2);
  fixture->image = tiny_image_new (40, 20, 1);
  g_signal_connect (fixture->engine, "model-changed", G_CALLBACK (count_change), &fixture->n_changes);
  job = load (fixture->engine, fixture->dir);
  g_assert_no_error (rg_job_get_error (job));
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  rg_image_unref (fixture->image);
  g_assert_finalize_object (fixture->engine);
  tiny_folder_remove (fixture->dir);
}

static RgJob *
ask (Fixture *fixture,
     guint max_tokens)
{
  RgSampling sampling = rg_sampling_default ();

  sampling.max_tokens = max_tokens;

  return rg_engine_ask (fixture->engine, fixture->image, NULL, 0, QUESTION, &sampling);
}

/* The answer to the question, by which one tells whether a model still works. */
static char *
dup_answer (Fixture *fixture)
{
  g_autoptr (RgJob) job = ask (fixture, 6);

  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));

  return rg_token_list_dup_text (rg_job_get_tokens (job));
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static void
test_info (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (fixture->engine);
  g_autofree char *weights_path = g_build_filename (fixture->dir, RG_MODEL_WEIGHTS, NULL);
  g_autofree char *weights = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree char *name = g_path_get_basename (fixture->dir);
  gsize n;

  g_assert_true (g_file_get_contents (weights_path, &weights, &n, NULL));
  fingerprint = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) weights, n);
  g_assert_cmpuint (fixture->n_changes, ==, 1);
  g_assert_cmpstr (info->fingerprint, ==, fingerprint);
  g_assert_cmpuint (info->file_bytes, ==, n);
  g_assert_cmpstr (info->name, ==, name);
  g_assert_cmpstr (info->path, ==, fixture->dir);
  g_assert_cmpuint (info->image_size, ==, TINY_SIDE);
  g_assert_cmpuint (info->n_layers, ==, 2);
  g_assert_cmpuint (info->n_heads, ==, 2);
  g_assert_cmpuint (info->n_parameters, >, 1000);
  g_assert_cmpuint (info->n_parameters * sizeof (float), <, n);
}

static void
test_no_model (void)
{
  g_autoptr (RgEngine) engine = rg_engine_new (1);
  g_autoptr (RgImage) image = tiny_image_new (4, 4, 1);
  g_autoptr (RgJob) see = rg_engine_see (engine, image);
  g_autoptr (RgJob) ask_job = rg_engine_ask (engine, image, NULL, 0, QUESTION, NULL);
  g_autoptr (RgJob) load_job = rg_engine_load (engine, "/nowhere");

  g_assert_null (rg_engine_dup_model_info (engine));
  rg_job_wait (load_job);
  g_assert_error (rg_job_get_error (see), RG_ERROR, RG_ERROR_VALUE);
  g_assert_error (rg_job_get_error (ask_job), RG_ERROR, RG_ERROR_VALUE);
  g_assert_error (rg_job_get_error (load_job), G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

/* Replaces the file by a damaged copy of @content. */
static void
damage_file (const char *path,
             const char *content,
             gsize n,
             RgRandom *random)
{
  g_autofree char *copy = g_memdup2 (content, n);
  gsize length = n;

  if (rg_random_below (random, 3) == 0)
    length = rg_random_below (random, n);
  else
    for (guint i = rg_random_below (random, 8) + 1; i > 0; i--)
      {
        /* The beginning of a file is where its structure is. */
        guint place = rg_random_below (random, rg_random_below (random, 2) ? n : MIN (n, 600));

        copy[place] = rg_random_below (random, 256);
      }

  g_assert_true (g_file_set_contents_full (path, copy, length, G_FILE_SET_CONTENTS_NONE, 0666, NULL));
}

/* Whatever happens to a file of the folder, loading it gives a sentence or a model, and a failure leaves the old one. */
static void
test_damaged (Fixture *fixture,
              gconstpointer data)
{
  static const char *const names[] = { RG_MODEL_CONFIG, RG_MODEL_WEIGHTS, RG_MODEL_TOKENIZER, RG_MODEL_PREPROCESSOR };
  g_autofree char *answer = dup_answer (fixture);
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (fixture->engine);
  char *dir = tiny_folder_new (1, 3);
  guint n_failed = 0;
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint round = 0; round < 200; round++)
    {
      g_autofree char *path = g_build_filename (dir, names[round % G_N_ELEMENTS (names)], NULL);
      g_autofree char *content = NULL;
      g_autoptr (RgJob) job = NULL;
      gsize n;

      g_assert_true (g_file_get_contents (path, &content, &n, NULL));
      if (round < G_N_ELEMENTS (names))
        g_remove (path);
      else
        damage_file (path, content, n, &random);

      job = load (fixture->engine, dir);
      if (rg_job_get_state (job) == RG_JOB_FAILED)
        {
          g_autoptr (RgModelInfo) now = rg_engine_dup_model_info (fixture->engine);

          g_assert_cmpuint (strlen (rg_job_get_error (job)->message), >, 10);
          g_assert_true (g_utf8_validate (rg_job_get_error (job)->message, -1, NULL));
          g_assert_cmpstr (now->path, ==, info->path);
          n_failed++;
        }
      else
        {
          g_autoptr (RgJob) whatever = ask (fixture, 6);
          g_autoptr (RgJob) back = NULL;

          g_assert_cmpuint (round, >=, G_N_ELEMENTS (names));
          rg_job_wait (whatever);
          back = load (fixture->engine, fixture->dir);
          g_assert_no_error (rg_job_get_error (back));
        }
      g_assert_true (g_file_set_contents_full (path, content, n, G_FILE_SET_CONTENTS_NONE, 0666, NULL));

      if (round % 20 == 0)
        {
          g_autofree char *now = dup_answer (fixture);

          g_assert_cmpstr (now, ==, answer);
        }
    }
  tiny_folder_remove (dir);
  g_assert_cmpuint (n_failed, >, 50);
}

/* Files that are each in order but do not belong together. */
static void
test_inconsistent (Fixture *fixture,
                   gconstpointer data)
{
  const struct
  {
    const char *file, *before, *after;
  } cases[] = {
    { RG_MODEL_PREPROCESSOR, "\"width\": 32", "\"width\": 64" },
    { RG_MODEL_PREPROCESSOR, "\"patch_size\": 8", "\"patch_size\": 16" },
    { RG_MODEL_CONFIG, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3" },
    { RG_MODEL_CONFIG, "\"hidden_size\": 16", "\"hidden_size\": 32" },
    { RG_MODEL_CONFIG, "\"num_attention_heads\": 2", "\"num_attention_heads\": 3" },
    { RG_MODEL_CONFIG, "\"max_position_embeddings\": 64", "\"max_position_embeddings\": 0" },
    { RG_MODEL_CONFIG, "\"regard\"", "\"llava\"" },
    { RG_MODEL_TOKENIZER, "<question>", "<quest>" },
    { RG_MODEL_TOKENIZER, "<eos>", "<end>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *dir = tiny_folder_new (1, 3);
      g_autofree char *path = g_build_filename (dir, cases[i].file, NULL);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *content = NULL;
      g_autoptr (RgJob) job = NULL;

      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_string_assign (text, content);
      g_assert_cmpuint (g_string_replace (text, cases[i].before, cases[i].after, 0), >, 0);
      g_assert_true (g_file_set_contents (path, text->str, text->len, NULL));

      job = load (fixture->engine, dir);
      g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_FAILED);
      g_test_message ("%s", rg_job_get_error (job)->message);
      g_assert_true (rg_job_get_error (job)->domain == RG_ERROR);
      tiny_folder_remove (dir);
    }
  g_assert_cmpuint (fixture->n_changes, ==, 1);
}

static void
test_not_numbers (Fixture *fixture,
                  gconstpointer data)
{
  char *dir = tiny_folder_new (1, (float) G_MAXDOUBLE);
  g_autoptr (RgJob) job = load (fixture->engine, dir);

  g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
  tiny_folder_remove (dir);
}

/* A model that was written where numbers have a comma is read everywhere. */
static void
test_locale (Fixture *fixture,
             gconstpointer data)
{
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));
  g_autoptr (RgJob) job = NULL;
  char *dir;

  if (setlocale (LC_NUMERIC, "fr_FR.UTF-8") == NULL && setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }

  dir = tiny_folder_new (1, 3);
  job = load (fixture->engine, dir);
  setlocale (LC_NUMERIC, before);
  g_assert_no_error (rg_job_get_error (job));
  tiny_folder_remove (dir);
}

static void
test_reload (Fixture *fixture,
             gconstpointer data)
{
  char *dir = tiny_folder_new (7, 3);
  g_autofree char *before = dup_answer (fixture);
  g_autoptr (RgJob) job = load (fixture->engine, dir);
  g_autofree char *between = dup_answer (fixture);
  g_autoptr (RgJob) back = load (fixture->engine, fixture->dir);
  g_autofree char *after = dup_answer (fixture);

  g_assert_cmpuint (fixture->n_changes, ==, 3);
  g_assert_cmpstr (before, !=, between);
  g_assert_cmpstr (before, ==, after);
  tiny_folder_remove (dir);
}

/* --- jobs --------------------------------------------------------------------------------------------------------- */

static void
test_see (Fixture *fixture,
          gconstpointer data)
{
  g_autoptr (RgJob) see = rg_engine_see (fixture->engine, fixture->image);
  g_autoptr (RgJob) job = ask (fixture, 3);

  rg_job_wait (job);
  g_assert_cmpint (rg_job_get_state (see), ==, RG_JOB_DONE);
  g_assert_cmpint (rg_job_get_stage (see), ==, RG_STAGE_PROJECT);
  g_assert_true (rg_job_get_patch_grid (see) == rg_job_get_patch_grid (job));
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), ==, 0);
  g_assert_cmpfloat (rg_job_get_seconds (see, RG_STAGE_ENCODE), >, 0);
}

/* What the caller gave may change or go while the job waits. */
static void
test_copies (Fixture *fixture,
             gconstpointer data)
{
  char question[] = "what is it?", answer[] = "a red star", next[] = QUESTION;
  RgTurn turn = { question, answer };
  RgSampling sampling = rg_sampling_default ();
  g_autoptr (RgJob) expected = NULL, job = NULL;

  sampling.max_tokens = 6;
  expected = rg_engine_ask (fixture->engine, fixture->image, &turn, 1, next, &sampling);
  rg_job_wait (expected);
  job = rg_engine_ask (fixture->engine, fixture->image, &turn, 1, next, &sampling);
  memset (question, 'z', sizeof question - 1);
  memset (answer, 'z', sizeof answer - 1);
  memset (next, 'z', sizeof next - 1);
  sampling.max_tokens = 1;
  rg_job_wait (job);
  g_assert_cmpuint (rg_job_get_n_prompt_tokens (job), ==, rg_job_get_n_prompt_tokens (expected));
  g_assert_cmpuint (rg_token_list_get_length (rg_job_get_tokens (job)), ==, rg_token_list_get_length (rg_job_get_tokens (expected)));
}

static void
cancel (RgJob *job,
        RgToken *token,
        gpointer data)
{
  rg_job_cancel (job);
}

static void
test_cancel (Fixture *fixture,
             gconstpointer data)
{
  g_autofree char *before = dup_answer (fixture);
  g_autofree char *after = NULL;

  for (guint round = 0; round < 30; round++)
    {
      g_autoptr (RgJob) job = ask (fixture, 40);
      g_autoptr (RgJob) next = ask (fixture, 40);

      /* At its first token, at once, or a little later; while it waits behind another. */
      if (round % 3 == 0)
        g_signal_connect (job, "token", G_CALLBACK (cancel), NULL);
      else if (round % 3 == 1)
        rg_job_cancel (job);
      else
        {
          g_usleep (round * 20);
          rg_job_cancel (job);
        }
      rg_job_cancel (next);
      rg_job_wait (job);
      rg_job_wait (next);
      g_assert_true (rg_job_is_finished (job));
      g_assert_cmpint (rg_job_get_state (job), !=, RG_JOB_FAILED);
      g_assert_cmpint (rg_job_get_state (next), !=, RG_JOB_FAILED);
    }

  after = dup_answer (fixture);
  g_assert_cmpstr (before, ==, after);
}

static void
test_cancel_load (Fixture *fixture,
                  gconstpointer data)
{
  g_autofree char *before = dup_answer (fixture);
  g_autofree char *after = NULL;
  char *dir = tiny_folder_new (7, 3);
  g_autoptr (RgJob) blocking = ask (fixture, 40);
  g_autoptr (RgJob) job = rg_engine_load (fixture->engine, dir);

  rg_job_cancel (job);
  rg_job_wait (job);
  rg_job_wait (blocking);
  g_assert_error (rg_job_get_error (job), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  after = dup_answer (fixture);
  g_assert_cmpstr (before, ==, after);
  tiny_folder_remove (dir);
}

/* The window closes in the middle of an answer with more waiting: all jobs end, nothing hangs. */
static void
test_finalize (void)
{
  for (guint round = 0; round < 10; round++)
    {
      char *dir = tiny_folder_new (1, 3);
      RgEngine *engine = rg_engine_new (2);
      g_autoptr (RgImage) image = tiny_image_new (40, 20, 1);
      RgJob *jobs[] = { rg_engine_load (engine, dir), rg_engine_ask (engine, image, NULL, 0, QUESTION, NULL),
                        rg_engine_see (engine, image), rg_engine_load (engine, dir) };

      g_usleep (round * 300);
      g_assert_finalize_object (engine);
      for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
        {
          rg_job_wait (jobs[i]);
          g_assert_cmpint (rg_job_get_state (jobs[i]), !=, RG_JOB_FAILED);
          g_assert_finalize_object (jobs[i]);
        }
      tiny_folder_remove (dir);
    }
}

/* Nobody keeps the job: it runs all the same, and is freed. */
static void
test_dropped (Fixture *fixture,
              gconstpointer data)
{
  RgJob *job = ask (fixture, 6);
  gpointer watched = job;
  g_autoptr (RgJob) last = NULL;

  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  g_object_unref (job);
  last = ask (fixture, 6);
  rg_job_wait (last);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (watched);
}

/* Training that cannot begin says why, and writes nothing. */
static void
test_bad_recipe (Fixture *fixture,
                 gconstpointer data)
{
  g_autofree char *before = dup_answer (fixture);
  g_autofree char *after = NULL;
  g_autofree char *path = g_build_filename (fixture->dir, "recipe.ini", NULL);
  g_autofree char *out = g_build_filename (fixture->dir, "out", NULL);
  g_autoptr (RgJob) missing = rg_engine_train (fixture->engine, path, out);
  g_autoptr (RgJob) empty = NULL;

  rg_job_wait (missing);
  g_assert_error (rg_job_get_error (missing), G_FILE_ERROR, G_FILE_ERROR_NOENT);

  g_assert_true (g_file_set_contents (path, "[Model]\nwidth = many\n", -1, NULL));
  empty = rg_engine_train (fixture->engine, path, out);
  rg_job_wait (empty);
  g_assert_error (rg_job_get_error (empty), RG_ERROR, RG_ERROR_FORMAT);

  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  after = dup_answer (fixture);
  g_assert_cmpstr (before, ==, after);
  g_remove (path);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/engine/engine/info", Fixture, NULL, set_up, test_info, tear_down);
  g_test_add_func ("/engine/engine/no-model", test_no_model);
  g_test_add ("/engine/engine/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/engine/engine/inconsistent", Fixture, NULL, set_up, test_inconsistent, tear_down);
  g_test_add ("/engine/engine/not-numbers", Fixture, NULL, set_up, test_not_numbers, tear_down);
  g_test_add ("/engine/engine/locale", Fixture, NULL, set_up, test_locale, tear_down);
  g_test_add ("/engine/engine/reload", Fixture, NULL, set_up, test_reload, tear_down);
  g_test_add ("/engine/engine/see", Fixture, NULL, set_up, test_see, tear_down);
  g_test_add ("/engine/engine/copies", Fixture, NULL, set_up, test_copies, tear_down);
  g_test_add ("/engine/engine/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/engine/engine/cancel-load", Fixture, NULL, set_up, test_cancel_load, tear_down);
  g_test_add_func ("/engine/engine/finalize", test_finalize);
  g_test_add ("/engine/engine/bad-recipe", Fixture, NULL, set_up, test_bad_recipe, tear_down);
  g_test_add ("/engine/engine/dropped", Fixture, NULL, set_up, test_dropped, tear_down);

  return g_test_run ();
}
