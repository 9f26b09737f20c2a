/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/intervention.h"

#include <string.h>

#include "engine/explain/contrast.h"

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

gboolean
rg_explained_score (const RgExplained *self, RgImageState *image, const guint8 *hidden, double *logprobs, GError **error)
{
  g_autofree double *tokens = g_new (double, self->n_ids - self->first);

  if (self->contrasts != NULL)
    {
      rg_explained_note_run (self);
      return rg_contrast_score (self, image, hidden, logprobs, error);
    }

  if (!rg_model_score (self->model, self->pass, image, self->ids, self->n_ids, self->first, hidden, tokens, error))
    return FALSE;

  rg_explained_note_run (self);
  for (guint w = 0; w < self->n_words; w++)
    {
      const RgWord *word = &self->words[w];

      g_assert (self->first + word->first + word->n <= self->n_ids);
      logprobs[w] = 0;
      for (guint i = 0; i < word->n; i++)
        logprobs[w] += tokens[word->first + i];
    }

  return TRUE;
}

gboolean
rg_explained_cut (gpointer data, const guint8 *hidden, double *logprobs, GError **error)
{
  const RgExplained *self = data;

  return rg_explained_score (self, self->image, hidden, logprobs, error);
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
      !rg_explained_score (self, self->image, NULL, dependence, error) ||
      !rg_explained_score (self, blank, NULL, without, error))
    return FALSE;

  for (guint w = 0; w < self->n_words; w++)
    dependence[w] -= without[w];

  return TRUE;
}
