/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/map-examiner.h"

#include <math.h>
#include <string.h>

#include "engine/explain/contrast.h"
#include "engine/explain/deletion.h"
#include "engine/explain/localisation.h"
#include "engine/explain/looked.h"
#include "engine/explain/rank-correlation.h"
#include "engine/explain/rollout.h"
#include "engine/explain/square-hiding.h"
#include "engine/explain/verdict.h"
#include "engine/image-state.h"

#define CENTRE_DEVIATION 0.25
#define ELSEWHERE (1u << 30) /* scenes that only lend a map */
#define ELSEWHERE_TRIES 8
#define LEAST_COST 0.01 /* nats: one percent of a probability */
#define N_RANDOM_ORDERS 5
#define LEAST_SCALE 0.3 /* nats between the whole picture and nothing */
#define N_TIMINGS 5

double
rg_map_threshold (guint index)
{
  return (index + 1) / (RG_MAP_THRESHOLDS + 1.0);
}

gboolean
rg_map_examiner_init (RgMapExaminer *self, RgModel *model, RgModel *random_model, const RgCalibration *calibration, const RgRecipe *world, GCancellable *cancellable, GError **error)
{
  *self = (RgMapExaminer){ .random_model = random_model, .calibration = calibration };
  if (!rg_probe_init (&self->probe, model, NULL, world, cancellable, error))
    return FALSE;
  if (!rg_probe_init (&self->elsewhere, model, NULL, world, cancellable, error))
    {
      rg_probe_clear (&self->probe);
      return FALSE;
    }

  for (guint w = 0; w < RG_PROBE_WORDS; w++)
    self->maps[w] = g_new0 (float, RG_N_BENCHMARK_MAPS * self->probe.n_patches);
  self->other = g_new0 (float, self->probe.n_patches);

  return TRUE;
}

void
rg_map_examiner_clear (RgMapExaminer *self)
{
  for (guint w = 0; w < RG_PROBE_WORDS; w++)
    g_clear_pointer (&self->maps[w], g_free);
  g_clear_pointer (&self->other, g_free);
  rg_probe_clear (&self->probe);
  rg_probe_clear (&self->elsewhere);
}

static float *
get_map (const RgMapExaminer *self, guint word, RgBenchmarkMap map)
{
  return self->maps[word] + map * self->probe.n_patches;
}

/* Whether the map of this name was made at all. */
static gboolean
has_map (RgBenchmarkMap map, RgMapDepth depth)
{
  return map != (RgBenchmarkMap) RG_METHOD_OCCLUSION || depth >= RG_MAP_DEPTH_SLOW_MAPS;
}

/* --- making the maps --- */

