/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/cpu-level.h"

RgCpuLevel
rg_cpu_get_level (void)
{
#ifdef __x86_64__
  gboolean v3 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && __builtin_cpu_supports ("f16c") &&
                __builtin_cpu_supports ("bmi") && __builtin_cpu_supports ("bmi2") && __builtin_cpu_supports ("lzcnt") && __builtin_cpu_supports ("movbe");
  gboolean v4 = v3 && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512cd") &&
                __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");

  return v4 ? RG_CPU_V4 : v3 ? RG_CPU_V3
                             : RG_CPU_BASE;
#else
  return RG_CPU_BASE;
#endif
}
