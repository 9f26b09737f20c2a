/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/gemm.h"

#include <cblas.h>
#include <string.h>

void
rg_gemm (RgPool *pool,
         RgPrecision precision,
         gboolean trans_a,
         gboolean trans_b,
         gsize m,
         gsize n,
         gsize k,
         const float *a,
         gsize lda,
         const float *b,
         gsize ldb,
         gboolean accumulate,
         float *c,
         gsize ldc)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      openblas_set_num_threads (1);
      g_once_init_leave (&once, 1);
    }
  if (m == 0 || n == 0)
    return;
  if (k == 0)
    {
      for (gsize i = 0; i < m && !accumulate; i++)
        memset (c + i * ldc, 0, n * sizeof (float));
      return;
    }
  cblas_sgemm (CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
}

gboolean
rg_gemm_has_fast (void)
{
  return FALSE;
}

const char *
rg_gemm_describe (void)
{
  return "OpenBLAS";
}
