/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/row-product.h"

#include "engine/formats/lanes.h"
#include "engine/formats/quant-blocks.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

/* Weights that are widened at a time; the longest block. */
#define CHUNK 256
/* Sums that run side by side, since one addition takes several times as long as the start of the next. */
#define N_SUMS 4

/* Weights that far on are called for: rows side by side are more than the processor's own prefetching makes out. */
#define BYTES_AHEAD 8192

/* One row of weights; where this is inlined, @m and @n_sums are constants, so that the sums are registers. */
__attribute__ ((always_inline)) static inline void
multiply_row (const RgRowProduct *self, const guint8 *row, gsize chunk_bytes, gsize m, gsize n_sums, RgLanes sums[][N_SUMS])
{
  RgToF32Func *const widen = RG_LEVELLED (rg_to_f32);
  float widened[CHUNK] __attribute__ ((aligned (64)));

  for (gsize p = 0; p < self->k; p += CHUNK, row += chunk_bytes)
    {
      const gsize n = MIN (self->k - p, CHUNK), step = n_sums * RG_N_LANES;
      const float *x = self->x + p;
      gsize at = 0;

      widen (self->dtype, row, widened, n);
      /* A last part that fills no register counts as filled up with zeros. */
      for (; at + step <= n; at += step)
#pragma GCC unroll 4
        for (gsize s = 0; s < n_sums; s++)
          {
            const RgLanes w = rg_lanes_load (widened + at + s * RG_N_LANES);

#pragma GCC unroll 8
            for (gsize i = 0; i < m; i++)
              sums[i][s] += w * rg_lanes_load (x + i * self->ldx + at + s * RG_N_LANES);
          }
      for (; at < n; at += RG_N_LANES)
        {
          const gsize n_bytes = MIN (n - at, RG_N_LANES) * sizeof (float);
          RgLanes w = { 0 };

          memcpy (&w, widened + at, n_bytes);
          for (gsize i = 0; i < m; i++)
            {
              RgLanes part = { 0 };

              memcpy (&part, x + i * self->ldx + at, n_bytes);
              sums[i][0] += w * part;
            }
        }
    }
}

/* Rows of weights, as above. */
__attribute__ ((always_inline)) static inline void
multiply_rows (const RgRowProduct *self, gsize start, gsize end, gsize m, gsize n_sums)
{
  const gsize length = rg_dtype_get_block_length (self->dtype), size = rg_dtype_get_block_bits (self->dtype) / 8;
  const gsize row_bytes = self->k / length * size, chunk_bytes = CHUNK / length * size;

  for (gsize r = start; r < end; r++)
    {
      RgLanes sums[RG_ROW_PRODUCT_MAX][N_SUMS];

      for (gsize i = 0; i < m; i++)
        for (gsize s = 0; s < n_sums; s++)
          sums[i][s] = (RgLanes){ 0 };
      multiply_row (self, self->weights + r * row_bytes, chunk_bytes, m, n_sums, sums);
      for (gsize i = 0; i < m; i++)
        {
          float *y = self->y + i * self->ldy + r;

          for (gsize s = 1; s < n_sums; s++)
            sums[i][0] += sums[i][s];
          *y = (self->accumulate ? *y : 0) + rg_lanes_sum (sums[i][0]);
        }
    }
}

static void
multiply_exact (const RgRowProduct *self, gsize start, gsize end)
{
  switch (self->m)
    {
    case 1:
      multiply_rows (self, start, end, 1, 4);
      break;
    case 2:
      multiply_rows (self, start, end, 2, 2);
      break;
    case 3:
      multiply_rows (self, start, end, 3, 2);
      break;
    case 4:
      multiply_rows (self, start, end, 4, 1);
      break;
    case 5:
      multiply_rows (self, start, end, 5, 1);
      break;
    case 6:
      multiply_rows (self, start, end, 6, 1);
      break;
    case 7:
      multiply_rows (self, start, end, 7, 1);
      break;
    default:
      multiply_rows (self, start, end, RG_ROW_PRODUCT_MAX, 1);
      break;
    }
}

/* --- whole numbers ------------------------------------------------------------------------------------------------- */

static inline float
read_f16 (const guint8 *bytes)
{
  guint16 half;

  memcpy (&half, bytes, 2);
  half = GUINT16_FROM_LE (half);
#ifdef __F16C__
  return _cvtsh_ss (half);
#else
  {
    const guint32 bits = rg_widen_f16 (half);
    float value;

    memcpy (&value, &bits, 4);

    return value;
  }
#endif
}

