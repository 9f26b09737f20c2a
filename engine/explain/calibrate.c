/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/calibrate.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/forced-answer.h"
#include "engine/explain/localisation.h"
#include "engine/explain/looked.h"
#include "engine/explain/probe.h"

#define MAX_PICKS 8
#define MAX_FLOOR_TENTHS 15

/* A word, and all that maps of it can be made of. */
typedef struct
{
  GArray *rows;   /* of float: tokens × layers × heads × P */
  float *norms;   /* layers × heads × P; NULL with an open model */
  guint8 *inside; /* P */
} Sample;

typedef struct
{
  guint n_layers, n_heads, grid, n_asked;
  gboolean has_norms;
  gsize n_patches;
  GPtrArray *samples; /* of Sample */
  float *norms;       /* of the chosen heads */
  float *map, *token; /* P */
} Choice;

static void
sample_free (gpointer data)
{
  Sample *self = data;

  g_array_unref (self->rows);
  g_free (self->norms);
  g_free (self->inside);
  g_free (self);
}

static gsize
count_maps (const Choice *self)
{
  return (gsize) self->n_layers * self->n_heads;
}

/* --- collecting --- */

/* Of a sample's token. */
typedef struct
{
  const Choice *choice;
  GArray *rows;
} Row;

static void
keep_row (gpointer data, const float *weights, float *map)
{
  const Row *self = data;

  g_array_append_vals (self->rows, weights, count_maps (self->choice) * self->choice->n_patches);
  memset (map, 0, self->choice->n_patches * sizeof (float));
}

static gboolean
keep_word (Choice *self, const RgProbe *probe, const RgProbeWord *word, GError **error)
{
  Sample *sample = g_new (Sample, 1);

  *sample = (Sample){
    .rows = g_array_new (FALSE, FALSE, sizeof (float)),
    .norms = self->has_norms ? g_new (float, count_maps (self) * self->n_patches) : NULL,
    .inside = g_memdup2 (word->inside, self->n_patches),
  };
  g_ptr_array_add (self->samples, sample);
  for (gsize i = 0; self->has_norms && i < count_maps (self); i++)
    rg_looked_value_norms (probe->model, probe->image, i / self->n_heads, i % self->n_heads, sample->norms + i * self->n_patches);

  return rg_looked_each (&word->answer, NULL, NULL, keep_row, &(Row){ self, sample->rows }, self->map, error);
}

/* Chance alone makes half of all words likelier. */
static gboolean
check_words (const Choice *self, const RgModel *model, GError **error)
{
  if (!rg_forced_answer_is_free (model) && self->samples->len > 0)
    return TRUE;
  if (rg_forced_answer_is_free (model) && self->samples->len > self->n_asked / 2 && self->samples->len >= RG_CALIBRATE_LEAST_WORDS)
    return TRUE;

  if (rg_forced_answer_is_free (model))
    g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("This model’s words do not depend on the picture enough: it made %u of %u right answers about drawn scenes likelier by a nat or more, and it takes more than half of them, and %u at least, to choose heads by. Nothing was written."), self->samples->len, self->n_asked, RG_CALIBRATE_LEAST_WORDS);
  else
    g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("The model answers no question about these scenes rightly and because of the picture; there is nothing to choose its heads by"));

  return FALSE;
}

static gboolean
collect (Choice *self, RgProbe *probe, guint64 seed, guint count, RgEvaluationFunc func, gpointer data, GError **error)
{
  for (guint i = 0; i < count; i++)
    {
      if (!rg_probe_draw (probe, RG_PROBE_CALIBRATION, seed, i, error))
        return FALSE;
      for (guint w = 0; w < probe->n_words; w++)
        if (!keep_word (self, probe, &probe->words[w], error))
          return FALSE;
      self->n_asked += probe->n_asked;
      if (func != NULL)
        func (i + 1, count, data);
    }

  return check_words (self, probe->model, error);
}

/* --- choosing --- */

/* The map of a sample, as rg_looked_calibrated_map() makes it, in self->map. */
static void
mix (Choice *self, const RgCalibration *calibration, const Sample *sample)
{
  RgHeadMixer mixer = { calibration, self->n_layers, self->n_heads, self->grid, self->n_patches, calibration->value_norm ? self->norms : NULL };
  gsize row = count_maps (self) * self->n_patches;

  for (guint i = 0; calibration->value_norm && i < calibration->n_heads; i++)
    {
      gsize head = (gsize) calibration->heads[i].layer * self->n_heads + calibration->heads[i].head;

      memcpy (self->norms + i * self->n_patches, sample->norms + head * self->n_patches, self->n_patches * sizeof (float));
    }

  memset (self->map, 0, self->n_patches * sizeof (float));
  for (gsize at = 0; at < sample->rows->len; at += row)
    {
      rg_head_mixer_mix (&mixer, (const float *) sample->rows->data + at, self->token);
      for (gsize p = 0; p < self->n_patches; p++)
        self->map[p] = MAX (self->map[p], self->token[p]);
    }
}

