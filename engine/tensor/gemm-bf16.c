/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product with bfloat16 factors and single-precision sums.
 *
 * The instruction VDPBF16PS (Intel SDM vol. 2, "VDPBF16PS") multiplies 16 pairs of bfloat16 with 16 others and adds both
 * products of each pair to a float. So the common unit below is the *pair*: two factors that follow one another along k,
 * in one 32-bit word, the earlier one in its lower half. An odd k ends with a pair whose upper half is 0.
 *
 * C is made of tiles of ROWS × COLUMNS that stay in registers over a slice of k. The factors are packed per slice (bf16-panels.h), but
 * for a B that has panels. (An A of bfloat16 whose rows are pairs already could be read where it lies; but what is not packed then, tiles
 * over rows that lie apart lose again.)
 * Where more bits are wanted, a float counts as the sum of two bfloat16, what rounding leaves and what it takes away (Henry,
 * Tang and Heinecke, “Leveraging the bfloat16 artificial intelligence datatype for higher-precision computations”, 2019), and
 * three of the four products are added up; the fourth is too small. */
#include "engine/tensor/gemm-bf16.h"

#include "engine/formats/cpu-level.h"

#ifdef __x86_64__

#include "engine/tensor/bf16-panels.h"
#include "engine/tensor/memory.h"

/* 24 of the 32 registers are sums. A panel of B (16 KiB) and one of A (6 KiB) share the first-level cache; a block of A
 * (194 KiB) and one of B (516 KiB) the second-level one. */
#define ROWS RG_PANEL_ROWS
#define COLUMNS RG_PANEL_COLUMNS
#define A_PANEL RG_PANEL_STEP_A
#define B_PANEL (COLUMNS * RG_PANEL_PAIRS + COLUMNS)
#define BLOCK_ROWS (ROWS * 32)
#define BLOCK_COLUMNS RG_PANEL_BLOCK
/* A tile that takes at least so many steps calls for its part of C first, which has come when the sums are there. */
#define PAIRS_AHEAD 48

/* Where the factors are packed. */
typedef struct
{
  guint32 *a;
  guint32 *b;
} Scratch;

/* One slice of one tile: where it reads and writes. */
typedef struct
{
  const guint32 *a;
  const guint32 *b;
  gsize n_pairs;
  float *c;
  gsize ldc;
  const float *addend; /* nullable */
  gsize ld_addend;
  __mmask16 last; /* the columns of the last vector that exist */
} Tile;

typedef void (*TileFunc) (const Tile *tile);

#define A_WORDS (BLOCK_ROWS / ROWS * A_PANEL)
#define B_WORDS (BLOCK_COLUMNS / COLUMNS * B_PANEL)

G_STATIC_ASSERT (A_WORDS % 16 == 0); /* B begins at a multiple of 64 bytes, too */

static Scratch
get_scratch (void)
{
  static RgScratch memory = RG_SCRATCH_INIT;
  guint32 *words = rg_scratch_get (&memory, (A_WORDS + B_WORDS) * sizeof (guint32));

  return (Scratch){ words, words + A_WORDS };
}

/* Everything but @tile is a constant where this is inlined, so the sums are registers. */
TARGET_INLINE void
run_tile (const Tile *tile, int rows, int vectors, gsize row_step, gsize pair_step)
{
  const guint32 *a = tile->a;
  const guint32 *b = tile->b;
  const float *addend = tile->addend;
  float *c = tile->c;
  __m512 sums[ROWS][2];

  if (tile->n_pairs >= PAIRS_AHEAD)
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < vectors; j++)
        __builtin_prefetch (c + i * tile->ldc + 16 * j, 1);

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < vectors; j++)
      sums[i][j] = _mm512_setzero_ps ();

  for (gsize p = 0; p < tile->n_pairs; p++, a += pair_step, b += COLUMNS)
    {
      __m512bh right[2];

#pragma GCC unroll 2
      for (int j = 0; j < vectors; j++)
        right[j] = (__m512bh) _mm512_load_si512 (b + 16 * j);
#pragma GCC unroll 12
      for (int i = 0; i < rows; i++)
        {
          __m512bh left = (__m512bh) _mm512_set1_epi32 (a[i * row_step]);

#pragma GCC unroll 2
          for (int j = 0; j < vectors; j++)
            sums[i][j] = _mm512_dpbf16_ps (sums[i][j], left, right[j]);
        }
    }

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++, c += tile->ldc)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      {
        __mmask16 lanes = j + 1 < vectors ? 0xffff : tile->last;

        if (addend != NULL)
          sums[i][j] = _mm512_add_ps (sums[i][j], _mm512_maskz_loadu_ps (lanes, addend + i * tile->ld_addend + 16 * j));
        _mm512_mask_storeu_ps (c + 16 * j, lanes, sums[i][j]);
      }
}

