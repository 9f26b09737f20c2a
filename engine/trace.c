/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/trace.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/decoder/text-positions.h"
#include "engine/error.h"
#include "engine/text-record.h"

static gboolean
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));

  return FALSE;
}

/* Below the views that are there: @all begins as all of the views' rows. */
static void
put_view (RgPass *pass, RgTensor **all, const RgTensor *one, guint view, guint n_views)
{
  if (view == 0)
    *all = rg_pass_tensor (pass, one->rows * n_views, one->cols);
  memcpy ((*all)->data + view * one->rows * one->cols, one->data, one->rows * one->cols * sizeof (float));
}

static gboolean
trace_view (RgTrace *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels, guint view)
{
  const RgModelConfig *config = rg_model_get_config (model);
  gsize n_rows = self->n_vision_rows, n_layers = config->vision.n_layers, n_maps = config->vision.block.n_heads * n_rows * n_rows;
  guint offsets[] = { 0, n_rows };
  float *record = self->vision_attention != NULL ? rg_arena_alloc (pass->arena, n_layers * n_maps * sizeof (float)) : NULL;
  RgTensor *layers[1 + RG_MAX_LAYERS], *x;

  x = rg_vision_encoder_forward (pass, rg_model_get_encoder (model), &config->vision, rg_model_get_views (model, pass, pixels, view, 1), &(RgVisionRun){ .n_images = 1, .offsets = offsets, .width = pixels->width, .height = pixels->height, .tile_rows = pixels->rows, .tile_cols = pixels->cols, .layers = layers, .record = record });
  if (x == NULL)
    return FALSE;

  for (guint i = 0; i <= n_layers + config->vision.n_global_layers; i++)
    put_view (pass, &self->vision[i], layers[i], view, self->n_views);
  for (guint i = 0; record != NULL && i < n_layers; i++)
    memcpy (self->vision_attention + (i * self->n_views + view) * n_maps, record + i * n_maps, n_maps * sizeof (float));
  put_view (pass, &self->features, x, view, self->n_views);
  put_view (pass, &self->tokens, rg_projector_forward (pass, rg_model_get_projector (model), &config->projector, x, 1), view, self->n_views);

  return TRUE;
}

static gboolean
trace_picture (RgTrace *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels, GError **error)
{
  const RgVisionConfig *config = &rg_model_get_config (model)->vision;

  self->n_views = config->max_tiles > 0 ? 1 : pixels->n_views;
  self->n_vision_rows = rg_vision_config_count_rows (config, pixels->width, pixels->height);
  if (config->max_tiles == 0)
    self->vision_attention = rg_arena_alloc (pass->arena, config->n_layers * self->n_views * config->block.n_heads * self->n_vision_rows * self->n_vision_rows * sizeof (float));
  for (guint view = 0; view < self->n_views; view++)
    if (!trace_view (self, model, pass, pixels, view))
      return set_cancelled (error);

  return TRUE;
}

/* Where @ids have image tokens. Returns: (transfer none) (nullable): as many as the picture has */
static guint32 *
find_image_rows (const RgTrace *self, const RgModelConfig *config, RgPass *pass, const guint32 *ids, gsize n, GError **error)
{
  gsize n_tokens = self->tokens != NULL ? self->tokens->rows : 0, n_found = 0;
  guint32 *rows = rg_arena_alloc (pass->arena, n * sizeof *rows);

  for (gsize i = 0; i < n; i++)
    if (ids[i] == config->image_token)
      rows[n_found++] = i;
  if (n_found == n_tokens)
    return rows;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The text has %u image tokens, but the picture %u."), (guint) n_found, (guint) n_tokens);

  return NULL;
}

