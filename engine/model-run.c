/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model does with the text behind a picture; see model.h. */
#include "engine/model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/image-state.h"

struct _RgTextState
{
  RgBlockCache *caches; /* (layers) capacity × the cache's width, owned data */
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
  for (guint i = 0; i < self->n_layers; i++)
    self->caches[i].rows.cols = rg_block_config_cache_width (&config->block);

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
reserve (RgTextState *self, gsize n)
{
  for (guint i = 0; i < self->n_layers; i++)
    {
      RgTensor *rows = &self->caches[i].rows;

      if (rows->rows >= n)
        continue;
      rows->rows = MAX (n, rows->rows + rows->rows / 2);
      rows->data = g_renew (float, rows->data, rows->rows * rows->cols);
    }
}

/* Returns: rows of the memory */
static gsize
find_memory (RgImageState *image, RgTensor **memory)
{
  for (guint i = 0; i < image->n_layers; i++)
    memory[i] = &image->memories[i];

  return image->memories[0].rows;
}

static void
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The answer was cancelled"));
}

/* What a row sees of the picture by way of the question's rows, of which it sees as much as @seen says. */
static void
look_through (const RgTensor *looked, const float *seen, float *attention)
{
  memset (attention, 0, looked->cols * sizeof (float));
  for (gsize q = 0; q < looked->rows; q++)
    for (gsize p = 0; p < looked->cols; p++)
      attention[p] += seen[q] * looked->data[q * looked->cols + p];
}

/* From maps × rows × keys to maps × P: the last row, the image tokens alone. */
static void
pick_last_row (const RgImageState *image, const float *record, gsize n_maps, gsize rows, gsize n_keys, float *attention)
{
  for (gsize i = 0; i < n_maps; i++)
    {
      const float *last = record + (i * rows + rows - 1) * n_keys;
      float *map = attention + i * image->n_patches;

      if (image->question_memories != NULL)
        look_through (&image->looked, last, map);
      else
        for (guint p = 0; p < image->n_patches; p++)
          map[p] = last[image->places[p]];
    }
}

gboolean
rg_model_read (RgModel *self, RgPass *pass, RgImageState *image, RgTextState *text, const guint32 *ids, gsize n, float *logits, float *attention, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self)->text;
  RgDecoder *decoder = rg_model_get_decoder (self);
  gsize n_before = rg_text_state_get_n_tokens (text), n_maps = (gsize) config->n_layers * config->block.n_heads, n_keys, n_beside;
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
  memory_offsets[1] = find_memory (image, memory);
  last = run.n - 1;
  reserve (text, n_before + n);
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
    pick_last_row (image, run.record, n_maps, 1, n_keys, attention);

  return TRUE;
}

/* Text that stands between image tokens has seen those before it. Where some are hidden it is read again, in one run with the
 * text behind the picture, and its rows come first; what the memory has of it is hidden. Returns: how many rows that is */
static gsize
count_between (const RgImageState *image)
{
  return image->prefix != NULL && image->n_patches > 0 ? image->places[image->n_patches - 1] - image->places[0] + 1 - image->n_patches : 0;
}

/* Adds the rows between image tokens to a run of the text behind them. */
static void
read_between (const RgImageState *image, RgPass *pass, RgDecoderRun *run, guint *offsets, guint8 *hidden, gsize n_between)
{
  gsize n = n_between + run->n, row = 0, n_axes = image->positions != NULL ? RG_ROTARY_AXES : 1;
  guint32 *ids = rg_arena_alloc (pass->arena, n * sizeof *ids), *ends = rg_arena_alloc (pass->arena, n * sizeof *ends);
  guint32 *positions = rg_arena_alloc (pass->arena, n * n_axes * sizeof *positions);

  for (guint place = image->places[0], p = 0; p < image->n_patches; place++)
    {
      if (place == image->places[p])
        {
          p++;
          continue;
        }
      hidden[place] = TRUE;
      ids[row] = g_array_index (image->prefix, guint32, place);
      ends[row] = place;
      for (gsize a = 0; a < n_axes; a++)
        positions[row * n_axes + a] = image->positions != NULL ? image->positions[place * n_axes + a] : place;
      row++;
    }
  for (gsize i = 0; i < run->n; i++, row++)
    {
      ids[row] = run->ids[i];
      ends[row] = image->prefix->len;
      for (gsize a = 0; a < n_axes; a++)
        positions[row * n_axes + a] = image->next + i;
    }

  run->ids = ids;
  run->n = offsets[1] = n;
  run->memory_ends = ends;
  run->positions = positions;
}

