/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/altered-image.h"
#include "engine/decoder/prompt.h"
#include "engine/engine.h"
#include "engine/model-folder.h"
#include "tests/tiny-model.h"

/* An answer with other pictures in the place of its own: the pictures, the numbers of the core functions, cancelling. */

#define QUESTION "what is left of the house?"
#define MAX_TOKENS 6

/* --- pictures --- */

/* 3 × 2 pixels; each byte says where it stands. */
static RgImage *
make_numbered (void)
{
  guint8 pixels[18];
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < sizeof pixels; i++)
    pixels[i] = i;
  bytes = g_bytes_new (pixels, sizeof pixels);

  return rg_image_new (3, 2, bytes);
}

static void
assert_pixels (RgImage *image, guint width, guint height, const guint8 *pixels)
{
  g_assert_nonnull (image);
  g_assert_cmpuint (rg_image_get_width (image), ==, width);
  g_assert_cmpuint (rg_image_get_height (image), ==, height);
  g_assert_cmpmem (rg_image_get_pixels (image), 3 * width * height, pixels, 3 * width * height);
}

static void
test_pictures (void)
{
  static const guint8 mirrored[] = { 6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11 };
  static const guint8 right[] = { 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17 };
  static const guint8 gray[] = { 76, 76, 76, 255, 255, 255 };
  g_autoptr (RgImage) image = make_numbered ();
  g_autoptr (RgImage) other = rg_image_new_mirrored (image, NULL, NULL);
  g_autoptr (RgImage) cropped = rg_image_new_cropped (image, (RgRect){ 1.2, -5, 40, 40 });
  g_autoptr (RgImage) outside = rg_image_new_cropped (image, (RgRect){ 3, 0, 2, 2 });
  g_autoptr (GBytes) red_white = g_bytes_new_static ((const guint8[]){ 255, 0, 0, 255, 255, 255 }, 6);
  g_autoptr (RgImage) colours = rg_image_new (2, 1, red_white);
  g_autoptr (RgImage) without = rg_image_new_gray (colours, NULL, NULL);

  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancelled);
  g_assert_null (rg_image_new_gray (image, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_pixels (other, 3, 2, mirrored);
  assert_pixels (cropped, 2, 2, right);
  assert_pixels (without, 2, 1, gray);
  g_assert_null (outside);
}

static void
test_noise (void)
{
  g_autoptr (RgImage) image = tiny_image_new (90, 30, 1);
  g_autoptr (RgImage) one = rg_image_new_noise (image, 60, 1), same = rg_image_new_noise (image, 60, 1), other = rg_image_new_noise (image, 60, 2);
  const guint8 *pixels = rg_image_get_pixels (one);
  guint n = 3 * 60 * 20, sum = 0;

  assert_pixels (same, 60, 20, pixels);
  g_assert_cmpint (memcmp (pixels, rg_image_get_pixels (other), n), !=, 0);
  for (guint i = 0; i < n; i++)
    sum += pixels[i];
  g_assert_cmpfloat_with_epsilon (sum / (double) n, 127.5, 5);
}

/* --- what is found --- */

static RgSwap *
make_swap (void)
{
  static const RgWord words[] = { { 0, 1, "a" }, { 1, 1, "star" } };
  static const double logprobs[] = { -0.1, -0.2, -0.3, -4, -0.15, -0.1 };
  g_autoptr (RgImage) view = tiny_image_new (4, 4, 1);
  RgSwapped pictures[] = { { RG_PICTURE_OWN, view, "a star" }, { RG_PICTURE_NONE, view, "a house" }, { RG_PICTURE_MIRRORED, view, "a star" } };

  return rg_swap_new (pictures, 3, words, 2, logprobs);
}

static void
test_value (void)
{
  g_autoptr (RgSwap) swap = make_swap ();

  g_assert_cmpuint (rg_swap_get_n_pictures (swap), ==, 3);
  g_assert_cmpuint (rg_swap_get_n_words (swap), ==, 2);
  g_assert_cmpstr (rg_swap_get_word (swap, 1), ==, "star");
  g_assert_cmpstr (rg_swap_get_picture (swap, 1)->answer, ==, "a house");
  g_assert_cmpfloat (rg_swap_get_logprob (swap, 1, 1), ==, -4);
  g_assert_true (rg_swap_changes (swap, 1, 1));
  g_assert_false (rg_swap_changes (swap, 2, 1));
  g_assert_true (rg_swap_is_anyway (swap, 0));
  g_assert_false (rg_swap_is_anyway (swap, 1));
  for (RgPictureKind kind = 0; kind < RG_N_PICTURE_KINDS; kind++)
    for (RgPictureKind other = 0; other < kind; other++)
      g_assert_cmpstr (rg_picture_kind_get_name (kind), !=, rg_picture_kind_get_name (other));
}

/* --- the job --- */

typedef struct
{
  char *dir;
  RgEngine *engine;
  RgImage *image, *other;
  RgJob *ask;
  RgAnswered answered;
} Fixture;

static RgJob *
ask (Fixture *self, RgImage *image)
{
  RgSampling sampling = rg_sampling_default ();
  RgJob *job;

  sampling.max_tokens = MAX_TOKENS;
  job = rg_engine_ask (self->engine, image, NULL, 0, QUESTION, &sampling);
  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));

  return job;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (RgJob) load = NULL;

  self->dir = tiny_folder_new (1, 3);
  self->engine = rg_engine_new (2);
  self->image = tiny_image_new (40, 20, 1);
  self->other = tiny_image_new (32, 32, 2);
  load = rg_engine_load (self->engine, self->dir);
  self->ask = ask (self, self->image);
  self->answered = (RgAnswered){ self->image, NULL, 0, QUESTION, MAX_TOKENS, rg_job_get_tokens (self->ask) };
  g_assert_cmpuint (rg_token_list_get_length (self->answered.tokens), >, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->ask);
  rg_image_unref (self->image);
  rg_image_unref (self->other);
  g_assert_finalize_object (self->engine);
  tiny_folder_remove (self->dir);
}

