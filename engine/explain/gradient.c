/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/gradient.h"

#include <string.h>

#include "engine/explain/contrast.h"

gboolean
rg_gradient_map (const RgExplained *self, float *maps, GError **error)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++)
      {
        g_autofree float *attention = NULL;
        g_autofree float *gradient = NULL;
        RgTextTarget target;
        gsize at = rg_contrast_get_target (self, w, t, &target);
        RgTextRecord record;

        if (!rg_text_record_read (&record, self->model, self->pass, self->image, &(RgTextReading){ .ids = self->ids, .n = at, .n_prompt = self->first, .attention = TRUE, .target = &target }, error))
          return FALSE;

        rg_explained_note_run (self);
        attention = g_new (float, record.n_maps *n_patches);
        gradient = g_new (float, record.n_maps *n_patches);
        rg_text_record_pick (&record, self->image, record.attention, record.n_rows - 1, attention);
        rg_text_record_pick (&record, self->image, record.gradient, record.n_rows - 1, gradient);
        for (gsize i = 0; i < record.n_maps * n_patches; i++)
          maps[w * n_patches + i % n_patches] += attention[i] * MAX (gradient[i], 0);
      }

  return TRUE;
}
