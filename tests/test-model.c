/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"
#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"

/* The logits after all the ids. Returns: (transfer full) */
static float *
answer (const Fixture *self, RgModel *model, RgImageState *image)
{
  g_autoptr (RgTextState) text = rg_text_state_new (model);
  float *logits = g_new (float, self->n_tokens);

  read_ids (self, model, image, text, 0, N_IDS, logits, NULL);

  return logits;
}

/* --- reading --- */

/* What was read in one go, in parts and token by token gives the same scores and attention after each part. */
static void
test_cache (Fixture *self, gconstpointer data)
{
  static const gsize steps[] = { 1, 3, 5 };

  for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
    {
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);

      for (gsize start = 0; start < N_IDS; start += steps[s])
        {
          g_autoptr (RgTextState) whole = rg_text_state_new (self->model);
          gsize n = MIN (steps[s], N_IDS - start);
          g_autofree float *logits = g_new (float, self->n_tokens), *expected = g_new (float, self->n_tokens);
          float attention[N_MAPS * PATCHES], expected_attention[N_MAPS * PATCHES];

          read_ids (self, self->model, self->image, text, start, n, logits, attention);
          read_ids (self, self->model, self->image, whole, 0, start + n, expected, expected_attention);
          numeric_assert_same ("logits", logits, expected, self->n_tokens, 1e-5);
          numeric_assert_same ("attention", attention, expected_attention, N_MAPS * PATCHES, 1e-5);
          g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, start + n);
        }
    }
}

static void
test_truncate (Fixture *self, gconstpointer data)
{
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  g_autofree float *first = g_new (float, self->n_tokens), *again = g_new (float, self->n_tokens), *other = g_new (float, self->n_tokens);

  read_ids (self, self->model, self->image, text, 0, 5, first, NULL);
  read_ids (self, self->model, self->image, text, 5, 7, first, NULL);
  rg_text_state_truncate (text, 5);
  g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, 5);
  read_ids (self, self->model, self->image, text, 0, 3, other, NULL); /* something else, forgotten again */
  rg_text_state_truncate (text, 5);
  read_ids (self, self->model, self->image, text, 5, 7, again, NULL);
  g_assert_cmpmem (again, self->n_tokens * sizeof (float), first, self->n_tokens * sizeof (float));

  rg_text_state_truncate (text, 50);
  g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, 12);
  rg_text_state_truncate (text, 0);
  g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, 0);
  read_ids (self, self->model, self->image, text, 0, N_IDS, again, NULL);
  g_clear_pointer (&first, g_free);
  first = answer (self, self->model, self->image);
  g_assert_cmpmem (again, self->n_tokens * sizeof (float), first, self->n_tokens * sizeof (float));
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  g_autoptr (GError) error = NULL, other = NULL;
  g_autofree float *logits = g_new (float, self->n_tokens), *expected = answer (self, self->model, self->image);

  read_ids (self, self->model, self->image, text, 0, 4, logits, NULL);
  rg_pass_set_cancellable (self->pass, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_false (rg_model_read (self->model, self->pass, self->image, text, ids + 4, 8, logits, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, 4);
  g_assert_null (rg_model_see (self->model, self->pass, &self->seen, NULL, NULL, &other));
  g_assert_error (other, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  rg_pass_set_cancellable (self->pass, NULL);
  read_ids (self, self->model, self->image, text, 4, 8, logits, NULL);
  numeric_assert_same ("after a cancelled one", logits, expected, self->n_tokens, 1e-5);
}

/* Cancels as soon as the first layer has kept its keys: in the middle of a pass. */
typedef struct
{
  RgTextState *text;
  GCancellable *cancellable;
  gsize n_before;
} Watcher;

static gpointer
cancel_when_begun (gpointer data)
{
  Watcher *self = data;
  gint64 end = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;

  while (rg_text_state_get_n_tokens (self->text) == self->n_before && g_get_monotonic_time () < end)
    ;
  g_cancellable_cancel (self->cancellable);

  return NULL;
}

/* Whether the other thread comes in time differs from run to run; the state is one of two, never one in between. */
static void
test_cancelled_between (Fixture *self, gconstpointer data)
{
#ifdef __SANITIZE_THREAD__
  g_test_skip ("watches the state from another thread");
  return;
#endif
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);
      g_autofree float *logits = g_new (float, self->n_tokens);
      Watcher watcher = { text, cancellable, 0 };
      GThread *thread = g_thread_new ("watcher", cancel_when_begun, &watcher);
      g_autoptr (GError) error = NULL;
      gboolean done;

      rg_pass_set_cancellable (self->pass, cancellable);
      done = rg_model_read (self->model, self->pass, self->image, text, ids, N_IDS, logits, NULL, &error);
      g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, done ? N_IDS : 0);
      g_assert_true (done || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
      g_thread_join (thread);
    }
  rg_pass_set_cancellable (self->pass, NULL);
}

