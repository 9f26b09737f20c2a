/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/bootstrap.h"
#include "engine/explain/calibration.h"
#include "engine/explain/method.h"
#include "engine/explain/probe.h"
#include "engine/train/evaluate.h"

/* The maps against the truth: on generated scenes it is known which object an answer speaks of, and where it is (probe.h). Each
 * method is measured beside maps that know nothing and one that knows everything. No single measure is enough: a map may lie
 * on the right object and have nothing to do with the answer, or be true to the model and of no use to the eye. */

G_BEGIN_DECLS

/**
 * RgBenchmarkMap: whose map: an RgMethod, or
 * @RG_BENCHMARK_CUT_CONTRAST, @RG_BENCHMARK_GRADIENT_CONTRAST: those methods, the word held against another, see rg_contrast_find()
 * or one of the maps that they are compared with:
 * @RG_BENCHMARK_ELSEWHERE: the calibrated map of another scene's word: what a method scores by its habits alone
 * @RG_BENCHMARK_CENTRE: a Gaussian in the middle, standard deviation a quarter of the side
 * @RG_BENCHMARK_RANDOM: independent random values
 * @RG_BENCHMARK_UNIFORM: everywhere the same: chance
 * @RG_BENCHMARK_EDGES: how much neighbouring pixels differ in the patch: what strikes the eye, without any model
 * @RG_BENCHMARK_ENCODER: rg_rollout_encoder(): what strikes the model, without any question
 * @RG_BENCHMARK_ORACLE: the object itself, how much of each patch it covers: the best that the grid allows
 */
typedef enum
{
  RG_BENCHMARK_CUT_CONTRAST = RG_N_METHODS,
  RG_BENCHMARK_GRADIENT_CONTRAST,
  RG_BENCHMARK_ELSEWHERE,
  RG_BENCHMARK_CENTRE,
  RG_BENCHMARK_RANDOM,
  RG_BENCHMARK_UNIFORM,
  RG_BENCHMARK_EDGES,
  RG_BENCHMARK_ENCODER,
  RG_BENCHMARK_ORACLE,
  RG_N_BENCHMARK_MAPS
} RgBenchmarkMap;

/** rg_benchmark_map_get_name: Returns: a method's name, or "kv-cut, contrast", "gradient, contrast", "elsewhere", "centre", "random", "uniform", "edges", "encoder", "oracle". */
const char *rg_benchmark_map_get_name (RgBenchmarkMap self);

/**
 * RgMapMeasure: where a map lies, see localisation.h:
 * @RG_MAP_MEASURE_POINTING, @RG_MAP_MEASURE_ENERGY, @RG_MAP_MEASURE_AUROC
 * @RG_MAP_MEASURE_OVERLAP: rg_localisation_overlap() at the threshold that was best for this map on the scenes of %RG_PROBE_DEV
 *
 * whether it is about the question:
 * @RG_MAP_MEASURE_SELECTIVITY: 1 where, of two questions about one picture, each map has more of its positive values on its own
 *   object than on the other's; a map that does not depend on the question gets 0
 *
 * whether it is about the model:
 * @RG_MAP_MEASURE_CUT_ORDER: rank correlation with the map of %RG_METHOD_KV_CUT
 * @RG_MAP_MEASURE_PIXEL_ORDER: rank correlation with what hiding pixels costs, see square-hiding.h; the mean of both fills, costs
 *   below 0.01 nats being none, and words without any other cost left out
 * @RG_MAP_MEASURE_PIXEL_ORDER_ALL: the same with all costs as they are
 * @RG_MAP_MEASURE_DELETION: area under the deletion curve of random orders less the map's, see deletion.h; the mean colour hides
 * @RG_MAP_MEASURE_INSERTION: area under the insertion curve of the map less that of random orders
 * @RG_MAP_MEASURE_SUPPORTED: 1 where rg_verdict_test() gives %RG_SUPPORT_FULL; a blur hides
 * @RG_MAP_MEASURE_RANDOMISED: |rank correlation| with the map of the same word by a model with random weights (Adebayo et
 *   al., “Sanity Checks for Saliency Maps”, 2018): what a map owes to the picture and the method alone. For
 *   %RG_BENCHMARK_ELSEWHERE that of the calibrated map with it: what two maps have in common by chance
 * @RG_MAP_MEASURE_RANDOMISED_SIGNED: the same with its sign
 */
typedef enum
{
  RG_MAP_MEASURE_POINTING,
  RG_MAP_MEASURE_ENERGY,
  RG_MAP_MEASURE_AUROC,
  RG_MAP_MEASURE_OVERLAP,
  RG_MAP_MEASURE_SELECTIVITY,
  RG_MAP_MEASURE_CUT_ORDER,
  RG_MAP_MEASURE_PIXEL_ORDER,
  RG_MAP_MEASURE_PIXEL_ORDER_ALL,
  RG_MAP_MEASURE_DELETION,
  RG_MAP_MEASURE_INSERTION,
  RG_MAP_MEASURE_SUPPORTED,
  RG_MAP_MEASURE_RANDOMISED,
  RG_MAP_MEASURE_RANDOMISED_SIGNED,
  RG_N_MAP_MEASURES
} RgMapMeasure;

/** rg_map_measure_get_name: Returns: "pointing", "energy", "auroc", "iou", "selectivity", "rho_cut", "rho_pixels", "rho_pixels_all", "deletion", "insertion", "supported", "randomised", "randomised_signed". */
const char *rg_map_measure_get_name (RgMapMeasure self);

/** RG_BENCHMARK_EVERY: measures that hide pixels, and the maps made so, are taken on every so many scenes only. */
#define RG_BENCHMARK_EVERY 5

/**
 * RgBenchmarkRow: one map.
 * @all: over all words
 * @sizes: over those of small, medium and large objects
 * @threshold: of the overlap, as a share of the map's largest value
 * @seconds: that the map of one word took, 0 for what is no method
 */
typedef struct
{
  RgInterval all[RG_N_MAP_MEASURES], sizes[RG_N_PROBE_SIZES][RG_N_MAP_MEASURES];
  double threshold, seconds;
} RgBenchmarkRow;

/**
 * RgMapBenchmark:
 * @count: scenes
 * @n_asked: questions about one object each
 * @n_right: of which this many have a right answer whose probability is above one half
 * @n: of which the last word depends on the picture by a nat or more: the words that were measured
 * @n_sizes: of which the object is small, medium, large
 * @dependence, @area: their means, nats and share of the patches
 * @read_seconds: reading one token with everything before it in the cache
 * @looked_seconds: the same with the attention recorded and made into a calibrated map
 */
typedef struct
{
  guint count, n_asked, n_right, n, n_sizes[RG_N_PROBE_SIZES];
  double dependence, area;
  double read_seconds, looked_seconds;
  RgBenchmarkRow maps[RG_N_BENCHMARK_MAPS];
} RgMapBenchmark;

/**
 * rg_map_benchmark:
 * @calibration: (nullable): the model's
 * @world, @seed, @func: as for rg_evaluate()
 * @count: scenes of %RG_PROBE_TEST; a quarter as many of %RG_PROBE_DEV come first
 * @pool: (nullable): the scenes are shared among its threads; but for the times, the result does not depend on how many there are
 * @result: (out caller-allocates)
 *
 * The last word of the right answer is explained, which is scored by teacher forcing.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_SHAPE (the world has another size of picture)
 */
gboolean rg_map_benchmark (RgModel *model, const RgCalibration *calibration, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgMapBenchmark *result, GError **error);

G_END_DECLS
