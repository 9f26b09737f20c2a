/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/sampler.h"

#include <math.h>

#include "engine/tensor/random.h"

#define N 1000
#define DRAWS 20000

static void
fill (float *logits,
      guint64 seed)
{
  RgRandom random;

  rg_random_init (&random, seed, 0);
  for (guint i = 0; i < N; i++)
    logits[i] = 3 * rg_random_normal (&random);
}

static double
logprob_of (const float *logits,
            guint id)
{
  double sum = 0;

  for (guint i = 0; i < N; i++)
    sum += exp ((double) logits[i] - logits[id]);

  return -log (sum);
}

static void
test_greedy (void)
{
  g_autoptr (RgSampler) sampler = rg_sampler_new (0, 0, 1, 7);
  float logits[N];
  RgCandidate chosen;

  fill (logits, 1);
  logits[300] = logits[700] = 50;
  chosen = rg_sampler_choose (sampler, logits, N);
  g_assert_cmpuint (chosen.id, ==, 300);
  g_assert_cmpfloat_with_epsilon (chosen.logprob, -log (2), 1e-6);

  /* Neither large scores nor forbidden tokens upset the sum. */
  for (guint i = 0; i < N; i++)
    logits[i] = i == 9 ? 1e30f : -INFINITY;
  chosen = rg_sampler_choose (sampler, logits, N);
  g_assert_cmpuint (chosen.id, ==, 9);
  g_assert_cmpfloat_with_epsilon (chosen.logprob, 0, 1e-12);
}

static void
test_rank (void)
{
  g_autoptr (RgSampler) sampler = rg_sampler_new (0, 0, 1, 7);
  RgCandidate ranked[N + 5];
  float logits[N];

  fill (logits, 2);
  logits[10] = logits[20] = logits[30] = 40;
  g_assert_cmpuint (rg_sampler_rank (sampler, logits, N, 5, ranked), ==, 5);
  g_assert_cmpuint (ranked[0].id, ==, 10);
  g_assert_cmpuint (ranked[1].id, ==, 20);
  g_assert_cmpuint (ranked[2].id, ==, 30);
  g_assert_cmpfloat_with_epsilon (ranked[4].logprob, logprob_of (logits, ranked[4].id), 1e-5);

  g_assert_cmpuint (rg_sampler_rank (sampler, logits, N, N + 5, ranked), ==, N);
  for (guint i = 1; i < N; i++)
    g_assert_true (ranked[i - 1].logprob >= ranked[i].logprob);
  g_assert_cmpuint (rg_sampler_rank (sampler, logits, N, 0, ranked), ==, 0);
}

/* How often each id was drawn. */
static guint *
count_draws (double temperature,
             guint top_k,
             double top_p,
             const float *logits,
             guint n)
{
  g_autoptr (RgSampler) sampler = rg_sampler_new (temperature, top_k, top_p, 5);
  guint *counts = g_new0 (guint, n);

  for (guint i = 0; i < DRAWS; i++)
    counts[rg_sampler_choose (sampler, logits, n).id]++;

  return counts;
}

static void
assert_rates (const guint *counts,
              const double *rates,
              guint n)
{
  for (guint i = 0; i < n; i++)
    {
      double deviation = sqrt (rates[i] * (1 - rates[i]) / DRAWS);

      g_assert_cmpfloat_with_epsilon (counts[i] / (double) DRAWS, rates[i], 5 * deviation + 1e-12);
    }
}

static void
test_rates (void)
{
  /* Probabilities .1, .2, .3, .4 at temperature 1. */
  const float logits[] = { logf (0.1f), logf (0.2f), logf (0.3f), logf (0.4f) };
  g_autofree guint *plain = count_draws (1, 0, 1, logits, 4);
  g_autofree guint *sharp = count_draws (0.5, 0, 1, logits, 4);
  g_autofree guint *two = count_draws (1, 2, 1, logits, 4);
  g_autofree guint *most = count_draws (1, 0, 0.65, logits, 4);
  g_autofree guint *both = count_draws (1, 3, 0.5, logits, 4);
  g_autofree guint *one = count_draws (1, 0, 0, logits, 4);

  assert_rates (plain, (double[]){ 0.1, 0.2, 0.3, 0.4 }, 4);
  assert_rates (sharp, (double[]){ 1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0 }, 4);
  assert_rates (two, (double[]){ 0, 0, 3 / 7.0, 4 / 7.0 }, 4);
  assert_rates (most, (double[]){ 0, 0, 3 / 7.0, 4 / 7.0 }, 4);

  /* Of the three that top-k left (2/9, 3/9, 4/9), two reach one half. */
  assert_rates (both, (double[]){ 0, 0, 3 / 7.0, 4 / 7.0 }, 4);
  assert_rates (one, (double[]){ 0, 0, 0, 1 }, 4);
}

/* The shortcut around sorting leaves the same set as the definition. */
static void
test_nucleus (void)
{
  float logits[N];

  for (guint round = 0; round < 20; round++)
    {
      const double p = 0.05 * round + 0.02;
      g_autoptr (RgSampler) sampler = rg_sampler_new (1, 0, p, round);
      RgCandidate ranked[N];
      double sum = 0, floor = 0;

      fill (logits, round);
      rg_sampler_rank (sampler, logits, N, N, ranked);
      for (guint i = 0; i < N && sum < p; i++)
        {
          sum += exp (ranked[i].logprob);
          floor = ranked[i].logprob;
        }

      for (guint i = 0; i < 200; i++)
        g_assert_cmpfloat (rg_sampler_choose (sampler, logits, N).logprob, >=, floor - 1e-9);
    }
}

static void
test_seed (void)
{
  g_autoptr (RgSampler) a = rg_sampler_new (1.3, 50, 0.9, 11);
  g_autoptr (RgSampler) b = rg_sampler_new (1.3, 50, 0.9, 11);
  g_autoptr (RgSampler) c = rg_sampler_new (1.3, 50, 0.9, 12);
  guint n_other = 0;
  float logits[N];

  fill (logits, 3);
  for (guint i = 0; i < 100; i++)
    {
      RgCandidate chosen = rg_sampler_choose (a, logits, N), same = rg_sampler_choose (b, logits, N);
      RgCandidate ranked[5];

      /* Looking at alternatives does not disturb the draws. */
      rg_sampler_rank (b, logits, N, 5, ranked);
      g_assert_cmpuint (chosen.id, ==, same.id);
      g_assert_cmpfloat_with_epsilon (chosen.logprob, logprob_of (logits, chosen.id), 1e-5);
      n_other += chosen.id != rg_sampler_choose (c, logits, N).id;
    }
  g_assert_cmpuint (n_other, >, 50);
}

static void
test_forbidden (void)
{
  g_autoptr (RgSampler) sampler = rg_sampler_new (100, 0, 1, 1);
  const float logits[] = { 0, -INFINITY, 0, -INFINITY };

  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (rg_sampler_choose (sampler, logits, 4).id % 2, ==, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/decoder/sampler/greedy", test_greedy);
  g_test_add_func ("/decoder/sampler/rank", test_rank);
  g_test_add_func ("/decoder/sampler/rates", test_rates);
  g_test_add_func ("/decoder/sampler/nucleus", test_nucleus);
  g_test_add_func ("/decoder/sampler/seed", test_seed);
  g_test_add_func ("/decoder/sampler/forbidden", test_forbidden);

  return g_test_run ();
}