/* --- attention --- */

/* All rows of all layers and heads, by the decoder itself. Returns: (transfer full): maps × ids × (1 + patches) */
static float *
record_all (Fixture *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  guint text_offsets[] = { 0, N_IDS }, memory_offsets[] = { 0, 1 + PATCHES };
  float *record = g_new (float, N_MAPS *N_IDS *(1 + PATCHES));
  RgTensor *memory[2];
  RgDecoderRun run = { .ids = ids, .n = N_IDS, .n_texts = 1, .offsets = text_offsets, .memory = memory, .memory_offsets = memory_offsets, .record = record };

  remember (self, memory);
  g_assert_nonnull (rg_decoder_forward (self->pass, decoder, &config->text, &run));

  return record;
}

/* The attention of a word is its row of the full record; what is missing from 1 went to the null key, the first column. */
static void
test_attention (Fixture *self, gconstpointer data)
{
  g_autofree float *record = record_all (self), *logits = g_new (float, self->n_tokens);
  gboolean differ = FALSE;

  for (gsize n = 1; n <= N_IDS; n++)
    {
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);
      float attention[N_MAPS * PATCHES];

      read_ids (self, self->model, self->image, text, 0, n, logits, attention);
      for (guint map = 0; map < N_MAPS; map++)
        {
          const float *row = record + (map * N_IDS + n - 1) * (1 + PATCHES), *got = attention + map * PATCHES;
          double sum = 0;

          numeric_assert_same ("attention", got, row + 1, PATCHES, 1e-5);
          for (guint p = 0; p < PATCHES; p++)
            sum += got[p];
          g_assert_cmpfloat (sum, <, 1);
          g_assert_cmpfloat (sum, >, 0);
          numeric_assert_near ("null key", map, 1 - sum, row[0], 1e-5);
          differ |= fabs (got[0] - got[1]) > 1e-3;
        }
    }
  g_assert_true (differ);
}

/* --- pictures --- */

static void
test_see_twice (Fixture *self, gconstpointer data)
{
  g_autoptr (RgImageState) again = see (self->model, self->pass, self->pixels);
  g_autofree float *first = answer (self, self->model, self->image), *second = answer (self, self->model, again), *third = NULL;
  const RgTensor *tokens = rg_image_state_get_tokens (self->image);
  g_autoptr (RgImageState) other = NULL;

  g_assert_cmpuint (tokens->rows, ==, PATCHES);
  g_assert_cmpuint (tokens->cols, ==, 16);
  g_assert_cmpmem (rg_image_state_get_tokens (again)->data, PATCHES * 16 * sizeof (float), tokens->data, PATCHES * 16 * sizeof (float));
  g_assert_cmpmem (second, self->n_tokens * sizeof (float), first, self->n_tokens * sizeof (float));

  fill_pixels (self->pixels, 2);
  other = see (self->model, self->pass, self->pixels);
  third = answer (self, self->model, other);
  g_assert_true (memcmp (third, first, self->n_tokens * sizeof (float)) != 0);
}

static gboolean
count_layers (double fraction, gpointer data)
{
  double *last = data;

  g_assert_cmpfloat (fraction, >, *last);
  g_assert_cmpfloat (fraction, <=, 1);
  *last = fraction;

  return TRUE;
}

static gboolean
stop_at_half (double fraction, gpointer data)
{
  return fraction < 0.5;
}

