/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/patch-words.h"

#include <math.h>

static double
multiply (const float *a, const float *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) a[i] * b[i];

  return sum;
}

void
rg_patch_words_map (const RgExplained *self, float *maps)
{
  const RgTensor *tokens = rg_image_state_get_tokens (self->image), *words = &rg_model_get_decoder (self->model)->embedding;
  gsize n_patches = tokens->rows, width = tokens->cols;

  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < self->words[w].n; t++)
      {
        const float *word = words->data + self->ids[self->first + self->words[w].first + t] * width;
        double length = multiply (word, word, width);

        for (gsize p = 0; p < n_patches; p++)
          {
            const float *token = tokens->data + p * width;
            double lengths = sqrt (length * multiply (token, token, width)), cosine = lengths > 0 ? multiply (token, word, width) / lengths : 0;
            float *value = &maps[w * n_patches + p];

            *value = MAX (t == 0 ? 0 : *value, cosine);
          }
      }
}
