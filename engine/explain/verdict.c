/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/verdict.h"

#include <math.h>
#include <string.h>

#include "engine/explain/patch-order.h"

#define WEAK_EFFECT 0.1 /* nats above the mean of the random draws */
#define WEAK_RANK 0.75  /* share of the draws to be beaten */

typedef struct
{
  RgHideFunc hide;
  gpointer data;
  guint n_words, n_patches, n_candidates, k;
  RgRandom random;
  guint *candidates; /* patches in question */
  guint8 *hidden;
  double *whole, *costs; /* n_words */
} Test;

static void
test_clear (Test *self)
{
  g_free (self->candidates);
  g_free (self->hidden);
  g_free (self->whole);
  g_free (self->costs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Test, test_clear)

const char *
rg_support_get_name (RgSupport self)
{
  static const char *const names[] = { "not supported", "weak", "supported" };

  return names[self];
}

RgVerdictOptions
rg_verdict_options_default (void)
{
  return (RgVerdictOptions){ .share = 0.1, .n_random = 19, .word = RG_VERDICT_ALL };
}

/* Hides k candidates from the one at @first on, and leaves in self->costs what that costs each word. */
static gboolean
hide_some (Test *self, guint first, GError **error)
{
  memset (self->hidden, 0, self->n_patches);
  for (guint i = 0; i < self->k; i++)
    self->hidden[self->candidates[first + i]] = 1;

  if (!self->hide (self->data, self->hidden, self->costs, error))
    return FALSE;

  for (guint w = 0; w < self->n_words; w++)
    self->costs[w] = self->whole[w] - self->costs[w];

  return TRUE;
}

static void
judge (RgVerdict *self, const double *random, gsize stride)
{
  double squares = 0;

  self->random = self->random_deviation = 0;
  self->n_beaten = 0;
  for (guint i = 0; i < self->n_random; i++)
    {
      self->random += random[i * stride] / self->n_random;
      self->n_beaten += self->top > random[i * stride];
    }
  for (guint i = 0; i < self->n_random; i++)
    squares += (random[i * stride] - self->random) * (random[i * stride] - self->random);
  if (self->n_random > 1)
    self->random_deviation = sqrt (squares / (self->n_random - 1));

  if (!(self->top > self->bottom) || self->n_beaten < WEAK_RANK * self->n_random || self->top - self->random < WEAK_EFFECT)
    self->support = RG_SUPPORT_NONE;
  else if (self->n_beaten < self->n_random || self->top - self->random < RG_LEAST_DEPENDENCE)
    self->support = RG_SUPPORT_WEAK;
  else
    self->support = RG_SUPPORT_FULL;
}

static void
test_init (Test *self, const guint8 *candidates, const RgVerdictOptions *options)
{
  self->candidates = g_new (guint, self->n_patches);
  for (guint p = 0; p < self->n_patches; p++)
    if (candidates == NULL || candidates[p])
      self->candidates[self->n_candidates++] = p;

  g_assert (self->n_candidates > 0 && options->n_random > 0);
  self->k = CLAMP (options->share * self->n_candidates + 0.5, 1, self->n_candidates);
  self->hidden = g_malloc0 (self->n_patches);
  self->whole = g_new (double, self->n_words);
  self->costs = g_new (double, self->n_words);
  rg_random_init (&self->random, options->seed, 0);
}

guint
rg_verdict_count (const RgVerdictOptions *options, guint n_words)
{
  return 1 + options->n_random + 2 * (options->word == RG_VERDICT_ALL ? n_words : 1);
}

gboolean
rg_verdict_test (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options, RgHideFunc hide, gpointer data, RgVerdict *verdicts, GError **error)
{
  g_auto (Test) test = { .hide = hide, .data = data, .n_words = n_words, .n_patches = n_patches };
  g_autofree double *random = g_new (double, (gsize) options->n_random *n_words);

  test_init (&test, candidates, options);
  if (!hide (data, test.hidden, test.whole, error))
    return FALSE;

  for (guint i = 0; i < options->n_random; i++)
    {
      rg_patch_order_sort (test.candidates, test.n_candidates, NULL, &test.random);
      if (!hide_some (&test, 0, error))
        return FALSE;
      memcpy (random + (gsize) i * n_words, test.costs, n_words * sizeof (double));
    }

  for (guint w = 0; w < n_words; w++)
    {
      verdicts[w] = (RgVerdict){ 0 };
      rg_patch_order_sort (test.candidates, test.n_candidates, maps + (gsize) w * n_patches, &test.random); /* also for words left out: the lots go on as they would */
      if (options->word != RG_VERDICT_ALL && options->word != (int) w)
        continue;

      verdicts[w] = (RgVerdict){ .k = test.k, .n_random = options->n_random };
      if (!hide_some (&test, 0, error))
        return FALSE;
      verdicts[w].top = test.costs[w];
      if (!hide_some (&test, test.n_candidates - test.k, error))
        return FALSE;
      verdicts[w].bottom = test.costs[w];
      judge (&verdicts[w], random + w, n_words);
    }

  return TRUE;
}
