/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/image-state.h"

#include <glib/gi18n.h>
#include <string.h>

void
rg_image_state_free (RgImageState *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < self->n_layers; i++)
    g_free (self->memories[i].data);
  g_free (self->memories);
  g_free (self->places);
  g_clear_pointer (&self->prefix, g_array_unref);
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

const RgTensor *
rg_image_state_get_memory (const RgImageState *self, guint layer)
{
  g_assert (layer < self->n_layers);

  return &self->memories[layer];
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

const guint32 *
rg_image_state_get_prefix (const RgImageState *self, guint *n)
{
  *n = rg_image_state_get_n_positions (self);

  return self->prefix != NULL ? (const guint32 *) self->prefix->data : NULL;
}

gsize
rg_image_state_find_memory (RgImageState *self, RgTensor **memory)
{
  for (guint i = 0; i < self->n_layers; i++)
    memory[i] = &self->memories[i];

  return self->memories[0].rows;
}

guint
rg_image_state_get_first_position (const RgImageState *self)
{
  return self->prompt != NULL ? self->memories[0].rows : self->next;
}

/* --- a prompt that is seen as a whole ------------------------------------------------------------------------------ */

static gboolean
is_same (const RgImageState *self, const guint32 *ids, gsize n, const guint8 *hidden)
{
  return self->prompt != NULL && self->prompt->len == n && memcmp (self->prompt->data, ids, n * sizeof *ids) == 0 &&
         (self->hidden == NULL) == (hidden == NULL) && (hidden == NULL || memcmp (self->hidden, hidden, self->n_patches) == 0);
}

guint8 *
rg_image_state_spread (const RgImageState *self, RgPass *pass, const guint8 *hidden, gsize n_rows)
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

  for (guint i = 0; i < self->n_layers; i++)
    {
      RgTensor *rows = &self->memories[i];

      *rows = (RgTensor){ .rows = n_rows, .cols = rg_block_config_cache_width (&config->block), .data = g_renew (float, rows->data, n_rows *rg_block_config_cache_width (&config->block)) };
      caches[i] = (RgBlockCache){ .rows = *rows };
    }

  rg_pass_reset (pass);
  all = rg_arena_alloc (pass->arena, n_rows * sizeof *all);
  memcpy (all, self->prefix->data, self->prefix->len * sizeof *all);
  memcpy (all + self->prefix->len, ids, n * sizeof *all);
  x = rg_decoder_forward (pass, rg_model_get_decoder (model), config, &(RgDecoderRun){ .ids = all, .n = n_rows, .n_texts = 1, .offsets = offsets, .image_tokens = &self->tokens, .image_rows = self->places, .mutual_end = n_rows, .caches = caches, .memory_hidden = rg_image_state_spread (self, pass, hidden, n_rows), .wanted = &(RgRowChoice){ &last, 1, wanted_offsets } });

  for (guint i = 0; i < self->n_layers; i++)
    self->memories[i].rows = n_rows - 1;

  return x != NULL;
}

gboolean
rg_image_state_ask (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden, GError **error)
{
  if (!rg_model_get_config (model)->text.sees_prompt || is_same (self, ids, n, hidden))
    return TRUE;

  g_clear_pointer (&self->prompt, g_array_unref);
  g_clear_pointer (&self->hidden, g_free);
  if (!read_whole (self, model, pass, ids, n, hidden))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return FALSE;
    }

  self->prompt = g_array_new (FALSE, FALSE, sizeof *ids);
  g_array_append_vals (self->prompt, ids, n);
  self->hidden = hidden != NULL ? g_memdup2 (hidden, self->n_patches) : NULL;

  return TRUE;
}
