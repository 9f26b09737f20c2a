/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Some files hold loops that gain much from wide registers. meson.build compiles each of them once for every level of the
 * x86-64 architecture (System V psABI, “Micro-Architecture Levels”), with RG_CPU_LEVEL base, v3 or v4, and the program
 * chooses when it runs. On other processors there is the base alone. */

G_BEGIN_DECLS

/**
 * RgCpuLevel:
 * @RG_CPU_BASE: whatever every processor of the architecture has
 * @RG_CPU_V3: AVX2, FMA and F16C
 * @RG_CPU_V4: AVX-512 (F, BW, CD, DQ, VL) as well
 */
typedef enum
{
  RG_CPU_BASE,
  RG_CPU_V3,
  RG_CPU_V4,
  RG_N_CPU_LEVELS,
} RgCpuLevel;

/**
 * RG_CPU_LEVEL_VARIABLE: the environment variable with the level that is not to be passed: base, v3 or v4
 *
 * For tests and measurements: the engine's own products then run as on a processor of that level that has nothing besides, thus
 * without BF16 even at v4. OpenBLAS has OPENBLAS_CORETYPE for the same; loops that the compiler clones (RG_VECTORISED) stay as they are.
 */
#define RG_CPU_LEVEL_VARIABLE "REGARD_CPU_LEVEL"

/** rg_cpu_get_level: Returns: the highest level that processor, system and %RG_CPU_LEVEL_VARIABLE allow; for any thread. */
RgCpuLevel rg_cpu_get_level (void);

/** rg_cpu_is_limited: Returns: whether %RG_CPU_LEVEL_VARIABLE is set, so that nothing outside the levels may be used. */
gboolean rg_cpu_is_limited (void);

#define RG_JOIN_EXPANDED(name, level) name##_##level
#define RG_JOIN(name, level) RG_JOIN_EXPANDED (name, level)

/** RG_LEVELLED: the name that a function of this file has at the level it is compiled for. */
#define RG_LEVELLED(name) RG_JOIN (name, RG_CPU_LEVEL)

/** RG_LEVELS: the versions of a function by level, for an array. */
#ifdef __x86_64__
#define RG_LEVELS(name) name##_base, name##_v3, name##_v4
#else
#define RG_LEVELS(name) name##_base, name##_base, name##_base
#endif

G_END_DECLS
