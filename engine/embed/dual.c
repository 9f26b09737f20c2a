/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of two encoders, which do nothing but compare, such as CLIP. */
#include "engine/embed/kind.h"

#include "engine/families/dual-encoder.h"

static gboolean
load (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error)
{
  const RgDualConfig *config;

  self->model = rg_dual_encoder_load (path, cancellable, error);
  if (self->model == NULL)
    return FALSE;

  self->pass->precision = rg_dual_encoder_get_precision (self->model, FALSE);
  config = rg_dual_encoder_get_config (self->model);

  return _rg_embedder_load_preprocess (self, path, config->vision.image_size, error) &&
         _rg_embedder_load_tokenizer (self, path, config->text.vocabulary_size, error);
}

static void
free_model (gpointer model)
{
  rg_dual_encoder_free (model);
}

static guint
get_width (const RgEmbedder *self)
{
  return rg_dual_encoder_get_config (self->model)->space_width;
}

static RgTensor *
see (RgEmbedder *self, const RgPixelValues *seen, GError **error)
{
  guint offsets[] = { 0, rg_vision_config_n_rows (&rg_dual_encoder_get_config (self->model)->vision) };
  RgVisionRun run = { .n_images = 1, .offsets = offsets };
  RgTensor *vector = rg_dual_encoder_see (self->model, self->pass, rg_pass_input (self->pass, 3 * seen->height, seen->width, seen->values), &run);

  if (vector == NULL)
    _rg_embedder_set_cancelled (error);

  return vector;
}

static RgTensor *
read_text (RgEmbedder *self, const char *text)
{
  const RgDualConfig *dual = rg_dual_encoder_get_config (self->model);
  g_autoptr (GArray) ids = _rg_embedder_encode (self, text, dual->text.max_positions);
  guint offsets[2] = { 0 };
  RgDecoderRun run = { .n_texts = 1, .offsets = offsets };

  while (dual->padded && ids->len < dual->text.max_positions)
    g_array_append_val (ids, dual->pad);
  offsets[1] = run.n = ids->len;
  run.ids = (const guint32 *) ids->data;

  return rg_dual_encoder_read (self->model, self->pass, &run);
}

const RgEmbedderKind _rg_embedder_dual = { rg_dual_encoder_claims, load, free_model, get_width, .see = see, .read = read_text };
