/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/verdict.h"

#include <math.h>
#include <string.h>

#include "engine/explain/patch-order.h"

#define WEAK_EFFECT 0.1 /* nats above the mean of the random draws */
#define WEAK_RANK 0.75  /* share of the draws to be beaten */
#define ROUNDING 1e-4   /* nats by which the same mask may differ from itself, read beside others */

/* All that is hidden is drawn first, and then hidden together: nothing, and for each word that is tested the patches at the top and
 * at the bottom of its map, then R times as many of those that are not at the top. */
typedef struct
{
  guint n_words, n_patches, n_candidates, k;
  guint *candidates; /* patches in question, in the order of the picture */
  guint *order;      /* the same, the most important first */
  guint n_masks;     /* drawn so far */
  guint8 *masks;     /* rg_verdict_count() × n_patches */
  double *logprobs;  /* rg_verdict_count() × n_words */
} Test;

static void
test_clear (Test *self)
{
  g_free (self->candidates);
  g_free (self->order);
  g_free (self->masks);
  g_free (self->logprobs);
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

/* One more mask, of @n patches from place @first on. */
static void
add_mask (Test *self, guint first, guint n)
{
  guint8 *mask = self->masks + (gsize) self->n_masks++ * self->n_patches;

  for (guint i = 0; i < n; i++)
    mask[self->order[first + i]] = 1;
}

/* The draws are the word's own: the verdict is the same, whichever other words are tested. */
static void
add_word (Test *self, const float *map, const RgVerdictOptions *options, guint word)
{
  guint n_others = self->n_candidates - self->k;
  RgRandom random;

  rg_random_init (&random, options->seed, word);
  memcpy (self->order, self->candidates, self->n_candidates * sizeof *self->order);
  rg_patch_order_sort (self->order, self->n_candidates, map, &random);
  add_mask (self, 0, self->k);
  add_mask (self, n_others, self->k);
  for (guint i = 0; i < options->n_random; i++)
    {
      rg_patch_order_sort (self->order + self->k, n_others, NULL, &random);
      add_mask (self, self->k, MIN (self->k, n_others));
    }
}

/* What hiding a mask costs a word. */
static double
get_cost (const Test *self, guint mask, guint word)
{
  return self->logprobs[word] - self->logprobs[(gsize) mask * self->n_words + word];
}

/* @top: the mask of the word's most important patches; its bottom and the draws follow. */
static void
judge (const Test *test, guint word, guint top, RgVerdict *self)
{
  guint draws = top + 2;
  double squares = 0;

  self->top = get_cost (test, top, word);
  self->bottom = get_cost (test, top + 1, word);
  for (guint i = 0; i < self->n_random; i++)
    {
      self->random += get_cost (test, draws + i, word) / self->n_random;
      self->n_beaten += self->top > get_cost (test, draws + i, word) + ROUNDING;
    }
  for (guint i = 0; i < self->n_random; i++)
    squares += (get_cost (test, draws + i, word) - self->random) * (get_cost (test, draws + i, word) - self->random);
  if (self->n_random > 1)
    self->random_deviation = sqrt (squares / (self->n_random - 1));

  if (!(self->top > self->bottom + ROUNDING) || self->n_beaten < WEAK_RANK * self->n_random || self->top - self->random < WEAK_EFFECT)
    self->support = RG_SUPPORT_NONE;
  else if (self->n_beaten < self->n_random || self->top - self->random < RG_LEAST_DEPENDENCE)
    self->support = RG_SUPPORT_WEAK;
  else
    self->support = RG_SUPPORT_FULL;
}

guint
rg_verdict_count (const RgVerdictOptions *options, guint n_words)
{
  return 1 + (2 + options->n_random) * (options->word == RG_VERDICT_ALL ? n_words : 1);
}

static void
test_init (Test *self, const guint8 *candidates, const RgVerdictOptions *options)
{
  self->candidates = g_new (guint, self->n_patches);
  self->order = g_new (guint, self->n_patches);
  for (guint p = 0; p < self->n_patches; p++)
    if (candidates == NULL || candidates[p])
      self->candidates[self->n_candidates++] = p;

  g_assert (self->n_candidates > 0 && options->n_random > 0);
  self->k = CLAMP (options->share * self->n_candidates + 0.5, 1, MAX (self->n_candidates / 2, 1));
  self->n_masks = 1;
  self->masks = g_malloc0 ((gsize) rg_verdict_count (options, self->n_words) * self->n_patches);
  self->logprobs = g_new (double, (gsize) rg_verdict_count (options, self->n_words) * self->n_words);
}

static gboolean
is_tested (const RgVerdictOptions *options, guint word)
{
  return options->word == RG_VERDICT_ALL || options->word == (int) word;
}

gboolean
rg_verdict_test (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options, RgHideFunc hide, gpointer data, RgVerdict *verdicts, GError **error)
{
  g_auto (Test) test = { .n_words = n_words, .n_patches = n_patches };
  guint top = 1;

  test_init (&test, candidates, options);
  for (guint w = 0; w < n_words; w++)
    if (is_tested (options, w))
      add_word (&test, maps + (gsize) w * n_patches, options, w);

  if (!hide (data, test.masks, test.n_masks, test.logprobs, error))
    return FALSE;

  for (guint w = 0; w < n_words; w++)
    {
      verdicts[w] = (RgVerdict){ 0 };
      if (!is_tested (options, w))
        continue;
      verdicts[w] = (RgVerdict){ .k = test.k, .n_random = options->n_random };
      judge (&test, w, top, &verdicts[w]);
      top += 2 + options->n_random;
    }

  return TRUE;
}
