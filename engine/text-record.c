/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/text-record.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/decoder/sampler.h"
#include "engine/image-state.h"

/* Leaves in @logits (1 × V) the derivatives of log (p / (1 − p)) = logit − log Σ exp (other logits). Written out, since for a
 * p near 1 the difference of 1 and p has no digits left. */
static void
derive_log_odds (RgPass *pass, RgTensor *logits, guint32 id)
{
  float *grad = rg_pass_grad_added (pass, logits), before = logits->data[id];
  double sum;

  logits->data[id] = -INFINITY;
  sum = rg_logits_log_sum (logits->data, logits->cols);
  for (gsize i = 0; i < logits->cols; i++)
    grad[i] -= exp (logits->data[i] - sum);
  grad[id] += 1;
  logits->data[id] = before;
}

void
rg_text_target_derive (const RgTextTarget *self, RgPass *pass, RgTensor *logits)
{
  float *grad;

  if (self->against == RG_NO_TOKEN)
    {
      derive_log_odds (pass, logits, self->next);
      return;
    }

  grad = rg_pass_grad_added (pass, logits);
  grad[self->next] += 1;
  grad[self->against] -= 1;
}

/* Room for attention, in the pass, and for its derivatives where the pass records. */
static void
prepare (RgTextRecord *self, RgPass *pass, const RgTextConfig *config, RgDecoderRun *run)
{
  gsize n_self = (gsize) rg_text_config_count_self (config) * config->block.n_heads * self->n_rows * self->n_rows;
  gsize n_all = self->n_maps * self->n_rows * self->n_keys;

  run->record = self->attention = rg_arena_alloc (pass->arena, n_all * sizeof (float));
  run->self_record = self->self_attention = config->block.cross ? rg_arena_alloc (pass->arena, n_self * sizeof (float)) : NULL;
  if (!pass->recording)
    return;

  run->record_grad = self->gradient = rg_arena_alloc (pass->arena, n_all * sizeof (float));
  run->self_record_grad = self->self_gradient = config->block.cross ? rg_arena_alloc (pass->arena, n_self * sizeof (float)) : NULL;
}

/* The same for keys and values. */
static void
prepare_values (RgTextRecord *self, RgPass *pass, const RgTextConfig *config, RgDecoderRun *run)
{
  RgBlockCache *caches = rg_arena_alloc (pass->arena, config->n_layers * sizeof *caches);

  run->caches = caches;
  for (guint i = 0; i < config->n_layers; i++)
    {
      caches[i] = (RgBlockCache){ .rows = *rg_pass_tensor (pass, self->n_rows, rg_block_config_cache_width (&config->block)) };
      self->values[i] = caches[i].rows;
    }
}

gboolean
rg_text_record_cancel (RgPass *pass, GError **error)
{
  pass->recording = FALSE;
  rg_pass_reset (pass); /* nodes of an unfinished run */
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The answer was cancelled"));

  return FALSE;
}

