/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/orthogonal.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/gemm.h"
#include "engine/tensor/vector-math.h"

/* f (s) = A s + B s³ + C s⁵ brings small singular values up fast and keeps large ones near 1. */
#define A 3.4445f
#define B (-4.7750f)
#define C 2.0315f

/* A step makes (A + B G + C G²) X of X, where G = X Xᵀ. With Y = ⁴√C X and the square completed there is nothing to be scaled, and
 * sums are on diagonals alone: (H² + AFTER) Y, where H = Y Yᵀ + BEFORE. */
#define STRETCH sqrtf (sqrtf (C))
#define BEFORE (B / (2 * sqrtf (C)))
#define AFTER (A - B * B / (4 * C))

/* How many steps are taken on the Gram matrix between one product with the whole matrix and the next, five altogether. What rounding
 * adds to G grows with the small singular values, and nothing corrects it before G is computed from the matrix again: five steps at
 * once come apart, these are as exact as single ones. For a square matrix there is nothing to be won. */
static const guint8 square_stages[] = { 1, 1, 1, 1, 1 }, oblong_stages[] = { 2, 1, 2 };

gsize
rg_orthogonalize_room (gsize rows, gsize cols)
{
  gsize side = MIN (rows, cols);

  return rows * cols + 4 * side * side;
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

/* C = A B, all side × side. */
static void
multiply (gsize side, const float *a, const float *b, float *c)
{
  rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, side, side, side, a, side, b, side, FALSE, c, side);
}

/* What @n steps multiply with, from the Gram matrix, which is lost. A step's factor F is a polynomial of G and commutes with it, so
 * that the next one is F G F. @room: three more matrices, one of which is returned */
static float *
take_steps (guint n, gsize side, float *gram, float *room)
{
  float *all = room, *factor = all + side * side, *spare = factor + side * side;

  for (guint step = 0; step < n; step++)
    {
      float *h = step + 1 < n ? memcpy (spare, gram, side * side * sizeof (float)) : gram;
      float *now = step == 0 ? all : factor;

      add_to_diagonal (h, side, BEFORE);
      multiply (side, h, h, now);
      add_to_diagonal (now, side, AFTER);
      if (step + 1 < n)
        {
          multiply (side, now, gram, spare);
          multiply (side, spare, now, gram);
        }
      if (step > 0)
        {
          float *before = all;

          multiply (side, now, before, spare);
          all = spare;
          spare = before;
        }
    }

  return all;
}

void
rg_orthogonalize (float *x, gsize rows, gsize cols, float *room)
{
  gsize n = rows * cols, side = MIN (rows, cols);
  gboolean wide = rows <= cols, oblong = 2 * MAX (rows, cols) > 3 * side;
  const guint8 *stages = oblong ? oblong_stages : square_stages;
  guint n_stages = oblong ? G_N_ELEMENTS (oblong_stages) : G_N_ELEMENTS (square_stages);
  float *gram = room, *steps = gram + side * side, *next = steps + 3 * side * side;
  float *from = next, *to = x;
  float squares = sum_squares (x, n);

  if (!(squares > 0))
    return;
  scale (next, x, n, STRETCH / sqrtf (squares)); /* no singular value of X is above 1 */

  for (guint stage = 0; stage < n_stages; stage++)
    {
      float *factor;

      /* The Gram matrix on the shorter side: Y Yᵀ or Yᵀ Y. */
      rg_gemm (NULL, RG_PRECISION_FAST, !wide, wide, side, side, wide ? cols : rows, from, cols, from, cols, FALSE, gram, side);
      factor = take_steps (stages[stage], side, gram, steps);
      if (stage + 1 == n_stages)
        scale (factor, factor, side * side, 1 / STRETCH);
      if (wide)
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, factor, side, from, cols, FALSE, to, cols);
      else
        rg_gemm (NULL, RG_PRECISION_FAST, FALSE, FALSE, rows, cols, side, from, cols, factor, side, FALSE, to, cols);
      from = to; /* x after the last stage, as there is an odd number of them */
      to = to == x ? next : x;
    }
}