#define TILE(rows, vectors)                                                                                                  \
  TARGET static void tile_along_##rows##_##vectors (const Tile *tile) { run_tile (tile, rows, vectors, RG_PANEL_PAIRS, 1); } \
  TARGET static void tile_across_##rows##_##vectors (const Tile *tile) { run_tile (tile, rows, vectors, 1, ROWS); }
#define TILES(rows) TILE (rows, 1) TILE (rows, 2)

TILES (1)
TILES (2)
TILES (3)
TILES (4)
TILES (5)
TILES (6)
TILES (7)
TILES (8)
TILES (9)
TILES (10)
TILES (11)
TILES (12)

#define ENTRY(kind, rows)                              \
  {                                                    \
    tile_##kind##_##rows##_1, tile_##kind##_##rows##_2 \
  }
#define TABLE(kind)                                                                                             \
  {                                                                                                             \
    ENTRY (kind, 1), ENTRY (kind, 2), ENTRY (kind, 3), ENTRY (kind, 4), ENTRY (kind, 5), ENTRY (kind, 6),       \
        ENTRY (kind, 7), ENTRY (kind, 8), ENTRY (kind, 9), ENTRY (kind, 10), ENTRY (kind, 11), ENTRY (kind, 12) \
  }

/* By how A is packed, rows - 1, vectors - 1. */
static const TileFunc tile_funcs[2][ROWS][2] = { TABLE (along), TABLE (across) };

/* All rows of A and up to a block of columns of B, over a slice of k. */
typedef struct
{
  gsize m, n, k;
  RgFactor a, b;
  const guint32 *b_words; /* B packed: in the scratch memory, or panels of its own */
  gsize b_step;           /* from one panel to the next */
  const float *addend;    /* nullable */
  gsize ld_addend;
  float *c;
  gsize ldc;
} Slice;

/* The tiles of a block of C from row @first, whose factors are packed. */
TARGET static void
multiply_block (const guint32 *a, const Slice *self, gsize first, gsize m)
{
  const TileFunc (*funcs)[2] = tile_funcs[self->a.transposed != FALSE];

  for (gsize i = 0; i < m; i += ROWS)
    {
      gsize rows = MIN (m - i, ROWS);

      for (gsize j = 0; j < self->n; j += COLUMNS)
        {
          gsize columns = MIN (self->n - j, COLUMNS);
          gsize vectors = columns > 16 ? 2 : 1;
          Tile tile = {
            .a = a + i / ROWS * A_PANEL,
            .b = self->b_words + j / COLUMNS * self->b_step,
            .n_pairs = (self->k + 1) / 2,
            .c = self->c + (first + i) * self->ldc + j,
            .ldc = self->ldc,
            .addend = self->addend != NULL ? self->addend + (first + i) * self->ld_addend + j : NULL,
            .ld_addend = self->ld_addend,
            .last = first_lanes (columns - 16 * (vectors - 1)),
          };

          funcs[rows - 1][vectors - 1](&tile);
        }
    }
}

TARGET void
rg_gemm_bf16_round (guint16 *rounded, const float *values, gsize n)
{
  for (gsize i = 0; i < n; i += 32)
    {
      gsize rest = MIN (n - i, 32);

      _mm512_mask_storeu_epi16 (rounded + i, rest < 32 ? (1u << rest) - 1 : G_MAXUINT32, pairs_along ((const guint8 *) (values + i), rest, RG_BF16_ROUNDED));
    }
}

gboolean
rg_gemm_bf16_is_supported (void)
{
  return !rg_cpu_is_limited () && __builtin_cpu_supports ("avx512bf16") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");
}

