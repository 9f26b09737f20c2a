/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/map-benchmark.h"

/* The map benchmark's work on one scene: all maps of its words, and all that is measured of them. One for each thread. */

G_BEGIN_DECLS

#define RG_MAP_THRESHOLDS 19

/** rg_map_threshold: Returns: 0.05 … 0.95, for 0 … %RG_MAP_THRESHOLDS − 1. */
double rg_map_threshold (guint index);

/**
 * RgMapRecord: what was measured of one word; NaN for what was not.
 * @overlaps: see rg_localisation_overlap(); the measure of that name is left out, as its threshold is not known yet
 * @seconds: that each method's map took
 */
typedef struct
{
  RgProbeSize size;
  double dependence, area;
  double measures[RG_N_BENCHMARK_MAPS][RG_N_MAP_MEASURES];
  double overlaps[RG_N_BENCHMARK_MAPS][RG_MAP_THRESHOLDS];
  double seconds[RG_N_METHODS];
  double read_seconds, looked_seconds;
} RgMapRecord;

/** RgMapSheet: of one scene. */
typedef struct
{
  guint n_asked, n_right, n_words;
  RgMapRecord words[RG_PROBE_WORDS];
} RgMapSheet;

/**
 * RgMapDepth: how much is done about a scene; each includes the one before.
 * @RG_MAP_DEPTH_QUICK: the maps that need no second look at the picture, and where they lie
 * @RG_MAP_DEPTH_SLOW_MAPS: all maps
 * @RG_MAP_DEPTH_TESTS: and all measures
 */
typedef enum
{
  RG_MAP_DEPTH_QUICK,
  RG_MAP_DEPTH_SLOW_MAPS,
  RG_MAP_DEPTH_TESTS,
} RgMapDepth;

/**
 * RgMapExaminer:
 * @random_model: the same blueprint with random weights
 */
typedef struct
{
  RgProbe probe, elsewhere;
  RgModel *random_model;            /* borrowed */
  const RgCalibration *calibration; /* borrowed, nullable */
  float *maps[RG_PROBE_WORDS];      /* maps × P */
  float *other;                     /* P */
} RgMapExaminer;

/** rg_map_examiner_init: as rg_probe_init(). */
gboolean rg_map_examiner_init (RgMapExaminer *self, RgModel *model, RgModel *random_model, const RgCalibration *calibration, const RgRecipe *world, GCancellable *cancellable, GError **error);
void rg_map_examiner_clear (RgMapExaminer *self);

/** rg_map_examiner_run: as rg_probe_draw(). @sheet: (out caller-allocates) */
gboolean rg_map_examiner_run (RgMapExaminer *self, RgProbeSplit split, guint64 seed, guint index, RgMapDepth depth, RgMapSheet *sheet, GError **error);

G_END_DECLS
