/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/orthogonal.h"

#include <math.h>

#include "engine/tensor/gemm.h"
#include "engine/tensor/vector-math.h"

#define STEPS 5
/* f (s) = A s + B s³ + C s⁵ brings small singular values up fast and keeps large ones near 1. */
#define A 3.4445f
#define B (-4.7750f)
#define C 2.0315f

/* A step makes (A + B G + C G²) X of X, where G = X Xᵀ. With Y = ⁴√C X and the square completed there is nothing to be scaled, and
 * sums are on diagonals alone: (H² + AFTER) Y, where H = Y Yᵀ + BEFORE. */
#define STRETCH sqrtf (sqrtf (C))
#define BEFORE (B / (2 * sqrtf (C)))
#define AFTER (A - B * B / (4 * C))

gsize
rg_orthogonalize_room (gsize rows, gsize cols)
{
  gsize side = MIN (rows, cols);

  return rows * cols + 2 * side * side;
}

RG_VECTORISED static float
sum_squares (const float *x, gsize n)
{
  float sum = 0;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    sum += x[i] * x[i];

  return sum;
}

RG_VECTORISED static void
scale (float *y, const float *x, gsize n, float factor)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] * factor;
}

static void
add_to_diagonal (float *x, gsize side, float value)
{
  for (gsize i = 0; i < side; i++)
    x[i * side + i] += value;
}

void
rg_orthogonalize (float *x, gsize rows, gsize cols, float *room)
{
  gsize n = rows * cols, side = MIN (rows, cols);
  float *gram = room, *factor = gram + side * side, *next = factor + side * side, *from = next, *to = x;
  gboolean wide = rows <= cols;
  float squares = sum_squares (x, n);

  if (!(squares > 0))
    return;
  scale (next, x, n, STRETCH / sqrtf (squares)); /* no singular value of X is above 1 */

  for (guint step = 0; step < STEPS; step++)
    {
      /* The Gram matrix on the shorter side: Y Yᵀ or Yᵀ Y. */
      rg_gemm (NULL, RG_PRECISION_FAST, !wide, wide, side, side, wide ? cols : rows, from, cols, from, cols, FALSE, gram, side);
      add_to_diagonal (gram, side, BEFORE);
      rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, side, side, side, gram, side, gram, side, FALSE, factor, side);
      add_to_diagonal (factor, side, AFTER);
      if (step + 1 == STEPS)
        scale (factor, factor, side * side, 1 / STRETCH);
      if (wide)
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, factor, side, from, cols, FALSE, to, cols);
      else
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, from, cols, factor, side, FALSE, to, cols);
      from = to; /* x after the last step, which is an odd one */
      to = to == x ? next : x;
    }
}