gboolean
rg_text_record_read (RgTextRecord *self, RgModel *model, RgPass *pass, RgImageState *image, const RgTextReading *reading, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  RgDecoder *decoder = rg_model_get_decoder (model);
  gsize n_beside = rg_model_config_reads_whole (rg_model_get_config (model)) ? reading->n_prompt - 1 : 0;
  guint offsets[] = { 0, reading->n - n_beside }, memory_offsets[2] = { 0 };
  guint32 last = reading->n - 1 - n_beside;
  RgTensor *memory[RG_MAX_LAYERS];
  RgDecoderRun run = { .ids = reading->ids + n_beside, .n = reading->n - n_beside, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets, .layers = self->layers, .normed = self->normed };

  g_assert (reading->n_prompt > 0 && reading->n_prompt <= reading->n && rg_image_state_get_n_positions (image) + reading->n <= config->max_positions);
  g_assert (!reading->values || reading->target == NULL);
  g_assert (reading->target == NULL || reading->memory != NULL || image->question_memories.n_layers == 0);

  if (reading->memory == NULL && !rg_image_state_ask (image, model, pass, reading->ids, reading->n_prompt, NULL, error))
    return FALSE;

  if (reading->memory == NULL)
    rg_pass_reset (pass);
  *self = (RgTextRecord){ .n_maps = (gsize) rg_text_config_count_looks (config) * config->block.n_heads, .first_row = n_beside, .n_rows = run.n };
  run.first_position = image->next;
  run.n_blind = image->n_blind;
  run.n_padding = image->n_padding;
  self->n_memory = rg_image_state_find_memory (image, memory);
  if (reading->memory != NULL)
    {
      run.memory = reading->memory;
      self->n_memory = run.memory[rg_text_config_find_look (config, 0)]->rows;
    }
  memory_offsets[1] = self->n_memory;
  pass->recording = reading->target != NULL;
  self->n_keys = rg_decoder_count_keys (config, &run);
  if (reading->attention)
    prepare (self, pass, config, &run);
  if (reading->values)
    prepare_values (self, pass, config, &run);

  self->hidden = rg_decoder_forward (pass, decoder, config, &run);
  if (self->hidden == NULL)
    return rg_text_record_cancel (pass, error);

  if (reading->target != NULL)
    {
      rg_text_target_derive (reading->target, pass, rg_decoder_logits (pass, decoder, config, rg_gather_rows (pass, self->hidden, &last, 1)));
      rg_pass_backward (pass);
    }
  pass->recording = FALSE;

  return TRUE;
}

gboolean
rg_text_record_read_question (RgTextRecord *self, RgModel *model, RgPass *pass, const RgQuestionReading *reading)
{
  const RgTextConfig *config = &rg_model_get_config (model)->question_encoder;
  gsize n_memory = reading->picture[0]->rows;
  guint *offsets = rg_arena_alloc (pass->arena, 4 * sizeof *offsets), *memory_offsets = offsets + 2;
  RgDecoderRun run = { .ids = reading->ids, .n = reading->n, .n_texts = 1, .offsets = offsets, .memory = reading->picture, .memory_offsets = memory_offsets, .memory_hidden = reading->hidden };

  offsets[0] = memory_offsets[0] = 0;
  offsets[1] = reading->n;
  memory_offsets[1] = n_memory;
  *self = (RgTextRecord){ .n_maps = (gsize) config->n_layers * config->block.n_heads, .n_rows = reading->n, .n_memory = n_memory, .n_keys = n_memory };
  run.layers = reading->layers ? self->layers : NULL;
  prepare (self, pass, config, &run);
  self->hidden = rg_decoder_forward (pass, rg_model_get_question_encoder (model), config, &run);

  return self->hidden != NULL;
}

gsize
rg_text_record_get_row (const RgTextRecord *self, gsize at)
{
  g_assert (at > self->first_row && at - self->first_row <= self->n_rows);

  return at - 1 - self->first_row;
}

void
rg_text_record_pick (const RgTextRecord *self, const RgImageState *image, const float *record, gsize row, float *picked)
{
  for (gsize map = 0; map < self->n_maps; map++)
    rg_image_state_pick (image, record + (map * self->n_rows + row) * self->n_keys, picked + map * rg_image_state_get_n_patches (image));
}

gboolean
rg_model_differentiate (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize n_prompt, guint32 next, float *attention, float *gradient, GError **error)
{
  RgTextTarget target = { next, RG_NO_TOKEN };
  RgTextRecord record;

  if (!rg_text_record_read (&record, self, pass, image, &(RgTextReading){ .ids = ids, .n = n, .n_prompt = n_prompt, .attention = TRUE, .target = gradient != NULL ? &target : NULL }, error))
    return FALSE;

  rg_text_record_pick (&record, image, record.attention, record.n_rows - 1, attention);
  if (gradient != NULL)
    rg_text_record_pick (&record, image, record.gradient, record.n_rows - 1, gradient);

  return TRUE;
}
