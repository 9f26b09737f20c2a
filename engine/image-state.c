/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/image-state.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/text-record.h"

void
rg_image_state_free (RgImageState *self)
{
  if (self == NULL)
    return;

  rg_kept_rows_clear (&self->memories);
  rg_kept_rows_clear (&self->question_memories);
  g_free (self->looked.data);
  g_free (self->places);
  g_clear_pointer (&self->prefix, g_array_unref);
  g_free (self->positions);
  g_clear_pointer (&self->prompt, g_array_unref);
  g_free (self->hidden);
  g_free (self->tokens.data);
  g_free (self);
}

const RgTensor *
rg_image_state_get_tokens (const RgImageState *self)
{
  return &self->tokens;
}

RgTensor
rg_image_state_copy_memory (const RgImageState *self, guint layer)
{
  g_assert (layer < self->n_layers);

  const RgTensor *memory = &self->memories.layers[layer];

  return (RgTensor){ .rows = memory->rows, .cols = memory->cols, .data = rg_kept_rows_widen (memory) };
}

const guint32 *
rg_image_state_get_places (const RgImageState *self)
{
  return self->places;
}

guint
rg_image_state_get_n_patches (const RgImageState *self)
{
  return self->n_patches;
}

guint
rg_image_state_get_n_positions (const RgImageState *self)
{
  return self->prefix != NULL ? self->prefix->len : 0;
}

guint32
rg_image_state_get_language (const RgImageState *self)
{
  return self->language;
}

const guint32 *
rg_image_state_get_prefix (const RgImageState *self, guint *n)
{
  *n = rg_image_state_get_n_positions (self);

  return self->prefix != NULL ? (const guint32 *) self->prefix->data : NULL;
}

gsize
rg_image_state_find_memory (RgImageState *self, RgTensor **memory)
{
  gsize n_rows = 0;

  for (guint i = 0; i < self->n_layers; i++)
    {
      memory[i] = self->memories.layers[i].rows > 0 ? &self->memories.layers[i] : NULL;
      n_rows = MAX (n_rows, self->memories.layers[i].rows);
    }

  return n_rows;
}

void
rg_image_state_find_picture (RgImageState *self, RgTensor **picture)
{
  for (guint i = 0; i < self->question_memories.n_layers; i++)
    picture[i] = &self->question_memories.layers[i];
}

void
rg_image_state_pick (const RgImageState *self, const float *row, float *picked)
{
  if (self->question_memories.n_layers == 0)
    {
      for (guint p = 0; p < self->n_patches; p++)
        picked[p] = row[self->places[p]];
      return;
    }

  memset (picked, 0, self->n_patches * sizeof (float));
  for (gsize q = 0; q < self->looked.rows; q++)
    for (guint p = 0; p < self->n_patches; p++)
      picked[p] += row[q] * self->looked.data[q * self->n_patches + p];
}

/* --- a prompt that is read as a whole ------------------------------------------------------------------------------ */

static gboolean
is_same (const RgImageState *self, const guint32 *ids, gsize n, const guint8 *hidden)
{
  return self->prompt != NULL && self->prompt->len == n && memcmp (self->prompt->data, ids, n * sizeof *ids) == 0 &&
         (self->hidden == NULL) == (hidden == NULL) && (hidden == NULL || memcmp (self->hidden, hidden, self->n_patches) == 0);
}

/* Returns: (transfer none) (nullable): a byte for each of the rows that image tokens stand in */
static guint8 *
spread (const RgImageState *self, RgPass *pass, const guint8 *hidden, gsize n_rows)
{
  guint8 *rows = hidden != NULL ? rg_arena_alloc (pass->arena, n_rows) : NULL;

  if (hidden == NULL)
    return NULL;

  memset (rows, 0, n_rows);
  for (guint p = 0; p < self->n_patches; p++)
    rows[self->places[p]] = hidden[p];

  return rows;
}

