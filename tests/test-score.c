/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"
#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

#define FIRST 6 /* token to be scored */

static double
logprob (const Fixture *self, const float *logits, guint32 id)
{
  double sum = 0;

  for (guint i = 0; i < self->n_tokens; i++)
    sum += exp ((double) logits[i] - logits[id]);

  return -log (sum);
}

/* All tokens at once are as likely as they are one after the other. */
static void
test_score (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  double logprobs[N_IDS - FIRST];

  g_assert_true (rg_model_score (self->model, self->pass, self->image, ids, N_IDS, FIRST, NULL, logprobs, &error));
  g_assert_no_error (error);
  for (gsize i = FIRST; i < N_IDS; i++)
    {
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);
      g_autofree float *logits = g_new (float, self->n_tokens);

      read_ids (self, self->model, self->image, text, 0, i, logits, NULL);
      numeric_assert_near ("log-probability", i, logprobs[i - FIRST], logprob (self, logits, ids[i]), 1e-4);
    }
}

/* The same by the decoder itself with a memory that lacks the hidden rows. */
static void
score_without (Fixture *self, const guint8 *hidden, double *logprobs)
{
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  guint text_offsets[] = { 0, N_IDS - 1 }, memory_offsets[] = { 0, 1 };
  RgTensor *memory[2], *left[2], *x;
  RgDecoderRun run = { .ids = ids, .n = N_IDS - 1, .n_texts = 1, .offsets = text_offsets, .memory = left, .memory_offsets = memory_offsets };

  remember (self, memory);
  for (guint i = 0; i < 2; i++)
    {
      gsize n = 0;

      left[i] = rg_pass_tensor (self->pass, 1 + PATCHES, memory[i]->cols);
      for (gsize row = 0; row < 1 + PATCHES; row++)
        if (row == 0 || !hidden[row - 1])
          memcpy (left[i]->data + n++ * left[i]->cols, memory[i]->data + row * left[i]->cols, left[i]->cols * sizeof (float));
      left[i]->rows = memory_offsets[1] = n;
    }
  x = rg_decoder_logits (self->pass, decoder, &rg_model_get_config (self->model)->text, rg_decoder_forward (self->pass, decoder, &rg_model_get_config (self->model)->text, &run));
  for (gsize i = FIRST; i < N_IDS; i++)
    logprobs[i - FIRST] = logprob (self, x->data + (i - 1) * x->cols, ids[i]);
}

/* Image tokens that are cut are as if they had never been there; with all of them gone the null key is left. */
static void
test_score_hidden (Fixture *self, gconstpointer data)
{
  double before = 0;

  for (guint step = 1; step <= 3; step++)
    {
      g_autoptr (GError) error = NULL;
      guint8 hidden[PATCHES];
      double logprobs[N_IDS - FIRST], expected[N_IDS - FIRST];

      for (guint p = 0; p < PATCHES; p++)
        hidden[p] = p % step == 0; /* all, each second, each third */
      g_assert_true (rg_model_score (self->model, self->pass, self->image, ids, N_IDS, FIRST, hidden, logprobs, &error));
      score_without (self, hidden, expected);
      for (gsize i = 0; i < N_IDS - FIRST; i++)
        numeric_assert_near ("log-probability", i, logprobs[i], expected[i], 1e-4);
      g_assert_cmpfloat (fabs (logprobs[0] - before), >, 1e-3);
      before = logprobs[0];
    }
}

static void
add_masks (guint n, gpointer data)
{
  guint *sum = data;

  g_assert_cmpuint (n, >, 0);
  *sum += n;
}

#define N_MASKS 150 /* more than are read in one go */

