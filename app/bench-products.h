/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/dtype.h"
#include "engine/tensor/pool.h"

/* How fast this machine multiplies: the products that models consist of, for each type that weights come in. */

G_BEGIN_DECLS

/** RG_BENCH_N_TYPES: the types of weights. */
#define RG_BENCH_N_TYPES 15

/**
 * RgBenchProducts: thousand millions a second.
 * @blas_gflops: operations of OpenBLAS's single-precision product of 1024 × 768 with 768 × 3072, on all threads: the number
 *   by which machines are compared
 * @f32_gflops, @fast_gflops: of rg_gemm() at both precisions, the same product
 * @row_gbytes: bytes of weights that a product with one row reads, from 64 MiB of them, which only the caches of large servers hold
 * @rows_gflops: operations of the same product as above, with the right factor in this type, as fast as can be
 */
typedef struct
{
  double blas_gflops, f32_gflops, fast_gflops;
  struct
  {
    RgDtype dtype;
    double row_gbytes, rows_gflops;
  } types[RG_BENCH_N_TYPES];
} RgBenchProducts;

/** rg_bench_products_measure: takes a few seconds; nothing else should run. */
void rg_bench_products_measure (RgBenchProducts *self, RgPool *pool);

/** RgBenchWork: what is timed. */
typedef void (*RgBenchWork) (gpointer data);

/** rg_bench_measure: Returns: seconds of the fastest of some runs, since whatever else runs only slows down. */
double rg_bench_measure (RgBenchWork work, gpointer data);

G_END_DECLS
