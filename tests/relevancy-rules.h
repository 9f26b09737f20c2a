/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* The rules of engine/explain/relevancy.h with whole matrices, row by row in double precision. */

/* to += a b, a: rows × inner, b: inner × cols, which may be @to */
static inline void
relevancy_multiply (const double *a, const double *b, gsize rows, gsize inner, gsize cols, double *to)
{
  g_autofree double *before = g_memdup2 (b, inner * cols * sizeof *b);

  for (gsize r = 0; r < rows; r++)
    for (gsize i = 0; i < inner; i++)
      for (gsize c = 0; c < cols; c++)
        to[r * cols + c] += a[r * inner + i] * before[i * cols + c];
}

static inline void
relevancy_set_identity (double *matrix, gsize n)
{
  memset (matrix, 0, n * n * sizeof *matrix);
  for (gsize i = 0; i < n; i++)
    matrix[i * n + i] = 1;
}

/* Returns: (transfer full) */
static inline double *
relevancy_new_identity (gsize n)
{
  double *matrix = g_new (double, n *n);

  relevancy_set_identity (matrix, n);

  return matrix;
}

/* Equations 8 and 9; @turned: the result is transposed. */
static inline void
relevancy_normalise (const double *relevancy, gsize n, gboolean turned, double *normalised)
{
  for (gsize r = 0; r < n; r++)
    {
      double sum = -1;

      for (gsize c = 0; c < n; c++)
        sum += relevancy[r * n + c];
      for (gsize c = 0; c < n; c++)
        normalised[turned ? c * n + r : r * n + c] = (sum > 1e-15 ? (relevancy[r * n + c] - (r == c)) / sum : 0) + (r == c);
    }
}

/* Returns: (transfer full) */
static inline double *
relevancy_new_normalised (const double *relevancy, gsize n, gboolean turned)
{
  double *normalised = g_new (double, n *n);

  relevancy_normalise (relevancy, n, turned, normalised);

  return normalised;
}
