/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/orthogonal.h"

#include <math.h>
#include <string.h>

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

  return rows * cols + 2 * side * side;
}

RG_VECTORISED static void
scale (float *y, const float *x, gsize n, float factor)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] * factor;
}

void
rg_orthogonalize (float *x, gsize rows, gsize cols, float *room)
{
  gsize n = rows * cols, side = MIN (rows, cols);
  float *gram = room, *square = gram + side * side, *next = square + side * side;
  gboolean wide = rows <= cols;
  double squares = 0;

  for (gsize i = 0; i < n; i++)
    squares += (double) x[i] * x[i];
  if (!(squares > 0))
    return;
  scale (x, x, n, 1 / sqrt (squares)); /* no singular value is above 1 */

  for (guint step = 0; step < STEPS; step++)
    {
      /* The Gram matrix on the shorter side, G = X Xᵀ or Xᵀ X; then S = B G + C G², and X = A X + S X or A X + X S. */
      rg_gemm (NULL, RG_PRECISION_FAST, !wide, wide, side, side, wide ? cols : rows, x, cols, x, cols, FALSE, gram, side);
      scale (square, gram, side * side, B / C);
      rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, side, side, side, gram, side, gram, side, TRUE, square, side);
      scale (square, square, side * side, C);
      scale (next, x, n, A);
      if (wide)
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, square, side, x, cols, TRUE, next, cols);
      else
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, x, cols, square, side, TRUE, next, cols);
      memcpy (x, next, n * sizeof (float));
    }
}
