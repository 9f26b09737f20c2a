/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/gradient.h"

#include <string.h>

gboolean
rg_gradient_map (const RgExplained *self, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (self->image), n = (gsize) config->n_layers * config->block.n_heads * n_patches;
  g_autofree float *attention = g_new (float, n);
  g_autofree float *gradient = g_new (float, n);

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < self->words[w].n; t++)
      {
        gsize at = self->first + self->words[w].first + t;

        if (!rg_model_differentiate (self->model, self->pass, self->image, self->ids, at, self->first, self->ids[at], attention, gradient, error))
          return FALSE;

        rg_explained_note_run (self);
        for (gsize i = 0; i < n; i++)
          maps[w * n_patches + i % n_patches] += attention[i] * MAX (gradient[i], 0);
      }

  return TRUE;
}