/* What layers see of the picture, and which rows of the text come before it. */
static void
look_at_picture (RgTrace *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels, RgTensor *remembered, RgDecoderRun *run, RgTensor **memory)
{
  const RgModelConfig *config = rg_model_get_config (model);
  const RgTextConfig *text = &config->text;
  guint max_tiles = config->vision.max_tiles;

  rg_decoder_remember (pass, rg_model_get_decoder (model), text, remembered, memory);
  self->n_memory = remembered->rows;
  self->cross_attention = rg_arena_alloc (pass->arena, (gsize) rg_text_config_count_looks (text) * text->block.n_heads * run->n * self->n_memory * sizeof (float));
  run->memory = memory;
  run->record = self->cross_attention;
  if (text->looking_layers == 0)
    return;

  while (run->n_blind < run->n && run->ids[run->n_blind] != config->image_token)
    run->n_blind++;
  run->n_padding = self->n_memory / max_tiles * (max_tiles - pixels->n_views);
}

/* The question's rows. Returns: (transfer none) (nullable): what the decoder looks at */
static RgTensor *
trace_question (RgTrace *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n)
{
  const RgTextConfig *config = &rg_model_get_config (model)->question_encoder;
  RgTensor *views[RG_MAX_LAYERS];
  RgTextRecord record;

  rg_decoder_remember (pass, rg_model_get_question_encoder (model), config, self->tokens, views);
  if (!rg_text_record_read_question (&record, model, pass, &(RgQuestionReading){ .ids = ids, .n = n, .picture = views, .layers = TRUE }))
    return NULL;

  memcpy (self->question, record.layers, config->n_layers * sizeof *self->question);
  self->question_attention = record.self_attention;
  self->question_looks = record.attention;

  return record.hidden;
}

/* In the text that @run reads. */
static gboolean
put_image_tokens (const RgTrace *self, const RgModelConfig *config, RgPass *pass, RgDecoderRun *run, GError **error)
{
  run->image_rows = find_image_rows (self, config, pass, run->ids, run->n, error);
  run->image_tokens = self->tokens;
  if (run->image_rows == NULL)
    return FALSE;

  if (config->text.mutual_image && self->tokens != NULL)
    {
      run->mutual_first = run->image_rows[0];
      run->mutual_end = run->image_rows[self->tokens->rows - 1] + 1;
    }

  return TRUE;
}

gboolean
rg_trace_run (RgTrace *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels, const guint32 *ids, gsize n, gsize n_prompt, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (model);
  RgDecoder *decoder = rg_model_get_decoder (model);
  gsize n_maps = (gsize) rg_text_config_count_self (&config->text) * config->text.block.n_heads;
  guint offsets[] = { 0, n }, memory_offsets[2] = { 0 }, next;
  g_autofree guint32 *positions = rg_text_positions_new (config, pixels, ids, n, &next);
  RgTensor *memory[RG_MAX_LAYERS], *remembered = NULL;
  RgDecoderRun run = { .ids = ids, .n = n, .n_texts = 1, .offsets = offsets, .mutual_end = config->text.sees_prompt ? n_prompt : 0, .memory_offsets = memory_offsets, .layers = self->text };

  g_assert (pixels != NULL || !config->text.block.cross);

  *self = (RgTrace){ 0 };
  rg_pass_reset (pass);
  if (pixels != NULL && !trace_picture (self, model, pass, pixels, error))
    return FALSE;

  if (config->question_encoder.n_layers > 0)
    {
      gsize n_question = n_prompt - 1;

      remembered = trace_question (self, model, pass, ids, n_question);
      if (remembered == NULL)
        return set_cancelled (error);
      run.ids = ids + n_question;
      run.n = offsets[1] = n -= n_question;
    }

  self->self_attention = rg_arena_alloc (pass->arena, n_maps * n * n * sizeof (float));
  run.self_record = self->self_attention;
  if (config->text.block.cross)
    {
      if (remembered == NULL)
        remembered = rg_projector_remember (pass, rg_model_get_projector (model), &config->projector, self->tokens, 1);
      look_at_picture (self, model, pass, pixels, remembered, &run, memory);
      memory_offsets[1] = self->n_memory;
    }
  else
    {
      run.positions = positions;
      if (!put_image_tokens (self, config, pass, &run, error))
        return FALSE;
    }

  self->hidden = rg_decoder_forward (pass, decoder, &config->text, &run);
  if (self->hidden == NULL)
    return set_cancelled (error);
  self->logits = rg_decoder_logits (pass, decoder, &config->text, self->hidden);

  return TRUE;
}
