/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/cpu-level.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

static gboolean is_limited;

#ifdef __x86_64__
/* Those of the third level that not every compiler knows by name. */
static gboolean
has_f16c_movbe_lzcnt (void)
{
  guint eax, ebx, ecx, extended, edx;

  return __get_cpuid (1, &eax, &ebx, &ecx, &edx) && __get_cpuid (0x80000001, &eax, &ebx, &extended, &edx) &&
         (ecx & bit_F16C) != 0 && (ecx & bit_MOVBE) != 0 && (extended & bit_LZCNT) != 0;
}
#endif

static RgCpuLevel
find_level (void)
{
#ifdef __x86_64__
  gboolean v3 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && __builtin_cpu_supports ("bmi") && __builtin_cpu_supports ("bmi2") &&
                has_f16c_movbe_lzcnt ();
  gboolean v4 = v3 && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512cd") &&
                __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");

  return v4 ? RG_CPU_V4 : v3 ? RG_CPU_V3
                             : RG_CPU_BASE;
#else
  return RG_CPU_BASE;
#endif
}

RgCpuLevel
rg_cpu_get_level (void)
{
  static const char *const names[RG_N_CPU_LEVELS] = { "base", "v3", "v4" };
  static gsize known = 0; /* 1 + the level */

  if (g_once_init_enter (&known))
    {
      const char *most = g_getenv (RG_CPU_LEVEL_VARIABLE);
      RgCpuLevel level = find_level ();

      is_limited = most != NULL;
      for (RgCpuLevel i = RG_CPU_BASE; i < level; i++)
        if (g_strcmp0 (most, names[i]) == 0)
          level = i;
      g_once_init_leave (&known, 1 + level);
    }

  return known - 1;
}

gboolean
rg_cpu_is_limited (void)
{
  rg_cpu_get_level ();

  return is_limited;
}
