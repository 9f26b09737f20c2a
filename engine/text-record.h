/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"

/* One reading of a text with everything about it kept: the attention of all rows, what each layer gave, and where that is
 * wanted the derivatives of a token's score. All maps that look inside a model are made of it. */

G_BEGIN_DECLS

/**
 * RgTextTarget: the score that is differentiated, of the token that would follow the text.
 * @next: the token
 * @against: another one, or %RG_NO_TOKEN
 *
 * Without @against it is the log-odds log (p / (1 − p)), with it log p (next) − log p (against).
 */
typedef struct
{
  guint32 next, against;
} RgTextTarget;

/** rg_text_target_derive: leaves the derivatives of the score in @logits, 1 × V. */
void rg_text_target_derive (const RgTextTarget *self, RgPass *pass, RgTensor *logits);

/**
 * RgTextReading: what is read, and what is to be kept.
 * @ids: @n tokens from the beginning of the conversation on, at most max_positions
 * @n_prompt: how many of them are the prompt
 * @memory: (nullable): for each layer, made in the same pass, which records and is then not reset: takes the place of the
 *   image's with cross-attention, so that derivatives go on into what the memory was made of: with a question encoder of its rows,
 *   see rg_text_record_read_question()
 * @attention: whether the attention is kept
 * @values: whether keys and values of the text's rows are; not with @target
 * @target: (nullable): go back from this score; with a question encoder not without @memory
 */
typedef struct
{
  const guint32 *ids;
  gsize n, n_prompt;
  RgTensor **memory;
  gboolean attention, values;
  const RgTextTarget *target;
} RgTextReading;

/**
 * RgTextRecord: lives in the pass until it is reset. H heads, R rows, M rows of memory.
 * @n_maps: layers × H
 * @first_row: which token of the text row 0 is: not 0 in a model that sees its prompt as a whole, whose memory has the others
 * @n_rows: R
 * @n_memory: M
 * @n_keys: K = M with cross-attention, otherwise M + R
 * @attention: layers × H × R × K probabilities of what the memory is for
 * @gradient: the same size: derivatives of the target's score with respect to each, the others staying as they are
 * @self_attention, @self_gradient: (nullable): layers × H × R × R, of self-attention beside cross-attention
 * @layers: what each layer of the decoder gave, R × D
 * @normed: of each layer, see RgBlockNormed
 * @hidden: ready for rg_decoder_logits(), R × D
 * @values: R × the cache's width, for each layer
 */
typedef struct
{
  gsize n_maps, first_row, n_rows, n_memory, n_keys;
  float *attention, *gradient;
  float *self_attention, *self_gradient;
  RgTensor *layers[RG_MAX_LAYERS];
  RgBlockNormed normed[RG_MAX_LAYERS];
  RgTensor *hidden;
  RgTensor values[RG_MAX_LAYERS];
} RgTextRecord;

/**
 * rg_text_record_read:
 * @self: (out caller-allocates)
 * @pass: reset by this call, unless there is a memory in it
 *
 * Weights that want derivatives (those of a model in training) get some added. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_text_record_read (RgTextRecord *self, RgModel *model, RgPass *pass, RgImageState *image, const RgTextReading *reading, GError **error);

/**
 * RgQuestionReading: what a question encoder reads.
 * @ids: @n tokens, see rg_image_state_ask(); must live as long as the pass records
 * @picture: for each of its layers what it sees the picture by, as RgDecoderRun.memory
 * @hidden: (nullable): a byte for each row of those, see RgBlockRun.memory_hidden
 * @layers: whether what the layers gave is kept, too
 */
typedef struct
{
  const guint32 *ids;
  gsize n;
  RgTensor **picture;
  const guint8 *hidden;
  gboolean layers;
} RgQuestionReading;

/**
 * rg_text_record_read_question: a question and what was seen of the picture by each of its rows, n × (1 + P)
 * @self: (out caller-allocates): the rows that a decoder remembers are @hidden; derivatives, of a pass that records, are there
 *   after the backward pass
 * @pass: is not reset
 *
 * Returns: %FALSE if cancelled
 */
gboolean rg_text_record_read_question (RgTextRecord *self, RgModel *model, RgPass *pass, const RgQuestionReading *reading);

/** rg_text_record_cancel: leaves the pass as after an unfinished run: without nodes. Returns: %FALSE with %G_IO_ERROR_CANCELLED */
gboolean rg_text_record_cancel (RgPass *pass, GError **error);

/** rg_text_record_get_row: Returns: the row that predicts token @at of the text. */
gsize rg_text_record_get_row (const RgTextRecord *self, gsize at);

/**
 * rg_text_record_pick: of one row, the image tokens alone, see rg_image_state_pick().
 * @record: of the attention or the gradient of @self
 * @picked: (out caller-allocates): layers × H × P
 */
void rg_text_record_pick (const RgTextRecord *self, const RgImageState *image, const float *record, gsize row, float *picked);

G_END_DECLS
