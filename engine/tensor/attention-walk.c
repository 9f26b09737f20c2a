/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/attention-walk.h"

#include <string.h>

#include "engine/tensor/attention-spec.h"
#include "engine/tensor/vector-math.h"

/* Queries whose keys are added to at the same time. */
#define TOGETHER 4

static gsize
count_rows (const RgAttentionSpec *spec)
{
  return spec->q_offsets[spec->n_segments];
}

static gsize
get_number (const RgAttentionWalk *walk, gsize row)
{
  return walk->order != NULL ? walk->order[row] : row;
}

static double *
find_place (const RgAttentionWalk *walk, gsize row)
{
  return walk->relevancy + get_number (walk, row);
}

double *
rg_attention_walk_begin (const RgAttentionSpec *spec)
{
  return g_new0 (double, (gsize) rg_attention_get_n_kv_heads (spec) * count_rows (spec));
}

/* Of %TOGETHER queries: their sums in single precision, so that the keys' numbers are read and written less often. */
RG_VECTORISED static void
add_relevant (double *to, const float *from, const float *p, const float *dp, gsize length, gsize n)
{
  for (gsize k = 0; k < n; k++)
    {
      float sum = 0;

      for (gsize i = 0; i < TOGETHER; i++)
        {
          float product = p[i * length + k] * dp[i * length + k];

          sum += from[i] * (product > 0 ? product : 0);
        }
      to[k] += sum;
    }
}

RG_VECTORISED static void
add_relevant_one (double *to, float from, const float *p, const float *dp, gsize n)
{
  for (gsize k = 0; k < n; k++)
    to[k] += from * (p[k] * dp[k] > 0 ? p[k] * dp[k] : 0);
}

void
rg_attention_walk_carry (const RgAttentionSpec *spec, gsize group, gsize first, gsize n, gsize n_seen, gsize length, const float *p, const float *dp, double *carried)
{
  gsize n_groups = (gsize) rg_attention_get_n_kv_heads (spec), offset = spec->q_offsets[group / n_groups], i = 0;
  double *to = carried + group % n_groups * count_rows (spec) + offset;
  float from[TOGETHER];

  for (; i + TOGETHER <= n; i += TOGETHER)
    {
      gboolean any = FALSE;

      for (gsize j = 0; j < TOGETHER; j++)
        {
          from[j] = *find_place (spec->walk, offset + first + i + j) / spec->n_heads;
          any = any || from[j] != 0;
        }
      if (any)
        add_relevant (to, from, p + i * length, dp + i * length, length, n_seen);
    }
  for (; i < n; i++)
    add_relevant_one (to, *find_place (spec->walk, offset + first + i) / spec->n_heads, p + i * length, dp + i * length, n_seen);
}

void
rg_attention_walk_end (const RgAttentionSpec *spec, double *carried)
{
  gsize n_rows = count_rows (spec);

  for (gsize i = 0; i < (gsize) rg_attention_get_n_kv_heads (spec) * n_rows; i++)
    *find_place (spec->walk, i % n_rows) += carried[i];
  g_free (carried);
}

void
rg_attention_walk_clear (const RgAttentionSpec *spec)
{
  gsize n_rows = count_rows (spec);

  memset (spec->walk->mean, 0, n_rows * n_rows * sizeof (float));
}

void
rg_attention_walk_average (const RgAttentionSpec *spec, gsize segment, gsize first, gsize n, gsize n_seen, gsize length, const float *p, const float *dp)
{
  const RgAttentionWalk *walk = spec->walk;
  gsize offset = spec->q_offsets[segment], n_rows = count_rows (spec);

  for (gsize i = 0; i < n; i++, p += length, dp = dp != NULL ? dp + length : NULL)
    {
      float *to = walk->mean + get_number (walk, offset + first + i) * n_rows;

      for (gsize k = 0; k < n_seen; k++)
        to[get_number (walk, offset + k)] += (dp == NULL ? p[k] : MAX (p[k] * dp[k], 0)) / spec->n_heads;
    }
}
