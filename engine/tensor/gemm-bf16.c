/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product with bfloat16 factors and single-precision sums.
 *
 * The instruction VDPBF16PS (Intel SDM vol. 2, "VDPBF16PS") multiplies 16 pairs of bfloat16 with 16 others and adds both
 * products of each pair to a float. So the common unit below is the *pair*: two factors that follow one another along k,
 * in one 32-bit word, the earlier one in its lower half. An odd k ends with a pair whose upper half is 0.
 *
 * C is made of tiles of ROWS × COLUMNS that stay in registers over a slice of k. The factors are packed per slice:
 *   B, panels of COLUMNS:    word[pair][column]
 *   A, panels of ROWS:       word[row][pair]  where A lies row by row, since then packing is mere rounding
 *                         or word[pair][row]  where A lies transposed
 * Where more bits are wanted, a float counts as the sum of two bfloat16, what rounding leaves and what it takes away (Henry,
 * Tang and Heinecke, “Leveraging the bfloat16 artificial intelligence datatype for higher-precision computations”, 2019), and
 * three of the four products are added up; the fourth is too small.
 *
 * Panels begin at a fixed distance, whatever the size of the slice, so that all offsets within a tile are constants. */
#include "engine/tensor/gemm-bf16.h"

#include "engine/formats/cpu-level.h"

#ifdef __x86_64__

#include "engine/tensor/bf16-pairs.h"
#include "engine/tensor/memory.h"

/* 24 of the 32 registers are sums. A panel of B (16 KiB) and one of A (6 KiB) share the first-level cache; a block of A
 * (194 KiB) and one of B (516 KiB) the second-level one. */
#define ROWS 12
#define COLUMNS 32
#define SLICE 256 /* of k; a multiple of 32 */
#define PAIRS (SLICE / 2)
/* From one panel to the next; the gap keeps whole panels out of each other's cache sets. */
#define A_PANEL (ROWS * PAIRS + 16)
#define B_PANEL (COLUMNS * PAIRS + COLUMNS)
#define BLOCK_ROWS (ROWS * 32)
#define BLOCK_COLUMNS (COLUMNS * 32)
/* While a row is packed, the one so many rows further down is called for: what a training step multiplies going backward has
 * long left the caches, and the processor's own prefetching leaves a third of the time to waiting. */
#define ROWS_AHEAD_ALONG 4
#define ROWS_AHEAD_ACROSS 10
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

/* Calls for the next 32 elements of a row; asking for what lies outside the matrix does no harm. */
TARGET_INLINE void
call_for (const guint8 *row, gsize size)
{
  __builtin_prefetch (row);
  if (size > 2)
    __builtin_prefetch (row + 64);
}

/* Of an element. */
TARGET_INLINE gsize
get_size (Part part)
{
  return part == AS_IT_IS ? sizeof (guint16) : sizeof (float);
}

/* A as it stands, m rows along k. */
TARGET_INLINE void
pack_a_along (guint32 *packed, const guint8 *a, gsize lda, gsize m, gsize k, Part part)
{
  const gsize size = get_size (part);

  for (gsize i = 0; i < m; i++)
    {
      guint32 *row = packed + i / ROWS * A_PANEL + i % ROWS * PAIRS;

      for (gsize p = 0; p < k; p += 32)
        {
          call_for (a + ((i + ROWS_AHEAD_ALONG) * lda + p) * size, size);
          _mm512_store_si512 (row + p / 2, pairs_along (a + (i * lda + p) * size, k - p, part));
        }
    }
}

/* A stored k × m. Each vector writes four words too many, which the next pair of the panel, or the gap, takes. */
TARGET_INLINE void
pack_a_across (guint32 *packed, const guint8 *a, gsize lda, gsize m, gsize k, Part part)
{
  const gsize size = get_size (part), step = lda * size;

  for (gsize p = 0; p < k; p += 2, a += 2 * step, packed += ROWS)
    {
      gboolean two = p + 1 < k;
      guint32 *to = packed;
      gsize i = 0;

      for (gsize ahead = 0; ahead < m; ahead += 32)
        {
          call_for (a + ROWS_AHEAD_ACROSS * step + ahead * size, size);
          call_for (a + (ROWS_AHEAD_ACROSS + 1) * step + ahead * size, size);
        }

      for (; i + 16 <= m; i += ROWS, to += A_PANEL)
        _mm512_storeu_si512 (to, pairs_across (a + i * size, step, 0xffff, two, part));
      for (; i < m; i += ROWS, to += A_PANEL)
        _mm512_storeu_si512 (to, pairs_across (a + i * size, step, first_lanes (m - i), two, part));
    }
}

