/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* Elementwise mathematics as straight-line code without calls, so that the compiler turns the loops of the ops into vector
 * instructions; the functions below are inlined into loops that are compiled once for each level of the x86-64 architecture
 * and chosen when the program starts. */

G_BEGIN_DECLS

/* Sanitizers instrument the resolver that chooses a version, before their own start; they get the plain version. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define RG_VECTORISED __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RG_VECTORISED
#endif

/* GCC splits loops by the cases of a clamp, as rg_exp() has, and then computes each case; from here to the end of the file not. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-thread-jumps")
#endif

/* Let the sum or maximum of the loop that follows be regrouped into lanes (-fopenmp-simd; no OpenMP at run time). */
#define RG_PRAGMA(text) _Pragma (#text)
#define RG_SIMD_SUM(...) RG_PRAGMA (omp simd reduction (+ \
                                                        : __VA_ARGS__))
#define RG_SIMD_MAX(...) RG_PRAGMA (omp simd reduction (max \
                                                        : __VA_ARGS__))

/* A bfloat16 as a float. */
static inline float
rg_widen (guint16 value)
{
  guint32 bits = (guint32) value << 16;
  float widened;

  memcpy (&widened, &bits, sizeof widened);

  return widened;
}

/**
 * rg_exp:
 *
 * The exponential with a relative error below 2.5e-7: 2^n by the exponent's bits times a polynomial of degree 6 on
 * [-ln 2 / 2, ln 2 / 2] (range reduction after Cody and Waite). Arguments are clamped to [-87, 88]; NaN gives NaN.
 */
static inline float
rg_exp (float x)
{
  const float magic = 12582912.0f;        /* 1.5 · 2^23: adding it rounds to the nearest integer */
  float raised = x < -87.0f ? -87.0f : x; /* one step at a time: as many instructions, no branches */
  float clamped = raised > 88.0f ? 88.0f : raised;
  float shifted = clamped * 1.44269504f + magic;
  float n = shifted - magic;
  float r = clamped - n * 0.693145752f - n * 1.42860677e-6f;
  float p = 1.0f / 720.0f;
  guint32 bits;
  float scale;

  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;

  /* The low bits of the shifted number are n's; unlike a conversion to an integer this is defined for NaN, too. */
  memcpy (&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  memcpy (&scale, &bits, sizeof scale);

  return p * scale;
}

G_END_DECLS
