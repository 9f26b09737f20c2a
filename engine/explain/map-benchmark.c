/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/map-benchmark.h"

#include <math.h>

#include "engine/explain/map-examiner.h"

#define SCENES_A_ROUND 4 /* for each thread, between two reports */
#define DEV_PART 4       /* one scene to find thresholds for so many to measure on */
#define N_DRAWS 1000     /* of the bootstrap */
#define RANDOM_STREAM (G_GUINT64_CONSTANT (1) << 50)

typedef struct
{
  guint64 seed;
  guint n_dev, n_all; /* scenes: those of the dev set come first */
  GCancellable *cancellable;
  RgMapExaminer *examiners;
  RgMapSheet *sheets; /* n_all */
  guint first, n;     /* the scenes of this round */
  int next;           /* atomic */
} Benchmark;

const char *
rg_benchmark_map_get_name (RgBenchmarkMap self)
{
  static const char *const names[] = { "kv-cut, contrast", "gradient, contrast", "elsewhere", "centre", "random", "uniform", "edges", "encoder", "oracle" };

  return self < (RgBenchmarkMap) RG_N_METHODS ? rg_method_get_name ((RgMethod) self) : names[self - RG_N_METHODS];
}

const char *
rg_map_measure_get_name (RgMapMeasure self)
{
  static const char *const names[RG_N_MAP_MEASURES] = {
    "pointing", "energy", "auroc", "iou", "selectivity", "rho_cut", "rho_pixels", "rho_pixels_all", "deletion", "insertion", "supported", "randomised", "randomised_signed"
  };

  return names[self];
}

/* --- measuring --- */

static void
examine (gsize task, gpointer data)
{
  Benchmark *self = data;
  guint i;

  while ((i = g_atomic_int_add (&self->next, 1)) < self->n && !g_cancellable_is_cancelled (self->cancellable))
    {
      guint scene = self->first + i;
      gboolean dev = scene < self->n_dev;
      guint index = dev ? scene : scene - self->n_dev;
      RgMapDepth depth = index % RG_BENCHMARK_EVERY != 0 ? RG_MAP_DEPTH_QUICK : dev ? RG_MAP_DEPTH_SLOW_MAPS
                                                                                    : RG_MAP_DEPTH_TESTS;

      /* Nothing but cancelling can go wrong, and that is asked for in the end. */
      if (!rg_map_examiner_run (&self->examiners[task], dev ? RG_PROBE_DEV : RG_PROBE_TEST, self->seed, index, depth, &self->sheets[scene], NULL))
        return;
    }
}

static void
run_rounds (Benchmark *self, RgPool *pool, RgEvaluationFunc func, gpointer data)
{
  guint n_threads = rg_pool_get_n_threads (pool);

  while (self->first < self->n_all && !g_cancellable_is_cancelled (self->cancellable))
    {
      self->n = MIN (SCENES_A_ROUND * n_threads, self->n_all - self->first);
      self->next = 0;
      rg_pool_run (pool, n_threads, examine, self);
      self->first += self->n;
      if (func != NULL)
        func (self->first, self->n_all, data);
    }
}

/* --- summing up --- */

/* The threshold at which a map overlaps the objects of the dev set best. */
static guint
find_threshold (const RgMapSheet *sheets, guint n, RgBenchmarkMap map)
{
  double sums[RG_MAP_THRESHOLDS] = { 0 };
  guint best = 0;

  for (guint i = 0; i < n; i++)
    for (guint w = 0; w < sheets[i].n_words; w++)
      for (guint t = 0; t < RG_MAP_THRESHOLDS; t++)
        if (!isnan (sheets[i].words[w].overlaps[map][t]))
          sums[t] += sheets[i].words[w].overlaps[map][t];

  for (guint t = 1; t < RG_MAP_THRESHOLDS; t++)
    if (sums[t] > sums[best])
      best = t;

  return best;
}

/* All words one behind the other, and whose scene each is. */
typedef struct
{
  guint64 seed;
  guint n;
  RgMapRecord **records;
  guint *scenes;
  double *values; /* room for one measure of all words */
} Table;

/* @size: or %RG_N_PROBE_SIZES for all. */
static RgInterval
sum_up (Table *self, RgBenchmarkMap map, RgMapMeasure measure, RgProbeSize size)
{
  for (guint i = 0; i < self->n; i++)
    self->values[i] = size == RG_N_PROBE_SIZES || self->records[i]->size == size ? self->records[i]->measures[map][measure] : NAN;

  return rg_bootstrap (self->values, self->scenes, self->n, N_DRAWS, self->seed);
}

