/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/intervention.h"

void
rg_explained_note_run (const RgExplained *self)
{
  if (self->each_run != NULL)
    self->each_run (self->data);
}

void
rg_explained_get_shape (const RgExplained *self, guint *rows, guint *cols)
{
  *cols = self->pixels->width / rg_model_config_get_token_size (rg_model_get_config (self->model));
  *rows = rg_image_state_get_n_patches (self->image) / *cols;
}

static void
note_runs (guint n, gpointer data)
{
  for (guint i = 0; i < n; i++)
    rg_explained_note_run (data);
}

/* What the answer's tokens are held against. Returns: (transfer full) (nullable): one for each of them */
static guint32 *
list_others (const RgExplained *self, gsize n_tokens)
{
  guint32 *others;

  if (self->contrasts == NULL)
    return NULL;

  others = g_new (guint32, n_tokens);
  for (gsize t = 0; t < n_tokens; t++)
    others[t] = RG_NO_TOKEN;
  for (guint w = 0; w < self->n_words; w++)
    others[self->words[w].first + self->contrasts[w].token] = self->contrasts[w].id;

  return others;
}

/* Of word @w: of all its tokens, or of the one with a contrast. */
static double
add_up (const RgExplained *self, guint w, const double *tokens)
{
  const RgWord *word = &self->words[w];
  double sum = 0;

  g_assert (self->first + word->first + word->n <= self->n_ids);
  if (self->contrasts != NULL)
    return tokens[word->first + self->contrasts[w].token];

  for (guint t = 0; t < word->n; t++)
    sum += tokens[word->first + t];

  return sum;
}

/* @hidden: (nullable): see rg_model_score_hidden() */
static gboolean
score (const RgExplained *self, RgImageState *image, const guint8 *hidden, guint n, double *logprobs, GError **error)
{
  gsize n_tokens = self->n_ids - self->first;
  g_autofree double *tokens = g_new (double, n *n_tokens);
  g_autofree guint32 *others = list_others (self, n_tokens);
  RgScoredText text = { self->ids, self->n_ids, self->first, others };

  if (!rg_model_score_hidden (self->model, self->pass, image, &text, hidden, n, tokens, note_runs, (gpointer) self, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    for (guint w = 0; w < self->n_words; w++)
      logprobs[(gsize) i * self->n_words + w] = add_up (self, w, tokens + i * n_tokens);

  return TRUE;
}

gboolean
rg_explained_score (const RgExplained *self, RgImageState *image, double *logprobs, GError **error)
{
  return score (self, image, NULL, 1, logprobs, error);
}

gboolean
rg_explained_cut (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error)
{
  const RgExplained *self = data;

  return score (self, self->image, hidden, n, logprobs, error);
}

RgImageState *
rg_explained_see_blank (const RgExplained *self, GError **error)
{
  RgPixelValues blank = *self->pixels;
  g_autofree float *values = g_new0 (float, blank.n_values);

  blank.values = values;

  return rg_model_see (self->model, self->pass, &blank, NULL, NULL, error);
}

gboolean
rg_explained_depend (const RgExplained *self, double *dependence, GError **error)
{
  g_autofree double *without = g_new (double, self->n_words);
  g_autoptr (RgImageState) blank = rg_explained_see_blank (self, error);

  if (blank == NULL ||
      !rg_explained_score (self, self->image, dependence, error) ||
      !rg_explained_score (self, blank, without, error))
    return FALSE;

  for (guint w = 0; w < self->n_words; w++)
    dependence[w] -= without[w];

  return TRUE;
}