/* One or @two rows of B as it stands, of n. */
TARGET_INLINE void
pack_b_across (guint32 *packed, const guint8 *b, gsize ldb, gsize n, gboolean two, Part part)
{
  const gsize size = get_size (part), step = ldb * size;

  for (gsize j = 0; j < n; j += 16)
    {
      __builtin_prefetch (b + ROWS_AHEAD_ACROSS * step + j * size);
      __builtin_prefetch (b + (ROWS_AHEAD_ACROSS + 1) * step + j * size);
      _mm512_store_si512 (packed + j / COLUMNS * B_PANEL + j % COLUMNS, pairs_across (b + j * size, step, first_lanes (n - j), two, part));
    }
}

/* Up to 16 columns of B stored n × k. */
TARGET_INLINE void
pack_b_along (guint32 *packed, const guint8 *b, gsize ldb, gsize n, gsize k, gsize ahead, Part part)
{
  const gsize size = get_size (part);

  for (gsize p = 0; p < k; p += 32)
    {
      gsize n_pairs = (MIN (k - p, 32) + 1) / 2;
      __m512i r[16];

      for (gsize i = 0; i < 16; i++)
        call_for (b + ((ahead + i) * ldb + p) * size, size);
      for (gsize i = 0; i < 16; i++)
        r[i] = i < n ? pairs_along (b + (i * ldb + p) * size, k - p, part) : _mm512_setzero_si512 ();
      transpose (r);
      for (gsize i = 0; i < n_pairs; i++)
        _mm512_store_si512 (packed + (p / 2 + i) * COLUMNS, r[i]);
    }
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

#define TILE(rows, vectors)                                                                                         \
  TARGET static void tile_along_##rows##_##vectors (const Tile *tile) { run_tile (tile, rows, vectors, PAIRS, 1); } \
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
  const float *addend; /* nullable */
  gsize ld_addend;
  float *c;
  gsize ldc;
} Slice;

/* The tiles of a block of C from row @first, whose factors are packed. */
TARGET static void
multiply_block (const Scratch *scratch, const Slice *self, gsize first, gsize m)
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
            .a = scratch->a + i / ROWS * A_PANEL,
            .b = scratch->b + j / COLUMNS * B_PANEL,
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

      _mm512_mask_storeu_epi16 (rounded + i, rest < 32 ? (1u << rest) - 1 : G_MAXUINT32, pairs_along ((const guint8 *) (values + i), rest, ROUNDED));
    }
}

gboolean
rg_gemm_bf16_is_supported (void)
{
  return !rg_cpu_is_limited () && __builtin_cpu_supports ("avx512bf16") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");
}

/* @rows rows of B as it is stored, of which the block needs @n elements, widened into @room, one row of it a row. */
static const guint8 *
widen_rows (const RgFactor *b, gsize row, gsize rows, gsize n, float *room)
{
  const gsize size = rg_dtype_get_size (b->dtype, n), row_size = rg_dtype_get_size (b->dtype, b->ld);

  for (gsize i = 0; i < rows; i++)
    {
      const guint8 *source = (const guint8 *) b->data + (row + i) * row_size;

      /* What comes next, as the processor does not make out so many short pieces that lie apart. */
      for (gsize at = 0; at < size; at += 64)
        __builtin_prefetch (source + rows * row_size + at);
      rg_dtype_to_f32 (b->dtype, source, room + i * n, n);
    }

  return (const guint8 *) room;
}

/* @part is a constant where this is inlined. */
TARGET_INLINE void
pack_b_part (const Scratch *scratch, const Slice *self, Part part)
{
  /* As many rows as are packed together: what is widened stays in the first-level cache. */
  float room[MAX (COLUMNS / 2 * SLICE, 2 * BLOCK_COLUMNS)] __attribute__ ((aligned (64)));
  const RgFactor *b = &self->b;
  const gboolean widens = part != AS_IT_IS && b->dtype != RG_DTYPE_F32;
  const gsize ld = !widens ? b->ld : b->transposed ? self->k
                                                   : self->n;
  const gsize step = ld * get_size (part);

  if (b->transposed)
    for (gsize j = 0; j < self->n; j += COLUMNS / 2)
      {
        const gsize columns = MIN (self->n - j, COLUMNS / 2);
        const guint8 *rows = widens ? widen_rows (b, j, columns, self->k, room) : (const guint8 *) b->data + j * step;

        pack_b_along (scratch->b + j / COLUMNS * B_PANEL + j % COLUMNS, rows, ld, columns, self->k, widens ? 0 : COLUMNS / 2, part);
      }
  else
    for (gsize p = 0; p < self->k; p += 2)
      {
        const guint8 *rows = widens ? widen_rows (b, p, MIN (self->k - p, 2), self->n, room) : (const guint8 *) b->data + p * step;

        pack_b_across (scratch->b + p / 2 * COLUMNS, rows, ld, self->n, p + 1 < self->k, part);
      }
}

