/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/mask-regression.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/random.h"
#include "engine/tensor/vector-math.h"

/* Penalties that are tried, in units of the mean of the Gram matrix's diagonal. */
#define FIRST_PENALTY 1e-6
#define N_PENALTIES 19
#define PENALTY_STEP 3.1622776601683795 /* half a power of ten */

/* The measured values and what a penalty makes of them. X: masks × patches, 1 where a patch is seen, less its column's mean. */
typedef struct
{
  gsize n, n_patches;
  guint n_words;
  double *x;      /* n × P */
  double *y;      /* words × n, less their means */
  double *gram;   /* n × n: X Xᵀ */
  double *lower;  /* n × n: L Lᵀ = X Xᵀ + penalty */
  double *solved; /* n */
} Fit;

RgMaskOptions
rg_mask_options_default (void)
{
  return (RgMaskOptions){ .n_masks = 64, .block = 3 };
}

static void
fit_init (Fit *self, gsize n, gsize n_patches, guint n_words)
{
  *self = (Fit){
    .n = n,
    .n_patches = n_patches,
    .n_words = n_words,
    .x = g_new (double, n *n_patches),
    .y = g_new (double, n *n_words),
    .gram = g_new (double, n *n),
    .lower = g_new (double, n *n),
    .solved = g_new (double, n),
  };
}

static void
fit_clear (Fit *self)
{
  g_free (self->x);
  g_free (self->y);
  g_free (self->gram);
  g_free (self->lower);
  g_free (self->solved);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fit, fit_clear)

/* Hides half of the blocks of a grid whose corner lies up to one block outside. */
static void
draw_mask (RgRandom *random, guint rows, guint cols, guint block, guint8 *hidden)
{
  guint down = rg_random_below (random, block), right = rg_random_below (random, block);
  guint n_across = (cols + right + block - 1) / block, n_blocks = (rows + down + block - 1) / block * n_across;
  g_autofree guint8 *blocks = g_malloc (n_blocks);

  for (guint i = 0; i < n_blocks; i++)
    blocks[i] = rg_random_below (random, 2);

  for (guint r = 0; r < rows; r++)
    for (guint c = 0; c < cols; c++)
      hidden[r * cols + c] = blocks[(r + down) / block * n_across + (c + right) / block];
}

static gboolean
measure (Fit *self, guint rows, guint cols, const RgMaskOptions *options, RgHideFunc hide, gpointer data, GError **error)
{
  g_autofree guint8 *hidden = g_malloc (self->n * self->n_patches);
  g_autofree double *logprobs = g_new (double, self->n * self->n_words);
  RgRandom random;

  /* Each mask comes with its opposite: the mean of every column is one half. */
  rg_random_init (&random, options->seed, 0);
  for (gsize i = 0; i < self->n; i += 2)
    {
      guint8 *mask = hidden + i * self->n_patches, *opposite = mask + self->n_patches;

      draw_mask (&random, rows, cols, options->block, mask);
      for (gsize p = 0; p < self->n_patches; p++)
        opposite[p] = !mask[p];
    }

  if (!hide (data, hidden, self->n, logprobs, error))
    return FALSE;

  for (gsize i = 0; i < self->n * self->n_patches; i++)
    self->x[i] = hidden[i] ? -0.5 : 0.5;
  for (gsize i = 0; i < self->n; i++)
    for (guint w = 0; w < self->n_words; w++)
      self->y[w * self->n + i] = logprobs[i * self->n_words + w];

  return TRUE;
}

static inline double
dot (const double *a, const double *b, gsize n)
{
  double sum = 0;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];

  return sum;
}

RG_VECTORISED static void
prepare (Fit *self)
{
  for (guint w = 0; w < self->n_words; w++)
    {
      double *y = self->y + w * self->n, mean = 0;

      for (gsize i = 0; i < self->n; i++)
        mean += y[i] / self->n;
      for (gsize i = 0; i < self->n; i++)
        y[i] -= mean;
    }

  for (gsize i = 0; i < self->n; i++)
    for (gsize j = 0; j <= i; j++)
      self->gram[i * self->n + j] = self->gram[j * self->n + i] = dot (self->x + i * self->n_patches, self->x + j * self->n_patches, self->n_patches);
}

