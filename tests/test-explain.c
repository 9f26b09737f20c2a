/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/localisation.h"
#include "engine/explain/mask-regression.h"
#include "engine/explain/occlusion.h"
#include "engine/explain/verdict.h"

/* Maps and tests of maps on interventions whose truth is planted: what each patch gives to each word is known. */

#define ROWS 5
#define COLS 7
#define PATCHES (ROWS * COLS)
#define WORDS 3

enum
{
  ADDITIVE, /* each patch adds its weight */
  ONE,      /* one patch decides: without it the word is e⁻⁶ times as likely */
  BLIND,    /* nothing matters */
};

#define DECIDING 17

typedef struct
{
  double weights[PATCHES];
  double noise; /* standard deviation, of the additive word */
  RgRandom random;
  const guint8 *allowed; /* nullable: what may be hidden */
  guint n_calls, fail_at;
  guint8 last[PATCHES];
  guint n_opposite;
} Planted;

static void
planted_init (Planted *self)
{
  *self = (Planted){ .fail_at = G_MAXUINT };
  rg_random_init (&self->random, 3, 0);
  for (guint p = 0; p < PATCHES; p++)
    self->weights[p] = rg_random_range (&self->random, -1, 2);
}

static gboolean
planted_hide_one (Planted *self, const guint8 *hidden, double *logprobs, GError **error)
{
  guint n_changed = 0;

  if (self->n_calls++ == self->fail_at)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, "planted");
      return FALSE;
    }

  logprobs[ADDITIVE] = -40 + self->noise * rg_random_normal (&self->random);
  for (guint p = 0; p < PATCHES; p++)
    {
      g_assert_true (hidden[p] <= 1);
      g_assert_true (!hidden[p] || self->allowed == NULL || self->allowed[p]);
      logprobs[ADDITIVE] += hidden[p] ? 0 : self->weights[p];
      n_changed += hidden[p] != self->last[p];
    }
  logprobs[ONE] = hidden[DECIDING] ? -6.1 : -0.1;
  logprobs[BLIND] = -3;
  memcpy (self->last, hidden, PATCHES);
  self->n_opposite += n_changed == PATCHES;

  return TRUE;
}

static gboolean
planted_hide (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!planted_hide_one (data, hidden + i * PATCHES, logprobs + i * WORDS, error))
      return FALSE;

  return TRUE;
}

/* --- masks --- */

static void
regress (Planted *planted, const RgMaskOptions *options, float *maps, float *errors)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < WORDS * PATCHES; i++)
    maps[i] = errors[i] = NAN;
  g_assert_true (rg_mask_regression (ROWS, COLS, options, planted_hide, planted, WORDS, maps, errors, &error));
  g_assert_no_error (error);
}

/* Without noise, and with more masks than patches, the planted weights come back. */
static void
test_masks_exact (void)
{
  RgMaskOptions options = { .n_masks = 128, .block = 1, .seed = 5 };
  float maps[WORDS * PATCHES], errors[WORDS * PATCHES];
  Planted planted;

  planted_init (&planted);
  regress (&planted, &options, maps, errors);
  g_assert_cmpuint (planted.n_calls, ==, 128);
  g_assert_cmpuint (planted.n_opposite, >=, 64); /* each mask with its opposite */
  for (guint p = 0; p < PATCHES; p++)
    {
      numeric_assert_near ("weight", p, maps[p], planted.weights[p], 0.02);
      numeric_assert_near ("one", p, maps[PATCHES + p], p == DECIDING ? 6 : 0, 0.05);
      g_assert_cmpfloat (errors[p], >, 0);
      g_assert_cmpfloat (errors[p], <, 0.2);
      g_assert_cmpfloat (maps[BLIND * PATCHES + p], ==, 0);
      g_assert_cmpfloat (errors[BLIND * PATCHES + p], ==, 0);
    }
}

