/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/quant-blocks.h"

#include "engine/formats/lanes.h"
#include "engine/formats/quant-runs.h"

/* Every product here is exact: eleven bits of a binary16, at most seven of a scale and six of an element fit the 24 of a
 * float. So neither the order of the factors nor a fused multiply-add changes a bit of the result. */

struct _RgRunSink
{
  float *target;
};

/* The levels as floats. The compiler's own conversion of vectors falls back to single elements too easily. */
static inline void
widen (RgLevels16 levels, RgLanes parts[16 / RG_N_LANES])
{
#if defined(__AVX512F__)
  parts[0] = (RgLanes) _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 ((__m128i) levels));
#elif defined(__AVX2__)
  parts[0] = (RgLanes) _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 ((__m128i) levels));
  parts[1] = (RgLanes) _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 (_mm_srli_si128 ((__m128i) levels, 8)));
#else
  float single[16];

  for (guint i = 0; i < 16; i++)
    single[i] = levels[i];
  memcpy (parts, single, sizeof single);
#endif
}

static inline void
rg_take_16 (RgRunSink *sink, guint at, RgLevels16 levels, float scale, float min)
{
  RgLanes parts[16 / RG_N_LANES];

  widen (levels, parts);
  for (guint i = 0; i < 16 / RG_N_LANES; i++)
    rg_lanes_store (sink->target + at + i * RG_N_LANES, parts[i] * scale - min);
}

static inline void
rg_take_32 (RgRunSink *sink, guint at, RgLevels32 levels, float scale, float min)
{
  RgLevels16 halves[2];

  memcpy (halves, &levels, sizeof halves);
  rg_take_16 (sink, at, halves[0], scale, min);
  rg_take_16 (sink, at + 16, halves[1], scale, min);
}

static inline void
rg_take_halves (RgRunSink *sink, guint at, RgLevels32 levels, const float scales[2], const float mins[2])
{
  RgLevels16 halves[2];

  memcpy (halves, &levels, sizeof halves);
  for (guint i = 0; i < 2; i++)
    rg_take_16 (sink, at + 16 * i, halves[i], scales[i], mins != NULL ? mins[i] : 0);
}

#define BLOCKS(type, TYPE, length, size)                                   \
  static void type##_blocks (const guint8 *source, float *target, gsize n) \
  {                                                                        \
    for (gsize i = 0; i < n; i += length, source += size)                  \
      rg_##type##_runs (source, &(RgRunSink){ target + i });               \
  }

RG_QUANT_TYPES (BLOCKS)

/* --- the types whose elements stand alone -------------------------------------------------------------------------- */

static void
f32_elements (const guint8 *source, float *target, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, source + 4 * i, 4);
      bits = GUINT32_FROM_LE (bits);
      memcpy (target + i, &bits, 4);
    }
}

static void
bf16_elements (const guint8 *source, float *target, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint16 half;
      guint32 bits;

      memcpy (&half, source + 2 * i, 2);
      bits = (guint32) GUINT16_FROM_LE (half) << 16;
      memcpy (target + i, &bits, 4);
    }
}

static void
f16_elements (const guint8 *source, float *target, gsize n)
{
  gsize i = 0;

#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps (target + i, _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (source + 2 * i))));
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (target + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (source + 2 * i))));
#endif
  for (; i < n; i++)
    target[i] = rg_read_f16 (source + 2 * i);
}

#define ENTRY(type, TYPE, length, size) [RG_DTYPE_##TYPE] = type##_blocks,

static void (*const functions[RG_N_DTYPES]) (const guint8 *, float *, gsize) = {
  [RG_DTYPE_F32] = f32_elements,
  [RG_DTYPE_F16] = f16_elements,
  [RG_DTYPE_BF16] = bf16_elements,
  RG_QUANT_TYPES (ENTRY)
};

gboolean
RG_LEVELLED (rg_to_f32) (RgDtype dtype, const void *source, float *target, gsize n)
{
  if (functions[dtype] == NULL)
    return FALSE;
  g_assert (n % rg_dtype_get_block_length (dtype) == 0);
  functions[dtype](source, target, n);

  return TRUE;
}