static gboolean
map_methods (RgMapExaminer *self, guint word, RgMapDepth depth, RgMapRecord *record, GError **error)
{
  RgMethodOptions options = rg_method_options_default ();

  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    if (has_map ((RgBenchmarkMap) method, depth))
      {
        gint64 start = g_get_monotonic_time ();

        if (!rg_method_map (method, &self->probe.words[word].answer, &options, get_map (self, word, (RgBenchmarkMap) method), NULL, error))
          return FALSE;
        record->seconds[method] = (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
      }

  return TRUE;
}

/* The same methods on the difference of two words. */
static gboolean
map_contrasts (RgMapExaminer *self, guint word, GError **error)
{
  RgMethodOptions options = rg_method_options_default ();
  RgExplained answer = self->probe.words[word].answer;
  RgContrast contrast;

  if (!rg_contrast_find (&answer, "", &contrast, error))
    return FALSE;

  answer.contrasts = &contrast;

  return rg_method_map (RG_METHOD_KV_CUT, &answer, &options, get_map (self, word, RG_BENCHMARK_CUT_CONTRAST), NULL, error) &&
         rg_method_map (RG_METHOD_GRADIENT, &answer, &options, get_map (self, word, RG_BENCHMARK_GRADIENT_CONTRAST), NULL, error);
}

/* Differences between neighbouring pixels, summed over the patch. */
static void
map_edges (const RgProbe *probe, float *map)
{
  gsize side = rg_model_get_config (probe->model)->vision.image_size, size = side / probe->grid;

  memset (map, 0, probe->n_patches * sizeof (float));
  for (gsize y = 0; y + 1 < side; y++)
    for (gsize x = 0; x + 1 < side; x++)
      for (guint c = 0; c < 3; c++)
        {
          const float *pixel = probe->pixels.values + (y * side + x) * 3 + c;

          map[y / size * probe->grid + x / size] += fabsf (pixel[3] - pixel[0]) + fabsf (pixel[3 * side] - pixel[0]);
        }
}

/* The calibrated map of a word of another scene; nothing where none of several scenes has a word. */
static gboolean
map_elsewhere (RgMapExaminer *self, RgProbeSplit split, guint64 seed, guint index, GError **error)
{
  RgProbe *probe = &self->elsewhere;

  memset (self->other, 0, self->probe.n_patches * sizeof (float));
  for (guint i = 0; i < ELSEWHERE_TRIES; i++)
    {
      if (!rg_probe_draw (probe, split, seed, ELSEWHERE + ELSEWHERE_TRIES * index + i, error))
        return FALSE;
      if (probe->n_words > 0)
        {
          probe->words[0].answer.calibration = self->calibration;
          return rg_looked_calibrated_map (&probe->words[0].answer, NULL, self->other, error);
        }
    }

  return TRUE;
}

static gboolean
map_nulls (RgMapExaminer *self, guint word, GError **error)
{
  RgProbe *probe = &self->probe;
  double middle = (probe->grid - 1) / 2.0, deviation = CENTRE_DEVIATION * probe->grid;

  memcpy (get_map (self, word, RG_BENCHMARK_ELSEWHERE), self->other, probe->n_patches * sizeof (float));
  memcpy (get_map (self, word, RG_BENCHMARK_ORACLE), probe->words[word].coverage, probe->n_patches * sizeof (float));
  for (gsize p = 0; p < probe->n_patches; p++)
    {
      double y = p / probe->grid - middle, x = p % probe->grid - middle;

      get_map (self, word, RG_BENCHMARK_CENTRE)[p] = exp (-(x * x + y * y) / (2 * deviation * deviation));
      get_map (self, word, RG_BENCHMARK_RANDOM)[p] = rg_random_uniform (&probe->random);
      get_map (self, word, RG_BENCHMARK_UNIFORM)[p] = 1;
    }
  map_edges (probe, get_map (self, word, RG_BENCHMARK_EDGES));

  return rg_rollout_encoder (&probe->words[word].answer, get_map (self, word, RG_BENCHMARK_ENCODER), error);
}

/* --- where they lie --- */

static void
measure_place (const RgMapExaminer *self, guint word, RgMapDepth depth, RgMapRecord *record)
{
  const guint8 *inside = self->probe.words[word].inside;
  gsize n_patches = self->probe.n_patches;

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    if (has_map (map, depth))
      {
        const float *values = get_map (self, word, map);
        RgLocalisation place = rg_localisation_score (values, inside, n_patches);
        double *measures = record->measures[map];

        measures[RG_MAP_MEASURE_POINTING] = place.hit;
        measures[RG_MAP_MEASURE_ENERGY] = place.energy;
        measures[RG_MAP_MEASURE_AUROC] = place.auroc;
        for (guint i = 0; i < RG_MAP_THRESHOLDS; i++)
          record->overlaps[map][i] = rg_localisation_overlap (values, inside, n_patches, rg_map_threshold (i));
        if (map != (RgBenchmarkMap) RG_METHOD_KV_CUT)
          measures[RG_MAP_MEASURE_CUT_ORDER] = rg_rank_correlation (values, get_map (self, word, (RgBenchmarkMap) RG_METHOD_KV_CUT), n_patches);
      }
}

static double
sum_inside (const float *map, const guint8 *inside, gsize n)
{
  double sum = 0;

  for (gsize p = 0; p < n; p++)
    sum += inside[p] ? MAX (map[p], 0) : 0;

  return sum;
}

/* Both words of the scene get the verdict on the pair. */
static void
measure_selectivity (const RgMapExaminer *self, RgMapDepth depth, RgMapSheet *sheet)
{
  const RgProbe *probe = &self->probe;

  for (RgBenchmarkMap map = 0; probe->n_words == RG_PROBE_WORDS && map < RG_N_BENCHMARK_MAPS; map++)
    if (has_map (map, depth))
      {
        gboolean each_own = TRUE;

        for (guint w = 0; w < RG_PROBE_WORDS; w++)
          each_own = each_own && sum_inside (get_map (self, w, map), probe->words[w].inside, probe->n_patches) >
                                     sum_inside (get_map (self, w, map), probe->words[1 - w].inside, probe->n_patches);
        for (guint w = 0; w < RG_PROBE_WORDS; w++)
          sheet->words[w].measures[map][RG_MAP_MEASURE_SELECTIVITY] = each_own;
      }
}

/* --- whether they are true --- */

/* All maps of the one word are tested together: hidden pixels cost the word the same, whoever named them. */
static gboolean
hide_repeated (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error)
{
  g_autofree double *once = g_new (double, n);

  if (!rg_pixel_hiding_apply (data, hidden, n, once, error))
    return FALSE;

  for (guint i = 0; i < n * RG_N_BENCHMARK_MAPS; i++)
    logprobs[i] = once[i / RG_N_BENCHMARK_MAPS];

  return TRUE;
}

static gboolean
measure_support (RgMapExaminer *self, guint word, RgPixelHiding *blurred, RgMapRecord *record, GError **error)
{
  RgVerdictOptions options = rg_verdict_options_default ();
  RgVerdict verdicts[RG_N_BENCHMARK_MAPS];

  options.seed = rg_random_next (&self->probe.random);
  if (!rg_verdict_test (self->maps[word], RG_N_BENCHMARK_MAPS, self->probe.n_patches, NULL, &options, hide_repeated, blurred, verdicts, error))
    return FALSE;

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    record->measures[map][RG_MAP_MEASURE_SUPPORTED] = verdicts[map].support == RG_SUPPORT_FULL;

  return TRUE;
}

static gboolean
measure_order (RgMapExaminer *self, guint word, RgPixelHiding *mean, RgPixelHiding *blurred, RgMapRecord *record, GError **error)
{
  guint grid = self->probe.grid, n = rg_square_hiding_count (grid);
  g_autofree float *costs = g_new0 (float, n);
  g_autofree float *sums = g_new (float, n);

  if (!rg_square_hiding_costs (grid, rg_pixel_hiding_apply, mean, costs, error) ||
      !rg_square_hiding_costs (grid, rg_pixel_hiding_apply, blurred, costs, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    costs[i] /= 2; /* two fills */

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      rg_square_hiding_sums (grid, get_map (self, word, map), sums);
      record->measures[map][RG_MAP_MEASURE_PIXEL_ORDER] = rg_square_hiding_compare (grid, sums, costs, LEAST_COST);
      record->measures[map][RG_MAP_MEASURE_PIXEL_ORDER_ALL] = rg_square_hiding_compare (grid, sums, costs, 0);
    }

  return TRUE;
}

static gboolean
measure_deletion (RgMapExaminer *self, guint word, RgPixelHiding *mean, RgMapRecord *record, GError **error)
{
  RgRandom *random = &self->probe.random;
  guint n_patches = self->probe.n_patches;
  RgDeletion chance = { 0 }, one;
  RgDeletionScale scale;

  if (!rg_deletion_scale (n_patches, rg_pixel_hiding_apply, mean, &scale, error))
    return FALSE;
  if (scale.whole - scale.blank < LEAST_SCALE)
    return TRUE;

  for (guint i = 0; i < N_RANDOM_ORDERS; i++)
    {
      if (!rg_deletion_measure (NULL, n_patches, random, &scale, rg_pixel_hiding_apply, mean, &one, error))
        return FALSE;
      chance.deletion += one.deletion / N_RANDOM_ORDERS;
      chance.insertion += one.insertion / N_RANDOM_ORDERS;
    }

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      if (!rg_deletion_measure (get_map (self, word, map), n_patches, random, &scale, rg_pixel_hiding_apply, mean, &one, error))
        return FALSE;
      record->measures[map][RG_MAP_MEASURE_DELETION] = chance.deletion - one.deletion;
      record->measures[map][RG_MAP_MEASURE_INSERTION] = one.insertion - chance.insertion;
    }

  return TRUE;
}

static void
note_likeness (RgMapRecord *record, RgBenchmarkMap map, double likeness)
{
  record->measures[map][RG_MAP_MEASURE_RANDOMISED] = fabs (likeness);
  record->measures[map][RG_MAP_MEASURE_RANDOMISED_SIGNED] = likeness;
}

/* The same word, the same picture, another model that knows nothing. */
static gboolean
measure_randomised (RgMapExaminer *self, guint word, RgMapRecord *record, GError **error)
{
  RgMethodOptions options = rg_method_options_default ();
  RgExplained answer = self->probe.words[word].answer;
  gsize n_patches = self->probe.n_patches;
  g_autofree float *map = g_new (float, n_patches);
  g_autoptr (RgImageState) image = rg_model_see (self->random_model, answer.pass, answer.pixels, NULL, NULL, error);

  if (image == NULL)
    return FALSE;

  answer.model = self->random_model;
  answer.image = image;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      if (!rg_method_map (method, &answer, &options, map, NULL, error))
        return FALSE;
      note_likeness (record, (RgBenchmarkMap) method, rg_rank_correlation (map, get_map (self, word, (RgBenchmarkMap) method), n_patches));
    }
  note_likeness (record, RG_BENCHMARK_ELSEWHERE, rg_rank_correlation (self->other, get_map (self, word, (RgBenchmarkMap) RG_METHOD_CALIBRATED), n_patches));

  return TRUE;
}

