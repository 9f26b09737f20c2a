/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explanation.h"

#include <math.h>

struct _RgExplanation
{
  gatomicrefcount refs;
  RgMethod method;
  RgMethodOptions options;
  RgPatchGrid *grid;
  gsize n_patches;
  guint n_words;
  RgWord *words;
  float *maps, *errors; /* n_words × P; errors may be NULL */
  double *dependence;   /* n_words */
  RgVerdict *verdicts;  /* n_words */
};

G_DEFINE_BOXED_TYPE (RgExplanation, rg_explanation, rg_explanation_ref, rg_explanation_unref)

gboolean
rg_method_is_signed (RgMethod self)
{
  return self == RG_METHOD_KV_CUT || self == RG_METHOD_OCCLUSION;
}

gboolean
rg_method_is_share (RgMethod self)
{
  return self == RG_METHOD_ATTENTION || self == RG_METHOD_CALIBRATED || self == RG_METHOD_ROLLOUT;
}

RgExplanation *
rg_explanation_new (RgMethod method, const RgMethodOptions *options, RgPatchGrid *grid, const RgWord *words, guint n_words, const float *maps, const float *errors, const double *dependence)
{
  RgExplanation *self = g_new0 (RgExplanation, 1);
  gsize n_values;

  g_atomic_ref_count_init (&self->refs);
  self->method = method;
  self->options = *options;
  self->grid = rg_patch_grid_ref (grid);
  self->n_patches = rg_patch_grid_get_n_patches (grid);
  self->n_words = n_words;
  self->words = g_new (RgWord, n_words);
  for (guint i = 0; i < n_words; i++)
    self->words[i] = (RgWord){ words[i].first, words[i].n, g_strdup (words[i].text) };

  n_values = n_words * self->n_patches;
  self->maps = g_memdup2 (maps, n_values * sizeof (float));
  self->errors = errors != NULL ? g_memdup2 (errors, n_values * sizeof (float)) : NULL;
  self->dependence = g_memdup2 (dependence, n_words * sizeof (double));
  self->verdicts = g_new0 (RgVerdict, n_words);

  return self;
}

RgExplanation *
rg_explanation_new_tested (const RgExplanation *self, const RgVerdict *verdicts)
{
  RgExplanation *copy = rg_explanation_new (self->method, &self->options, self->grid, self->words, self->n_words, self->maps, self->errors, self->dependence);

  for (guint i = 0; i < self->n_words; i++)
    copy->verdicts[i] = verdicts[i].n_random > 0 ? verdicts[i] : self->verdicts[i];

  return copy;
}

RgExplanation *
rg_explanation_ref (RgExplanation *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
rg_explanation_unref (RgExplanation *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  for (guint i = 0; i < self->n_words; i++)
    g_free (self->words[i].text);
  g_free (self->words);
  g_free (self->maps);
  g_free (self->errors);
  g_free (self->dependence);
  g_free (self->verdicts);
  rg_patch_grid_unref (self->grid);
  g_free (self);
}

RgMethod
rg_explanation_get_method (const RgExplanation *self)
{
  return self->method;
}

const RgMethodOptions *
rg_explanation_get_options (const RgExplanation *self)
{
  return &self->options;
}

RgPatchGrid *
rg_explanation_get_grid (const RgExplanation *self)
{
  return self->grid;
}

guint
rg_explanation_get_n_words (const RgExplanation *self)
{
  return self->n_words;
}

const RgWord *
rg_explanation_get_word (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return &self->words[word];
}

const float *
rg_explanation_get_map (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return self->maps + word * self->n_patches;
}

const float *
rg_explanation_get_errors (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return self->errors != NULL ? self->errors + word * self->n_patches : NULL;
}

double
rg_explanation_get_word_extent (const RgExplanation *self, guint word)
{
  const float *map = rg_explanation_get_map (self, word);
  double extent = 0;

  for (gsize i = 0; i < self->n_patches; i++)
    extent = MAX (extent, fabs (map[i]));

  return extent;
}

double
rg_explanation_get_extent (const RgExplanation *self)
{
  double extent = 0;

  for (guint i = 0; i < self->n_words; i++)
    extent = MAX (extent, rg_explanation_get_word_extent (self, i));

  return extent;
}

double
rg_explanation_get_dependence (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, 0);

  return self->dependence[word];
}

gboolean
rg_explanation_depends (const RgExplanation *self, guint word)
{
  return fabs (rg_explanation_get_dependence (self, word)) >= RG_LEAST_DEPENDENCE;
}

const RgVerdict *
rg_explanation_get_verdict (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return self->verdicts[word].n_random > 0 ? &self->verdicts[word] : NULL;
}

const char *
rg_hiding_get_name (RgHiding self)
{
  return self == RG_HIDING_TOKENS ? "tokens" : "blur";
}

RgHiding
rg_explanation_get_hidden_by (const RgExplanation *self)
{
  return self->method == RG_METHOD_KV_CUT ? RG_HIDING_BLUR : RG_HIDING_TOKENS;
}
