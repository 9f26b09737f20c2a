/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product of whole numbers of 8 bits, with exact sums of 32.
 *
 * The instruction VPDPBUSD (Intel SDM vol. 2) multiplies four numbers without sign by four with one and adds the products to a 32-bit sum.
 * Rows of A are made unsigned by adding 128, and 128 times the sum of the column is taken off in the end. */
#include "engine/tensor/gemm-int8.h"

#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/int8-weights.h"

#ifdef __x86_64__

#include "engine/tensor/bf16-pairs.h"

#define TARGET_8 __attribute__ ((target ("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,prfchw")))
#define INLINE_8 TARGET_8 __attribute__ ((always_inline)) static inline

#define ROWS 12
#define COLUMNS RG_PANEL_COLUMNS
#define RUN 4
#define LARGEST 127
#define OFFSET 128
#define SMALLEST 1e-30f /* of the largest values, whose inverse is finite; below it a row counts as zeros */
/* From one row of a panel of A to the next, in words: a constant, and such that rows lie in different cache sets. */
#define ROW_WORDS (RG_INT8_MOST / RUN + 16)

/* Rows of A as a tile reads them. */
typedef struct
{
  guint32 words[ROWS * ROW_WORDS] __attribute__ ((aligned (64)));
  float scales[ROWS];
} Panel;

/* What a tile reads and writes. */
typedef struct
{
  const Panel *a;
  RgInt8Columns b; /* from the first column on */
  gsize n_runs;
  float *c;
  gsize ldc;
  const float *addend; /* nullable */
  gsize ld_addend;
  __mmask16 last; /* the columns of the last vector that exist */
} Tile;

/* @dtype: a constant where this is inlined */
INLINE_8 __m512
load (const void *values, RgDtype dtype, gsize at, gsize n)
{
  if (dtype == RG_DTYPE_F32)
    return n >= 16 ? _mm512_loadu_ps ((const float *) values + at) : _mm512_maskz_loadu_ps (first_lanes (n), (const float *) values + at);

  return _mm512_castsi512_ps (_mm512_slli_epi32 (_mm512_cvtepu16_epi32 (n >= 16 ? _mm256_loadu_si256 ((const __m256i *) ((const guint16 *) values + at)) : _mm256_maskz_loadu_epi16 (first_lanes (n), (const guint16 *) values + at)), 16));
}

/* Returns: what its numbers are to be multiplied by */
INLINE_8 float
pack_row (guint8 *bytes, const void *row, RgDtype dtype, gsize k)
{
  const __m512i offset = _mm512_set1_epi32 (OFFSET);
  __m512 largest = _mm512_setzero_ps (), inverse;
  float most;

  for (gsize p = 0; p < k; p += 16)
    largest = _mm512_max_ps (largest, _mm512_abs_ps (load (row, dtype, p, k - p)));
  most = _mm512_reduce_max_ps (largest);
  inverse = _mm512_set1_ps (most > SMALLEST ? LARGEST / most : 0);

  for (gsize p = 0; p < k; p += 16)
    {
      const __m512i whole = _mm512_cvtps_epi32 (_mm512_mul_ps (load (row, dtype, p, k - p), inverse));

      _mm_storeu_si128 ((__m128i *) (bytes + p), _mm512_cvtepi32_epi8 (_mm512_add_epi32 (whole, offset)));
    }

  return most / LARGEST;
}

TARGET_8 static void
pack_rows (Panel *panel, const RgFactor *a, gsize first, gsize rows, gsize k)
{
  for (gsize i = 0; i < rows; i++)
    {
      guint8 *bytes = (guint8 *) (panel->words + i * ROW_WORDS);
      const gsize at = (first + i) * a->ld;

      panel->scales[i] = a->dtype == RG_DTYPE_F32 ? pack_row (bytes, (const float *) a->data + at, RG_DTYPE_F32, k) : pack_row (bytes, (const guint16 *) a->data + at, RG_DTYPE_BF16, k);
    }
}

/* GCC 12 would keep sums of whole numbers in memory. */
INLINE_8 __m512i
multiply_add (__m512i sum, __m512i a, __m512i b)
{
  __asm__("vpdpbusd %2, %1, %0"
          : "+v"(sum)
          : "v"(a), "v"(b));

  return sum;
}