#ifdef __AVX2__

/* The 32 whole numbers of a block. */
__attribute__ ((always_inline)) static inline __m256i
read_levels (RgDtype dtype, const guint8 *block)
{
  __m128i halves;

  if (dtype == RG_DTYPE_Q8_0)
    return _mm256_loadu_si256 ((const __m256i *) (block + 2));

  halves = _mm_loadu_si128 ((const __m128i *) (block + 2));

  return _mm256_sub_epi8 (_mm256_and_si256 (_mm256_set_m128i (_mm_srli_epi16 (halves, 4), halves), _mm256_set1_epi8 (15)), _mm256_set1_epi8 (8));
}

#endif

/* The product of a block with 32 elements of x, times @scale, added to the sums. */
__attribute__ ((always_inline)) static inline void
add_block (RgDtype dtype, const guint8 *block, const gint16 *x, float scale, RgLanes sums[2])
{
#if defined(__AVX512F__)
  const __m512i pairs = _mm512_madd_epi16 (_mm512_cvtepi8_epi16 (read_levels (dtype, block)), _mm512_loadu_si512 (x));

  sums[0] += (RgLanes) _mm512_cvtepi32_ps (pairs) * scale;
#elif defined(__AVX2__)
  const __m256i levels = read_levels (dtype, block);
  const __m256i low = _mm256_madd_epi16 (_mm256_cvtepi8_epi16 (_mm256_castsi256_si128 (levels)), _mm256_loadu_si256 ((const __m256i *) x));
  const __m256i high = _mm256_madd_epi16 (_mm256_cvtepi8_epi16 (_mm256_extracti128_si256 (levels, 1)), _mm256_loadu_si256 ((const __m256i *) (x + 16)));

  sums[0] += (RgLanes) _mm256_cvtepi32_ps (low) * scale;
  sums[1] += (RgLanes) _mm256_cvtepi32_ps (high) * scale;
#else
  int sum = 0;

  for (guint i = 0; i < RG_ROUNDED_RUN; i++)
    {
      int level = dtype == RG_DTYPE_Q8_0 ? (gint8) block[2 + i] : (block[2 + i % 16] >> 4 * (i / 16) & 15) - 8;

      sum += level * x[i];
    }
  sums[0][0] += sum * scale;
#endif
}

/* The sums of @n rows of weights side by side; @dtype, @size and @n are constants where this is inlined. */
__attribute__ ((always_inline)) static inline void
multiply_rounded_rows (const RgRowProduct *self, gsize start, RgDtype dtype, gsize size, gsize n)
{
  const gsize n_blocks = self->k / RG_ROUNDED_RUN, row_bytes = n_blocks * size;
  const guint8 *block = self->weights + start * row_bytes;
  RgLanes sums[N_SUMS][2];

  for (gsize r = 0; r < n; r++)
    sums[r][0] = sums[r][1] = (RgLanes){ 0 };

  for (gsize b = 0; b < n_blocks; b++, block += size)
#pragma GCC unroll 4
    for (gsize r = 0; r < n; r++)
      {
        const guint8 *at = block + r * row_bytes;

        __builtin_prefetch (at + BYTES_AHEAD);
        add_block (dtype, at, self->rounded + b * RG_ROUNDED_RUN, read_f16 (at) * self->scales[b], sums[r]);
      }

  for (gsize r = 0; r < n; r++)
    self->y[start + r] = (self->accumulate ? self->y[start + r] : 0) + rg_lanes_sum (sums[r][0] + sums[r][1]);
}

__attribute__ ((always_inline)) static inline void
multiply_rounded (const RgRowProduct *self, gsize start, gsize end, RgDtype dtype, gsize size)
{
  for (; start + N_SUMS <= end; start += N_SUMS)
    multiply_rounded_rows (self, start, dtype, size, N_SUMS);

  for (; start < end; start++)
    multiply_rounded_rows (self, start, dtype, size, 1);
}

void
RG_LEVELLED (rg_row_product) (const RgRowProduct *self, gsize start, gsize end)
{
  if (self->rounded != NULL && self->dtype == RG_DTYPE_Q8_0)
    multiply_rounded (self, start, end, RG_DTYPE_Q8_0, 34);
  else if (self->rounded != NULL)
    multiply_rounded (self, start, end, RG_DTYPE_Q4_0, 18);
  else
    multiply_exact (self, start, end);
}
