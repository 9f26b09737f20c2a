/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/compact-values.h"

#ifdef __x86_64__

#include <math.h>

#include "engine/tensor/bf16-pairs.h"
#include "engine/tensor/softmax.h"

#define LANES 16
#define LOG2_E 1.44269504f
#define ROWS 4       /* of a norm go together; like those of a softmax step by step, as each step of one waits for the one before */
#define ROWS_AHEAD 8 /* going backward, what so many rows further down has long left the caches is called for */

/* The next values of @n that are left: a register's worth, and zeros where there are fewer. Whole registers are written without
 * a mask: one that is masked, even by nothing, waits for its line to come into the cache. */
TARGET_INLINE __m512
load (const float *values, gsize n)
{
  return G_LIKELY (n >= LANES) ? _mm512_loadu_ps (values) : _mm512_maskz_loadu_ps (first_lanes (n), values);
}

TARGET_INLINE __m512
load_rounded (const guint16 *values, gsize n)
{
  __m256i halves = G_LIKELY (n >= LANES) ? _mm256_loadu_si256 ((const __m256i *) values) : _mm256_maskz_loadu_epi16 (first_lanes (n), values);

  return _mm512_castsi512_ps (_mm512_slli_epi32 (_mm512_cvtepu16_epi32 (halves), 16));
}

TARGET_INLINE void
store (guint16 *rounded, __m512 values, gsize n)
{
  __m256i halves = (__m256i) _mm512_cvtneps_pbh (values);

  if (G_LIKELY (n >= LANES))
    _mm256_storeu_si256 ((__m256i *) rounded, halves);
  else
    _mm256_mask_storeu_epi16 (rounded, first_lanes (n), halves);
}

TARGET_INLINE void
store_floats (float *values, __m512 from, gsize n)
{
  if (G_LIKELY (n >= LANES))
    _mm512_storeu_ps (values, from);
  else
    _mm512_mask_storeu_ps (values, first_lanes (n), from);
}

/* 2^x with a relative error of 7.5e-5, 0 below the exponents' range. The fraction's power is a polynomial (minimax on [0, 1]); the
 * processor multiplies by two to the integer part. */
TARGET_INLINE __m512
exp2_of (__m512 x)
{
  __m512 fraction = _mm512_reduce_ps (x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);

  return _mm512_scalef_ps (((0.0780245f * fraction + 0.2260672f) * fraction + 0.6958335f) * fraction + 0.9999252f, x);
}

TARGET void
rg_compact_gate (guint16 *y, guint16 *slopes, const float *x, gsize n, float a, float b)
{
  /* With u = a x + b x³ and e = exp (−u), σ (u) is 1 / (1 + e) and 1 − σ (u) is e / (1 + e), which keeps its bits where u is large. */
  for (gsize i = 0; i < n; i += LANES)
    {
      const __m512 v = load (x + i, n - i), square = v * v;
      const __m512 e = exp2_of (_mm512_min_ps (_mm512_set1_ps (126.0f), v * (-LOG2_E * a + -LOG2_E * b * square)));
      const __m512 s = _mm512_rcp14_ps (1.0f + e), value = v * s;

      store (y + i, value, n - i);
      store (slopes + i, s + value * (e * s) * (a + 3.0f * b * square), n - i);
    }
}

TARGET void
rg_compact_multiply (guint16 *product, const float *a, const guint16 *b, gsize n)
{
  for (gsize i = 0; i < n; i += LANES)
    store (product + i, load (a + i, n - i) * load_rounded (b + i, n - i), n - i);
}

/* What a row has beyond its @n values in the last register that they take. */
TARGET_INLINE void
fill_up (float *row, gsize n, float value)
{
  float *last = row + n / LANES * LANES;

  if (n % LANES > 0)
    _mm512_storeu_ps (last, _mm512_mask_loadu_ps (_mm512_set1_ps (value), first_lanes (n % LANES), last));
}

/* Of a row that is filled up, or what hides all of them. */
TARGET_INLINE float
find_largest (const float *scores, gsize n)
{
  __m512 largest = _mm512_set1_ps (-G_MAXFLOAT / 2);

  for (gsize i = 0; i < n; i += LANES)
    largest = _mm512_max_ps (largest, _mm512_loadu_ps (scores + i));

  return _mm512_reduce_max_ps (largest);
}

/* exp (scale · (score − largest)), written over the scores of such a row. Returns: their sum */
TARGET_INLINE float
raise_row (float *scores, gsize n, float largest, float scale)
{
  __m512 sum = _mm512_setzero_ps ();

  for (gsize i = 0; i < n; i += LANES)
    {
      const __m512 power = exp2_of ((_mm512_loadu_ps (scores + i) - largest) * (scale * LOG2_E));

      _mm512_storeu_ps (scores + i, power);
      sum += power;
    }

  return _mm512_reduce_add_ps (sum);
}

