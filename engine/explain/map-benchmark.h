/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/localisation.h"
#include "engine/explain/method.h"
#include "engine/train/evaluate.h"

/* The maps against the truth: on generated scenes it is known which object an answer speaks of, and where it is. Each method is
 * scored beside maps that know nothing and one that knows everything, and each claim is put to the test of verdict.h as
 * well. Training takes the pictures from number 1 on, evaluation those from 2⁴⁰ on; these begin at 2⁴¹. */

G_BEGIN_DECLS

/**
 * RgBenchmarkMap: whose map: an RgMethod, or one of the maps that they are compared with:
 * @RG_BENCHMARK_ELSEWHERE: the attention of the scene before: what a method scores by its habits alone
 * @RG_BENCHMARK_CENTRE: a Gaussian in the middle, standard deviation a quarter of the side
 * @RG_BENCHMARK_RANDOM: independent random values
 * @RG_BENCHMARK_UNIFORM: everywhere the same: chance
 * @RG_BENCHMARK_ORACLE: the object itself: the best there is
 */
typedef enum
{
  RG_BENCHMARK_ELSEWHERE = RG_N_METHODS,
  RG_BENCHMARK_CENTRE,
  RG_BENCHMARK_RANDOM,
  RG_BENCHMARK_UNIFORM,
  RG_BENCHMARK_ORACLE,
  RG_N_BENCHMARK_MAPS
} RgBenchmarkMap;

/** rg_benchmark_map_get_name: Returns: a method's name, or "elsewhere", "centre", "random", "uniform", "oracle". */
const char *rg_benchmark_map_get_name (RgBenchmarkMap self);

/**
 * RgBenchmarkScore: sums over the words.
 * @supported, @weak: verdicts, see rg_verdict_test(); pixels are hidden by a blur
 * @seconds: spent on making the map
 */
typedef struct
{
  RgLocalisation sum;
  guint supported, weak;
  double seconds;
} RgBenchmarkScore;

/**
 * RgMapBenchmark:
 * @count: scenes
 * @n_asked: of which this many allowed a question about one object
 * @n_right: of which this many are answered rightly with a probability above one half
 * @n: of which the last word depends on the picture by a nat or more: the words that were scored
 * @dependence: sum of those words' dependence, nats
 */
typedef struct
{
  guint count, n_asked, n_right, n;
  double dependence;
  RgBenchmarkScore scores[RG_N_BENCHMARK_MAPS];
} RgMapBenchmark;

/**
 * rg_map_benchmark:
 * @world, @seed, @count, @func: as for rg_evaluate()
 * @pool: (nullable): its threads share each pass
 * @result: (out caller-allocates)
 *
 * One question a scene, about one object; the right answer is scored by teacher forcing, and its last word is explained.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_SHAPE (the world has another size of picture)
 */
gboolean rg_map_benchmark (RgModel *model, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgMapBenchmark *result, GError **error);

G_END_DECLS
