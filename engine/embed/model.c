/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled model, whose training left a shared space behind, see MODEL.md. */
#include "engine/embed/kind.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/families/family.h"
#include "engine/model-folder.h"

static gboolean
load (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error)
{
  self->model = rg_model_folder_load (path, NULL, &self->preprocess, &(RgLoadWatch){ .cancellable = cancellable }, error);
  if (self->model == NULL)
    return FALSE;

  self->pass->precision = rg_model_get_precision (self->model, FALSE);
  if (rg_model_get_config (self->model)->family == &rg_family_regard)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: %s has no space in which pictures and texts are compared"), path, rg_model_get_config (self->model)->family->name);

  return FALSE;
}

static void
free_model (gpointer model)
{
  rg_model_free (model);
}

static guint
get_width (const RgEmbedder *self)
{
  return rg_model_get_config (self->model)->text.block.width;
}

static RgTensor *
see (RgEmbedder *self, const RgPixelValues *seen, GError **error)
{
  g_autoptr (RgImageState) state = rg_model_see (self->model, self->pass, seen, NULL, NULL, error);
  guint offsets[2] = { 0 };
  const RgTensor *tokens;
  RgTensor *copy;

  if (state == NULL)
    return NULL;

  rg_pass_reset (self->pass);
  tokens = rg_image_state_get_tokens (state);
  offsets[1] = tokens->rows;
  copy = rg_pass_tensor (self->pass, tokens->rows, tokens->cols); /* the state goes before the pass does */
  memcpy (copy->data, tokens->data, tokens->rows * tokens->cols * sizeof (float));

  return rg_shared_space_picture (self->pass, rg_model_get_shared_space (self->model), copy, offsets, 1);
}

/* A caption, as training reads it. */
static RgTensor *
read_text (RgEmbedder *self, const char *text)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint offsets[2] = { 0 };

  rg_model_append_answer (self->model, ids, text);
  offsets[1] = ids->len;

  return rg_shared_space_caption (self->pass, rg_model_get_shared_space (self->model), &rg_model_get_decoder (self->model)->embedding, (const guint32 *) ids->data, offsets, 1);
}

const RgEmbedderKind _rg_embedder_model = { .load = load, .free = free_model, .get_width = get_width, .see = see, .read = read_text };
