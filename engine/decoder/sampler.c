/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/sampler.h"

#include <math.h>
#include <stdlib.h>

#include "engine/tensor/random.h"
#include "engine/tensor/vector-math.h"

typedef struct
{
  guint32 id;
  float logit;
  double weight; /* exp of the tempered score, the best one's being 1 */
} Entry;

struct _RgSampler
{
  double temperature;
  guint top_k;
  double top_p;
  RgRandom random;
  GArray *entries; /* of Entry; kept between calls for its memory */
};

RgSampler *
rg_sampler_new (double temperature,
                guint top_k,
                double top_p,
                guint64 seed)
{
  RgSampler *self = g_new0 (RgSampler, 1);

  self->temperature = temperature;
  self->top_k = top_k;
  self->top_p = CLAMP (top_p, 0, 1);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  rg_random_init (&self->random, seed, 0);

  return self;
}

void
rg_sampler_free (RgSampler *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->entries);
  g_free (self);
}

guint32
rg_logits_find_best (const float *logits,
                     gsize n)
{
  guint32 best = 0;

  for (gsize i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;

  return best;
}

RG_VECTORISED double
rg_logits_log_sum (const float *logits,
                   gsize n)
{
  float max = -G_MAXFLOAT, sum = 0;

  RG_SIMD_MAX (max)
  for (gsize i = 0; i < n; i++)
    max = logits[i] > max ? logits[i] : max;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    sum += rg_exp (logits[i] - max);

  return max + log (sum);
}

static int
compare (const void *a,
         const void *b)
{
  const Entry *left = a, *right = b;

  if (left->logit != right->logit)
    return left->logit < right->logit ? 1 : -1;

  return left->id < right->id ? -1 : 1;
}

/* Puts entry @i of a heap whose root is the least likely one in its place. */
static void
sift_down (Entry *heap,
           gsize n,
           gsize i)
{
  for (gsize child = 2 * i + 1; child < n; i = child, child = 2 * i + 1)
    {
      Entry moved = heap[i];

      if (child + 1 < n && compare (&heap[child + 1], &heap[child]) > 0)
        child++;
      if (compare (&heap[child], &moved) <= 0)
        return;
      heap[i] = heap[child];
      heap[child] = moved;
    }
}

/* Fills the entries with the @k best, best first. A heap of k beside one pass over the vocabulary: k is small. */
static void
select_best (RgSampler *self,
             const float *logits,
             gsize n,
             gsize k)
{
  Entry *heap;

  g_array_set_size (self->entries, k);
  heap = (Entry *) self->entries->data;

  for (gsize i = 0; i < k; i++)
    heap[i] = (Entry){ i, logits[i], 0 };
  for (gsize i = k / 2; i-- > 0;)
    sift_down (heap, k, i);

  for (gsize i = k; i < n; i++)
    if (logits[i] > heap[0].logit)
      {
        heap[0] = (Entry){ i, logits[i], 0 };
        sift_down (heap, k, 0);
      }

  qsort (heap, k, sizeof (Entry), compare);
}

/* Leaves the smallest set of the likeliest that reaches @p. An entry lighter than an even share of the rest, 1 - p, can be
 * in no such set beside those before it, so it need not be sorted. */
static void
keep_nucleus (GArray *array,
              double p,
              double total)
{
  Entry *entries = (Entry *) array->data;
  double floor = (1 - p) * total / array->len, sum = 0;
  guint n = 0;

  for (guint i = 0; i < array->len; i++)
    if (entries[i].weight >= floor)
      entries[n++] = entries[i];

  qsort (entries, n, sizeof (Entry), compare);
  for (guint i = 0; i < n; i++)
    {
      sum += entries[i].weight;
      if (sum >= p * total)
        n = i + 1;
    }

  g_array_set_size (array, n);
}

static guint32
draw (RgSampler *self)
{
  const Entry *entries = (const Entry *) self->entries->data;
  guint32 last = entries[0].id;
  double total = 0, left;

  for (guint i = 0; i < self->entries->len; i++)
    total += entries[i].weight;

  left = rg_random_uniform (&self->random) * total;
  for (guint i = 0; i < self->entries->len; i++)
    if (entries[i].weight > 0)
      {
        last = entries[i].id;
        left -= entries[i].weight;
        if (left < 0)
          break;
      }

  /* Rounding may leave a crumb after the last entry. */
  return last;
}

RgCandidate
rg_sampler_choose (RgSampler *self,
                   const float *logits,
                   gsize n)
{
  guint32 best = rg_logits_find_best (logits, n);
  guint32 id = best;

  if (self->temperature > 0)
    {
      gboolean all = self->top_k == 0 || self->top_k >= n;
      double total = 0;

      if (all)
        g_array_set_size (self->entries, n);
      else
        select_best (self, logits, n, self->top_k);

      for (guint i = 0; i < self->entries->len; i++)
        {
          Entry *entry = &g_array_index (self->entries, Entry, i);

          if (all)
            *entry = (Entry){ i, logits[i], 0 };
          entry->weight = exp (((double) entry->logit - logits[best]) / self->temperature);
          total += entry->weight;
        }

      if (self->top_p < 1)
        keep_nucleus (self->entries, self->top_p, total);
      id = draw (self);
    }

  return (RgCandidate){ id, logits[id] - rg_logits_log_sum (logits, n) };
}

guint
rg_sampler_rank (RgSampler *self,
                 const float *logits,
                 gsize n,
                 guint k,
                 RgCandidate *ranked)
{
  double sum;

  k = MIN (k, n);
  if (k == 0)
    return 0;

  sum = rg_logits_log_sum (logits, n);
  select_best (self, logits, n, k);
  for (guint i = 0; i < k; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      ranked[i] = (RgCandidate){ entry->id, entry->logit - sum };
    }

  return k;
}
