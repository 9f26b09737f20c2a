/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/embedder.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/embed/kind.h"
#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/model.h"

#define MAX_TEXT_BYTES 65536

/* How WordPiece spells a piece that goes on from the one before. */
#define GOES_ON "##"

static const RgEmbedderKind *const kinds[] = { &_rg_embedder_dual, &_rg_embedder_text, &_rg_embedder_picture, &_rg_embedder_model };

/* --- for the kinds ------------------------------------------------------------------------------------------------- */

void
_rg_embedder_set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
}

/* The files must agree with one another before anything is computed. */
gboolean
_rg_embedder_load_tokenizer (RgEmbedder *self, const char *path, guint vocabulary_size, GError **error)
{
  g_autofree char *tokenizer_path = g_build_filename (path, RG_MODEL_TOKENIZER, NULL);

  self->tokenizer = rg_tokenizer_new_from_file (tokenizer_path, error);
  if (self->tokenizer == NULL)
    return FALSE;
  if (rg_tokenizer_get_size (self->tokenizer) <= vocabulary_size)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s speaks of %u tokens, but %s has %u"), path, RG_MODEL_CONFIG, vocabulary_size, RG_MODEL_TOKENIZER, rg_tokenizer_get_size (self->tokenizer));

  return FALSE;
}

gboolean
_rg_embedder_load_preprocess (RgEmbedder *self, const char *path, guint image_size, GError **error)
{
  g_autofree char *config_path = g_build_filename (path, RG_MODEL_CONFIG, NULL);
  g_autofree char *preprocess_path = g_build_filename (path, RG_MODEL_PREPROCESSOR, NULL);
  const RgPreprocessConfig *preprocess = &self->preprocess;

  if (!rg_preprocess_config_load (&self->preprocess, preprocess_path, error) ||
      !rg_preprocess_config_load_patches (&self->preprocess, config_path, error))
    return FALSE;
  if (preprocess->image_size == image_size && preprocess->layout == RG_PIXEL_LAYOUT_PLANES)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s makes pictures of %u pixels, but %s expects %u"), path, RG_MODEL_PREPROCESSOR, preprocess->image_size, RG_MODEL_CONFIG, image_size);

  return FALSE;
}

GArray *
_rg_embedder_encode (RgEmbedder *self, const char *text, guint max)
{
  GArray *ids = rg_tokenizer_encode (self->tokenizer, text, -1, RG_ENCODE_TEMPLATE);

  if (ids->len > max)
    {
      guint32 last = g_array_index (ids, guint32, ids->len - 1);

      g_array_set_size (ids, max);
      g_array_index (ids, guint32, max - 1) = last;
    }

  return ids;
}

/* --- for everyone -------------------------------------------------------------------------------------------------- */

RgEmbedder *
rg_embedder_load (const char *path, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgEmbedder) self = g_new0 (RgEmbedder, 1);

  self->pool = pool;
  self->pass = rg_pass_new (pool, RG_PRECISION_F32);
  for (guint i = 0; self->kind == NULL; i++)
    if (kinds[i]->claims == NULL || kinds[i]->claims (path))
      self->kind = kinds[i];

  return self->kind->load (self, path, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

void
rg_embedder_free (RgEmbedder *self)
{
  if (self == NULL)
    return;

  if (self->model != NULL)
    self->kind->free (self->model);
  g_clear_pointer (&self->tokenizer, rg_tokenizer_free);
  rg_pass_free (self->pass);
  g_free (self);
}

guint
rg_embedder_get_width (const RgEmbedder *self)
{
  return self->kind->get_width (self);
}

guint
rg_embedder_get_n_layers (const RgEmbedder *self)
{
  return self->kind->get_n_layers != NULL ? self->kind->get_n_layers (self) : 0;
}

static gboolean
check_can (gboolean can, const char *why, GError **error)
{
  if (!can)
    g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, why);

  return can;
}

gboolean
rg_embedder_set_pooling (RgEmbedder *self, RgPooling pooling, GError **error)
{
  if (!check_can (pooling == RG_POOLING_OWN || self->kind->read_layer != NULL, _ ("This model leaves no choice of what stands for a text"), error))
    return FALSE;
  self->pooling = pooling;

  return TRUE;
}

static void
take_vector (RgEmbedder *self, RgTensor *row, float *vector)
{
  memcpy (vector, rg_normalize_rows (self->pass, row)->data, rg_embedder_get_width (self) * sizeof (float));
}

gboolean
rg_embedder_see (RgEmbedder *self, RgImage *image, GCancellable *cancellable, float *vector, GError **error)
{
  g_autoptr (RgPixelValues) seen = NULL;
  RgTensor *row;

  if (!check_can (self->kind->see != NULL, _ ("This model reads texts; it sees no pictures"), error))
    return FALSE;

  seen = rg_preprocess (&self->preprocess, image, self->pool, cancellable, error);
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

static gboolean
check_text (const char *text, GError **error)
{
  if (strlen (text) <= MAX_TEXT_BYTES && g_utf8_validate (text, -1, NULL) && *text != '\0')
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("A text has to be UTF-8, not empty, and of at most %d bytes"), MAX_TEXT_BYTES);

  return FALSE;
}

gboolean
rg_embedder_read (RgEmbedder *self, const char *text, float *vector, GError **error)
{
  if (!check_can (self->kind->read != NULL, _ ("This model sees pictures; it reads no texts"), error) || !check_text (text, error))
    return FALSE;

  rg_pass_reset (self->pass);
  take_vector (self, self->kind->read (self, text), vector);

  return TRUE;
}

/* Where the pieces of @word stand in @ids as a whole word: the one behind them does not go on from them. */
static gboolean
find_word (const RgEmbedder *self, const GArray *ids, const GArray *word, guint *first)
{
  for (guint i = 0; i + word->len <= ids->len; i++)
    {
      const char *next = i + word->len < ids->len ? rg_tokenizer_get_piece (self->tokenizer, g_array_index (ids, guint32, i + word->len)) : NULL;

      *first = i;
      if (memcmp (&g_array_index (ids, guint32, i), word->data, word->len * sizeof (guint32)) == 0 && (next == NULL || !g_str_has_prefix (next, GOES_ON)))
        return TRUE;
    }

  return FALSE;
}

gboolean
rg_embedder_read_word (RgEmbedder *self, const char *text, const char *word, guint layer, float *vector, GError **error)
{
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GArray) pieces = NULL;
  guint first, n_places = 0;
  guint32 *places;
  RgTensor *rows;

  if (!check_can (self->kind->read_layer != NULL, _ ("This model does not put words into context; a text encoder such as BERT does"), error) ||
      !check_text (text, error) || !check_text (word, error))
    return FALSE;

  g_assert (layer <= rg_embedder_get_n_layers (self));
  ids = self->kind->encode (self, text);
  pieces = rg_tokenizer_encode (self->tokenizer, word, -1, RG_ENCODE_DEFAULT);
  if (pieces->len == 0 || !find_word (self, ids, pieces, &first))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("There is no word “%s” in “%s”"), word, text);
      return FALSE;
    }

  rg_pass_reset (self->pass);
  places = rg_arena_alloc (self->pass->arena, pieces->len * sizeof *places);
  while (n_places < pieces->len)
    {
      places[n_places] = first + n_places;
      n_places++;
    }
  rows = rg_gather_rows (self->pass, self->kind->read_layer (self, ids, layer), places, n_places);
  take_vector (self, rg_segment_mean (self->pass, rows, (guint[]){ 0, n_places }, 1), vector);

  return TRUE;
}