gboolean
rg_model_score (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize first, const guint8 *hidden, double *logprobs, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self)->text;
  RgDecoder *decoder = rg_model_get_decoder (self);
  gsize n_scored = n - first, n_between = 0, n_beside = rg_model_config_reads_whole (rg_model_get_config (self)) ? first - 1 : 0, n_memory;
  guint offsets[] = { 0, n - 1 - n_beside }, memory_offsets[2] = { 0 };
  guint scored_offsets[] = { 0, n_scored };
  RgRowChoice scored = { .n = n_scored, .offsets = scored_offsets };
  guint8 *memory_hidden;
  guint32 *rows;
  RgTensor *memory[RG_MAX_LAYERS], *x;
  RgDecoderRun run = { .ids = ids + n_beside, .n = n - 1 - n_beside, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets, .wanted = &scored };

  g_assert (first > 0 && first < n && rg_image_state_get_n_positions (image) + n <= config->max_positions + 1);

  if (!rg_image_state_ask (image, self, pass, ids, first, hidden, error))
    return FALSE;

  rg_pass_reset (pass);
  run.first_position = image->next;
  n_memory = memory_offsets[1] = find_memory (image, memory);
  if (hidden != NULL && image->question_memories == NULL)
    {
      run.memory_hidden = memory_hidden = rg_arena_alloc (pass->arena, n_memory);
      memset (memory_hidden, 0, n_memory);
      for (guint p = 0; p < image->n_patches; p++)
        memory_hidden[image->places[p]] = hidden[p];
      if (!config->sees_prompt)
        n_between = count_between (image);
      if (n_between > 0)
        read_between (image, pass, &run, offsets, memory_hidden, n_between);
    }

  scored.rows = rows = rg_arena_alloc (pass->arena, n_scored * sizeof *rows);
  for (gsize i = 0; i < n_scored; i++)
    rows[i] = n_between + first - 1 - n_beside + i;

  x = rg_decoder_forward (pass, decoder, config, &run);
  if (x == NULL)
    {
      set_cancelled (error);
      return FALSE;
    }

  x = rg_decoder_logits (pass, decoder, config, x); /* scored × V */
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
rg_model_differentiate (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize n_prompt, guint32 next, float *attention, float *gradient, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self)->text;
  RgDecoder *decoder = rg_model_get_decoder (self);
  gsize n_maps = (gsize) config->n_layers * config->block.n_heads, n_beside = rg_model_config_reads_whole (rg_model_get_config (self)) ? n_prompt - 1 : 0, n_keys;
  guint offsets[] = { 0, n - n_beside }, memory_offsets[2] = { 0 };
  guint32 last = n - 1 - n_beside;
  RgTensor *memory[RG_MAX_LAYERS], *x;
  RgDecoderRun run = { .ids = ids + n_beside, .n = n - n_beside, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets };

  g_assert (gradient == NULL || image->question_memories == NULL);
  g_assert (n_prompt > 0 && n_prompt <= n && rg_image_state_get_n_positions (image) + n <= config->max_positions);

  if (!rg_image_state_ask (image, self, pass, ids, n_prompt, NULL, error))
    return FALSE;

  n -= n_beside;
  rg_pass_reset (pass);
  run.first_position = image->next;
  memory_offsets[1] = find_memory (image, memory);
  n_keys = rg_decoder_count_keys (config, &run);
  run.record = rg_arena_alloc (pass->arena, n_maps * n * n_keys * sizeof (float));
  if (gradient != NULL)
    run.record_grad = rg_arena_alloc (pass->arena, n_maps * n * n_keys * sizeof (float));

  pass->recording = gradient != NULL;
  x = rg_decoder_forward (pass, decoder, config, &run);
  if (x != NULL)
    pick_last_row (image, run.record, n_maps, n, n_keys, attention);
  if (x != NULL && gradient != NULL)
    {
      derive_log_odds (pass, rg_decoder_logits (pass, decoder, config, rg_gather_rows (pass, x, &last, 1)), next);
      rg_pass_backward (pass);
      pick_last_row (image, run.record_grad, n_maps, n, n_keys, gradient);
    }
  if (x == NULL)
    {
      rg_pass_reset (pass); /* nodes of an unfinished run */
      set_cancelled (error);
    }
  pass->recording = FALSE;

  return x != NULL;
}
