/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of one row with quantised weights in whole numbers: with n a run of levels of weights, x the same run of the row, s
 * and t the scales of both and m the weights' minimum, the sum over the run is s t Σ n x − m t Σ x. */
#include "engine/tensor/row-product.h"

#include "engine/formats/lanes.h"
#include "engine/formats/quant-runs.h"

/* Sums that run side by side, since one addition takes several times as long as the start of the next. */
#define N_SUMS 4

typedef float Eight __attribute__ ((vector_size (32)));

struct _RgRunSink
{
  const gint16 *x;
  const float *x_scales, *x_sums; /* from the block's first element on */
  guint phase;                    /* which sum the block begins with, a constant where this is inlined */
  RgLanes wide[N_SUMS];
  Eight narrow[N_SUMS];
  float mins; /* Σ m t Σ x */
};

/* Of types without minimum; the compiler must not leave out a product with 0 by itself. */
#define is_zero(min) (__builtin_constant_p (min) && (min) == 0)

static inline void
rg_take_16 (RgRunSink *sink, guint at, RgLevels16 levels, float scale, float min)
{
  const gint16 *x = sink->x + at;

  scale *= sink->x_scales[at / RG_ROUNDED_RUN];
  if (!is_zero (min))
    sink->mins += min * sink->x_sums[at / 16];
#if defined(__AVX2__)
  sink->narrow[(at / 16 + sink->phase) % N_SUMS] += (Eight) _mm256_cvtepi32_ps (_mm256_madd_epi16 (_mm256_cvtepi8_epi16 ((__m128i) levels), _mm256_loadu_si256 ((const __m256i *) x))) * scale;
#else
  int sum = 0;

  for (guint i = 0; i < 16; i++)
    sum += levels[i] * x[i];
  sink->narrow[0][0] += sum * scale;
#endif
}

static inline void
rg_take_32 (RgRunSink *sink, guint at, RgLevels32 levels, float scale, float min)
{
#if defined(__AVX512F__)
  const __m512i pairs = _mm512_madd_epi16 (_mm512_cvtepi8_epi16 ((__m256i) levels), _mm512_loadu_si512 (sink->x + at));

  sink->wide[(at / 32 + sink->phase) % N_SUMS] += (RgLanes) _mm512_cvtepi32_ps (pairs) * (scale * sink->x_scales[at / RG_ROUNDED_RUN]);
  if (!is_zero (min))
    sink->mins += min * (sink->x_sums[at / 16] + sink->x_sums[at / 16 + 1]);
#else
  RgLevels16 halves[2];

  memcpy (halves, &levels, sizeof halves);
  rg_take_16 (sink, at, halves[0], scale, min);
  rg_take_16 (sink, at + 16, halves[1], scale, min);
#endif
}

static inline void
rg_take_halves (RgRunSink *sink, guint at, RgLevels32 levels, const float scales[2], const float mins[2])
{
#if defined(__AVX512F__)
  const __m512i pairs = _mm512_madd_epi16 (_mm512_cvtepi8_epi16 ((__m256i) levels), _mm512_loadu_si512 (sink->x + at));
  const __m512 both = _mm512_mask_broadcastss_ps (_mm512_set1_ps (scales[0]), 0xff00, _mm_load_ss (scales + 1));

  sink->wide[(at / 32 + sink->phase) % N_SUMS] += (RgLanes) _mm512_cvtepi32_ps (pairs) * ((RgLanes) both * sink->x_scales[at / RG_ROUNDED_RUN]);
  for (guint i = 0; mins != NULL && i < 2; i++)
    sink->mins += mins[i] * sink->x_sums[at / 16 + i];
#else
  RgLevels16 halves[2];

  memcpy (halves, &levels, sizeof halves);
  for (guint i = 0; i < 2; i++)
    rg_take_16 (sink, at + 16 * i, halves[i], scales[i], mins != NULL ? mins[i] : 0);
#endif
}

static inline float
add_up (const RgRunSink *sink)
{
  RgLanes wide = (sink->wide[0] + sink->wide[1]) + (sink->wide[2] + sink->wide[3]);
  Eight narrow = (sink->narrow[0] + sink->narrow[1]) + (sink->narrow[2] + sink->narrow[3]);
  float sum = rg_lanes_sum (wide) - sink->mins;

  for (guint i = 0; i < 8; i++)
    sum += narrow[i];

  return sum;
}

/* How a type's blocks come apart. Where the following two are inlined, all but @self, @sink and @block is constant, this too, so
 * that a block becomes straight code. */
typedef void (*Runs) (const guint8 *block, RgRunSink *sink);

__attribute__ ((always_inline)) static inline const guint8 *
take_block (RgRunSink *sink, const guint8 *block, Runs runs, gsize length, gsize size, guint phase)
{
  sink->phase = phase;
  runs (block, sink);
  sink->x += length;
  sink->x_scales += length / RG_ROUNDED_RUN;
  sink->x_sums += length / 16;

  return block + size;
}

__attribute__ ((always_inline)) static inline void
multiply (const RgRowProduct *self, gsize start, gsize end, Runs runs, gsize length, gsize size)
{
  const RgRoundedRow *x = self->rounded;
  const guint8 *block = self->weights + start * (self->k / length) * size;
  const gsize n_together = length == 32 ? N_SUMS : 1; /* a long block uses all sums by itself */

  for (gsize r = start; r < end; r++)
    {
      RgRunSink sink = { x->values, x->scales, x->sums };
      gsize n = self->k / length;

      for (; n >= n_together; n -= n_together)
#pragma GCC unroll 4
        for (guint i = 0; i < n_together; i++)
          block = take_block (&sink, block, runs, length, size, i);
      for (; n > 0; n--)
        block = take_block (&sink, block, runs, length, size, 0);

      self->y[r] = (self->accumulate ? self->y[r] : 0) + add_up (&sink);
    }
}

#define MULTIPLY(type, TYPE, length, size)                                       \
  static void multiply_##type (const RgRowProduct *self, gsize start, gsize end) \
  {                                                                              \
    multiply (self, start, end, rg_##type##_runs, length, size);                 \
  }

RG_QUANT_TYPES (MULTIPLY)

#define ENTRY(type, TYPE, length, size) [RG_DTYPE_##TYPE] = multiply_##type,

static RgRowProductFunc *const functions[RG_N_DTYPES] = { RG_QUANT_TYPES (ENTRY) };

void
RG_LEVELLED (rg_row_product_rounded) (const RgRowProduct *self, gsize start, gsize end)
{
  functions[self->dtype](self, start, end);
}
