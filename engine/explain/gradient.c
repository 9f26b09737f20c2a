/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/gradient.h"

#include <string.h>

#include "engine/explain/contrast.h"
#include "engine/image-state.h"
#include "engine/text-record.h"

/* Adds A ⊙ max (∂/∂A, 0) of rows @first … of a record. */
static void
add_up (const RgExplained *self, const RgTextRecord *record, gsize first, float *map)
{
  const guint32 *places = rg_image_state_get_places (self->image);

  for (gsize i = 0; i < record->n_maps; i++)
    for (gsize row = first; row < record->n_rows; row++)
      for (guint p = 0; p < rg_image_state_get_n_patches (self->image); p++)
        {
          gsize at = (i * record->n_rows + row) * record->n_keys + places[p];

          map[p] += record->attention[at] * MAX (record->gradient[at], 0);
        }
}

/* Where a question stands between: what its rows saw of the picture, and what the word has of its rows. */
static gboolean
ask (const RgExplained *self, RgTextRecord *question, RgTensor **memory, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgTensor *picture[RG_MAX_LAYERS];

  rg_pass_reset (self->pass);
  self->pass->recording = TRUE;
  rg_image_state_find_picture (self->image, picture);
  if (!rg_text_record_read_question (question, self->model, self->pass, &(RgQuestionReading){ .ids = self->ids, .n = self->first - 1, .picture = picture }))
    return rg_text_record_cancel (self->pass, error);

  rg_decoder_remember (self->pass, rg_model_get_decoder (self->model), &config->text, question->hidden, memory);

  return TRUE;
}

static gboolean
map_target (const RgExplained *self, gsize at, const RgTextTarget *target, float *map, GError **error)
{
  RgTextReading reading = { .ids = self->ids, .n = at, .n_prompt = self->first, .attention = TRUE, .target = target };
  gboolean is_asked = rg_model_get_config (self->model)->question_encoder.n_layers > 0;
  RgTensor *memory[RG_MAX_LAYERS];
  RgTextRecord record, question;

  if (is_asked && !ask (self, &question, memory, error))
    return FALSE;
  if (is_asked)
    reading.memory = memory;
  if (!rg_text_record_read (&record, self->model, self->pass, self->image, &reading, error))
    return FALSE;

  if (is_asked)
    add_up (self, &question, 0, map);
  else
    add_up (self, &record, record.n_rows - 1, map);

  return TRUE;
}

gboolean
rg_gradient_map (const RgExplained *self, float *maps, GError **error)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++)
      {
        RgTextTarget target;
        gsize at = rg_contrast_get_target (self, w, t, &target);

        if (!map_target (self, at, &target, maps + w * n_patches, error))
          return FALSE;
        rg_explained_note_run (self);
      }

  return TRUE;
}
