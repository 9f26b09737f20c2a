/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/block.h"

/* The space that patches and words, pictures and captions have in common: the contrastive half of the training. A patch is
 * compared with single words, the decoder's own word vectors, by the cosine; a whole picture with a whole caption, each the
 * mean of its parts through a matrix of its own (Radford et al., 2021). */

G_BEGIN_DECLS

/** RgConcept: the lists of words that a patch can say. */
typedef enum
{
  RG_CONCEPT_KIND_EN,
  RG_CONCEPT_KIND_FR,
  RG_CONCEPT_COLOR_EN,
  RG_CONCEPT_COLOR_FR,
  RG_N_CONCEPTS,
} RgConcept;

typedef struct
{
  RgTensor background[RG_N_CONCEPTS]; /* 1 × D, what a patch of the background says */
  RgTensor patch_scale;               /* 1 × 1, logarithm of the factor on patch · word */
  RgTensor picture_weight;            /* D × D */
  RgTensor caption_weight;            /* D × D */
  RgTensor pair_scale;                /* 1 × 1, logarithm of the factor on picture · caption */
} RgSharedSpace;

void rg_shared_space_declare (RgSharedSpace *self, gsize width, RgParameters *parameters);

/**
 * rg_shared_space_say:
 * @patches: image tokens made of length 1, R × D; the same for all concepts
 * @embedding: the decoder's word vectors
 * @words: ids of the concept's words
 *
 * Returns: logits, R × (1 + n_words), column 0 the background
 */
RgTensor *rg_shared_space_say (RgPass *pass, RgSharedSpace *self, RgTensor *patches, RgTensor *embedding, RgConcept concept, const guint32 *words, gsize n_words);

/** rg_shared_space_picture: @offsets: N + 1 rows of @tokens. Returns: N unit vectors, N × D. */
RgTensor *rg_shared_space_picture (RgPass *pass, RgSharedSpace *self, RgTensor *tokens, const guint *offsets, guint n);

/** rg_shared_space_caption: @ids: the captions' tokens; @offsets: N + 1 places in it. Returns: N unit vectors, N × D. */
RgTensor *rg_shared_space_caption (RgPass *pass, RgSharedSpace *self, RgTensor *embedding, const guint32 *ids, const guint *offsets, guint n);

/** rg_shared_space_pair: @a, @b: unit vectors. Returns: logits, rows of @a × rows of @b. */
RgTensor *rg_shared_space_pair (RgPass *pass, RgSharedSpace *self, RgTensor *a, RgTensor *b);

G_END_DECLS