TARGET void
rg_compact_softmax (guint16 *p, float *scores, gsize n, gsize length, const gsize *visible, float scale)
{
  float largest[RG_SOFTMAX_MAX_ROWS], factors[RG_SOFTMAX_MAX_ROWS];

  g_assert (n <= RG_SOFTMAX_MAX_ROWS);

  for (gsize r = 0; r < n; r++)
    {
      fill_up (scores + r * length, visible[r], -G_MAXFLOAT);
      largest[r] = find_largest (scores + r * length, visible[r]);
    }

  for (gsize r = 0; r < n; r++)
    {
      float sum = raise_row (scores + r * length, visible[r], largest[r], scale);

      factors[r] = sum > 0 ? 1.0f / sum : 0;
    }

  for (gsize r = 0; r < n; r++)
    {
      gsize i = 0;

      for (; i < visible[r]; i += LANES)
        store (p + r * length + i, _mm512_loadu_ps (scores + r * length + i) * factors[r], LANES);
      for (; i < visible[n - 1]; i += LANES)
        store (p + r * length + i, _mm512_setzero_ps (), LANES);
    }
}

TARGET void
rg_compact_softmax_backward (guint16 *dlogits, float *dp, const guint16 *p, gsize n, gsize length, gsize n_seen, float scale)
{
  float dots[RG_SOFTMAX_MAX_ROWS];

  g_assert (n <= RG_SOFTMAX_MAX_ROWS);

  for (gsize r = 0; r < n; r++)
    {
      __m512 sum = _mm512_setzero_ps ();

      fill_up (dp + r * length, n_seen, 0);
      for (gsize i = 0; i < n_seen; i += LANES)
        sum += _mm512_loadu_ps (dp + r * length + i) * load_rounded (p + r * length + i, LANES);
      dots[r] = _mm512_reduce_add_ps (sum);
    }

  for (gsize r = 0; r < n; r++)
    for (gsize i = 0; i < n_seen; i += LANES)
      store (dlogits + r * length + i, load_rounded (p + r * length + i, LANES) * ((_mm512_loadu_ps (dp + r * length + i) - dots[r]) * scale), LANES);
}

/* As many rows of a norm as there are, ROWS or 1, which is a constant where this is inlined. */
TARGET_INLINE void
norm_rows (guint16 *y, const float *x, const gsize rows, gsize cols, const float *gain, const float *bias, float epsilon, float *mean, float *scale)
{
  __m512 sums[ROWS] = { 0 }, squares[ROWS] = { 0 };

  for (gsize i = 0; i < cols; i += LANES)
    for (gsize r = 0; r < rows; r++)
      sums[r] += load (x + r * cols + i, cols - i);
  for (gsize r = 0; r < rows; r++)
    mean[r] = _mm512_reduce_add_ps (sums[r]) / cols;

  for (gsize i = 0; i < cols; i += LANES)
    for (gsize r = 0; r < rows; r++)
      {
        const __m512 off = _mm512_maskz_sub_ps (first_lanes (cols - i), load (x + r * cols + i, cols - i), _mm512_set1_ps (mean[r]));

        squares[r] += off * off;
      }
  for (gsize r = 0; r < rows; r++)
    scale[r] = 1.0f / sqrtf (_mm512_reduce_add_ps (squares[r]) / cols + epsilon);

  for (gsize i = 0; i < cols; i += LANES)
    {
      const __m512 g = load (gain + i, cols - i), b = load (bias + i, cols - i);

      for (gsize r = 0; r < rows; r++)
        store (y + r * cols + i, (load (x + r * cols + i, cols - i) - mean[r]) * scale[r] * g + b, cols - i);
    }
}

TARGET void
rg_compact_norm (guint16 *y, const float *x, gsize rows, gsize cols, const float *gain, const float *bias, float epsilon, float *mean, float *scale)
{
  gsize r = 0;

  for (; r + ROWS <= rows; r += ROWS)
    norm_rows (y + r * cols, x + r * cols, ROWS, cols, gain, bias, epsilon, mean + r, scale + r);
  for (; r < rows; r++)
    norm_rows (y + r * cols, x + r * cols, 1, cols, gain, bias, epsilon, mean + r, scale + r);
}

