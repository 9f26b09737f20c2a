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
 * @n_unscored: further word vectors, behind the others, of tokens that are read but never scored
 * @looking_layers: of a decoder with cross-attention: a bit for each layer, from the lowest, that has it in place of
 *   self-attention, with norms of its heads and gates (Grattafiori et al., “The Llama 3 herd of models”, 2024), the others having
 *   none; never the first layer. 0 where all layers have both
 * @local_layers: a bit for each layer, from the lowest, in which rows see only so many before them (Gemma Team, “Gemma 3”, 2025)
 * @local_window, @local_rotary_base: of those, see RgBlockConfig; their positions are not stretched
 * @mutual_image: whether the image tokens of a picture see one another, and not only those before them
 * @block: of all layers, but for those differences: see rg_text_config_get_block()
 */
typedef struct
{
  guint vocabulary_size, n_unscored, max_positions, n_segment_kinds;
  gboolean learned_places, sees_all, sees_prompt, first_norm, last_norm;
  float word_scale;
  RgScores scores;
  guint n_layers;
  guint64 looking_layers, local_layers;
  guint local_window;
  float local_rotary_base;
  gboolean mutual_image;
  RgBlockConfig block;
} RgTextConfig;

/** rg_text_config_get_block: Returns: that of one layer. */
RgBlockConfig rg_text_config_get_block (const RgTextConfig *config, guint layer);

/** rg_text_config_looks: Returns: whether the layer's attention to a memory is recorded: see RgDecoderRun.record. */
gboolean rg_text_config_looks (const RgTextConfig *config, guint layer);

/** rg_text_config_has_self: Returns: whether the layer has self-attention. */
gboolean rg_text_config_has_self (const RgTextConfig *config, guint layer);

/** rg_text_config_count_looks: Returns: how many layers look. */
guint rg_text_config_count_looks (const RgTextConfig *config);

/** rg_text_config_count_self: Returns: how many layers have self-attention. */
guint rg_text_config_count_self (const RgTextConfig *config);

/** rg_text_config_find_look: @look: 0 … rg_text_config_count_looks() − 1. Returns: the number of the layer among all */
guint rg_text_config_find_look (const RgTextConfig *config, guint look);

/**
 * RgTextNames: what a family calls the parts; see RgVisionNames.
 * @embedding, @places, @segment_kinds: whole names behind the prefix
 * @scores: prefix of the scores' parts
 * @scores_map: a whole name but for the kind, where there is no @scores
 * @looking_block: (nullable): of the looking layers, where only some look
 */
typedef struct
{
  const char *prefix, *embedding, *places, *segment_kinds, *first_norm, *layers, *last_norm;
  const char *scores, *transform, *scores_norm, *scores_map;
  const RgBlockNames *block, *looking_block;
} RgTextNames;

/** rg_text_names: those of the bundled model. */
extern const RgTextNames rg_text_names;

typedef struct
{
  RgTensor embedding;     /* (V + n_unscored) × D, also the output layer */
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
 * @alike: whether the texts are the same and differ in what is hidden of the memory: what comes before cross-attention's first look
 *   is then done once
 * @n_texts, @offsets: the texts; positions count from 0 in each, or from the caches' fill
 * @first_position: of the first row of each text, the caches' fill apart
 * @positions: (nullable): R rows of a position for each axis of the rotary positions, where they do not count like that
 * @image_tokens: (nullable): P × D, that stand in place of the word vectors of one text
 * @image_rows: (array): P rows where they stand
 * @mutual_first, @mutual_end: rows, those in the caches counted, that see one another, see RgAttentionSpec; one text only
 * @memory: (array) (nullable): for each layer what RgBlockRun.memory is, %NULL in layers that have none; %NULL for text alone
 * @n_blind: rows of each text, those in the caches counted, that stand before the picture: layers that look in place of
 *   self-attention add nothing from their MLP to them
 * @n_padding: the last of the memory's rows that show nothing, and that these rows alone see
 * @memory_ends: (nullable): how many of the memory's rows each row sees, where they are of self-attention
 * @memory_offsets: (nullable): as in RgBlockRun
 * @caches: (array) (nullable): for each layer
 * @memory_hidden: (nullable): as in RgBlockRun, the same in all layers
 * @record: (nullable): layers that look × H × R × K probabilities of what the memory is for; K are the memory's rows, and all
 *   other keys where there is no cross-attention; one text only
 * @record_last: of which only those of so many last rows, where it is not 0
 * @record_grad: (nullable): the same size: the backward pass writes the loss's derivatives with respect to them
 * @self_record: (nullable): layers that have it × H × R × R probabilities of self-attention; one text only, without caches
 * @self_record_grad: (nullable): the same size, see @record_grad
 * @walk: (nullable): of self-attention in all layers that are run; one text only, without caches and memory
 * @stretch: (nullable): the layers that are run, all of them without; @wanted is of the last of all
 * @embedded: (out) (nullable): what went into the first layer, R × D
 * @layers: (out caller-allocates) (nullable): what each layer gave, R × D, the wanted rows of the last one
 * @normed: (array) (out caller-allocates) (nullable): for each layer, see RgBlockNormed; with @layers
 * @wanted: (nullable): the rows to be returned, which spares the last layer most of its work; not with the records
 *
 * @ids, @offsets, @memory_offsets, @memory_hidden, @image_rows, @walk, @record_grad and what @wanted points to must live as long as the pass records.
 */
typedef struct
{
  const guint32 *ids;
  gsize n;
  gboolean alike;
  guint n_texts;
  const guint *offsets;
  guint first_position;
  const guint32 *positions;
  RgTensor *image_tokens;
  const guint32 *image_rows;
  gsize mutual_first, mutual_end;
  RgTensor **memory;
  const guint32 *memory_ends;
  const guint *memory_offsets;
  gsize n_blind, n_padding;
  RgBlockCache *caches;
  const guint8 *memory_hidden;
  float *record;
  gsize record_last;
  float *record_grad;
  float *self_record, *self_record_grad;
  const RgAttentionWalk *walk;
  const RgStretch *stretch;
  RgTensor **embedded;
  RgTensor **layers;
  RgBlockNormed *normed;
  const RgRowChoice *wanted;
} RgDecoderRun;

/** rg_decoder_count_keys: Returns: K, see RgDecoderRun.record. */
gsize rg_decoder_count_keys (const RgTextConfig *config, const RgDecoderRun *run);

void rg_decoder_declare (RgDecoder *self, const RgTextConfig *config, const RgTextNames *names, RgParameters *parameters);

/** rg_decoder_remember: @rows: what is looked at. @memory: (out caller-allocates): for each layer, see RgDecoderRun.memory; in the pass */
void rg_decoder_remember (RgPass *pass, RgDecoder *self, const RgTextConfig *config, RgTensor *rows, RgTensor **memory);

/** rg_decoder_forward: Returns: R × D, or the wanted rows × D, ready for rg_decoder_logits(); %NULL if cancelled. */
RgTensor *rg_decoder_forward (RgPass *pass, RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run);

/** rg_decoder_logits: @config: that of the forward run. @hidden: R × D, any rows of what rg_decoder_forward() returned. Returns: R × V. */
RgTensor *rg_decoder_logits (RgPass *pass, RgDecoder *self, const RgTextConfig *config, RgTensor *hidden);

G_END_DECLS