/* The standard errors are what the map is really wrong by: with much noise, and with fewer masks than patches. */
static void
test_masks_errors (void)
{
  static const struct
  {
    guint n_masks;
    double noise;
  } cases[] = { { 256, 1.5 }, { 64, 0.5 }, { 24, 0.01 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double ratio = 0;

      for (guint seed = 0; seed < 20; seed++)
        {
          RgMaskOptions options = { .n_masks = cases[i].n_masks, .block = 1, .seed = seed };
          float maps[WORDS * PATCHES], errors[WORDS * PATCHES];
          Planted planted;

          planted_init (&planted);
          planted.noise = cases[i].noise;
          regress (&planted, &options, maps, errors);
          for (guint p = 0; p < PATCHES; p++)
            ratio += pow ((maps[p] - planted.weights[p]) / errors[p], 2) / (20 * PATCHES);
        }
      g_assert_cmpfloat (ratio, >, 0.6);
      g_assert_cmpfloat (ratio, <, 1.4);
    }
}

static void
test_masks_blocks (void)
{
  RgMaskOptions options = rg_mask_options_default ();
  float maps[WORDS * PATCHES], again[WORDS * PATCHES], other[WORDS * PATCHES], errors[WORDS * PATCHES];
  guint best = 0;
  Planted planted;

  planted_init (&planted);
  regress (&planted, &options, maps, errors);
  for (guint p = 0; p < PATCHES; p++)
    best = maps[PATCHES + p] > maps[PATCHES + best] ? p : best;
  g_assert_cmpuint (best, ==, DECIDING);

  planted_init (&planted);
  regress (&planted, &options, again, errors);
  g_assert_cmpmem (maps, sizeof maps, again, sizeof again);
  options.seed = 1;
  planted_init (&planted);
  regress (&planted, &options, other, errors);
  g_assert_true (memcmp (maps, other, PATCHES * sizeof (float)) != 0);
}

/* --- occlusion --- */

static void
test_occlusion (void)
{
  for (guint block = 1; block <= 3; block++)
    {
      g_autoptr (GError) error = NULL;
      float maps[WORDS * PATCHES];
      Planted planted;

      planted_init (&planted);
      g_assert_true (rg_occlusion_map (ROWS, COLS, block, planted_hide, &planted, WORDS, maps, &error));
      for (guint r = 0; r < ROWS; r++)
        for (guint c = 0; c < COLS; c++)
          {
            double sum = 0;
            guint n = 0;

            for (guint y = 0; y < ROWS; y++)
              for (guint x = 0; x < COLS; x++)
                if (y / block == r / block && x / block == c / block)
                  {
                    sum += planted.weights[y * COLS + x];
                    n++;
                  }
            numeric_assert_near ("square", r * COLS + c, maps[r * COLS + c], sum / n, 1e-5);
            g_assert_cmpfloat (maps[BLIND * PATCHES + r * COLS + c], ==, 0);
          }
    }
}

/* --- verdicts --- */

static void
judge (Planted *planted, const float *maps, const guint8 *candidates, RgVerdict *verdicts)
{
  RgVerdictOptions options = rg_verdict_options_default ();
  g_autoptr (GError) error = NULL;

  planted->allowed = candidates;
  g_assert_true (rg_verdict_test (maps, WORDS, PATCHES, candidates, &options, planted_hide, planted, verdicts, &error));
  g_assert_no_error (error);
}

/* The right patch on top is supported, the same map shuffled is not, and of a word that looks nowhere nothing is. */
static void
test_verdict (void)
{
  float maps[WORDS * PATCHES] = { 0 };
  RgVerdict verdicts[WORDS];
  Planted planted;

  planted_init (&planted);
  for (guint p = 0; p < PATCHES; p++)
    maps[p] = planted.weights[p];
  maps[PATCHES + DECIDING] = 1;
  judge (&planted, maps, NULL, verdicts);
  g_assert_cmpuint (planted.n_calls, >=, 1 + 2 * WORDS + 19);
  g_assert_cmpuint (planted.n_calls, <, 1 + 21 * WORDS); /* draws are shared */
  g_assert_cmpuint (verdicts[ONE].k, ==, 4);
  g_assert_cmpuint (verdicts[ONE].n_spared, ==, 4);
  g_assert_cmpuint (verdicts[ONE].n_random, ==, 19);
  numeric_assert_near ("top", ONE, verdicts[ONE].top, 6, 1e-9);
  numeric_assert_near ("bottom", ONE, verdicts[ONE].bottom, 0, 1e-9);
  g_assert_cmpint (verdicts[ADDITIVE].support, ==, RG_SUPPORT_FULL);
  g_assert_cmpint (verdicts[ONE].support, ==, RG_SUPPORT_FULL);
  g_assert_cmpfloat (verdicts[ADDITIVE].bottom, <, 0);
  g_assert_cmpint (verdicts[BLIND].support, ==, RG_SUPPORT_NONE);

  /* The least important patches called most important. */
  for (guint p = 0; p < PATCHES; p++)
    {
      maps[p] = -maps[p];
      maps[PATCHES + p] = p == DECIDING ? -1.0f : p % 7;
    }
  judge (&planted, maps, NULL, verdicts);
  g_assert_cmpint (verdicts[ADDITIVE].support, ==, RG_SUPPORT_NONE);
  g_assert_cmpint (verdicts[ONE].support, ==, RG_SUPPORT_NONE);
  numeric_assert_near ("bottom", ONE, verdicts[ONE].bottom, 6, 1e-9);
  g_assert_cmpstr (rg_support_get_name (verdicts[ONE].support), ==, "not supported");
}

/* One patch decides. A map that knows it is supported, whatever is drawn; one that does not is not: where it has the patch
 * among the least important, and where none that is in question matters. */
static void
test_verdict_one (void)
{
  float maps[WORDS * PATCHES] = { 0 };
  guint8 candidates[PATCHES] = { 0 };
  RgVerdict verdicts[WORDS];
  Planted planted;

  for (guint p = DECIDING - 2; p < DECIDING + 4; p++)
    candidates[p] = 1;
  maps[PATCHES + DECIDING] = 1;
  maps[PATCHES] = 2; /* not in question */
  planted_init (&planted);
  planted.allowed = candidates;
  judge (&planted, maps, candidates, verdicts);
  g_assert_cmpuint (verdicts[ONE].k, ==, 1);
  numeric_assert_near ("top", ONE, verdicts[ONE].top, 6, 1e-9);
  g_assert_cmpuint (verdicts[ONE].n_beaten, ==, 19);
  numeric_assert_near ("random", ONE, verdicts[ONE].random, 0, 1e-9);
  g_assert_cmpint (verdicts[ONE].support, ==, RG_SUPPORT_FULL);

  maps[PATCHES + DECIDING + 1] = 2;
  judge (&planted, maps, candidates, verdicts);
  g_assert_cmpuint (verdicts[ONE].n_beaten, ==, 0);
  numeric_assert_near ("top", ONE, verdicts[ONE].top, 0, 1e-9);
  g_assert_cmpfloat (verdicts[ONE].random, >, 0.5); /* one in five draws has it */
  g_assert_cmpint (verdicts[ONE].support, ==, RG_SUPPORT_NONE);
}

/* A map drawn at random is found supported hardly more often than one time in twenty: where the draws spare all of its most
 * important patches, and where they spare but the first of them. */
static void
test_verdict_chance (void)
{
  static const struct
  {
    double share;
    guint n_spared, most_full;
  } cases[] = {
    { 0.1, 4, 36 },  /* of 400: 26 ± 5 are expected */
    { 0.25, 5, 52 }, /* 33 ± 5, with so few patches; 48 if all were spared */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RgVerdictOptions options = rg_verdict_options_default ();
      guint n_full = 0, n_weak = 0;

      options.share = cases[i].share;
      for (guint seed = 0; seed < 400; seed++)
        {
          g_autoptr (GError) error = NULL;
          float maps[WORDS * PATCHES];
          RgVerdict verdicts[WORDS];
          Planted planted;
          RgRandom random;

          rg_random_init (&random, seed, 1);
          for (guint p = 0; p < WORDS * PATCHES; p++)
            maps[p] = rg_random_uniform (&random);
          planted_init (&planted);
          options.seed = seed;
          g_assert_true (rg_verdict_test (maps, WORDS, PATCHES, NULL, &options, planted_hide, &planted, verdicts, &error));
          g_assert_cmpuint (verdicts[ADDITIVE].n_spared, ==, cases[i].n_spared);
          n_full += verdicts[ADDITIVE].support == RG_SUPPORT_FULL;
          n_weak += verdicts[ADDITIVE].support == RG_SUPPORT_WEAK;
        }
      g_assert_cmpuint (n_full, <, cases[i].most_full);
      g_assert_cmpuint (n_full, >, 4);
      g_assert_cmpuint (n_weak, <, 110);
    }
}

/* What a whole answer costs hardly grows with its words. */
static void
test_verdict_shared (void)
{
  enum
  {
    LONG = 24,
    MANY = 256
  };
  RgVerdictOptions options = rg_verdict_options_default ();
  g_autofree float *maps = g_new (float, LONG *MANY);
  RgRandom random;
  guint one, all;

  rg_random_init (&random, 3, 0);
  for (guint i = 0; i < LONG * MANY; i++)
    maps[i] = rg_random_uniform (&random);
  all = rg_verdict_count (maps, LONG, MANY, NULL, &options);
  options.word = 7;
  one = rg_verdict_count (maps, LONG, MANY, NULL, &options);
  g_assert_cmpuint (one, ==, 1 + 2 + 19);
  g_assert_cmpuint (all, >=, 1 + 2 * LONG + 19);
  g_assert_cmpuint (all, <, 1 + 2 * LONG + 64);
}

/* --- places --- */

static void
test_localisation (void)
{
  static const guint8 inside[] = { 0, 1, 1, 0, 0, 0 };
  static const float maps[][6] = {
    { 0, 3, 1, 0, 0, 0 },
    { 5, 5, 5, 5, 5, 5 },
    { 4, 1, 4, -9, 0, 0 },
    { -1, -3, -2, -1, -1, -1 },
    { 2, 1, 3, 3, 0, 0 },
  };
  static const double expected[][3] = {
    { 1, 1, 1 },               /* on the object only */
    { 2.0 / 6, 2.0 / 6, 0.5 }, /* no preference: chance */
    { 0.5, 5.0 / 9, 6.5 / 8 }, /* the largest is there twice; negative values have no energy */
    { 0, 2.0 / 6, 0 },         /* nothing is positive */
    { 0.5, 4.0 / 9, (2 + 3.5) / 8.0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      RgLocalisation got = rg_localisation_score (maps[i], inside, 6);

      numeric_assert_near ("hit", i, got.hit, expected[i][0], 1e-9);
      numeric_assert_near ("energy", i, got.energy, expected[i][1], 1e-9);
      numeric_assert_near ("auroc", i, got.auroc, expected[i][2], 1e-9);
      numeric_assert_near ("area", i, got.area, 2.0 / 6, 1e-9);
    }
}

/* --- errors --- */

static void
test_errors (void)
{
  RgMaskOptions masks = rg_mask_options_default ();
  RgVerdictOptions options = rg_verdict_options_default ();
  float maps[WORDS * PATCHES] = { 0 };
  RgVerdict verdicts[WORDS];

  for (guint at = 0; at < 26; at += 5)
    {
      g_autoptr (GError) first = NULL, second = NULL, third = NULL;
      Planted planted;

      planted_init (&planted);
      planted.fail_at = at;
      g_assert_false (rg_mask_regression (ROWS, COLS, &masks, planted_hide, &planted, WORDS, maps, NULL, &first));
      g_assert_error (first, RG_ERROR, RG_ERROR_VALUE);
      g_assert_cmpuint (planted.n_calls, ==, at + 1); /* nothing is asked after that */
      planted.n_calls = 0;
      g_assert_false (rg_occlusion_map (ROWS, COLS, 1, planted_hide, &planted, WORDS, maps, &second));
      g_assert_error (second, RG_ERROR, RG_ERROR_VALUE);
      planted.n_calls = 0;
      g_assert_false (rg_verdict_test (maps, WORDS, PATCHES, NULL, &options, planted_hide, &planted, verdicts, &third));
      g_assert_error (third, RG_ERROR, RG_ERROR_VALUE);
      g_assert_cmpuint (planted.n_calls, ==, at + 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/masks/exact", test_masks_exact);
  g_test_add_func ("/explain/masks/errors", test_masks_errors);
  g_test_add_func ("/explain/masks/blocks", test_masks_blocks);
  g_test_add_func ("/explain/occlusion", test_occlusion);
  g_test_add_func ("/explain/verdict", test_verdict);
  g_test_add_func ("/explain/verdict/one", test_verdict_one);
  g_test_add_func ("/explain/verdict/chance", test_verdict_chance);
  g_test_add_func ("/explain/verdict/shared", test_verdict_shared);
  g_test_add_func ("/explain/localisation", test_localisation);
  g_test_add_func ("/explain/errors", test_errors);

  return g_test_run ();
}