/* With n = (x − m) s and d = dy · gain: dx = (d − mean of d − n · mean of d n) s. */
TARGET_INLINE void
norm_rows_backward (float *dx, float *dgain, float *dbias, const float *dy, const float *x, const gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate)
{
  __m512 sums_d[ROWS] = { 0 }, sums_dn[ROWS] = { 0 };
  float steps[ROWS], constants[ROWS];

  for (gsize i = 0; i < cols; i += LANES)
    {
      const __m512 g = load (gain + i, cols - i);
      __m512 dg = load (dgain + i, cols - i), db = load (dbias + i, cols - i);

      for (gsize r = 0; r < rows; r++)
        {
          const __m512 out = load (dy + r * cols + i, cols - i), d = out * g;
          const __m512 n = load (x + r * cols + i, cols - i) * scale[r] - mean[r] * scale[r];

          __builtin_prefetch (x + (r + ROWS_AHEAD) * cols + i);
          __builtin_prefetch (dx + (r + ROWS_AHEAD) * cols + i, 1);
          dg += out * n;
          db += out;
          sums_d[r] += d;
          sums_dn[r] += d * n;
        }
      store_floats (dgain + i, dg, cols - i);
      store_floats (dbias + i, db, cols - i);
    }

  for (gsize r = 0; r < rows; r++)
    {
      steps[r] = scale[r] * scale[r] * _mm512_reduce_add_ps (sums_dn[r]) / cols;
      constants[r] = mean[r] * steps[r] - scale[r] * _mm512_reduce_add_ps (sums_d[r]) / cols;
    }

  for (gsize i = 0; i < cols; i += LANES)
    {
      const __m512 g = load (gain + i, cols - i);

      for (gsize r = 0; r < rows; r++)
        {
          float *to = dx + r * cols + i;
          __m512 d = load (dy + r * cols + i, cols - i) * (g * scale[r]) - load (x + r * cols + i, cols - i) * steps[r] + constants[r];

          if (accumulate)
            d += load (to, cols - i);
          store_floats (to, d, cols - i);
        }
    }
}

TARGET void
rg_compact_norm_backward (float *dx, float *dgain, float *dbias, const float *dy, const float *x, gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate)
{
  gsize r = 0;

  for (; r + ROWS <= rows; r += ROWS)
    norm_rows_backward (dx + r * cols, dgain, dbias, dy + r * cols, x + r * cols, ROWS, cols, gain, mean + r, scale + r, accumulate);
  for (; r < rows; r++)
    norm_rows_backward (dx + r * cols, dgain, dbias, dy + r * cols, x + r * cols, 1, cols, gain, mean + r, scale + r, accumulate);
}

TARGET void
rg_compact_turn_back (guint16 *x, gsize rows, gsize ld, guint n_heads, gsize half, const float *cosines, const float *sines)
{
  for (gsize r = 0; r < rows; r++, x += ld, cosines += half, sines += half)
    for (gsize i = 0; i < half; i += LANES)
      {
        const gsize n = half - i;
        const __m512 c = load (cosines + i, n), s = load (sines + i, n);

        for (guint h = 0; h < n_heads; h++)
          {
            guint16 *first = x + 2 * h * half + i, *second = first + half;
            const __m512 a = load_rounded (first, n), b = load_rounded (second, n);

            store (first, a * c + b * s, n);
            store (second, b * c - a * s, n);
          }
      }
}

TARGET void
rg_compact_split (guint16 *heads, gsize step, const float *x, gsize rows, gsize ld, guint n_heads, gsize dim)
{
  for (gsize r = 0; r < rows; r++, x += ld, heads += dim)
    {
      for (gsize i = 0; i < n_heads * dim; i += LANES)
        __builtin_prefetch (x + ROWS_AHEAD * ld + i);
      for (guint h = 0; h < n_heads; h++)
        for (gsize i = 0; i < dim; i += LANES)
          store (heads + h * step + i, load (x + h * dim + i, dim - i), dim - i);
    }
}

#else /* other processors */

void
rg_compact_gate (guint16 *y, guint16 *slopes, const float *x, gsize n, float a, float b)
{
  g_assert_not_reached ();
}

void
rg_compact_multiply (guint16 *product, const float *a, const guint16 *b, gsize n)
{
  g_assert_not_reached ();
}

void
rg_compact_softmax (guint16 *p, float *scores, gsize n, gsize length, const gsize *visible, float scale)
{
  g_assert_not_reached ();
}

void
rg_compact_softmax_backward (guint16 *dlogits, float *dp, const guint16 *p, gsize n, gsize length, gsize n_seen, float scale)
{
  g_assert_not_reached ();
}

void
rg_compact_norm (guint16 *y, const float *x, gsize rows, gsize cols, const float *gain, const float *bias, float epsilon, float *mean, float *scale)
{
  g_assert_not_reached ();
}

void
rg_compact_norm_backward (float *dx, float *dgain, float *dbias, const float *dy, const float *x, gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate)
{
  g_assert_not_reached ();
}

void
rg_compact_turn_back (guint16 *x, gsize rows, gsize ld, guint n_heads, gsize half, const float *cosines, const float *sines)
{
  g_assert_not_reached ();
}

void
rg_compact_split (guint16 *heads, gsize step, const float *x, gsize rows, gsize ld, guint n_heads, gsize dim)
{
  g_assert_not_reached ();
}

#endif