/* The log-probabilities of the answer's words with @image, by the model itself; @image NULL for none. */
static void
score_by_hand (Fixture *self, RgImage *image, double *logprobs)
{
  RgPreprocessConfig preprocess;
  g_autoptr (RgModel) model = rg_model_folder_load (self->dir, &preprocess, NULL, NULL);
  RgPass *pass = rg_pass_new (NULL, RG_PRECISION_F32);
  g_autoptr (RgPixelValues) pixels = image != NULL ? rg_preprocess (&preprocess, image, NULL, NULL, NULL) : NULL;
  g_autofree float *nothing = g_new0 (float, TINY_SIDE *TINY_SIDE * 3);
  RgPixelValues blank = rg_pixel_values_borrow (TINY_SIDE, nothing);
  g_autoptr (RgImageState) state = rg_model_see (model, pass, pixels != NULL ? pixels : &blank, NULL, NULL, NULL);
  g_autoptr (GArray) ids = rg_prompt_new (model, NULL, NULL, 0, QUESTION, MAX_TOKENS, NULL);
  g_autoptr (GArray) words = rg_token_list_dup_words (self->answered.tokens);
  guint first = ids->len, n = rg_token_list_get_length (self->answered.tokens);
  g_autofree double *tokens = g_new (double, n);

  for (guint i = 0; i < n; i++)
    {
      guint32 id = rg_token_get_id (rg_token_list_get (self->answered.tokens, i));

      g_array_append_val (ids, id);
    }
  g_assert_true (rg_model_score (model, pass, state, (guint32 *) ids->data, ids->len, first, NULL, tokens, NULL));
  for (guint w = 0; w < words->len; w++)
    {
      RgWord *word = &g_array_index (words, RgWord, w);

      logprobs[w] = 0;
      for (guint i = 0; i < word->n; i++)
        logprobs[w] += tokens[word->first + i];
    }
  rg_pass_free (pass);
}

static RgImage *
make_picture (Fixture *self, RgPictureKind kind)
{
  switch (kind)
    {
    case RG_PICTURE_OWN:
      return rg_image_ref (self->image);
    case RG_PICTURE_GRAY:
      return rg_image_new_gray (self->image, NULL, NULL);
    case RG_PICTURE_NOISE:
      return rg_image_new_noise (self->image, TINY_SIDE, 0);
    case RG_PICTURE_MIRRORED:
      return rg_image_new_mirrored (self->image, NULL, NULL);
    case RG_PICTURE_OTHER:
      return rg_image_ref (self->other);
    case RG_PICTURE_NONE:
    case RG_N_PICTURE_KINDS:
    default:
      return NULL;
    }
}