/* Cholesky's decomposition of X Xᵀ + penalty. Returns: the logarithm of its determinant */
RG_VECTORISED static double
factorise (Fit *self, double penalty)
{
  gsize n = self->n;
  double log_determinant = 0;

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j <= i; j++)
      {
        double *a = self->lower + i * n, *b = self->lower + j * n;
        double rest = self->gram[i * n + j] - dot (a, b, j);

        if (i == j)
          {
            /* Rounding may leave less than the penalty, which it never is. */
            rest = MAX (rest + penalty, penalty * 0.5);
            a[i] = sqrt (rest);
            log_determinant += log (rest);
          }
        else
          a[j] = rest / b[j];
      }

  return log_determinant;
}

/* self->solved = L⁻¹ v. Returns: |L⁻¹ v|² = vᵀ (X Xᵀ + penalty)⁻¹ v */
RG_VECTORISED static double
solve_forward (Fit *self, const double *v, gsize stride)
{
  gsize n = self->n;

  for (gsize i = 0; i < n; i++)
    self->solved[i] = (v[i * stride] - dot (self->lower + i * n, self->solved, i)) / self->lower[i * n + i];

  return dot (self->solved, self->solved, n);
}

/* self->solved = L⁻ᵀ self->solved */
static void
solve_backward (Fit *self)
{
  gsize n = self->n;

  for (gsize i = n; i-- > 0;)
    {
      self->solved[i] /= self->lower[i * n + i];
      for (gsize j = 0; j < i; j++)
        self->solved[j] -= self->lower[i * n + j] * self->solved[i];
    }
}

/* For each word the penalty under which what was measured is likeliest. One direction is taken by the mean. */
static void
choose_penalties (Fit *self, double *penalties)
{
  g_autofree double *best = g_new (double, self->n_words);
  double unit = 0, penalty;

  for (gsize i = 0; i < self->n; i++)
    unit += self->gram[i * self->n + i] / self->n;

  penalty = unit * FIRST_PENALTY;
  for (guint step = 0; step < N_PENALTIES; step++, penalty *= PENALTY_STEP)
    {
      double log_determinant = factorise (self, penalty) - log (penalty);

      for (guint w = 0; w < self->n_words; w++)
        {
          double misfit = (self->n - 1) * log (solve_forward (self, self->y + w * self->n, 1)) + log_determinant;

          if (step == 0 || misfit < best[w])
            {
              best[w] = misfit;
              penalties[w] = penalty;
            }
        }
    }
}

/* The coefficients Xᵀ (X Xᵀ + penalty)⁻¹ y and the deviations of their posterior, τ² (1 − xᵀ (X Xᵀ + penalty)⁻¹ x). */
static void
fit_word (Fit *self, guint word, double penalty, float *map, float *errors)
{
  const double *y = self->y + word * self->n;
  double prior; /* τ² */

  memset (map, 0, self->n_patches * sizeof (float));
  if (errors != NULL)
    memset (errors, 0, self->n_patches * sizeof (float));
  if (dot (y, y, self->n) == 0)
    return; /* nothing that was hidden changed anything */

  factorise (self, penalty);
  prior = solve_forward (self, y, 1) / (self->n - 1);
  solve_backward (self);
  for (gsize p = 0; p < self->n_patches; p++)
    {
      double sum = 0;

      for (gsize i = 0; i < self->n; i++)
        sum += self->x[i * self->n_patches + p] * self->solved[i];
      map[p] = sum;
    }

  for (gsize p = 0; errors != NULL && p < self->n_patches; p++)
    errors[p] = sqrt (prior * MAX (0, 1 - solve_forward (self, self->x + p, self->n_patches)));
}

gboolean
rg_mask_regression (guint rows, guint cols, const RgMaskOptions *options, RgHideFunc hide, gpointer data, guint n_words, float *maps, float *errors, GError **error)
{
  g_autofree double *penalties = g_new (double, n_words);
  gsize n_patches = (gsize) rows * cols;
  g_auto (Fit) fit = { 0 };

  g_assert (options->n_masks >= 4 && options->n_masks % 2 == 0 && options->n_masks <= RG_MASKS_MAX && options->block >= 1);

  fit_init (&fit, options->n_masks, n_patches, n_words);
  if (!measure (&fit, rows, cols, options, hide, data, error))
    return FALSE;

  prepare (&fit);
  choose_penalties (&fit, penalties);
  for (guint w = 0; w < n_words; w++)
    fit_word (&fit, w, penalties[w], maps + w * n_patches, errors != NULL ? errors + w * n_patches : NULL);

  return TRUE;
}