/* Everything but @tile is a constant where this is inlined, so the sums are registers. */
INLINE_8 void
run_tile (const Tile *tile, int rows, int vectors)
{
  const guint32 *a = tile->a->words, *b = tile->b.words;
  __m512i sums[ROWS][2];

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      sums[i][j] = _mm512_setzero_si512 ();

  for (gsize p = 0; p < tile->n_runs; p++, a++, b += COLUMNS)
    {
      __m512i right[2];

#pragma GCC unroll 2
      for (int j = 0; j < vectors; j++)
        right[j] = _mm512_load_si512 (b + 16 * j);
#pragma GCC unroll 12
      for (int i = 0; i < rows; i++)
        {
          const __m512i left = _mm512_set1_epi32 (a[i * ROW_WORDS]);

#pragma GCC unroll 2
          for (int j = 0; j < vectors; j++)
            sums[i][j] = multiply_add (sums[i][j], left, right[j]);
        }
    }

#pragma GCC unroll 2
  for (int j = 0; j < vectors; j++)
    {
      const __mmask16 lanes = j + 1 < vectors ? 0xffff : tile->last;
      const __m512i excess = _mm512_slli_epi32 (_mm512_maskz_loadu_epi32 (lanes, tile->b.sums + 16 * j), 7); /* OFFSET times */
      const __m512 scales = _mm512_maskz_loadu_ps (lanes, tile->b.scales + 16 * j);

#pragma GCC unroll 12
      for (int i = 0; i < rows; i++)
        {
          __m512 value = _mm512_mul_ps (_mm512_cvtepi32_ps (_mm512_sub_epi32 (sums[i][j], excess)), _mm512_mul_ps (scales, _mm512_set1_ps (tile->a->scales[i])));

          if (tile->addend != NULL)
            value = _mm512_add_ps (value, _mm512_maskz_loadu_ps (lanes, tile->addend + i * tile->ld_addend + 16 * j));
          _mm512_mask_storeu_ps (tile->c + i * tile->ldc + 16 * j, lanes, value);
        }
    }
}

typedef void (*TileFunc) (const Tile *tile);

#define TILE(rows)                                                                      \
  TARGET_8 static void tile_##rows##_1 (const Tile *tile) { run_tile (tile, rows, 1); } \
  TARGET_8 static void tile_##rows##_2 (const Tile *tile) { run_tile (tile, rows, 2); }

TILE (1)
TILE (2)
TILE (3)
TILE (4)
TILE (5)
TILE (6)
TILE (7)
TILE (8)
TILE (9)
TILE (10)
TILE (11)
TILE (12)

#define ENTRY(rows)                  \
  {                                  \
    tile_##rows##_1, tile_##rows##_2 \
  }

/* By rows - 1, vectors - 1. */
static const TileFunc tile_funcs[ROWS][2] = { ENTRY (1), ENTRY (2), ENTRY (3), ENTRY (4), ENTRY (5), ENTRY (6), ENTRY (7), ENTRY (8), ENTRY (9), ENTRY (10), ENTRY (11), ENTRY (12) };

gboolean
rg_gemm_int8_is_supported (void)
{
  return rg_gemm_bf16_is_supported () && __builtin_cpu_supports ("avx512vnni");
}

TARGET_8 void
rg_gemm_int8 (gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  const RgInt8Columns *columns = &b->int8;
  Panel panel;

  g_assert (columns->k == k && !a->transposed);

  for (gsize i = 0; i < m; i += ROWS)
    {
      const gsize rows = MIN (m - i, ROWS);

      pack_rows (&panel, a, i, rows, k);
      for (gsize j = 0; j < n; j += COLUMNS)
        {
          const gsize n_columns = MIN (n - j, COLUMNS), vectors = n_columns > 16 ? 2 : 1;
          const Tile tile = {
            .a = &panel,
            .b = { columns->words + j / COLUMNS * columns->step, k, columns->step, columns->scales + j, columns->sums + j },
            .n_runs = (k + RUN - 1) / RUN,
            .c = c + i * ldc + j,
            .ldc = ldc,
            .addend = addend != NULL ? addend + i * ld_addend + j : NULL,
            .ld_addend = ld_addend,
            .last = first_lanes (n_columns - 16 * (vectors - 1)),
          };

          tile_funcs[rows - 1][vectors - 1](&tile);
        }
    }
}

#else /* other processors */

gboolean
rg_gemm_int8_is_supported (void)
{
  return FALSE;
}

void
rg_gemm_int8 (gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  g_assert_not_reached ();
}

#endif
