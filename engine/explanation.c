/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explanation.h"

#include <math.h>
#include <string.h>

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
  RgShares *shares;     /* n_words, may be NULL */
  RgSink *sinks;
  guint n_sinks;
  char **against;      /* n_words, may be NULL */
  RgVerdict *verdicts; /* n_words */
};

G_DEFINE_BOXED_TYPE (RgExplanation, rg_explanation, rg_explanation_ref, rg_explanation_unref)

gboolean
rg_method_is_signed (RgMethod self)
{
  return self == RG_METHOD_KV_CUT || self == RG_METHOD_OCCLUSION || self == RG_METHOD_DIRECT;
}

gboolean
rg_method_is_share (RgMethod self)
{
  return self == RG_METHOD_ATTENTION || self == RG_METHOD_CALIBRATED || self == RG_METHOD_ROLLOUT;
}

gboolean
rg_method_has_contrast (RgMethod self)
{
  return self == RG_METHOD_KV_CUT || self == RG_METHOD_OCCLUSION || self == RG_METHOD_GRADIENT || self == RG_METHOD_DIRECT || self == RG_METHOD_RELEVANCY;
}

gboolean
rg_method_options_equal (RgMethod method, const RgMethodOptions *a, const RgMethodOptions *b)
{
  if (method == RG_METHOD_ATTENTION && (a->layer != b->layer || a->head != b->head))
    return FALSE;
  if (method == RG_METHOD_KV_CUT && memcmp (&a->masks, &b->masks, sizeof a->masks) != 0)
    return FALSE;
  if (method == RG_METHOD_OCCLUSION && a->fill != b->fill)
    return FALSE;
  if (rg_method_is_share (method) && a->hide_sinks != b->hide_sinks)
    return FALSE;

  return !rg_method_has_contrast (method) || (a->contrastive == b->contrastive && (!a->contrastive || g_str_equal (a->against, b->against)));
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

void
rg_explanation_set_shares (RgExplanation *self, const RgShares *shares, const RgSink *sinks, guint n_sinks)
{
  g_free (self->shares);
  g_free (self->sinks);
  self->shares = shares != NULL ? g_memdup2 (shares, self->n_words * sizeof *shares) : NULL;
  self->sinks = g_memdup2 (sinks, n_sinks * sizeof *sinks);
  self->n_sinks = n_sinks;
}

static void
free_against (RgExplanation *self)
{
  for (guint i = 0; self->against != NULL && i < self->n_words; i++)
    g_free (self->against[i]);
  g_clear_pointer (&self->against, g_free);
}

void
rg_explanation_set_against (RgExplanation *self, const char *const *against)
{
  free_against (self);
  if (against == NULL)
    return;

  self->against = g_new (char *, self->n_words);
  for (guint i = 0; i < self->n_words; i++)
    self->against[i] = g_strdup (against[i]);
}

RgExplanation *
rg_explanation_new_tested (const RgExplanation *self, const RgVerdict *verdicts)
{
  RgExplanation *copy = rg_explanation_new (self->method, &self->options, self->grid, self->words, self->n_words, self->maps, self->errors, self->dependence);

  rg_explanation_set_shares (copy, self->shares, self->sinks, self->n_sinks);
  rg_explanation_set_against (copy, (const char *const *) self->against);
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
  g_free (self->shares);
  g_free (self->sinks);
  free_against (self);
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

const RgShares *
rg_explanation_get_shares (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return self->shares != NULL ? &self->shares[word] : NULL;
}

const RgSink *
rg_explanation_get_sinks (const RgExplanation *self, guint *n)
{
  *n = self->n_sinks;

  return self->sinks;
}

const char *
rg_explanation_get_against (const RgExplanation *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, NULL);

  return self->against != NULL ? self->against[word] : NULL;
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
