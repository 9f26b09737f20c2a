/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/decoder.h"

/* BERT (Devlin et al., 2019), a text encoder: every word of a text sees all others, and leaves with a vector that says what it
 * means there. It answers nothing; texts and words are compared by it. Its files are those of Hugging Face: config.json of
 * "model_type": "bert", whose values all have defaults, those of bert-base-uncased. */

G_BEGIN_DECLS

/**
 * RgPooling: what stands for a whole text.
 * @RG_POOLING_OWN: what the model's files say: 1_Pooling/config.json, as sentence encoders have it (Reimers and Gurevych,
 *   “Sentence-BERT”, 2019), otherwise the pooler, tanh (W x + b) of the first row, where there is one, otherwise the first row
 * @RG_POOLING_CLS: the first row, that of [CLS]
 * @RG_POOLING_MEAN: the mean of all rows
 */
typedef enum
{
  RG_POOLING_OWN,
  RG_POOLING_CLS,
  RG_POOLING_MEAN,
} RgPooling;

/** rg_bert_block_names: what BERT and its descendants call the parts of a block, those of cross-attention included. */
extern const RgBlockNames rg_bert_block_names;

/** RgBert: a loaded model; immutable, for any thread, each with a pass of its own. */
typedef struct _RgBert RgBert;

/** rg_bert_claims: Returns: whether the config.json in the folder @dir is of such a model; %FALSE also without one. */
gboolean rg_bert_claims (const char *dir);

/**
 * rg_bert_load:
 * @dir: a folder with config.json and weights; names may begin with "bert.", norms may call theirs gamma and beta
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where it is no model of this kind, another %RG_ERROR or
 *   a file error that names the file
 */
RgBert *rg_bert_load (const char *dir, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_bert_free (RgBert *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgBert, rg_bert_free)

const RgTextConfig *rg_bert_get_config (const RgBert *self);

/** rg_bert_get_precision: Returns: for a pass through the model, see rg_parameters_get_precision(). */
RgPrecision rg_bert_get_precision (const RgBert *self, gboolean measuring);

/**
 * rg_bert_read:
 * @run: texts with all their tokens, each at most max_positions; no memory, no caches
 *
 * Returns: (transfer none) (nullable): R × D, a row a token; %NULL if cancelled
 */
RgTensor *rg_bert_read (RgBert *self, RgPass *pass, const RgDecoderRun *run);

/**
 * rg_bert_pool:
 * @rows: R × D, what rg_bert_read() returned
 * @offsets: @n_texts + 1 row numbers
 *
 * Returns: (transfer none): a row for each text, of any length
 */
RgTensor *rg_bert_pool (RgBert *self, RgPass *pass, RgTensor *rows, const guint *offsets, guint n_texts, RgPooling pooling);

G_END_DECLS
