/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <immintrin.h>

/* Floats and bfloat16 as the pairs that VDPBF16PS multiplies: two factors that follow one another along k in one 32-bit word, the
 * earlier one in its lower half. For the files of AVX-512 BF16 alone, on x86-64. */

#define TARGET __attribute__ ((target ("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,prfchw")))
#define TARGET_INLINE TARGET __attribute__ ((always_inline)) static inline

/* What of a factor is packed: floats rounded, what rounding takes away from them, or bfloat16 as it is. */
typedef enum
{
  RG_BF16_ROUNDED,
  RG_BF16_REST,
  RG_BF16_AS_IT_IS,
} RgBf16Part;

TARGET_INLINE __mmask16
first_lanes (gsize n)
{
  return n >= 16 ? 0xffff : (__mmask16) ((1u << n) - 1);
}

/* Rounds 32 floats; those of @low come first. */
TARGET_INLINE __m512i
round_two (__m512 low, __m512 high)
{
  return (__m512i) _mm512_cvtne2ps_pbh (high, low);
}

/* What rounding takes away from a float, exactly. */
TARGET_INLINE __m512
rest_of (__m512 value)
{
  __m512i rounded = _mm512_cvtepu16_epi32 ((__m256i) _mm512_cvtneps_pbh (value));

  return _mm512_sub_ps (value, _mm512_castsi512_ps (_mm512_slli_epi32 (rounded, 16)));
}

/* The floats, or what rounding takes away from them, rounded. */
TARGET_INLINE __m512i
round_part (__m512 low, __m512 high, RgBf16Part part)
{
  return part == RG_BF16_REST ? round_two (rest_of (low), rest_of (high)) : round_two (low, high);
}

/* Up to 32 elements that follow one another along k as up to 16 pairs; what lies beyond @n is 0, not read. */
TARGET_INLINE __m512i
pairs_along (const guint8 *source, gsize n, RgBf16Part part)
{
  const float *floats = (const float *) source;

  if (part == RG_BF16_AS_IT_IS)
    return n >= 32 ? _mm512_loadu_si512 (source) : _mm512_maskz_loadu_epi16 ((__mmask32) ((1ull << n) - 1), source);
  if (G_LIKELY (n >= 32))
    return round_part (_mm512_loadu_ps (floats), _mm512_loadu_ps (floats + 16), part);
  return round_part (_mm512_maskz_loadu_ps (first_lanes (n), floats), _mm512_maskz_loadu_ps (first_lanes (MAX (n, 16) - 16), floats + 16), part);
}

/* The pairs of 16 columns (or rows) out of two steps of k that lie @step bytes apart. */
TARGET_INLINE __m512i
pairs_across (const guint8 *source, gsize step, __mmask16 lanes, gboolean two, RgBf16Part part)
{
  const __m512i interleave = _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  __m512 low, high;

  if (part == RG_BF16_AS_IT_IS)
    {
      __m512i even = _mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (lanes, source));
      __m512i odd = two ? _mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (lanes, source + step)) : _mm512_setzero_si512 ();

      return _mm512_or_si512 (even, _mm512_slli_epi32 (odd, 16));
    }

  low = _mm512_maskz_loadu_ps (lanes, source);
  high = two ? _mm512_maskz_loadu_ps (lanes, source + step) : _mm512_setzero_ps ();

  return _mm512_permutexvar_epi16 (interleave, round_part (low, high, part));
}

/* Transposes 16 × 16 words in place: neighbours within 128 bits first, then the four 128-bit quarters. */
TARGET_INLINE void
transpose (__m512i r[16])
{
  __m512i t[16];

#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2)
    {
      t[i] = _mm512_unpacklo_epi32 (r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_epi32 (r[i], r[i + 1]);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4)
    {
      r[i] = _mm512_unpacklo_epi64 (t[i], t[i + 2]);
      r[i + 1] = _mm512_unpackhi_epi64 (t[i], t[i + 2]);
      r[i + 2] = _mm512_unpacklo_epi64 (t[i + 1], t[i + 3]);
      r[i + 3] = _mm512_unpackhi_epi64 (t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++)
    {
      t[i] = _mm512_shuffle_i32x4 (r[i], r[4 + i], 0x88);
      t[4 + i] = _mm512_shuffle_i32x4 (r[i], r[4 + i], 0xdd);
      t[8 + i] = _mm512_shuffle_i32x4 (r[8 + i], r[12 + i], 0x88);
      t[12 + i] = _mm512_shuffle_i32x4 (r[8 + i], r[12 + i], 0xdd);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++)
    {
      r[i] = _mm512_shuffle_i32x4 (t[i], t[8 + i], 0x88);
      r[4 + i] = _mm512_shuffle_i32x4 (t[4 + i], t[12 + i], 0x88);
      r[8 + i] = _mm512_shuffle_i32x4 (t[i], t[8 + i], 0xdd);
      r[12 + i] = _mm512_shuffle_i32x4 (t[4 + i], t[12 + i], 0xdd);
    }
}