/* Every number as by hand, and every answer as if the picture had been asked about in the usual way. */
static void
test_numbers (Fixture *self, gconstpointer data)
{
  g_autoptr (RgJob) job = rg_engine_swap (self->engine, &self->answered, self->other);
  RgSwap *swap;

  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));
  swap = rg_job_get_swap (job);
  g_assert_nonnull (swap);
  g_assert_null (rg_job_get_explanation (job));
  g_assert_cmpuint (rg_swap_get_n_pictures (swap), ==, RG_N_PICTURE_KINDS);

  for (RgPictureKind kind = 0; kind < RG_N_PICTURE_KINDS; kind++)
    {
      const RgSwapped *picture = rg_swap_get_picture (swap, kind);
      g_autoptr (RgImage) image = make_picture (self, kind);
      g_autofree double *logprobs = g_new (double, rg_swap_get_n_words (swap));

      g_assert_cmpint (picture->kind, ==, kind);
      g_assert_cmpuint (rg_image_get_width (picture->view), ==, TINY_SIDE);
      score_by_hand (self, image, logprobs);
      for (guint w = 0; w < rg_swap_get_n_words (swap); w++)
        g_assert_cmpfloat_with_epsilon (rg_swap_get_logprob (swap, kind, w), logprobs[w], 1e-4);

      if (image != NULL)
        {
          g_autoptr (RgJob) asked = ask (self, image);
          g_autofree char *answer = rg_token_list_dup_text (rg_job_get_tokens (asked));

          g_assert_cmpstr (picture->answer, ==, answer);
        }
    }
}

/* Without another picture there is one column less; the answer's own probabilities are those it was given with. */
static void
test_own (Fixture *self, gconstpointer data)
{
  g_autoptr (RgJob) job = rg_engine_swap (self->engine, &self->answered, NULL);
  double logprob = 0, given = 0;
  RgSwap *swap;

  rg_job_wait (job);
  g_assert_no_error (rg_job_get_error (job));
  swap = rg_job_get_swap (job);
  g_assert_cmpuint (rg_swap_get_n_pictures (swap), ==, RG_N_PICTURE_KINDS - 1);
  for (guint w = 0; w < rg_swap_get_n_words (swap); w++)
    logprob += rg_swap_get_logprob (swap, RG_PICTURE_OWN, w);
  for (guint i = 0; i < rg_token_list_get_length (self->answered.tokens); i++)
    given += rg_token_get_logprob (rg_token_list_get (self->answered.tokens, i));
  g_assert_cmpfloat_with_epsilon (logprob, given, 1e-4);
  g_assert_cmpint (rg_job_get_stage (job), ==, RG_STAGE_EXPLAIN);
  g_assert_cmpfloat (rg_job_get_fraction (job), ==, 1);
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), ==, 0); /* the picture was there */
}

static void
cancel_cb (RgJob *job)
{
  if (rg_job_get_fraction (job) > 0)
    rg_job_cancel (job);
}

/* Stopped at once or on the way, there is nothing, and the next one is whole. */
static void
test_cancel (Fixture *self, gconstpointer data)
{
  guint n_stopped = 0;

  for (guint round = 0; round < 12; round++)
    {
      g_autoptr (RgJob) job = rg_engine_swap (self->engine, &self->answered, self->other);
      g_autoptr (RgJob) after = NULL;

      if (round % 3 == 0)
        rg_job_cancel (job);
      else
        g_signal_connect (job, "notify::fraction", G_CALLBACK (cancel_cb), NULL);
      rg_job_wait (job);
      g_assert_true ((rg_job_get_state (job) == RG_JOB_DONE) == (rg_job_get_swap (job) != NULL));
      g_assert_cmpint (rg_job_get_state (job), !=, RG_JOB_FAILED);
      n_stopped += rg_job_get_state (job) == RG_JOB_CANCELLED;

      after = rg_engine_swap (self->engine, &self->answered, NULL);
      rg_job_wait (after);
      g_assert_nonnull (rg_job_get_swap (after));
    }
  g_assert_cmpuint (n_stopped, >=, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/swap/pictures", test_pictures);
  g_test_add_func ("/engine/swap/noise", test_noise);
  g_test_add_func ("/engine/swap/value", test_value);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/engine/swap/numbers", test_numbers);
  ADD ("/engine/swap/own", test_own);
  ADD ("/engine/swap/cancel", test_cancel);
#undef ADD

  return g_test_run ();
}