static double
mean_seconds (const Table *self, gsize offset)
{
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < self->n; i++)
    {
      double value = G_STRUCT_MEMBER (double, self->records[i], offset);

      if (!isnan (value))
        {
          sum += value;
          n++;
        }
    }

  return n > 0 ? sum / n : 0;
}

static void
write_row (Table *self, RgBenchmarkMap map, guint threshold, RgBenchmarkRow *row)
{
  row->threshold = rg_map_threshold (threshold);
  for (guint i = 0; i < self->n; i++)
    self->records[i]->measures[map][RG_MAP_MEASURE_OVERLAP] = self->records[i]->overlaps[map][threshold];

  for (RgMapMeasure measure = 0; measure < RG_N_MAP_MEASURES; measure++)
    {
      row->all[measure] = sum_up (self, map, measure, RG_N_PROBE_SIZES);
      for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
        row->sizes[size][measure] = sum_up (self, map, measure, size);
    }
  if (map < (RgBenchmarkMap) RG_N_METHODS)
    row->seconds = mean_seconds (self, G_STRUCT_OFFSET (RgMapRecord, seconds) + map * sizeof (double));
}

static void
write_result (const Benchmark *self, RgMapBenchmark *result)
{
  RgMapSheet *sheets = self->sheets + self->n_dev;
  guint most = (self->n_all - self->n_dev) * RG_PROBE_WORDS;
  g_autofree RgMapRecord **records = g_new (RgMapRecord *, most);
  g_autofree guint *scenes = g_new (guint, most);
  g_autofree double *values = g_new (double, most);
  Table table = { .seed = self->seed, .records = records, .scenes = scenes, .values = values };

  *result = (RgMapBenchmark){ .count = self->n_all - self->n_dev };
  for (guint i = 0; i < result->count; i++)
    {
      result->n_asked += sheets[i].n_asked;
      result->n_right += sheets[i].n_right;
      for (guint w = 0; w < sheets[i].n_words; w++)
        {
          records[table.n] = &sheets[i].words[w];
          scenes[table.n++] = i;
          result->n_sizes[sheets[i].words[w].size]++;
          result->dependence += sheets[i].words[w].dependence;
          result->area += sheets[i].words[w].area;
        }
    }

  result->n = table.n;
  result->dependence /= MAX (table.n, 1);
  result->area /= MAX (table.n, 1);
  result->read_seconds = mean_seconds (&table, G_STRUCT_OFFSET (RgMapRecord, read_seconds));
  result->looked_seconds = mean_seconds (&table, G_STRUCT_OFFSET (RgMapRecord, looked_seconds));
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    write_row (&table, map, find_threshold (self->sheets, self->n_dev, map), &result->maps[map]);
}

/* --- all of it --- */

/* Returns: (transfer full): the same model with random weights; @model must outlive it. */
static RgModel *
random_model_new (RgModel *model, guint64 seed)
{
  RgModel *self = rg_model_new_replica (model);
  RgRandom random;

  rg_random_init (&random, seed, RANDOM_STREAM);
  rg_parameters_begin (rg_model_get_parameters (self), &random);

  return self;
}

gboolean
rg_map_benchmark (RgModel *model, const RgCalibration *calibration, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgMapBenchmark *result, GError **error)
{
  g_autoptr (RgModel) random_model = random_model_new (model, seed);
  guint n_threads = rg_pool_get_n_threads (pool), n_dev = (count + DEV_PART - 1) / DEV_PART, n_ready = 0;
  g_autofree RgMapExaminer *examiners = g_new (RgMapExaminer, n_threads);
  g_autofree RgMapSheet *sheets = g_new0 (RgMapSheet, n_dev + count);
  Benchmark benchmark = { .seed = seed, .n_dev = n_dev, .n_all = n_dev + count, .cancellable = cancellable, .examiners = examiners, .sheets = sheets };

  while (n_ready < n_threads && rg_map_examiner_init (&examiners[n_ready], model, random_model, calibration, world, cancellable, error))
    n_ready++;
  if (n_ready == n_threads)
    run_rounds (&benchmark, pool, func, data);
  for (guint i = 0; i < n_ready; i++)
    rg_map_examiner_clear (&examiners[i]);
  if (n_ready < n_threads || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  write_result (&benchmark, result);

  return TRUE;
}
