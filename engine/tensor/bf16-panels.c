/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifdef __x86_64__

#include "engine/tensor/bf16-panels.h"

/* While a row is packed, the one so many rows further down is called for: what a training step multiplies going backward has
 * long left the caches, and the processor's own prefetching leaves a third of the time to waiting. */
#define ROWS_AHEAD_ALONG 4
#define ROWS_AHEAD_ACROSS 10

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
get_size (RgBf16Part part)
{
  return part == RG_BF16_AS_IT_IS ? sizeof (guint16) : sizeof (float);
}

/* A as it stands, m rows along k. */
TARGET_INLINE void
pack_a_along (guint32 *packed, const guint8 *a, gsize lda, gsize m, gsize k, RgBf16Part part)
{
  const gsize size = get_size (part);

  for (gsize i = 0; i < m; i++)
    {
      guint32 *row = packed + i / RG_PANEL_ROWS * RG_PANEL_STEP_A + i % RG_PANEL_ROWS * RG_PANEL_PAIRS;

      for (gsize p = 0; p < k; p += 32)
        {
          call_for (a + ((i + ROWS_AHEAD_ALONG) * lda + p) * size, size);
          _mm512_store_si512 (row + p / 2, pairs_along (a + (i * lda + p) * size, k - p, part));
        }
    }
}

/* A stored k × m. Each vector writes four words too many, which the next pair of the panel, or the gap, takes. */
TARGET_INLINE void
pack_a_across (guint32 *packed, const guint8 *a, gsize lda, gsize m, gsize k, RgBf16Part part)
{
  const gsize size = get_size (part), step = lda * size;

  for (gsize p = 0; p < k; p += 2, a += 2 * step, packed += RG_PANEL_ROWS)
    {
      gboolean two = p + 1 < k;
      guint32 *to = packed;
      gsize i = 0;

      for (gsize ahead = 0; ahead < m; ahead += 32)
        {
          call_for (a + ROWS_AHEAD_ACROSS * step + ahead * size, size);
          call_for (a + (ROWS_AHEAD_ACROSS + 1) * step + ahead * size, size);
        }

      for (; i + 16 <= m; i += RG_PANEL_ROWS, to += RG_PANEL_STEP_A)
        _mm512_storeu_si512 (to, pairs_across (a + i * size, step, 0xffff, two, part));
      for (; i < m; i += RG_PANEL_ROWS, to += RG_PANEL_STEP_A)
        _mm512_storeu_si512 (to, pairs_across (a + i * size, step, first_lanes (m - i), two, part));
    }
}

/* One or @two rows of B as it stands, of n. */
TARGET_INLINE void
pack_b_across (guint32 *packed, gsize panel_step, const guint8 *b, gsize ldb, gsize n, gboolean two, RgBf16Part part)
{
  const gsize size = get_size (part), step = ldb * size;

  for (gsize j = 0; j < n; j += 16)
    {
      __builtin_prefetch (b + ROWS_AHEAD_ACROSS * step + j * size);
      __builtin_prefetch (b + (ROWS_AHEAD_ACROSS + 1) * step + j * size);
      _mm512_store_si512 (packed + j / RG_PANEL_COLUMNS * panel_step + j % RG_PANEL_COLUMNS, pairs_across (b + j * size, step, first_lanes (n - j), two, part));
    }
}

/* Up to 16 columns of B stored n × k. */
TARGET_INLINE void
pack_b_along (guint32 *packed, const guint8 *b, gsize ldb, gsize n, gsize k, gsize ahead, RgBf16Part part)
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
        _mm512_store_si512 (packed + (p / 2 + i) * RG_PANEL_COLUMNS, r[i]);
    }
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
pack_right (guint32 *packed, gsize panel_step, const RgFactor *b, gsize n, gsize k, RgBf16Part part)
{
  /* As many rows as are packed together: what is widened stays in the first-level cache. */
  float room[MAX (RG_PANEL_COLUMNS / 2 * RG_PANEL_SLICE, 2 * RG_PANEL_BLOCK)] __attribute__ ((aligned (64)));
  const gboolean widens = part != RG_BF16_AS_IT_IS && b->dtype != RG_DTYPE_F32;
  const gsize ld = !widens ? b->ld : b->transposed ? k
                                                   : n;
  const gsize step = ld * get_size (part);

  if (b->transposed)
    for (gsize j = 0; j < n; j += RG_PANEL_COLUMNS / 2)
      {
        const gsize columns = MIN (n - j, RG_PANEL_COLUMNS / 2);
        const guint8 *rows = widens ? widen_rows (b, j, columns, k, room) : (const guint8 *) b->data + j * step;

        pack_b_along (packed + j / RG_PANEL_COLUMNS * panel_step + j % RG_PANEL_COLUMNS, rows, ld, columns, k, widens ? 0 : RG_PANEL_COLUMNS / 2, part);
      }
  else
    for (gsize p = 0; p < k; p += 2)
      {
        const guint8 *rows = widens ? widen_rows (b, p, MIN (k - p, 2), n, room) : (const guint8 *) b->data + p * step;

        pack_b_across (packed + p / 2 * RG_PANEL_COLUMNS, panel_step, rows, ld, n, p + 1 < k, part);
      }
}

TARGET void
rg_panels_pack_right (guint32 *packed, gsize step, const RgFactor *b, gsize n, gsize k, RgBf16Part part)
{
  if (part == RG_BF16_AS_IT_IS)
    pack_right (packed, step, b, n, k, RG_BF16_AS_IT_IS);
  else if (part == RG_BF16_ROUNDED)
    pack_right (packed, step, b, n, k, RG_BF16_ROUNDED);
  else
    pack_right (packed, step, b, n, k, RG_BF16_REST);
}

TARGET_INLINE void
pack_left (guint32 *packed, const RgFactor *a, gsize m, gsize k, RgBf16Part part)
{
  if (a->transposed)
    pack_a_across (packed, a->data, a->ld, m, k, part);
  else
    pack_a_along (packed, a->data, a->ld, m, k, part);
}

TARGET void
rg_panels_pack_left (guint32 *packed, const RgFactor *a, gsize m, gsize k, RgBf16Part part)
{
  if (part == RG_BF16_AS_IT_IS)
    pack_left (packed, a, m, k, RG_BF16_AS_IT_IS);
  else if (part == RG_BF16_ROUNDED)
    pack_left (packed, a, m, k, RG_BF16_ROUNDED);
  else
    pack_left (packed, a, m, k, RG_BF16_REST);
}

#endif