/* Many masks together are as likely as one after the other. */
static void
test_score_together (Fixture *self, gconstpointer data)
{
  g_autoptr (RgPool) pool = rg_pool_new (3);
  RgPass *passes[] = { self->pass, rg_pass_new (pool, RG_PRECISION_F32) };
  g_autofree guint8 *hidden = g_new (guint8, N_MASKS * PATCHES);
  RgRandom random;

  rg_random_init (&random, 4, 0);
  for (guint i = 0; i < N_MASKS * PATCHES; i++)
    hidden[i] = rg_random_below (&random, 2);
  for (guint i = 0; i < G_N_ELEMENTS (passes); i++)
    {
      double got[N_MASKS * (N_IDS - FIRST)], expected[N_IDS - FIRST];
      g_autoptr (GError) error = NULL;
      guint sum = 0;

      g_assert_true (rg_model_score_hidden (self->model, passes[i], self->image, &(RgScoredText){ ids, N_IDS, FIRST }, hidden, N_MASKS, got, add_masks, &sum, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (sum, ==, N_MASKS);
      for (guint m = 0; m < N_MASKS; m++)
        {
          g_assert_true (rg_model_score (self->model, self->pass, self->image, ids, N_IDS, FIRST, hidden + m * PATCHES, expected, &error));
          for (guint t = 0; t < N_IDS - FIRST; t++)
            numeric_assert_near ("log-probability", m, got[m * (N_IDS - FIRST) + t], expected[t], 1e-5);
        }
    }
  rg_pass_free (passes[1]);
}

/* The last token of the ids, read alone after the others; then the log-odds of @next while one value vector grows. */
typedef struct
{
  Fixture *fixture;
  RgPass *pass;
  RgBlockCache caches[2];
  RgTensor *memory[2];
  float *value; /* head's width numbers, scaled by 1 + growth */
  float growth;
  guint32 next;
} LastRow;

static double
last_row_odds (gpointer data)
{
  static const guint offsets[] = { 0, 1 }, memory_offsets[] = { 0, 1 + PATCHES };
  LastRow *self = data;
  RgDecoder *decoder = rg_model_get_decoder (self->fixture->model);
  RgDecoderRun run = { .ids = ids + N_IDS - 1, .n = 1, .n_texts = 1, .offsets = offsets, .memory = self->memory, .memory_offsets = memory_offsets, .caches = self->caches };
  float before[8];
  RgTensor *x;

  memcpy (before, self->value, sizeof before);
  for (guint i = 0; i < 8; i++)
    self->value[i] *= 1 + self->growth;
  for (guint i = 0; i < 2; i++)
    self->caches[i].n_rows = N_IDS - 1;
  rg_pass_reset (self->pass);
  x = rg_decoder_forward (self->pass, decoder, &rg_model_get_config (self->fixture->model)->text, &run);
  x = rg_decoder_logits (self->pass, decoder, &rg_model_get_config (self->fixture->model)->text, x);
  memcpy (self->value, before, sizeof before);

  return logprob (self->fixture, x->data, self->next) - log1p (-exp (logprob (self->fixture, x->data, self->next)));
}

static void
last_row_init (LastRow *self, Fixture *fixture)
{
  static const guint offsets[] = { 0, N_IDS - 1 }, memory_offsets[] = { 0, 1 + PATCHES };
  RgDecoderRun run = { .ids = ids, .n = N_IDS - 1, .n_texts = 1, .offsets = offsets, .memory = self->memory, .memory_offsets = memory_offsets, .caches = self->caches };

  *self = (LastRow){ .fixture = fixture, .pass = rg_pass_new (NULL, RG_PRECISION_F32), .next = 77 };
  remember (fixture, self->memory);
  for (guint i = 0; i < 2; i++)
    self->caches[i].rows = *rg_pass_tensor (fixture->pass, TINY_POSITIONS, 2 * 16);
  rg_decoder_forward (self->pass, rg_model_get_decoder (fixture->model), &rg_model_get_config (fixture->model)->text, &run);
}

/* Attention times its derivative is what the log-odds gain where the patch's value vector grows, for the last row alone. */
static void
test_differentiate (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  float attention[N_MAPS * PATCHES], gradient[N_MAPS * PATCHES], read[N_MAPS * PATCHES];
  g_autofree float *logits = g_new (float, self->n_tokens);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  double largest = 0;
  LastRow last;

  last_row_init (&last, self);
  for (guint map = 0; map < N_MAPS; map++)
    for (guint p = 0; p < PATCHES; p++)
      {
        double expected;

        last.value = last.memory[map / 2]->data + (1 + p) * 2 * 16 + 16 + map % 2 * 8;
        expected = numeric_derivative (&last.growth, 0.1f, last_row_odds, &last);
        if (map == 0 && p == 0)
          {
            g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);

            g_assert_true (rg_model_differentiate (self->model, pass, self->image, ids, N_IDS, FIRST, last.next, attention, gradient, &error));
            g_assert_false (pass->recording);
          }
        numeric_assert_near ("attention times derivative", map * PATCHES + p, (double) attention[map * PATCHES + p] * gradient[map * PATCHES + p], expected, 2e-5);
        largest = MAX (largest, fabs (expected));
      }
  g_assert_cmpfloat (largest, >, 1e-2);

  read_ids (self, self->model, self->image, text, 0, N_IDS, logits, read);
  numeric_assert_same ("attention", attention, read, N_MAPS * PATCHES, 1e-5);
  rg_pass_free (last.pass);
}

static void
test_score_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL, other = NULL;
  float attention[N_MAPS * PATCHES], gradient[N_MAPS * PATCHES];
  double logprobs[N_IDS - FIRST];

  rg_pass_set_cancellable (self->pass, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_false (rg_model_score (self->model, self->pass, self->image, ids, N_IDS, FIRST, NULL, logprobs, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (rg_model_differentiate (self->model, self->pass, self->image, ids, N_IDS, FIRST, 77, attention, gradient, &other));
  g_assert_error (other, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (self->pass->recording);
  rg_pass_set_cancellable (self->pass, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/score", test_score);
  ADD ("/score/hidden", test_score_hidden);
  ADD ("/score/together", test_score_together);
  ADD ("/score/cancelled", test_score_cancelled);
  ADD ("/differentiate", test_differentiate);

  return g_test_run ();
}