TARGET static void
pack_b (const Scratch *scratch, const Slice *self, Part part)
{
  if (part == AS_IT_IS)
    pack_b_part (scratch, self, AS_IT_IS);
  else if (part == ROUNDED)
    pack_b_part (scratch, self, ROUNDED);
  else
    pack_b_part (scratch, self, REST);
}

/* Rows @first … of A. */
TARGET_INLINE void
pack_a_part (const Scratch *scratch, const Slice *self, gsize first, gsize rows, Part part)
{
  const RgFactor *a = &self->a;
  const guint8 *data = (const guint8 *) a->data + first * (a->transposed ? 1 : a->ld) * get_size (part);

  if (a->transposed)
    pack_a_across (scratch->a, data, a->ld, rows, self->k, part);
  else
    pack_a_along (scratch->a, data, a->ld, rows, self->k, part);
}

TARGET static void
pack_a (const Scratch *scratch, const Slice *self, gsize first, gsize rows, Part part)
{
  if (part == AS_IT_IS)
    pack_a_part (scratch, self, first, rows, AS_IT_IS);
  else if (part == ROUNDED)
    pack_a_part (scratch, self, first, rows, ROUNDED);
  else
    pack_a_part (scratch, self, first, rows, REST);
}

/* What there is of a factor beside its rest. */
static Part
get_main_part (const RgFactor *factor)
{
  return factor->dtype == RG_DTYPE_BF16 ? AS_IT_IS : ROUNDED;
}

/* C = addend + A · B, of A the given part, of B the one that is packed. */
static void
multiply_slice (const Scratch *scratch, const Slice *self, Part part)
{
  for (gsize i = 0; i < self->m; i += BLOCK_ROWS)
    {
      gsize rows = MIN (self->m - i, BLOCK_ROWS);

      pack_a (scratch, self, i, rows, part);
      multiply_block (scratch, self, i, rows);
    }
}

/* Whether the packed block of B has anything but zeros: what has so few bits that rounding takes none has no rest. */
static gboolean
has_b (const Scratch *scratch, const Slice *self)
{
  const gsize n_panels = (self->n + COLUMNS - 1) / COLUMNS, n_words = (self->k + 1) / 2 * COLUMNS;

  for (gsize panel = 0; panel < n_panels; panel++)
    {
      /* The last panel may have columns that nobody wrote. */
      const gsize columns = MIN (self->n - panel * COLUMNS, COLUMNS);

      for (gsize word = 0; word < n_words; word++)
        if ((scratch->b[panel * B_PANEL + word] & 0x7fff7fff) != 0 && word % COLUMNS < columns)
          return TRUE;
    }

  return FALSE;
}

/* The products of what rounding takes away with the rounded rest, added. The main part of B is packed. */
static void
add_rests (const Scratch *scratch, const Slice *slice)
{
  Slice more = *slice;

  more.addend = slice->c;
  more.ld_addend = slice->ldc;
  if (slice->a.dtype != RG_DTYPE_BF16)
    multiply_slice (scratch, &more, REST);
  if (slice->b.dtype == RG_DTYPE_BF16)
    return;

  pack_b (scratch, &more, REST);
  if (has_b (scratch, &more))
    multiply_slice (scratch, &more, get_main_part (&slice->a));
}

void
rg_gemm_bf16 (gboolean split, gsize m, gsize n, gsize k, const RgFactor *a, const RgFactor *b, const float *addend, gsize ld_addend, float *c, gsize ldc)
{
  const Scratch scratch = get_scratch ();
  gsize n_slices = (k + SLICE - 1) / SLICE;
  gsize step = (k + n_slices - 1) / n_slices; /* slices of equal length: a short last one would cost as much C traffic */

  step = (step + 31) / 32 * 32;
  for (gsize j = 0; j < n; j += BLOCK_COLUMNS)
    for (gsize p = 0; p < k; p += step)
      {
        const float *from = p == 0 ? addend : c;
        const Slice slice = {
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

        pack_b (&scratch, &slice, get_main_part (b));
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