/* What there is of a factor beside its rest. */
static RgBf16Part
get_main_part (const RgFactor *factor)
{
  return factor->dtype == RG_DTYPE_BF16 ? RG_BF16_AS_IT_IS : RG_BF16_ROUNDED;
}

/* C = addend + A · B, of A the given part, of B the one that is packed. */
static void
multiply_slice (const Scratch *scratch, const Slice *self, RgBf16Part part)
{
  for (gsize i = 0; i < self->m; i += BLOCK_ROWS)
    {
      const RgFactor a = rg_factor_from (&self->a, self->a.transposed ? 0 : i, self->a.transposed ? i : 0);
      gsize rows = MIN (self->m - i, BLOCK_ROWS);

      rg_panels_pack_left (scratch->a, &a, rows, self->k, part);
      multiply_block (scratch->a, self, i, rows);
    }
}

/* Whether the packed block of B has anything but zeros: what has so few bits that rounding takes none has no rest. */
static gboolean
has_b (const Slice *self)
{
  const gsize n_panels = (self->n + COLUMNS - 1) / COLUMNS, n_words = (self->k + 1) / 2 * COLUMNS;

  for (gsize panel = 0; panel < n_panels; panel++)
    {
      /* The last panel may have columns that nobody wrote. */
      const gsize columns = MIN (self->n - panel * COLUMNS, COLUMNS);

      for (gsize word = 0; word < n_words; word++)
        if ((self->b_words[panel * self->b_step + word] & 0x7fff7fff) != 0 && word % COLUMNS < columns)
          return TRUE;
    }

  return FALSE;
}

static void
pack_right (const Scratch *scratch, Slice *self, RgBf16Part part)
{
  rg_panels_pack_right (scratch->b, B_PANEL, &self->b, self->n, self->k, part);
  self->b_words = scratch->b;
  self->b_step = B_PANEL;
}

/* The products of what rounding takes away with the rounded rest, added. The main part of B is packed. */
static void
add_rests (const Scratch *scratch, const Slice *slice)
{
  Slice more = *slice;

  more.addend = slice->c;
  more.ld_addend = slice->ldc;
  if (slice->a.dtype != RG_DTYPE_BF16)
    multiply_slice (scratch, &more, RG_BF16_REST);
  if (slice->b.dtype == RG_DTYPE_BF16)
    return;

  pack_right (scratch, &more, RG_BF16_REST);
  if (has_b (&more))
    multiply_slice (scratch, &more, get_main_part (&slice->a));
}

void
rg_gemm_bf16 (gboolean split, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  const Scratch scratch = get_scratch ();
  gsize n_slices = (k + RG_PANEL_SLICE - 1) / RG_PANEL_SLICE;
  gsize step = (k + n_slices - 1) / n_slices; /* slices of equal length: a short last one would cost as much C traffic */

  step = (step + 31) / 32 * 32;
  for (gsize j = 0; j < n; j += BLOCK_COLUMNS)
    for (gsize p = 0; p < k; p += step)
      {
        const float *from = p == 0 ? addend : c;
        Slice slice = {
          .m = m,
          .n = MIN (n - j, BLOCK_COLUMNS),
          .k = MIN (k - p, step),
          .a = rg_factor_from (a, a->transposed ? p : 0, a->transposed ? 0 : p),
          .b = rg_factor_from (b, b->transposed ? j : p, b->transposed ? p : j),
          .addend = from != NULL ? from + j : NULL,
          .ld_addend = p == 0 ? ld_addend : ldc,
          .c = c + j,
          .ldc = ldc,
        };

        if (b->panels != NULL)
          {
            slice.b_words = slice.b.panels;
            slice.b_step = slice.b.panel_step;
          }
        else
          pack_right (&scratch, &slice, get_main_part (b));
        multiply_slice (&scratch, &slice, get_main_part (a));
        if (split)
          add_rests (&scratch, &slice);
      }
}

#else /* other processors */

void
rg_gemm_bf16_round (guint16 *rounded, const float *values, gsize n)
{
  g_assert_not_reached ();
}

gboolean
rg_gemm_bf16_is_supported (void)
{
  return FALSE;
}

void
rg_gemm_bf16 (gboolean split, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  g_assert_not_reached ();
}

#endif