/* Reads picture and prompt in one pass; the caches that it fills are the memory. */
static gboolean
read_whole (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden)
{
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  gsize n_rows = self->prefix->len + n;
  guint offsets[] = { 0, n_rows }, wanted_offsets[] = { 0, 1 };
  guint32 last = n_rows - 1, *all;
  RgBlockCache caches[RG_MAX_LAYERS];
  RgTensor *x;

  rg_kept_rows_resize (&self->memories, pass->precision, n_rows);
  for (guint i = 0; i < self->n_layers; i++)
    caches[i] = (RgBlockCache){ .rows = self->memories.layers[i] };

  rg_pass_reset (pass);
  all = rg_arena_alloc (pass->arena, n_rows * sizeof *all);
  memcpy (all, self->prefix->data, self->prefix->len * sizeof *all);
  memcpy (all + self->prefix->len, ids, n * sizeof *all);
  x = rg_decoder_forward (pass, rg_model_get_decoder (model), config, &(RgDecoderRun){ .ids = all, .n = n_rows, .n_texts = 1, .offsets = offsets, .image_tokens = &self->tokens, .image_rows = self->places, .mutual_end = n_rows, .caches = caches, .memory_hidden = spread (self, pass, hidden, n_rows), .wanted = &(RgRowChoice){ &last, 1, wanted_offsets } });

  for (guint i = 0; i < self->n_layers; i++)
    self->memories.layers[i].rows = n_rows - 1;
  self->next = n_rows - 1;

  return x != NULL;
}

/* @record: maps × Q × (1 + P) probabilities. */
static void
keep_looks (RgImageState *self, const float *record, gsize n_maps, gsize n)
{
  gsize n_patches = self->n_patches, n_rows = self->question_memories.n_rows;

  g_free (self->looked.data);
  self->looked = (RgTensor){ .rows = n, .cols = n_patches, .data = g_new0 (float, n *n_patches) };
  for (gsize i = 0; i < n_maps * n; i++)
    for (gsize p = 0; p < n_patches; p++)
      self->looked.data[i % n * n_patches + p] += record[i * n_rows + self->places[p]] / n_maps;
}

/* Reads the question, with an eye on the picture; what the decoder makes of its rows is the memory. */
static gboolean
read_question (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden)
{
  RgDecoder *decoder = rg_model_get_decoder (model);
  RgTensor *views[RG_MAX_LAYERS];
  RgTextRecord record;

  rg_image_state_find_picture (self, views);
  rg_pass_reset (pass);
  if (!rg_text_record_read_question (&record, model, pass, &(RgQuestionReading){ .ids = ids, .n = n, .picture = views, .hidden = spread (self, pass, hidden, self->question_memories.n_rows) }))
    return FALSE;

  keep_looks (self, record.attention, record.n_maps, n);
  rg_kept_rows_resize (&self->memories, pass->precision, n);
  for (guint i = 0; i < self->n_layers; i++)
    {
      RgTensor *rows = rg_block_remember (pass, &decoder->layers[i], &rg_model_get_config (model)->text.block, record.hidden);

      rg_kept_rows_write (&self->memories.layers[i], 0, 0, rows->cols, rows->data, rows->cols, n);
    }

  return TRUE;
}

gboolean
rg_image_state_ask (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden, GError **error)
{
  gboolean was_read;

  if (!rg_model_config_reads_whole (rg_model_get_config (model)) || is_same (self, ids, n, hidden))
    return TRUE;

  g_clear_pointer (&self->prompt, g_array_unref);
  g_clear_pointer (&self->hidden, g_free);
  was_read = self->question_memories.n_layers > 0 ? read_question (self, model, pass, ids, n - 1, hidden) : read_whole (self, model, pass, ids, n, hidden);
  if (!was_read)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return FALSE;
    }

  self->prompt = g_array_new (FALSE, FALSE, sizeof *ids);
  g_array_append_vals (self->prompt, ids, n);
  self->hidden = hidden != NULL ? g_memdup2 (hidden, self->n_patches) : NULL;

  return TRUE;
}
