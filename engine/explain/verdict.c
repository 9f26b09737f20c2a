/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/verdict.h"

#include <math.h>
#include <string.h>

#include "engine/explain/patch-order.h"

#define WEAK_EFFECT 0.1 /* nats above the mean of the random draws */
#define WEAK_RANK 0.75  /* share of the draws to be beaten */
#define ROUNDING 1e-4   /* nats by which the same mask may differ from itself, read beside others */

/* All that is hidden is drawn first, and then hidden together: nothing, for each word that is tested the patches at the top and
 * at the bottom of its map, and the random draws, which the words share. */
typedef struct
{
  guint n_words, n_patches, n_candidates, k, n_spared, n_random;
  guint *candidates; /* patches in question, in the order of the picture */
  guint *order;      /* the same, as they are drawn from */
  guint *spared;     /* n_words × n_spared: the first of each map */
  guint *n_drawn;    /* of each word; 0 where it is not tested */
  guint *draws;      /* n_words × n_random: the masks that are a word's draws */
  GByteArray *masks; /* × n_patches */
  double *logprobs;  /* masks × n_words */
} Test;

static void
test_clear (Test *self)
{
  g_free (self->candidates);
  g_free (self->order);
  g_free (self->spared);
  g_free (self->n_drawn);
  g_free (self->draws);
  g_clear_pointer (&self->masks, g_byte_array_unref);
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

static gboolean
is_tested (const RgVerdictOptions *options, guint word)
{
  return options->word == RG_VERDICT_ALL || options->word == (int) word;
}

static guint
count_masks (const Test *self)
{
  return self->masks->len / self->n_patches;
}

/* One more mask, of @n patches from place @first on. Returns: (transfer none): it, until the next */
static const guint8 *
add_mask (Test *self, guint first, guint n)
{
  guint8 *mask;

  g_byte_array_set_size (self->masks, self->masks->len + self->n_patches);
  mask = memset (self->masks->data + self->masks->len - self->n_patches, 0, self->n_patches);
  for (guint i = 0; i < n; i++)
    mask[self->order[first + i]] = 1;

  return mask;
}

static void
add_word (Test *self, const float *map, const RgVerdictOptions *options, guint word)
{
  RgRandom random;

  rg_random_init (&random, options->seed, word);
  memcpy (self->order, self->candidates, self->n_candidates * sizeof *self->order);
  rg_patch_order_sort (self->order, self->n_candidates, map, &random);
  memcpy (self->spared + word * self->n_spared, self->order, self->n_spared * sizeof *self->spared);
  add_mask (self, 0, self->k);
  add_mask (self, self->n_candidates - self->k, self->k);
}

static gboolean
spares (const Test *self, const guint8 *mask, guint word)
{
  for (guint i = 0; i < self->n_spared; i++)
    if (mask[self->spared[word * self->n_spared + i]])
      return FALSE;

  return TRUE;
}

/* One sequence of draws for all words, of which each takes the first that spare its own patches: to a word they are as random as
 * draws of its own, and its verdict is the same, whichever other words are tested. */
static void
add_draws (Test *self, const RgVerdictOptions *options)
{
  guint n_lacking = 0;
  RgRandom random;

  for (guint w = 0; w < self->n_words; w++)
    n_lacking += is_tested (options, w);

  rg_random_init (&random, options->seed, G_MAXUINT64);
  memcpy (self->order, self->candidates, self->n_candidates * sizeof *self->order);
  while (n_lacking > 0)
    {
      const guint8 *mask;
      gboolean is_wanted = FALSE;

      rg_patch_order_sort (self->order, self->n_candidates, NULL, &random);
      mask = add_mask (self, 0, self->k);
      for (guint w = 0; w < self->n_words; w++)
        if (is_tested (options, w) && self->n_drawn[w] < self->n_random && spares (self, mask, w))
          {
            self->draws[w * self->n_random + self->n_drawn[w]++] = count_masks (self) - 1;
            n_lacking -= self->n_drawn[w] == self->n_random;
            is_wanted = TRUE;
          }
      if (!is_wanted)
        g_byte_array_set_size (self->masks, self->masks->len - self->n_patches);
    }
}

static void
test_init (Test *self, const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options)
{
  *self = (Test){ .n_words = n_words, .n_patches = n_patches, .n_random = options->n_random };
  self->candidates = g_new (guint, n_patches);
  self->order = g_new (guint, n_patches);
  for (guint p = 0; p < n_patches; p++)
    if (candidates == NULL || candidates[p])
      self->candidates[self->n_candidates++] = p;

  g_assert (self->n_candidates > 0 && options->n_random > 0);
  self->k = CLAMP (options->share * self->n_candidates + 0.5, 1, MAX (self->n_candidates / 2, 1));
  self->n_spared = MIN (MIN (self->k, RG_VERDICT_SPARED), self->n_candidates - self->k);
  self->spared = g_new (guint, (gsize) n_words * self->n_spared);
  self->n_drawn = g_new0 (guint, n_words);
  self->draws = g_new (guint, (gsize) n_words * self->n_random);
  self->masks = g_byte_array_new ();
  add_mask (self, 0, 0);
  for (guint w = 0; w < n_words; w++)
    if (is_tested (options, w))
      add_word (self, maps + (gsize) w * n_patches, options, w);
  add_draws (self, options);
}

/* What hiding a mask costs a word. */
static double
get_cost (const Test *self, guint mask, guint word)
{
  return self->logprobs[word] - self->logprobs[(gsize) mask * self->n_words + word];
}

/* @top: the mask of the word's most important patches; its bottom follows. */
static void
judge (const Test *test, guint word, guint top, RgVerdict *self)
{
  const guint *draws = test->draws + word * test->n_random;
  double squares = 0;

  *self = (RgVerdict){ .k = test->k, .n_random = test->n_random, .n_spared = test->n_spared };
  self->top = get_cost (test, top, word);
  self->bottom = get_cost (test, top + 1, word);
  for (guint i = 0; i < self->n_random; i++)
    {
      self->random += get_cost (test, draws[i], word) / self->n_random;
      self->n_beaten += self->top > get_cost (test, draws[i], word) + ROUNDING;
    }
  for (guint i = 0; i < self->n_random; i++)
    squares += (get_cost (test, draws[i], word) - self->random) * (get_cost (test, draws[i], word) - self->random);
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
rg_verdict_count (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options)
{
  g_auto (Test) test = { 0 };

  test_init (&test, maps, n_words, n_patches, candidates, options);

  return count_masks (&test);
}

gboolean
rg_verdict_test (const float *maps, guint n_words, guint n_patches, const guint8 *candidates, const RgVerdictOptions *options, RgHideFunc hide, gpointer data, RgVerdict *verdicts, GError **error)
{
  g_auto (Test) test = { 0 };
  guint top = 1;

  test_init (&test, maps, n_words, n_patches, candidates, options);
  test.logprobs = g_new (double, (gsize) count_masks (&test) * n_words);
  if (!hide (data, test.masks->data, count_masks (&test), test.logprobs, error))
    return FALSE;

  for (guint w = 0; w < n_words; w++)
    {
      verdicts[w] = (RgVerdict){ 0 };
      if (!is_tested (options, w))
        continue;
      judge (&test, w, top, &verdicts[w]);
      top += 2;
    }

  return TRUE;
}
