/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/explainer.h"

#include "engine/explain/contrast.h"
#include "engine/explain/verdict.h"

/* How many runs of the model are done of how many. */
typedef struct
{
  RgJob *job;
  RgStage stage;
  guint done, n;
} Progress;

static void
count_run (gpointer data)
{
  Progress *self = data;

  self->done++;
  rg_job_report_progress (self->job, self->stage, self->done / (double) self->n);
}

static void
begin (Progress *self, RgStage stage, guint n)
{
  *self = (Progress){ self->job, stage, 0, n };
  rg_job_report_progress (self->job, stage, 0);
}

/* The two runs of rg_explained_depend(); the blank picture is seen before the first. */
#define N_DEPEND_RUNS 2

static RgExplanation *
wrap (const RgExplained *answer, RgPatchGrid *grid, const RgExplainOptions *options, const float *maps, const double *dependence, const RgMethodFindings *found)
{
  RgMethodOptions choices = options->choices;
  g_auto (GStrv) against = NULL;
  RgExplanation *self;

  choices.contrastive = answer->contrasts != NULL;
  choices.calibrated = answer->calibration != NULL && answer->calibration->n_heads > 0;
  self = rg_explanation_new (options->method, &choices, grid, answer->words, answer->n_words, maps, found->errors, dependence);
  if (rg_method_is_share (options->method))
    rg_explanation_set_shares (self, found->shares, (const RgSink *) found->sinks->data, found->sinks->len);
  if (answer->contrasts == NULL)
    return self;

  against = g_new0 (char *, answer->n_words + 1);
  for (guint w = 0; w < answer->n_words; w++)
    against[w] = rg_contrast_dup_text (answer, w, &answer->contrasts[w], choices.against);
  rg_explanation_set_against (self, (const char *const *) against);

  return self;
}

/* An empty answer is explained by nothing. */
static RgExplanation *
explain (const RgExplained *answer, RgPatchGrid *grid, const RgExplainOptions *options, GError **error)
{
  gsize n_values = (gsize) rg_patch_grid_get_n_patches (grid) * answer->n_words;
  g_autofree float *maps = g_new0 (float, n_values);
  g_autofree float *errors = options->method == RG_METHOD_KV_CUT ? g_new0 (float, n_values) : NULL;
  g_autofree double *dependence = g_new0 (double, answer->n_words);
  g_autofree RgShares *shares = g_new0 (RgShares, answer->n_words);
  g_autoptr (GArray) sinks = g_array_new (FALSE, FALSE, sizeof (RgSink));
  RgMethodFindings found = { errors, shares, sinks };

  if (answer->n_words > 0 &&
      (!rg_explained_depend (answer, dependence, error) ||
       !rg_method_map (options->method, answer, &options->choices, maps, &found, error)))
    return NULL;

  return wrap (answer, grid, options, maps, dependence, &found);
}

/* Patches of pure padding can show nothing, and are not in question. */
static guint8 *
find_candidates (RgPatchGrid *grid)
{
  guint n_patches = rg_patch_grid_get_n_patches (grid);
  guint8 *candidates = g_malloc (n_patches);

  for (guint p = 0; p < n_patches; p++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (grid, p);

      candidates[p] = rect.width > 0 && rect.height > 0;
    }

  return candidates;
}

/* Never by the way of hiding that the maps were made with: they would confirm themselves. */
static RgExplanation *
verify (const RgExplained *answer, const RgExplanation *explanation, const RgVerdictOptions *options, Progress *progress, GError **error)
{
  RgPatchGrid *grid = rg_explanation_get_grid (explanation);
  const float *maps = rg_explanation_get_map (explanation, 0);
  guint n_patches = rg_patch_grid_get_n_patches (grid);
  g_autofree guint8 *candidates = find_candidates (grid);
  g_autofree RgVerdict *verdicts = g_new0 (RgVerdict, answer->n_words);
  g_auto (RgPixelHiding) pixels = { 0 };
  RgHideFunc hide = rg_explained_cut;
  gconstpointer data = answer;

  if (rg_explanation_get_hidden_by (explanation) == RG_HIDING_BLUR)
    {
      rg_pixel_hiding_init (&pixels, answer, RG_FILL_BLUR);
      hide = rg_pixel_hiding_apply;
      data = &pixels;
    }

  begin (progress, RG_STAGE_VERIFY, rg_verdict_count (maps, answer->n_words, n_patches, candidates, options));
  if (!rg_verdict_test (maps, answer->n_words, n_patches, candidates, options, hide, (gpointer) data, verdicts, error))
    return NULL;

  return rg_explanation_new_tested (explanation, verdicts);
}

gboolean
rg_explainer_run (const RgExplained *answer, RgPatchGrid *grid, const RgExplainOptions *options, RgJob *job, GError **error)
{
  RgVerdictOptions test = rg_verdict_options_default ();
  Progress progress = { job, RG_STAGE_EXPLAIN, 0, 1 };
  RgExplained counted = *answer;
  g_autofree RgContrast *contrasts = NULL;
  g_autoptr (RgExplanation) explanation = options->known != NULL ? rg_explanation_ref (options->known) : NULL;

  counted.each_run = count_run;
  counted.data = &progress;
  if (options->choices.contrastive && rg_method_has_contrast (options->method) && answer->n_words > 0)
    {
      counted.contrasts = contrasts = g_new (RgContrast, answer->n_words);
      if (!rg_contrast_find (answer, options->choices.against, contrasts, error))
        return FALSE;
    }

  if (explanation == NULL)
    {
      begin (&progress, RG_STAGE_EXPLAIN, N_DEPEND_RUNS + rg_method_count_runs (options->method, &counted, &options->choices));
      explanation = explain (&counted, grid, options, error);
    }

  if (explanation != NULL && options->verify != RG_VERIFY_NONE && answer->n_words > 0)
    {
      g_autoptr (RgExplanation) claim = g_steal_pointer (&explanation);

      test.word = options->verify == RG_VERIFY_ALL ? RG_VERDICT_ALL : options->verify;
      explanation = verify (&counted, claim, &test, &progress, error);
    }

  if (explanation != NULL)
    rg_job_report_result (job, RG_TYPE_EXPLANATION, explanation);

  return explanation != NULL;
}
