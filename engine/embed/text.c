/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text encoders: they see nothing, and put words into context. */
#include "engine/embed/kind.h"

#include "engine/families/bert.h"

static gboolean
load (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error)
{
  self->model = rg_bert_load (path, cancellable, error);
  if (self->model == NULL)
    return FALSE;

  self->pass->precision = rg_bert_get_precision (self->model, FALSE);

  return _rg_embedder_load_tokenizer (self, path, rg_bert_get_config (self->model)->vocabulary_size, error);
}

static void
free_model (gpointer model)
{
  rg_bert_free (model);
}

static guint
get_width (const RgEmbedder *self)
{
  return rg_bert_get_config (self->model)->block.width;
}

static guint
get_n_layers (const RgEmbedder *self)
{
  return rg_bert_get_config (self->model)->n_layers;
}

static GArray *
encode (RgEmbedder *self, const char *text)
{
  return _rg_embedder_encode (self, text, rg_bert_get_config (self->model)->max_positions);
}

static RgTensor *
read_layer (RgEmbedder *self, const GArray *ids, guint layer)
{
  guint offsets[] = { 0, ids->len };
  RgTensor *embedded, *layers[RG_MAX_LAYERS];

  rg_bert_read (self->model, self->pass, &(RgDecoderRun){ .ids = (const guint32 *) ids->data, .n = ids->len, .n_texts = 1, .offsets = offsets, .embedded = &embedded, .layers = layers });

  return layer == 0 ? embedded : layers[layer - 1];
}

static RgTensor *
read_text (RgEmbedder *self, const char *text)
{
  g_autoptr (GArray) ids = encode (self, text);
  guint offsets[] = { 0, ids->len };

  return rg_bert_pool (self->model, self->pass, read_layer (self, ids, get_n_layers (self)), offsets, 1, self->pooling);
}

const RgEmbedderKind _rg_embedder_text = { rg_bert_claims, load, free_model, get_width, .read = read_text, .encode = encode, .read_layer = read_layer, .get_n_layers = get_n_layers };