static double
judge (Choice *self, const RgCalibration *calibration)
{
  double sum = 0;

  for (guint i = 0; i < self->samples->len; i++)
    {
      const Sample *sample = self->samples->pdata[i];
      RgLocalisation score;

      mix (self, calibration, sample);
      score = rg_localisation_score (self->map, sample->inside, self->n_patches);
      sum += (score.hit + score.auroc) / 2;
    }

  return sum / self->samples->len;
}

/* One pick more of a head; a head that is there already gets heavier. Weights are counted in picks until the end. */
static void
pick (RgCalibration *self, guint layer, guint head)
{
  for (guint i = 0; i < self->n_heads; i++)
    if (self->heads[i].layer == layer && self->heads[i].head == head)
      {
        self->heads[i].weight++;
        return;
      }

  self->heads[self->n_heads++] = (RgHeadWeight){ layer, head, 1 };
}

/* Begins with no head. Returns: what the choice is worth. */
static double
choose_heads (Choice *self, gboolean value_norm, RgCalibration *calibration)
{
  double worth = 0;

  *calibration = (RgCalibration){ .value_norm = value_norm };
  for (guint i = 0; i < MAX_PICKS; i++)
    {
      RgCalibration best = *calibration;
      double before = worth;

      for (guint head = 0; head < count_maps (self); head++)
        {
          RgCalibration next = *calibration;
          double value;

          pick (&next, head / self->n_heads, head % self->n_heads);
          value = judge (self, &next);
          if (value >= before + RG_CALIBRATE_GAIN && value > worth)
            {
              worth = value;
              best = next;
            }
        }
      if (!(worth > before))
        break;
      *calibration = best;
    }

  return worth;
}

/* Takes @other where it is worth RG_CALIBRATE_GAIN more. */
static void
try (const RgCalibration *other, double value, RgCalibration *calibration, double *worth)
{
  if (value < *worth + RG_CALIBRATE_GAIN)
    return;

  *calibration = *other;
  *worth = value;
}

/* As much as costs less than RG_CALIBRATE_COST. */
static void
choose_floor (Choice *self, RgCalibration *calibration, double *worth)
{
  double before = *worth;

  for (guint tenths = 1; tenths <= MAX_FLOOR_TENTHS; tenths++)
    {
      RgCalibration other = *calibration;
      double value;

      other.floor = tenths / 10.0;
      value = judge (self, &other);
      if (value <= before - RG_CALIBRATE_COST)
        return;
      calibration->floor = other.floor;
      *worth = value;
    }
}

static void
choose (Choice *self, RgCalibration *calibration, RgCalibrateReport *report)
{
  RgCalibration other = { 0 };
  double value;

  report->n_words = self->samples->len;
  report->before = judge (self, &other);
  report->after = choose_heads (self, FALSE, calibration);

  if (self->has_norms)
    {
      value = choose_heads (self, TRUE, &other);
      try (&other, value, calibration, &report->after);
    }

  other = *calibration;
  other.lone_peaks = TRUE;
  try (&other, judge (self, &other), calibration, &report->after);

  other = *calibration;
  other.smooth = TRUE;
  try (&other, judge (self, &other), calibration, &report->after);

  choose_floor (self, calibration, &report->after);
}

gboolean
rg_calibrate (RgModel *model, const RgProbeSight *sight, const RgRecipe *world, guint64 seed, guint count, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgCalibration *calibration, RgCalibrateReport *report, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  Choice choice = { .n_layers = rg_text_config_count_looks (config), .n_heads = config->block.n_heads, .has_norms = sight == NULL };
  g_auto (RgProbe) probe = { 0 };
  gboolean done;

  if (!rg_probe_init (&probe, model, sight, world, cancellable, error))
    return FALSE;

  choice.grid = probe.grid;
  choice.n_patches = probe.n_patches;
  choice.samples = g_ptr_array_new_with_free_func (sample_free);
  choice.norms = g_new (float, MAX_PICKS *choice.n_patches);
  choice.map = g_new (float, choice.n_patches);
  choice.token = g_new (float, choice.n_patches);

  done = collect (&choice, &probe, seed, count, func, data, error);
  if (done)
    choose (&choice, calibration, report);

  g_ptr_array_unref (choice.samples);
  g_free (choice.norms);
  g_free (choice.map);
  g_free (choice.token);

  return done;
}