static void
test_progress (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  double last = 0;

  rg_image_state_free (rg_model_see (self->model, self->pass, &self->seen, count_layers, &last, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (last, >, 0.5);

  g_assert_null (rg_model_see (self->model, self->pass, &self->seen, stop_at_half, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Two pictures and two texts of different lengths in one batch are as if each were alone. */
static void
test_batch (Fixture *self, gconstpointer data)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgProjector *projector = rg_model_get_projector (self->model);
  RgDecoder *decoder = rg_model_get_decoder (self->model);
  guint offsets[] = { 0, PATCHES, 2 * PATCHES }, text_offsets[] = { 0, 5, N_IDS }, memory_offsets[] = { 0, 1 + PATCHES, 2 + 2 * PATCHES };
  guint32 last[] = { 4, N_IDS - 1 };
  g_autofree float *pixels = g_new (float, 2 * PIXELS), *logits = NULL;
  RgTensor *memory[2], *x;
  RgDecoderRun run = { .ids = ids, .n = N_IDS, .n_texts = 2, .offsets = text_offsets, .memory = memory, .memory_offsets = memory_offsets };

  fill_pixels (pixels, 3);
  fill_pixels (pixels + PIXELS, 4);
  rg_pass_reset (self->pass);
  x = rg_vision_encoder_forward (self->pass, rg_model_get_encoder (self->model), &config->vision, rg_pass_input (self->pass, 2 * TINY_SIDE * TINY_SIDE, 3, pixels), &(RgVisionRun){ .n_images = 2, .offsets = offsets });
  x = rg_projector_remember (self->pass, projector, &config->projector, rg_projector_forward (self->pass, projector, &config->projector, x, 2), 2);
  for (guint i = 0; i < 2; i++)
    memory[i] = rg_block_remember (self->pass, &decoder->layers[i], &config->text.block, x);
  x = rg_gather_rows (self->pass, rg_decoder_forward (self->pass, decoder, &config->text, &run), last, 2);
  logits = g_memdup2 (rg_decoder_logits (self->pass, decoder, &config->text, x)->data, 2 * self->n_tokens * sizeof (float));

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (RgImageState) image = see (self->model, self->pass, pixels + i * PIXELS);
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);
      g_autofree float *alone = g_new (float, self->n_tokens);

      read_ids (self, self->model, image, text, text_offsets[i], text_offsets[i + 1] - text_offsets[i], alone, NULL);
      numeric_assert_same ("batch", logits + i * self->n_tokens, alone, self->n_tokens, 1e-5);
    }
}

/* --- copies --- */

static void
check_same_answer (Fixture *self, RgModel *model, double bound)
{
  g_autoptr (RgImageState) image = see (model, self->pass, self->pixels);
  g_autofree float *expected = answer (self, self->model, self->image), *got = answer (self, model, image);

  numeric_assert_same ("another copy", got, expected, self->n_tokens, bound);
}

static void
test_save (Fixture *self, gconstpointer data)
{
  for (guint writable = 0; writable < 2; writable++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RgModel) loaded = rg_model_load (self->dir, writable, NULL, &error);

      g_assert_no_error (error);
      check_same_answer (self, loaded, 0);
      g_assert_cmpfloat (rg_model_get_config (loaded)->text.block.rotary_base, ==, 10000);
    }
}

static void
test_replica (Fixture *self, gconstpointer data)
{
  g_autoptr (RgModel) replica = rg_model_new_replica (self->model);

  check_same_answer (self, replica, 0);
  g_assert_true (rg_model_get_tokenizer (replica) == rg_model_get_tokenizer (self->model));
}

/* A model that grew to the size it has is a copy; larger, it sees more patches and still reads. */
static void
test_grown (Fixture *self, gconstpointer data)
{
  g_autoptr (RgModel) same = rg_model_new_grown (self->model, TINY_SIDE), large = NULL;
  g_autofree float *pixels = g_new0 (float, 4 * PIXELS), *logits = NULL;
  g_autoptr (RgImageState) image = NULL;

  check_same_answer (self, same, 0);
  large = rg_model_new_grown (same, 2 * TINY_SIDE);
  g_assert_cmpuint (rg_model_get_n_patches (large), ==, 4 * PATCHES);
  image = see (large, self->pass, pixels);
  logits = answer (self, large, image);
  for (guint i = 0; i < self->n_tokens; i++)
    g_assert_true (isfinite (logits[i]));
}

static void
test_prompt (Fixture *self, gconstpointer data)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_autoptr (GArray) prompt = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint length;

  rg_model_append_question (self->model, prompt, "What is IT? <eos>");
  g_assert_cmpuint (g_array_index (prompt, guint32, 0), ==, config->bos);
  g_assert_cmpuint (g_array_index (prompt, guint32, 1), ==, config->question);
  g_assert_cmpuint (g_array_index (prompt, guint32, prompt->len - 1), ==, config->answer);
  for (guint i = 2; i < prompt->len - 1; i++)
    g_assert_cmpuint (g_array_index (prompt, guint32, i), >, config->eos); /* a person cannot write a special token */

  rg_model_append_answer (self->model, prompt, "red");
  g_assert_cmpuint (g_array_index (prompt, guint32, prompt->len - 1), ==, config->eos);
  length = prompt->len;
  rg_model_append_question (self->model, prompt, "");
  g_assert_cmpuint (prompt->len, ==, length + 2);
  g_assert_cmpuint (g_array_index (prompt, guint32, length), ==, config->question);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model/cache", test_cache);
  ADD ("/model/truncate", test_truncate);
  ADD ("/model/cancelled", test_cancelled);
  ADD ("/model/cancelled-between", test_cancelled_between);
  ADD ("/model/attention", test_attention);
  ADD ("/model/see-twice", test_see_twice);
  ADD ("/model/progress", test_progress);
  ADD ("/model/batch", test_batch);
  ADD ("/model/save", test_save);
  ADD ("/model/replica", test_replica);
  ADD ("/model/grown", test_grown);
  ADD ("/model/prompt", test_prompt);

  return g_test_run ();
}
