/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"
#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

#include "engine/explain/gradient.h"
#include "engine/explain/method.h"

/* Interventions on a real model, however small: what is hidden, and what is scored. */

#define FIRST 5 /* token of the answer */

static const RgWord words[] = { { 0, 2, "two" }, { 2, 1, "one" }, { 4, 3, "three" } }; /* the token between belongs to none */

#define N_WORDS G_N_ELEMENTS (words)

static RgExplained
explain (Fixture *self)
{
  return (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->seen, .ids = ids, .n_ids = N_IDS, .first = FIRST, .words = words, .n_words = N_WORDS };
}

static void
score_tokens (Fixture *self, RgImageState *image, const guint8 *hidden, double *logprobs)
{
  g_assert_true (rg_model_score (self->model, self->pass, image, ids, N_IDS, FIRST, hidden, logprobs, NULL));
}

/* A word is as likely as its tokens together; what it depends on the picture is what is lost when there is only grey. */
static void
test_words (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  double tokens[N_IDS - FIRST], blind[N_IDS - FIRST], got[N_WORDS], dependence[N_WORDS];
  float grey[TINY_SIDE * TINY_SIDE * 3] = { 0 };
  g_autoptr (RgImageState) blank = see (self->model, self->pass, grey);

  score_tokens (self, self->image, NULL, tokens);
  score_tokens (self, blank, NULL, blind);
  g_assert_true (rg_explained_score (&answer, self->image, got, NULL));
  g_assert_true (rg_explained_depend (&answer, dependence, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    {
      double sum = 0, difference = 0;

      for (guint i = words[w].first; i < words[w].first + words[w].n; i++)
        {
          sum += tokens[i];
          difference += tokens[i] - blind[i];
        }
      numeric_assert_near ("word", w, got[w], sum, 1e-9);
      numeric_assert_near ("dependence", w, dependence[w], difference, 1e-9);
      g_assert_cmpfloat (fabs (difference), >, 1e-3);
    }
}

/* --- pixels --- */

/* The mean of a line's pixels around @i, the last ones repeated beyond the edge. */
static double
line_mean (const double *line, gsize step, int i, int radius)
{
  double sum = 0;

  for (int j = i - radius; j <= i + radius; j++)
    sum += line[CLAMP (j, 0, TINY_SIDE - 1) * step];

  return sum / (2 * radius + 1);
}

static void
slow_blur (double *pixels, int radius)
{
  double across[PIXELS];

  for (guint pass = 0; pass < 3; pass++)
    {
      for (guint i = 0; i < PIXELS; i++)
        across[i] = line_mean (pixels + i / (3 * TINY_SIDE) * 3 * TINY_SIDE + i % 3, 3, i / 3 % TINY_SIDE, radius);
      for (guint i = 0; i < PIXELS; i++)
        pixels[i] = line_mean (across + i % (3 * TINY_SIDE), 3 * TINY_SIDE, i / (3 * TINY_SIDE), radius);
    }
}

static void
test_fill (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  g_auto (RgPixelHiding) mean = { 0 }, blurred = { 0 };
  double expected[PIXELS], sums[3] = { 0 };

  for (guint i = 0; i < PIXELS; i++)
    {
      expected[i] = self->pixels[i];
      sums[i % 3] += self->pixels[i];
    }
  slow_blur (expected, 8);
  rg_pixel_hiding_init (&mean, &answer, RG_FILL_MEAN);
  rg_pixel_hiding_init (&blurred, &answer, RG_FILL_BLUR);
  numeric_assert_all_near ("blur", blurred.fill, expected, PIXELS, 1e-5);
  for (guint i = 0; i < PIXELS; i++)
    numeric_assert_near ("mean", i, mean.fill[i], sums[i % 3] / (TINY_SIDE * TINY_SIDE), 1e-6);
}

/* Exactly the pixels of the hidden patches are replaced before the picture is seen again. */
static void
test_pixels (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  g_auto (RgPixelHiding) hiding = { 0 };
  g_autoptr (RgImageState) image = NULL;
  g_autofree float *pixels = g_memdup2 (self->pixels, sizeof self->pixels);
  guint8 hidden[PATCHES] = { 0 };
  double got[N_WORDS], whole[N_WORDS], expected[N_WORDS];

  hidden[1] = hidden[7] = hidden[12] = 1;
  rg_pixel_hiding_init (&hiding, &answer, RG_FILL_MEAN);
  for (guint y = 0; y < TINY_SIDE; y++)
    for (guint x = 0; x < TINY_SIDE; x++)
      for (guint c = 0; hidden[y / 8 * 4 + x / 8] && c < 3; c++)
        pixels[(y * TINY_SIDE + x) * 3 + c] = hiding.fill[c];
  image = see (self->model, self->pass, pixels);
  g_assert_true (rg_explained_score (&answer, image, expected, NULL));
  g_assert_true (rg_explained_score (&answer, self->image, whole, NULL));
  g_assert_true (rg_pixel_hiding_apply (&hiding, hidden, 1, got, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    {
      numeric_assert_near ("hidden", w, got[w], expected[w], 1e-9);
      g_assert_cmpfloat (fabs (got[w] - whole[w]), >, 1e-4);
    }

  memset (hidden, 0, sizeof hidden);
  g_assert_true (rg_pixel_hiding_apply (&hiding, hidden, 1, got, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    numeric_assert_near ("nothing hidden", w, got[w], whole[w], 1e-9);
}

/* --- maps --- */

/* The masks' map of the cut is, on the whole, that of cutting each patch alone. */
static void
test_cut (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  RgMaskOptions options = { .n_masks = 256, .block = 1 };
  float maps[N_WORDS * PATCHES], single[N_WORDS * PATCHES];

  g_assert_true (rg_mask_regression (4, 4, &options, rg_explained_cut, &answer, N_WORDS, maps, NULL, NULL));
  g_assert_true (rg_occlusion_map (4, 4, 1, rg_explained_cut, &answer, N_WORDS, single, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    {
      double both = 0, a = 0, b = 0;

      for (guint p = w * PATCHES; p < (w + 1) * PATCHES; p++)
        {
          both += (double) maps[p] * single[p];
          a += (double) maps[p] * maps[p];
          b += (double) single[p] * single[p];
        }
      g_assert_cmpfloat (both / sqrt (a * b), >, 0.8);
    }
}

/* The gradient of a word is the sum over its tokens, of all layers and heads that speak for it. */
static void
test_gradient (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  float maps[N_WORDS * PATCHES], attention[N_MAPS * PATCHES], gradient[N_MAPS * PATCHES];
  double expected[N_WORDS * PATCHES] = { 0 };

  g_assert_true (rg_gradient_map (&answer, maps, NULL));
  for (guint w = 0; w < N_WORDS; w++)
    for (guint at = FIRST + words[w].first; at < FIRST + words[w].first + words[w].n; at++)
      {
        g_assert_true (rg_model_differentiate (self->model, self->pass, self->image, ids, at, at, ids[at], attention, gradient, NULL));
        for (guint map = 0; map < N_MAPS; map++)
          for (guint p = 0; p < PATCHES; p++)
            expected[w * PATCHES + p] += (double) attention[map * PATCHES + p] * MAX (gradient[map * PATCHES + p], 0);
      }
  numeric_assert_all_near ("gradient", maps, expected, N_WORDS * PATCHES, 1e-5);
}

/* The attention of a word is the largest of its tokens', each that of the row which was read last when it was due. */
static void
test_attention (Fixture *self, gconstpointer data)
{
  for (int layer = -1; layer < 2; layer++)
    for (int head = -1; head < 2; head++)
      {
        RgExplained answer = explain (self);
        RgMethodOptions options = rg_method_options_default ();
        float maps[N_WORDS * PATCHES], expected[N_WORDS * PATCHES] = { 0 }, read[N_MAPS * PATCHES];
        g_autofree float *logits = g_new (float, self->n_tokens);

        options.layer = layer;
        options.head = head;
        g_assert_true (rg_method_map (RG_METHOD_ATTENTION, &answer, &options, maps, NULL, NULL));
        for (guint w = 0; w < N_WORDS; w++)
          for (guint at = FIRST + words[w].first; at < FIRST + words[w].first + words[w].n; at++)
            {
              g_autoptr (RgTextState) text = rg_text_state_new (self->model);

              read_ids (self, self->model, self->image, text, 0, at, logits, read);
              for (guint p = 0; p < PATCHES; p++)
                {
                  double sum = 0;
                  guint n = 0;

                  for (int map = 0; map < N_MAPS; map++)
                    if ((layer < 0 || map / 2 == layer) && (head < 0 || map % 2 == head))
                      {
                        sum += read[map * PATCHES + p];
                        n++;
                      }
                  expected[w * PATCHES + p] = MAX (expected[w * PATCHES + p], sum / n);
                }
            }
        numeric_assert_same ("attention", maps, expected, N_WORDS * PATCHES, 1e-5);
      }
}

/* Each method by its name is the function that it stands for. */
static void
test_methods (Fixture *self, gconstpointer data)
{
  RgExplained answer = explain (self);
  RgMethodOptions options = rg_method_options_default ();
  float maps[N_WORDS * PATCHES], expected[N_WORDS * PATCHES], errors[N_WORDS * PATCHES];
  g_auto (RgPixelHiding) hiding = { 0 };
  RgMethod method;

  g_assert_false (rg_method_find ("magic", &method));
  for (RgMethod i = 0; i < RG_N_METHODS; i++)
    {
      g_assert_true (rg_method_find (rg_method_get_name (i), &method));
      g_assert_cmpint (method, ==, i);
    }

  options.fill = RG_FILL_BLUR;
  rg_pixel_hiding_init (&hiding, &answer, RG_FILL_BLUR);
  g_assert_true (rg_method_map (RG_METHOD_OCCLUSION, &answer, &options, maps, NULL, NULL));
  g_assert_true (rg_occlusion_map (4, 4, RG_OCCLUSION_BLOCK, rg_pixel_hiding_apply, &hiding, N_WORDS, expected, NULL));
  g_assert_cmpmem (maps, sizeof maps, expected, sizeof expected);
  g_assert_true (rg_method_map (RG_METHOD_KV_CUT, &answer, &options, maps, &(RgMethodFindings){ .errors = errors }, NULL));
  g_assert_true (rg_mask_regression (4, 4, &options.masks, rg_explained_cut, &answer, N_WORDS, expected, NULL, NULL));
  g_assert_cmpmem (maps, sizeof maps, expected, sizeof expected);
  g_assert_true (rg_method_map (RG_METHOD_GRADIENT, &answer, &options, maps, NULL, NULL));
  g_assert_true (rg_gradient_map (&answer, expected, NULL));
  g_assert_cmpmem (maps, sizeof maps, expected, sizeof expected);
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) cut = NULL, pixels = NULL, gradient = NULL;
  RgExplained answer = explain (self);
  g_auto (RgPixelHiding) hiding = { 0 };
  guint8 hidden[PATCHES] = { 0 };
  float maps[N_WORDS * PATCHES];
  double logprobs[N_WORDS];

  rg_pixel_hiding_init (&hiding, &answer, RG_FILL_BLUR);
  rg_pass_set_cancellable (self->pass, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_false (rg_explained_cut (&answer, hidden, 1, logprobs, &cut));
  g_assert_error (cut, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (rg_pixel_hiding_apply (&hiding, hidden, 1, logprobs, &pixels));
  g_assert_error (pixels, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (rg_gradient_map (&answer, maps, &gradient));
  g_assert_error (gradient, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  rg_pass_set_cancellable (self->pass, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/intervention/words", test_words);
  ADD ("/intervention/fill", test_fill);
  ADD ("/intervention/pixels", test_pixels);
  ADD ("/intervention/cut", test_cut);
  ADD ("/intervention/gradient", test_gradient);
  ADD ("/intervention/attention", test_attention);
  ADD ("/intervention/methods", test_methods);
  ADD ("/intervention/cancelled", test_cancelled);

  return g_test_run ();
}
