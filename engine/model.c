/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/error.h"
#include "engine/model-config.h"

struct _RgModel
{
  RgModelConfig config;
  RgTokenizer *tokenizer;       /* a replica's is the source's */
  RgTokenizer *owned_tokenizer; /* owned, nullable */
  RgParameters *parameters;     /* owned */
  RgVisionEncoder encoder;
  RgProjector projector;
  RgDecoder decoder;
  RgSharedSpace shared_space;
};

struct _RgImageState
{
  RgTensor tokens;    /* P × D, owned data */
  RgTensor *memories; /* (layers) (1 + P) × 2D, owned data */
  guint n_layers;
};

struct _RgTextState
{
  RgBlockCache *caches; /* (layers) max_positions × 2D, owned data */
  guint n_layers;
};

static gboolean
find_token (RgTokenizer *tokenizer, const char *name, guint32 *id, GError **error)
{
  if (rg_tokenizer_find (tokenizer, name, id))
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the token “%s”, which conversations need, is missing"), RG_MODEL_TOKENIZER, name);

  return FALSE;
}

static RgModel *
model_new (const RgModelConfig *config, RgTokenizer *tokenizer)
{
  RgModel *self = g_new0 (RgModel, 1);

  self->config = *config;
  self->tokenizer = tokenizer;
  self->parameters = rg_parameters_new ();

  rg_vision_encoder_declare (&self->encoder, &config->vision, &rg_vision_names, self->parameters);
  rg_projector_declare (&self->projector, config->vision.block.width, config->text.block.width, rg_model_get_n_patches (self), self->parameters);
  rg_decoder_declare (&self->decoder, &config->text, &rg_text_names, self->parameters);
  rg_shared_space_declare (&self->shared_space, config->text.block.width, self->parameters);

  return self;
}

RgModel *
rg_model_new (const RgModelConfig *config, RgTokenizer *tokenizer, GError **error)
{
  RgModelConfig complete = *config;
  RgModel *self;

  complete.text.vocabulary_size = rg_tokenizer_get_size (tokenizer);

  if (!find_token (tokenizer, "<bos>", &complete.bos, error) ||
      !find_token (tokenizer, "<question>", &complete.question, error) ||
      !find_token (tokenizer, "<answer>", &complete.answer, error) ||
      !find_token (tokenizer, "<eos>", &complete.eos, error))
    {
      rg_tokenizer_free (tokenizer);
      return NULL;
    }

  self = model_new (&complete, tokenizer);
  self->owned_tokenizer = tokenizer;

  return self;
}

RgModel *
rg_model_new_replica (RgModel *source)
{
  RgModel *self = model_new (&source->config, source->tokenizer);

  rg_parameters_share (self->parameters, source->parameters);

  return self;
}

RgModel *
rg_model_new_grown (RgModel *source, guint image_size)
{
  RgModelConfig config = source->config;
  RgModel *self;

  config.vision.image_size = image_size;
  self = model_new (&config, source->tokenizer);
  self->owned_tokenizer = g_steal_pointer (&source->owned_tokenizer);
  rg_parameters_grow (self->parameters, source->parameters);

  return self;
}

RgModel *
rg_model_load (const char *dir, gboolean writable, GCancellable *cancellable, GError **error)
{
  g_autofree char *tokenizer_path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autofree char *weights_path = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);
  g_autoptr (RgModel) self = NULL;
  RgTokenizer *tokenizer;
  RgModelConfig config;
  guint declared;

  if (!rg_model_config_read (&config, dir, error))
    return NULL;

  tokenizer = rg_tokenizer_new_from_file (tokenizer_path, error);
  if (tokenizer == NULL)
    return NULL;

  declared = config.text.vocabulary_size;
  self = rg_model_new (&config, tokenizer, error);
  if (self == NULL)
    return NULL;

  if (declared != self->config.text.vocabulary_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s speaks of %u tokens, but %s has %u"), dir, RG_MODEL_CONFIG, declared, RG_MODEL_TOKENIZER, self->config.text.vocabulary_size);
      return NULL;
    }

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !rg_parameters_load (self->parameters, weights_path, writable, error))
    return NULL;

  return g_steal_pointer (&self);
}

gboolean
rg_model_save (RgModel *self, const char *dir, GError **error)
{
  g_autofree char *weights_path = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);

  return rg_model_config_write (&self->config, dir, error) &&
         rg_parameters_save (self->parameters, weights_path, error);
}

void
rg_model_free (RgModel *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->owned_tokenizer, rg_tokenizer_free);
  rg_parameters_free (self->parameters);
  g_free (self);
}

const RgModelConfig *
rg_model_get_config (const RgModel *self)
{
  return &self->config;
}

RgTokenizer *
rg_model_get_tokenizer (const RgModel *self)
{
  return self->tokenizer;
}

RgParameters *
rg_model_get_parameters (const RgModel *self)
{
  return self->parameters;
}

RgVisionEncoder *
rg_model_get_encoder (RgModel *self)
{
  return &self->encoder;
}

RgProjector *
rg_model_get_projector (RgModel *self)
{
  return &self->projector;
}