/* --- what they cost --- */

/* Reads the word's first token again, with or without a map. @seconds: (inout): becomes the shortest time, if that is shorter. */
static gboolean
time_reading (RgMapExaminer *self, const RgExplained *answer, RgHeadMixer *mixer, double *seconds, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (answer->model)->text;
  gsize last = answer->first + answer->words[0].first - 1, n_weights = (gsize) rg_text_config_count_looks (config) * config->block.n_heads * self->probe.n_patches;
  g_autofree float *logits = g_new (float, config->vocabulary_size);
  g_autofree float *weights = mixer != NULL ? g_new (float, n_weights) : NULL;
  g_autoptr (RgTextState) text = rg_text_state_new (answer->model);

  if (!rg_model_read (answer->model, answer->pass, answer->image, text, answer->ids, last, logits, NULL, error))
    return FALSE;

  for (guint i = 0; i < N_TIMINGS; i++)
    {
      gint64 start = g_get_monotonic_time ();

      if (!rg_model_read (answer->model, answer->pass, answer->image, text, answer->ids + last, 1, logits, weights, error))
        return FALSE;
      if (mixer != NULL)
        rg_head_mixer_mix (mixer, weights, self->other);
      *seconds = MIN (*seconds, (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
      rg_text_state_truncate (text, last);
    }

  return TRUE;
}

static gboolean
measure_cost (RgMapExaminer *self, const RgExplained *answer, RgMapRecord *record, GError **error)
{
  static const RgCalibration none = { 0 };
  g_auto (RgHeadMixer) mixer = { 0 };

  if (!rg_image_state_ask (answer->image, answer->model, answer->pass, answer->ids, answer->first, NULL, error))
    return FALSE;

  rg_head_mixer_init (&mixer, self->calibration != NULL ? self->calibration : &none, answer->model, answer->image);

  record->read_seconds = record->looked_seconds = INFINITY;
  for (guint i = 0; i < N_TIMINGS; i++)
    if (!time_reading (self, answer, NULL, &record->read_seconds, error) ||
        !time_reading (self, answer, &mixer, &record->looked_seconds, error))
      return FALSE;

  return TRUE;
}

/* --- all of it --- */

static gboolean
test_word (RgMapExaminer *self, guint word, RgMapRecord *record, GError **error)
{
  const RgExplained *answer = &self->probe.words[word].answer;
  g_auto (RgPixelHiding) mean = { 0 };
  g_auto (RgPixelHiding) blurred = { 0 };

  rg_pixel_hiding_init (&mean, answer, RG_FILL_MEAN);
  rg_pixel_hiding_init (&blurred, answer, RG_FILL_BLUR);

  return measure_support (self, word, &blurred, record, error) &&
         measure_order (self, word, &mean, &blurred, record, error) &&
         measure_deletion (self, word, &mean, record, error) &&
         measure_randomised (self, word, record, error);
}

static void
record_init (RgMapRecord *self, const RgProbeWord *word)
{
  *self = (RgMapRecord){ .size = word->size, .dependence = word->dependence, .area = word->area, .read_seconds = NAN, .looked_seconds = NAN };
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      for (RgMapMeasure measure = 0; measure < RG_N_MAP_MEASURES; measure++)
        self->measures[map][measure] = NAN;
      for (guint i = 0; i < RG_MAP_THRESHOLDS; i++)
        self->overlaps[map][i] = NAN;
    }
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    self->seconds[method] = NAN;
}

gboolean
rg_map_examiner_run (RgMapExaminer *self, RgProbeSplit split, guint64 seed, guint index, RgMapDepth depth, RgMapSheet *sheet, GError **error)
{
  RgProbe *probe = &self->probe;

  if (!rg_probe_draw (probe, split, seed, index, error) || (probe->n_words > 0 && !map_elsewhere (self, split, seed, index, error)))
    return FALSE;

  *sheet = (RgMapSheet){ .n_asked = probe->n_asked, .n_right = probe->n_right, .n_words = probe->n_words };
  for (guint w = 0; w < probe->n_words; w++)
    {
      RgMapRecord *record = &sheet->words[w];

      probe->words[w].answer.calibration = self->calibration;
      record_init (record, &probe->words[w]);
      if (!map_methods (self, w, depth, record, error) || !map_contrasts (self, w, error) || !map_nulls (self, w, error))
        return FALSE;
      measure_place (self, w, depth, record);
      if (depth == RG_MAP_DEPTH_TESTS && !test_word (self, w, record, error))
        return FALSE;
    }
  measure_selectivity (self, depth, sheet);

  for (guint w = 0; depth == RG_MAP_DEPTH_TESTS && w < probe->n_words; w++)
    if (!measure_cost (self, &probe->words[w].answer, &sheet->words[w], error))
      return FALSE;

  return TRUE;
}
