/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/block.h"
#include "engine/encoder/vision-encoder.h"

/* The decoder: word vectors, transformer blocks with causal self-attention and, in some families, cross-attention to the
 * picture, and word vectors again (tied) to score the next token. Text encoders are the same stack, without scores. */

G_BEGIN_DECLS

/**
 * RgScores: by what the next token is scored.
 * @RG_SCORES_WORDS: the word vectors
 * @RG_SCORES_MAP: a linear map of its own, without bias
 * @RG_SCORES_TRANSFORM: map (norm (activation (transform (x)))), as BERT does it
 */
typedef enum
{
  RG_SCORES_WORDS,
  RG_SCORES_MAP,
  RG_SCORES_TRANSFORM,
} RgScores;

/**
 * RgTextConfig:
 * @max_positions: tokens of the longest text
 * @learned_places: whether every position has a vector of its own, added to the word's; otherwise the blocks rotate
 * @n_segment_kinds: BERT tells the first text of a pair from the second by a vector for each, of which there are so many; 0
 *   where nothing is added. Texts here are first ones
 * @sees_all: whether rows see the rows behind them as well, as in an encoder
 * @sees_prompt: whether the rows of a prompt, image tokens and all, see those behind them as well, and only those of the
 *   answer do not (prefix-LM, Raffel et al., “T5”, 2020)
 * @first_norm: whether there is a norm before the blocks
 * @last_norm: whether there is one after them
 * @word_scale: what word vectors are multiplied with, 0 for 1
 * @scores: by what the next token is scored
 */
typedef struct
{
  guint vocabulary_size, max_positions, n_segment_kinds;
  gboolean learned_places, sees_all, sees_prompt, first_norm, last_norm;
  float word_scale;
  RgScores scores;
  guint n_layers;
  RgBlockConfig block;
} RgTextConfig;

/**
 * RgTextNames: what a family calls the parts; see RgVisionNames.
 * @embedding, @places, @segment_kinds: whole names behind the prefix
 * @scores: prefix of the scores' parts
 * @scores_map: a whole name but for the kind, where there is no @scores
 */
typedef struct
{
  const char *prefix, *embedding, *places, *segment_kinds, *first_norm, *layers, *last_norm;
  const char *scores, *transform, *scores_norm, *scores_map;
  const RgBlockNames *block;
} RgTextNames;

/** rg_text_names: those of the bundled model. */
extern const RgTextNames rg_text_names;

typedef struct
{
  RgTensor embedding;     /* V × D, also the output layer */
  RgTensor places;        /* max_positions × D */
  RgTensor segment_kinds; /* n_segment_kinds × D */
  RgNorm first_norm;
  RgBlock layers[RG_MAX_LAYERS];
  RgNorm norm;
  RgLinear transform; /* D × D */
  RgNorm scores_norm;
  RgLinear scores_map; /* V × D */
} RgDecoder;

/**
 * RgDecoderRun: what one run works on; see RgBlockRun.
 * @ids: R token ids, the texts of a batch one behind the other
 * @n: R
 * @n_texts, @offsets: the texts; positions count from 0 in each, or from the caches' fill
 * @first_position: of the first row of each text, the caches' fill apart
 * @positions: (nullable): R rows of a position for each axis of the rotary positions, where they do not count like that
 * @image_tokens: (nullable): P × D, that stand in place of the word vectors of one text
 * @image_rows: (array): P rows where they stand
 * @mutual_first, @mutual_end: rows, those in the caches counted, that see one another, see RgAttentionSpec; one text only
 * @memory: (array) (nullable): for each layer what RgBlockRun.memory is, %NULL for text alone
 * @memory_ends: (nullable): how many of the memory's rows each row sees, where they are of self-attention
 * @memory_offsets: (nullable): as in RgBlockRun
 * @caches: (array) (nullable): for each layer
 * @memory_hidden: (nullable): as in RgBlockRun, the same in all layers
 * @record: (nullable): layers × H × R × K probabilities of what the memory is for; K are the memory's rows, and all other
 *   keys where there is no cross-attention; one text only
 * @record_last: of which only those of so many last rows, where it is not 0
 * @record_grad: (nullable): the same size: the backward pass writes the loss's derivatives with respect to them
 * @self_record: (nullable): layers × H × R × R probabilities of self-attention; one text only, without caches
 * @self_record_grad: (nullable): the same size, see @record_grad
 * @embedded: (out) (nullable): what went into the first layer, R × D
 * @layers: (out caller-allocates) (nullable): what each layer gave, R × D, the wanted rows of the last one
 * @wanted: (nullable): the rows to be returned, which spares the last layer most of its work; not with the records
 *
 * @ids, @offsets, @memory_offsets, @memory_hidden, @record_grad and what @wanted points to must live as long as the pass records.
 */
typedef struct
{
  const guint32 *ids;
  gsize n;
  guint n_texts;
  const guint *offsets;
  guint first_position;
  const guint32 *positions;
  const RgTensor *image_tokens;
  const guint32 *image_rows;
  gsize mutual_first, mutual_end;
  RgTensor **memory;
  const guint32 *memory_ends;
  const guint *memory_offsets;
  RgBlockCache *caches;
  const guint8 *memory_hidden;
  float *record;
  gsize record_last;
  float *record_grad;
  float *self_record, *self_record_grad;
  RgTensor **embedded;
  RgTensor **layers;
  const RgRowChoice *wanted;
} RgDecoderRun;

/** rg_decoder_count_keys: Returns: K, see RgDecoderRun.record. */
gsize rg_decoder_count_keys (const RgTextConfig *config, const RgDecoderRun *run);

void rg_decoder_declare (RgDecoder *self, const RgTextConfig *config, const RgTextNames *names, RgParameters *parameters);

/** rg_decoder_forward: Returns: R × D, or the wanted rows × D, ready for rg_decoder_logits(); %NULL if cancelled. */
RgTensor *rg_decoder_forward (RgPass *pass, RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run);

/** rg_decoder_logits: @config: that of the forward run. @hidden: R × D, any rows of what rg_decoder_forward() returned. Returns: R × V. */
RgTensor *rg_decoder_logits (RgPass *pass, RgDecoder *self, const RgTextConfig *config, RgTensor *hidden);

G_END_DECLS
