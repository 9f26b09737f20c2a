/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/softmax.h"

#include <string.h>

#include "engine/tensor/vector-math.h"

/* Step by step over all rows, as each step of one waits for the one before. */
RG_VECTORISED void
rg_softmax_rows (float *rows, gsize n, gsize length, const gsize *visible, float scale)
{
  float offsets[RG_SOFTMAX_MAX_ROWS], factors[RG_SOFTMAX_MAX_ROWS];

  g_assert (n <= RG_SOFTMAX_MAX_ROWS);

  for (gsize r = 0; r < n; r++)
    {
      gsize whole = rg_softmax_get_length (visible[r]);
      float *row = rows + r * length, largest = -G_MAXFLOAT;

      for (gsize i = visible[r]; i < whole; i++)
        row[i] = -G_MAXFLOAT;

      RG_SIMD_MAX (largest)
      for (gsize i = 0; i < whole; i++)
        largest = row[i] > largest ? row[i] : largest;
      offsets[r] = largest;
    }

  for (gsize r = 0; r < n; r++)
    {
      gsize whole = rg_softmax_get_length (visible[r]);
      float *row = rows + r * length, largest = offsets[r], sum = 0;

      RG_SIMD_SUM (sum)
      for (gsize i = 0; i < whole; i++)
        {
          row[i] = rg_exp ((row[i] - largest) * scale);
          sum += row[i];
        }
      factors[r] = 1.0f / sum;
    }

  for (gsize r = 0; r < n; r++)
    {
      gsize whole = rg_softmax_get_length (visible[r]);
      float *row = rows + r * length, factor = factors[r];

      for (gsize i = 0; i < whole; i++)
        row[i] *= factor;
      memset (row + visible[r], 0, (length - visible[r]) * sizeof (float));
    }
}

RG_VECTORISED void
rg_softmax_row_backward (float *dp, const float *p, gsize n, float scale)
{
  gsize whole = rg_softmax_get_length (n);
  float dot = 0;

  for (gsize i = n; i < whole; i++)
    dp[i] = 0;

  RG_SIMD_SUM (dot)
  for (gsize i = 0; i < whole; i++)
    dot += dp[i] * p[i];

  for (gsize i = 0; i < whole; i++)
    dp[i] = p[i] * (dp[i] - dot) * scale;
}
