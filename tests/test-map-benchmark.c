/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "engine/error.h"
#include "engine/explain/map-benchmark.h"
#include "engine/model-folder.h"
#include "engine/train/recipe.h"

/* The benchmark of the maps, on the bundled model and very few scenes: it is the same whatever runs it, and those maps whose
 * scores are known have them. */

static RgModel *
load (RgRecipe *world)
{
  g_autofree char *dir = g_build_filename (g_getenv ("REGARD_DATADIR"), "model", NULL);
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;
  RgModel *model = rg_model_folder_load (dir, &preprocess, NULL, &error);

  g_assert_no_error (error);
  rg_evaluation_world (world, model);

  return model;
}

static double
mean_of (const RgMapBenchmark *self, RgBenchmarkMap map, RgMapMeasure measure)
{
  return self->maps[map].all[measure].mean;
}

static gboolean
same (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

static void
assert_same (const RgMapBenchmark *a, const RgMapBenchmark *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      g_assert_cmpfloat (a->maps[map].threshold, ==, b->maps[map].threshold);
      for (RgMapMeasure measure = 0; measure < RG_N_MAP_MEASURES; measure++)
        {
          const RgInterval *left = &a->maps[map].all[measure], *right = &b->maps[map].all[measure];

          if (!same (left->mean, right->mean) || !same (left->low, right->low) || !same (left->high, right->high))
            {
              g_test_message ("%s, %s: %g, then %g", rg_benchmark_map_get_name (map), rg_map_measure_get_name (measure), left->mean, right->mean);
              g_test_fail ();
            }
        }
    }
}

static void
assert_known (const RgMapBenchmark *self)
{
  g_assert_cmpuint (self->n, >, 0);
  g_assert_cmpuint (self->n, ==, self->n_sizes[0] + self->n_sizes[1] + self->n_sizes[2]);
  g_assert_cmpfloat (self->dependence, >=, RG_PROBE_LEAST_DEPENDENCE);
  g_assert_cmpfloat (mean_of (self, RG_BENCHMARK_ORACLE, RG_MAP_MEASURE_POINTING), ==, 1);
  g_assert_cmpfloat (mean_of (self, RG_BENCHMARK_ORACLE, RG_MAP_MEASURE_AUROC), ==, 1);
  g_assert_cmpfloat (fabs (mean_of (self, RG_BENCHMARK_UNIFORM, RG_MAP_MEASURE_POINTING) - self->area), <, 1e-9);
  g_assert_cmpfloat (mean_of (self, RG_BENCHMARK_UNIFORM, RG_MAP_MEASURE_AUROC), ==, 0.5);
  g_assert_cmpfloat (mean_of (self, RG_BENCHMARK_UNIFORM, RG_MAP_MEASURE_CUT_ORDER), ==, 0);
  g_assert_true (isnan (mean_of (self, (RgBenchmarkMap) RG_METHOD_KV_CUT, RG_MAP_MEASURE_CUT_ORDER)));
  g_assert_cmpfloat (mean_of (self, (RgBenchmarkMap) RG_METHOD_CALIBRATED, RG_MAP_MEASURE_AUROC), >, mean_of (self, RG_BENCHMARK_RANDOM, RG_MAP_MEASURE_AUROC));
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      g_assert_cmpfloat (self->maps[method].seconds, >, 0);
      g_assert_cmpuint (self->maps[method].all[RG_MAP_MEASURE_RANDOMISED].n, >, 0);
      g_assert_cmpfloat (mean_of (self, (RgBenchmarkMap) method, RG_MAP_MEASURE_DELETION), <, 1);
    }
}

/* One thread or three: the same to the last bit, but for the times. */
static void
test_same (void)
{
  RgRecipe world;
  g_autoptr (RgModel) model = load (&world);
  g_autoptr (RgPool) pool = rg_pool_new (3);
  g_autoptr (GError) error = NULL;
  RgMapBenchmark alone, shared;

  g_assert_true (rg_map_benchmark (model, NULL, &world, 1, 1, NULL, NULL, NULL, NULL, &alone, &error));
  g_assert_true (rg_map_benchmark (model, NULL, &world, 1, 1, pool, NULL, NULL, NULL, &shared, &error));
  g_assert_no_error (error);
  assert_known (&alone);
  assert_same (&alone, &shared);
}

static void
cancel (guint done, guint count, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_errors (void)
{
  RgRecipe world;
  g_autoptr (RgModel) model = load (&world);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) cancelled = NULL;
  g_autoptr (GError) shape = NULL;
  RgMapBenchmark result;

  g_assert_false (rg_map_benchmark (model, NULL, &world, 1, 100, NULL, cancel, cancellable, cancellable, &result, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  world.model.vision.image_size *= 2;
  g_assert_false (rg_map_benchmark (model, NULL, &world, 1, 1, NULL, NULL, NULL, NULL, &result, &shape));
  g_assert_error (shape, RG_ERROR, RG_ERROR_SHAPE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map-benchmark/same", test_same);
  g_test_add_func ("/map-benchmark/errors", test_errors);

  return g_test_run ();
}
