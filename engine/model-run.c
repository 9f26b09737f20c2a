/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model does with the text behind a picture; see model.h. */
#include "engine/model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/image-state.h"
#include "engine/tensor/kept-rows.h"

struct _RgTextState
{
  RgKeptRows rows;      /* of all layers, with room for more */
  RgBlockCache *caches; /* (layers) the same, and how many are filled */
  guint n_layers;
  GArray *prompt; /* of guint32: what stands in the picture's memory but for its last token; owned, NULL in models that have none there */
};

RgTextState *
rg_text_state_new (RgModel *model)
{
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  RgTextState *self = g_new0 (RgTextState, 1);

  self->n_layers = config->n_layers;
  self->caches = g_new0 (RgBlockCache, self->n_layers);
  rg_kept_rows_init (&self->rows, self->n_layers, rg_block_config_cache_width (&config->block));
  for (guint i = 0; i < self->n_layers; i++)
    if (!rg_text_config_has_self (config, i))
      self->rows.layers[i].cols = 0;

  return self;
}

void
rg_text_state_free (RgTextState *self)
{
  if (self == NULL)
    return;

  rg_kept_rows_clear (&self->rows);
  g_free (self->caches);
  g_clear_pointer (&self->prompt, g_array_unref);
  g_free (self);
}

/* Tokens that are in the picture's memory. */
static gsize
count_beside (const RgTextState *self)
{
  return self->prompt != NULL ? self->prompt->len - 1 : 0;
}

gsize
rg_text_state_get_n_tokens (const RgTextState *self)
{
  return count_beside (self) + self->caches[0].n_rows;
}

void
rg_text_state_truncate (RgTextState *self, gsize n)
{
  gsize n_beside = count_beside (self), n_kept = n > n_beside ? n - n_beside : 0;

  for (guint i = 0; i < self->n_layers; i++)
    self->caches[i].n_rows = MIN (self->caches[i].n_rows, n_kept);
  if (n_kept == 0)
    g_clear_pointer (&self->prompt, g_array_unref);
}

/* In a model that reads its prompt as a whole, the first ids that are read are the prompt. Returns: how many of them the
 * picture's memory now has */
static gboolean
read_prompt (RgModel *self, RgPass *pass, RgImageState *image, RgTextState *text, const guint32 *ids, gsize n, gsize *n_beside, GError **error)
{
  gboolean is_first = rg_text_state_get_n_tokens (text) == 0;

  *n_beside = 0;
  if (!rg_model_config_reads_whole (rg_model_get_config (self)))
    return TRUE;

  if (is_first)
    {
      text->prompt = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_array_append_vals (text->prompt, ids, n);
      *n_beside = n - 1;
    }
  if (rg_image_state_ask (image, self, pass, (const guint32 *) text->prompt->data, text->prompt->len, NULL, error))
    return TRUE;

  if (is_first)
    g_clear_pointer (&text->prompt, g_array_unref);

  return FALSE;
}

/* Room for @n rows in all; grown by half each time, as answers come token by token. */
static void
reserve (RgTextState *self, RgPrecision precision, gsize n)
{
  if (self->rows.n_rows >= n)
    return;

  rg_kept_rows_resize (&self->rows, precision, MAX (n, self->rows.n_rows + self->rows.n_rows / 2));
  for (guint i = 0; i < self->n_layers; i++)
    self->caches[i].rows = self->rows.layers[i];
}

static void
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The answer was cancelled"));
}

gboolean
rg_model_read (RgModel *self, RgPass *pass, RgImageState *image, RgTextState *text, const guint32 *ids, gsize n, float *logits, float *attention, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self)->text;
  RgDecoder *decoder = rg_model_get_decoder (self);
  gsize n_before = rg_text_state_get_n_tokens (text), n_maps = (gsize) rg_text_config_count_looks (config) * config->block.n_heads, n_keys, n_beside;
  guint offsets[2] = { 0 }, memory_offsets[2] = { 0 };
  guint32 last;
  RgTensor *memory[RG_MAX_LAYERS], *hidden;
  RgDecoderRun run = {
    .n_texts = 1,
    .offsets = offsets,
    .memory = memory,
    .memory_offsets = memory_offsets,
    .caches = text->caches,
    .record_last = 1,
  };

  g_assert (n > 0 && rg_image_state_get_n_positions (image) + n_before + n <= config->max_positions);

  if (!read_prompt (self, pass, image, text, ids, n, &n_beside, error))
    return FALSE;

  rg_pass_reset (pass);
  run.ids = ids + n_beside;
  run.n = offsets[1] = n - n_beside;
  run.first_position = image->next;
  run.n_blind = image->n_blind;
  run.n_padding = image->n_padding;
  memory_offsets[1] = rg_image_state_find_memory (image, memory);
  last = run.n - 1;
  reserve (text, pass->precision, n_before + n);
  n_keys = rg_decoder_count_keys (config, &run);
  if (attention != NULL)
    run.record = rg_arena_alloc (pass->arena, n_maps * n_keys * sizeof (float));

  hidden = rg_decoder_forward (pass, decoder, config, &run);
  if (hidden == NULL)
    {
      rg_text_state_truncate (text, n_before);
      set_cancelled (error);
      return FALSE;
    }

  hidden = rg_gather_rows (pass, hidden, &last, 1);
  memcpy (logits, rg_decoder_logits (pass, decoder, config, hidden)->data, config->vocabulary_size * sizeof (float));
  if (attention != NULL)
    for (gsize i = 0; i < n_maps; i++)
      rg_image_state_pick (image, run.record + i * n_keys, attention + i * image->n_patches);

  return TRUE;
}

void
rg_model_mute (const RgModel *self, guint n_answered, float *logits)
{
  const RgModelConfig *config = rg_model_get_config (self);

  for (guint i = 0; i < config->n_muted; i++)
    logits[config->muted[i]] = -INFINITY;
  for (guint i = 0; n_answered == 0 && i < config->n_first_muted; i++)
    logits[config->first_muted[i]] = -INFINITY;
}