RgDecoder *
rg_model_get_decoder (RgModel *self)
{
  return &self->decoder;
}

RgSharedSpace *
rg_model_get_shared_space (RgModel *self)
{
  return &self->shared_space;
}

RgPrecision
rg_model_get_precision (const RgModel *self)
{
  return rg_parameters_get_precision (self->parameters);
}

guint
rg_model_get_n_patches (const RgModel *self)
{
  return rg_vision_config_n_patches (&self->config.vision);
}

static void
append_text (const RgModel *self, GArray *ids, const char *text, RgEncodeFlags flags)
{
  g_autoptr (GArray) tokens = rg_tokenizer_encode (self->tokenizer, text, -1, flags);

  g_array_append_vals (ids, tokens->data, tokens->len);
}

void
rg_model_append_question (const RgModel *self, GArray *ids, const char *question)
{
  if (ids->len == 0)
    g_array_append_val (ids, self->config.bos);

  g_array_append_val (ids, self->config.question);
  append_text (self, ids, question, RG_ENCODE_DEFAULT);
  g_array_append_val (ids, self->config.answer);
}

void
rg_model_append_answer (const RgModel *self, GArray *ids, const char *answer)
{
  append_text (self, ids, answer, RG_ENCODE_RAW);
  g_array_append_val (ids, self->config.eos);
}

/* --- run state --- */

static RgTensor
keep (const RgTensor *tensor)
{
  return (RgTensor){
    .rows = tensor->rows,
    .cols = tensor->cols,
    .data = g_memdup2 (tensor->data, tensor->rows * tensor->cols * sizeof (float)),
  };
}

RgImageState *
rg_model_see (RgModel *self, RgPass *pass, const float *pixels, RgLayerFunc each_layer, gpointer data, GError **error)
{
  gsize side = self->config.vision.image_size;
  guint offsets[] = { 0, rg_model_get_n_patches (self) };
  RgTensor *patches, *tokens, *memory;
  RgImageState *state;

  rg_pass_reset (pass);

  patches = rg_vision_encoder_forward (pass, &self->encoder, &self->config.vision, rg_pass_input (pass, side * side, 3, pixels), &(RgVisionRun){ .n_images = 1, .offsets = offsets, .each_layer = each_layer, .data = data });
  if (patches == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return NULL;
    }

  tokens = rg_projector_forward (pass, &self->projector, patches);    /* P × D */
  memory = rg_projector_remember (pass, &self->projector, tokens, 1); /* (1 + P) × D */

  state = g_new0 (RgImageState, 1);
  state->tokens = keep (tokens);
  state->n_layers = self->config.text.n_layers;
  state->memories = g_new0 (RgTensor, state->n_layers);
  for (guint i = 0; i < state->n_layers; i++)
    state->memories[i] = keep (rg_block_remember (pass, &self->decoder.layers[i], memory));

  return state;
}

void
rg_image_state_free (RgImageState *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < self->n_layers; i++)
    g_free (self->memories[i].data);
  g_free (self->memories);
  g_free (self->tokens.data);
  g_free (self);
}

const RgTensor *
rg_image_state_get_tokens (const RgImageState *self)
{
  return &self->tokens;
}

RgTextState *
rg_text_state_new (RgModel *model)
{
  const RgTextConfig *config = &model->config.text;
  RgTextState *self = g_new0 (RgTextState, 1);

  self->n_layers = config->n_layers;
  self->caches = g_new0 (RgBlockCache, self->n_layers);
  for (guint i = 0; i < self->n_layers; i++)
    {
      RgTensor *rows = &self->caches[i].rows;

      *rows = (RgTensor){ .rows = config->max_positions, .cols = rg_block_config_cache_width (&config->block) };
      rows->data = g_new (float, rows->rows * rows->cols);
    }

  return self;
}

void
rg_text_state_free (RgTextState *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < self->n_layers; i++)
    g_free (self->caches[i].rows.data);
  g_free (self->caches);
  g_free (self);
}

gsize
rg_text_state_get_n_tokens (const RgTextState *self)
{
  return self->caches[0].n_rows;
}

void
rg_text_state_truncate (RgTextState *self, gsize n)
{
  for (guint i = 0; i < self->n_layers; i++)
    self->caches[i].n_rows = MIN (self->caches[i].n_rows, n);
}

static void
find_memory (RgImageState *image, RgTensor **memory)
{
  for (guint i = 0; i < image->n_layers; i++)
    memory[i] = &image->memories[i];
}

static void
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The answer was cancelled"));
}

/* From layers × heads × rows × (1 + P) to layers × heads × P: the last row, without the null key. */
static void
pick_last_row (const float *record, gsize n_maps, gsize rows, gsize n_patches, float *attention)
{
  for (gsize i = 0; i < n_maps; i++)
    memcpy (attention + i * n_patches, record + (i * rows + rows - 1) * (n_patches + 1) + 1, n_patches * sizeof (float));
}

