/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/embedder.h"
#include "engine/encoder/preprocess.h"
#include "engine/tokenizer/tokenizer.h"

/* The kinds of models behind an RgEmbedder, for those who make one; everyone else has embedder.h. */

G_BEGIN_DECLS

/**
 * RgEmbedderKind: what each kind of model does in its own way. What is made lives in the embedder's pass.
 * @claims: (nullable): whether a folder is of this kind; %NULL for the last, which takes what the others do not
 * @load: sets the embedder's model, what the model needs of tokenizer and preprocessing, and, where it is not to stay single, the
 *   pass's precision: that of an answer, since cosines of files with short weights move by less than 1e-4
 * @free: the model
 * @get_width: of the vectors
 * @see: (nullable): what stands for the picture, of any length; %NULL with %G_IO_ERROR_CANCELLED. Kinds without it see nothing
 * @read: (nullable): what stands for the text, of any length. Kinds without it read nothing
 * @encode: (nullable): the tokens that @read reads of a text; like the two below of kinds that put words into context
 * @read_layer: (nullable): the rows of @ids after @layer layers, of any length
 * @get_n_layers: (nullable)
 */
typedef struct
{
  gboolean (*claims) (const char *dir);
  gboolean (*load) (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error);
  void (*free) (gpointer model);
  guint (*get_width) (const RgEmbedder *self);
  RgTensor *(*see) (RgEmbedder *self, const RgPixelValues *seen, GError **error);
  RgTensor *(*read) (RgEmbedder *self, const char *text);
  GArray *(*encode) (RgEmbedder *self, const char *text);
  RgTensor *(*read_layer) (RgEmbedder *self, const GArray *ids, guint layer);
  guint (*get_n_layers) (const RgEmbedder *self);
} RgEmbedderKind;

/** _rg_embedder_model …: the bundled model, models of two encoders (CLIP, SigLIP), text encoders (BERT), CNNs (ResNet). */
extern const RgEmbedderKind _rg_embedder_model, _rg_embedder_dual, _rg_embedder_text, _rg_embedder_picture;

struct _RgEmbedder
{
  const RgEmbedderKind *kind;
  gpointer model;         /* owned */
  RgTokenizer *tokenizer; /* owned; %NULL where the model has it, or reads nothing */
  RgPreprocessConfig preprocess;
  RgPooling pooling;
  RgPool *pool; /* borrowed, nullable */
  RgPass *pass;
};

/** _rg_embedder_load_tokenizer: of the folder @path. Returns: %FALSE also where it has more tokens than @vocabulary_size. */
gboolean _rg_embedder_load_tokenizer (RgEmbedder *self, const char *path, guint vocabulary_size, GError **error);

/** _rg_embedder_load_preprocess: of the folder @path. Returns: %FALSE also where it does not make planes of @image_size. */
gboolean _rg_embedder_load_preprocess (RgEmbedder *self, const char *path, guint image_size, GError **error);

/**
 * _rg_embedder_encode: with the special tokens around it. A text of more than @max tokens is cut so that its end stands last, as
 *   the original tokenizers do it. Returns: (transfer full) (element-type guint32)
 */
GArray *_rg_embedder_encode (RgEmbedder *self, const char *text, guint max) G_GNUC_WARN_UNUSED_RESULT;

/** _rg_embedder_set_cancelled: what @see says where it has nothing. */
void _rg_embedder_set_cancelled (GError **error);

G_END_DECLS
