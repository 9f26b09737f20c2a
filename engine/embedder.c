/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/embedder.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/families/dual-encoder.h"
#include "engine/model-folder.h"

#define MAX_TEXT_BYTES 65536

/* What the two kinds of models do in their own way. */
typedef struct
{
  guint (*get_width) (const RgEmbedder *self);
  RgTensor *(*see) (RgEmbedder *self, const RgPixelValues *seen, GError **error);
  RgTensor *(*read) (RgEmbedder *self, const char *text);
} Kind;

struct _RgEmbedder
{
  const Kind *kind;
  RgModel *model; /* of the bundled kind; otherwise %NULL, and the two below are there */
  RgDualEncoder *dual;
  RgTokenizer *tokenizer;
  RgPreprocessConfig preprocess;
  RgPool *pool; /* borrowed, nullable */
  RgPass *pass;
};

static void
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
}

/* --- the bundled model --- */

static guint
model_width (const RgEmbedder *self)
{
  return rg_model_get_config (self->model)->text.block.width;
}

static RgTensor *
model_see (RgEmbedder *self, const RgPixelValues *seen, GError **error)
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
model_read (RgEmbedder *self, const char *text)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint offsets[2] = { 0 };

  rg_model_append_answer (self->model, ids, text);
  offsets[1] = ids->len;

  return rg_shared_space_caption (self->pass, rg_model_get_shared_space (self->model), &rg_model_get_decoder (self->model)->embedding, (const guint32 *) ids->data, offsets, 1);
}

static const Kind model_kind = { model_width, model_see, model_read };

/* --- two encoders --- */

static guint
dual_width (const RgEmbedder *self)
{
  return rg_dual_encoder_get_config (self->dual)->space_width;
}

static RgTensor *
dual_see (RgEmbedder *self, const RgPixelValues *seen, GError **error)
{
  guint offsets[] = { 0, rg_vision_config_n_rows (&rg_dual_encoder_get_config (self->dual)->vision) };
  RgVisionRun run = { .n_images = 1, .offsets = offsets };
  RgTensor *vector = rg_dual_encoder_see (self->dual, self->pass, rg_pass_input (self->pass, 3 * seen->height, seen->width, seen->values), &run);

  if (vector == NULL)
    set_cancelled (error);

  return vector;
}

/* A text that is too long is cut so that its end stands last, as the original tokenizer does it. */
static RgTensor *
dual_read (RgEmbedder *self, const char *text)
{
  const RgDualConfig *dual = rg_dual_encoder_get_config (self->dual);
  const RgTextConfig *config = &dual->text;
  g_autoptr (GArray) ids = rg_tokenizer_encode (self->tokenizer, text, -1, RG_ENCODE_TEMPLATE);
  guint32 last = g_array_index (ids, guint32, ids->len - 1);
  guint offsets[2] = { 0 };
  RgDecoderRun run = { .n_texts = 1, .offsets = offsets };

  if (ids->len > config->max_positions)
    {
      g_array_set_size (ids, config->max_positions);
      g_array_index (ids, guint32, ids->len - 1) = last;
    }
  while (dual->padded && ids->len < config->max_positions)
    g_array_append_val (ids, dual->pad);
  offsets[1] = run.n = ids->len;
  run.ids = (const guint32 *) ids->data;

  return rg_dual_encoder_read (self->dual, self->pass, &run);
}

static const Kind dual_kind = { dual_width, dual_see, dual_read };

/* The files must agree with one another before anything is computed. */
static gboolean
check_dual (RgEmbedder *self, const char *path, GError **error)
{
  const RgDualConfig *config = rg_dual_encoder_get_config (self->dual);
  const RgPreprocessConfig *preprocess = &self->preprocess;

  if (preprocess->image_size != config->vision.image_size || preprocess->layout != RG_PIXEL_LAYOUT_PLANES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s makes pictures of %u pixels, but %s expects %u"), path, RG_MODEL_PREPROCESSOR, preprocess->image_size, RG_MODEL_CONFIG, config->vision.image_size);
      return FALSE;
    }

  if (rg_tokenizer_get_size (self->tokenizer) > config->text.vocabulary_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s speaks of %u tokens, but %s has %u"), path, RG_MODEL_CONFIG, config->text.vocabulary_size, RG_MODEL_TOKENIZER, rg_tokenizer_get_size (self->tokenizer));
      return FALSE;
    }

  return TRUE;
}

static gboolean
load_dual (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *config_path = g_build_filename (path, RG_MODEL_CONFIG, NULL);
  g_autofree char *preprocess_path = g_build_filename (path, RG_MODEL_PREPROCESSOR, NULL);
  g_autofree char *tokenizer_path = g_build_filename (path, RG_MODEL_TOKENIZER, NULL);

  self->kind = &dual_kind;
  self->dual = rg_dual_encoder_load (path, cancellable, error);
  if (self->dual == NULL ||
      !rg_preprocess_config_load (&self->preprocess, preprocess_path, error) ||
      !rg_preprocess_config_load_patches (&self->preprocess, config_path, error))
    return FALSE;

  self->tokenizer = rg_tokenizer_new_from_file (tokenizer_path, error);

  return self->tokenizer != NULL && check_dual (self, path, error);
}

/* --- both --- */

RgEmbedder *
rg_embedder_load (const char *path, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgEmbedder) self = g_new0 (RgEmbedder, 1);
  gboolean loaded;

  self->pool = pool;
  self->pass = rg_pass_new (pool, RG_PRECISION_F32);

  if (rg_dual_encoder_claims (path))
    loaded = load_dual (self, path, cancellable, error);
  else
    {
      self->kind = &model_kind;
      self->model = rg_model_folder_load (path, NULL, &self->preprocess, &(RgLoadWatch){ .cancellable = cancellable }, error);
      loaded = self->model != NULL;
    }

  return loaded ? g_steal_pointer (&self) : NULL;
}

void
rg_embedder_free (RgEmbedder *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->model, rg_model_free);
  g_clear_pointer (&self->dual, rg_dual_encoder_free);
  g_clear_pointer (&self->tokenizer, rg_tokenizer_free);
  rg_pass_free (self->pass);
  g_free (self);
}

guint
rg_embedder_get_width (const RgEmbedder *self)
{
  return self->kind->get_width (self);
}

static void
take_vector (RgEmbedder *self, const RgTensor *row, float *vector)
{
  memcpy (vector, row->data, rg_embedder_get_width (self) * sizeof (float));
}

gboolean
rg_embedder_see (RgEmbedder *self, RgImage *image, GCancellable *cancellable, float *vector, GError **error)
{
  g_autoptr (RgPixelValues) seen = rg_preprocess (&self->preprocess, image, self->pool, cancellable, error);
  RgTensor *row;

  if (seen == NULL)
    return FALSE;

  rg_pass_reset (self->pass);
  rg_pass_set_cancellable (self->pass, cancellable);
  row = self->kind->see (self, seen, error);
  if (row != NULL)
    take_vector (self, row, vector);
  rg_pass_set_cancellable (self->pass, NULL);

  return row != NULL;
}

gboolean
rg_embedder_read (RgEmbedder *self, const char *text, float *vector, GError **error)
{
  if (strlen (text) > MAX_TEXT_BYTES || !g_utf8_validate (text, -1, NULL) || *text == '\0')
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("A text has to be UTF-8, not empty, and of at most %d bytes"), MAX_TEXT_BYTES);
      return FALSE;
    }

  rg_pass_reset (self->pass);
  take_vector (self, self->kind->read (self, text), vector);

  return TRUE;
}
