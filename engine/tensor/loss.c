/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/vector-math.h"

/* Writes softmax (logits) to @p. Returns log Σ exp (logits). */
RG_VECTORISED static double
softmax (float *p, const float *logits, gsize n, gsize *best)
{
  float largest = logits[0], sum = 0, inverse;

  RG_SIMD_MAX (largest)
  for (gsize i = 0; i < n; i++)
    largest = logits[i] > largest ? logits[i] : largest;
  for (*best = 0; *best + 1 < n && logits[*best] != largest;)
    ++*best;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    {
      p[i] = rg_exp (logits[i] - largest);
      sum += p[i];
    }

  inverse = 1.0f / sum;
  for (gsize i = 0; i < n; i++)
    p[i] *= inverse;

  return largest + log (sum);
}

RG_VECTORISED static void
add_scaled (float *y, const float *x, gsize n, float factor, gboolean accumulate)
{
  for (gsize i = 0; i < n; i++)
    y[i] = accumulate ? y[i] + x[i] * factor : x[i] * factor;
}

double
rg_cross_entropy (RgPass *pass, RgTensor *logits, const int *targets, float weight, guint *n_right, guint *n_counted)
{
  gsize cols = logits->cols, best;
  float *p = rg_arena_alloc (pass->arena, cols * sizeof (float));
  gboolean accumulate;
  float *dlogits = pass->recording ? rg_pass_grad (pass, logits, &accumulate) : NULL;
  guint right = 0, counted = 0;
  double loss = 0;

  for (gsize r = 0; r < logits->rows; r++)
    counted += targets[r] >= 0;

  for (gsize r = 0; r < logits->rows; r++)
    {
      const float *row = logits->data + r * cols;

      if (targets[r] < 0)
        {
          if (dlogits != NULL && !accumulate)
            memset (dlogits + r * cols, 0, cols * sizeof (float));
          continue;
        }

      g_assert ((gsize) targets[r] < cols);
      loss += softmax (p, row, cols, &best) - row[targets[r]];
      right += best == (gsize) targets[r];

      /* d loss / d logits = softmax − one-hot */
      if (dlogits != NULL)
        {
          float factor = weight / counted;

          add_scaled (dlogits + r * cols, p, cols, factor, accumulate);
          dlogits[r * cols + targets[r]] -= factor;
        }
    }

  if (n_right != NULL)
    *n_right = right;
  if (n_counted != NULL)
    *n_counted = counted;

  return counted > 0 ? loss / counted : 0;
}
