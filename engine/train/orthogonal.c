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

gsize
rg_orthogonalize_room (gsize rows, gsize cols)
{
  gsize side = MIN (rows, cols);

  return rows * cols + 3 * side * side;
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

/* y = x · factor, and @more on the diagonal. */
RG_VECTORISED static void
scale (float *y, const float *x, gsize rows, gsize cols, float factor, float more)
{
  for (gsize r = 0; r < rows; r++)
    {
      for (gsize c = 0; c < cols; c++)
        y[r * cols + c] = x[r * cols + c] * factor;
      if (r < cols)
        y[r * cols + r] += more;
    }
}

void
rg_orthogonalize (float *x, gsize rows, gsize cols, float *room)
{
  gsize n = rows * cols, side = MIN (rows, cols);
  float *gram = room, *inner = gram + side * side, *factor = inner + side * side, *next = factor + side * side, *from = next, *to = x;
  gboolean wide = rows <= cols;
  float squares = sum_squares (x, n);

  if (!(squares > 0))
    return;
  scale (next, x, rows, cols, 1 / sqrtf (squares), 0); /* no singular value is above 1 */

  for (guint step = 0; step < STEPS; step++)
    {
      /* The Gram matrix on the shorter side, G = X Xᵀ or Xᵀ X; then S = A + G (B + C G), and S X or X S is the next X. */
      rg_gemm (NULL, RG_PRECISION_FAST, !wide, wide, side, side, wide ? cols : rows, from, cols, from, cols, FALSE, gram, side);
      scale (inner, gram, side, side, C, B);
      rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, side, side, side, gram, side, inner, side, FALSE, factor, side);
      scale (factor, factor, side, side, 1, A);
      if (wide)
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, factor, side, from, cols, FALSE, to, cols);
      else
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, from, cols, factor, side, FALSE, to, cols);
      from = to; /* x after the last step, which is an odd one */
      to = to == x ? next : x;
    }
}