gboolean
rg_model_read (RgModel *self, RgPass *pass, RgImageState *image, RgTextState *text, const guint32 *ids, gsize n, float *logits, float *attention, GError **error)
{
  const RgTextConfig *config = &self->config.text;
  gsize n_before = rg_text_state_get_n_tokens (text), n_patches = rg_model_get_n_patches (self);
  gsize n_maps = (gsize) config->n_layers * config->block.n_heads;
  guint offsets[] = { 0, n }, memory_offsets[] = { 0, 1 + n_patches };
  guint32 last = n - 1;
  RgTensor *memory[RG_MAX_LAYERS], *hidden;
  RgDecoderRun run = {
    .ids = ids,
    .n = n,
    .n_texts = 1,
    .offsets = offsets,
    .memory = memory,
    .memory_offsets = memory_offsets,
    .caches = text->caches,
  };

  g_assert (n > 0 && n_before + n <= config->max_positions);

  rg_pass_reset (pass);
  find_memory (image, memory);
  if (attention != NULL)
    run.record = rg_arena_alloc (pass->arena, n_maps * n * (1 + n_patches) * sizeof (float));

  hidden = rg_decoder_forward (pass, &self->decoder, config, &run);
  if (hidden == NULL)
    {
      rg_text_state_truncate (text, n_before);
      set_cancelled (error);
      return FALSE;
    }

  hidden = rg_gather_rows (pass, hidden, &last, 1);
  memcpy (logits, rg_decoder_logits (pass, &self->decoder, config, hidden)->data, config->vocabulary_size * sizeof (float));
  if (attention != NULL)
    pick_last_row (run.record, n_maps, n, n_patches, attention);

  return TRUE;
}

gboolean
rg_model_score (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize first, const guint8 *hidden, double *logprobs, GError **error)
{
  const RgTextConfig *config = &self->config.text;
  gsize n_patches = rg_model_get_n_patches (self), n_scored = n - first;
  guint offsets[] = { 0, n - 1 }, memory_offsets[] = { 0, 1 + n_patches };
  guint scored_offsets[] = { 0, n_scored };
  RgRowChoice scored = { .n = n_scored, .offsets = scored_offsets };
  guint8 *memory_hidden;
  guint32 *rows;
  RgTensor *memory[RG_MAX_LAYERS], *x;
  RgDecoderRun run = { .ids = ids, .n = n - 1, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets, .wanted = &scored };

  g_assert (first > 0 && first < n && n <= config->max_positions + 1);

  rg_pass_reset (pass);
  find_memory (image, memory);
  if (hidden != NULL)
    {
      run.memory_hidden = memory_hidden = rg_arena_alloc (pass->arena, 1 + n_patches);
      memory_hidden[0] = 0; /* the null key */
      memcpy (memory_hidden + 1, hidden, n_patches);
    }

  scored.rows = rows = rg_arena_alloc (pass->arena, n_scored * sizeof *rows);
  for (gsize i = 0; i < n_scored; i++)
    rows[i] = first - 1 + i;

  x = rg_decoder_forward (pass, &self->decoder, config, &run);
  if (x == NULL)
    {
      set_cancelled (error);
      return FALSE;
    }

  x = rg_decoder_logits (pass, &self->decoder, config, x); /* scored × V */
  for (gsize i = 0; i < n_scored; i++)
    logprobs[i] = x->data[i * x->cols + ids[first + i]] - rg_logits_log_sum (x->data + i * x->cols, x->cols);

  return TRUE;
}

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

gboolean
rg_model_differentiate (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, guint32 next, float *attention, float *gradient, GError **error)
{
  const RgTextConfig *config = &self->config.text;
  gsize n_patches = rg_model_get_n_patches (self), n_maps = (gsize) config->n_layers * config->block.n_heads;
  guint offsets[] = { 0, n }, memory_offsets[] = { 0, 1 + n_patches };
  guint32 last = n - 1;
  RgTensor *memory[RG_MAX_LAYERS], *x;
  RgDecoderRun run = { .ids = ids, .n = n, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets };

  g_assert (n > 0 && n <= config->max_positions);

  rg_pass_reset (pass);
  find_memory (image, memory);
  run.record = rg_arena_alloc (pass->arena, n_maps * n * (1 + n_patches) * sizeof (float));
  if (gradient != NULL)
    run.record_grad = rg_arena_alloc (pass->arena, n_maps * n * (1 + n_patches) * sizeof (float));

  pass->recording = gradient != NULL;
  x = rg_decoder_forward (pass, &self->decoder, config, &run);
  if (x != NULL)
    pick_last_row (run.record, n_maps, n, n_patches, attention);
  if (x != NULL && gradient != NULL)
    {
      derive_log_odds (pass, rg_decoder_logits (pass, &self->decoder, config, rg_gather_rows (pass, x, &last, 1)), next);
      rg_pass_backward (pass);
      pick_last_row (run.record_grad, n_maps, n, n_patches, gradient);
    }
  if (x == NULL)
    {
      rg_pass_reset (pass); /* nodes of an unfinished run */
      set_cancelled (error);
    }
  pass->recording = FALSE;

  return x != NULL;
}
