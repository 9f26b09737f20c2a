/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* model.safetensors.index.json (huggingface.co/docs/transformers, "Sharded checkpoints"): which of several safetensors files
 * holds which tensor.
 *
 *   {"metadata": {"total_size": 5011406848},                                    not read, as any other member
 *    "weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors",       tensor → file beside the index
 *                   …}}
 *
 * The file is taken as hostile: a name that could lead out of the model's folder is refused, and so is a tensor that is
 * listed twice. */

G_BEGIN_DECLS

/** RgWeightsIndex: immutable; for any thread. */
typedef struct _RgWeightsIndex RgWeightsIndex;

/**
 * rg_weights_index_parse:
 * @name: what messages call the text
 * @text: (array length=length): not needed afterwards
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, or %RG_ERROR_LIMIT for more than 1024 shards
 */
RgWeightsIndex *rg_weights_index_parse (const char *name, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_weights_index_free (RgWeightsIndex *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgWeightsIndex, rg_weights_index_free)

/** rg_weights_index_get_n_shards: Returns: how many files there are, at least 1. */
guint rg_weights_index_get_n_shards (const RgWeightsIndex *self);

/** rg_weights_index_get_shard: Returns: (transfer none): the name of file @i, without a folder, in the order of mention. */
const char *rg_weights_index_get_shard (const RgWeightsIndex *self, guint i);

/** rg_weights_index_get_n_tensors: Returns: how many tensors are listed, at least 1. */
guint rg_weights_index_get_n_tensors (const RgWeightsIndex *self);

/** rg_weights_index_get_tensor: @shard: (out): the number of its file. Returns: (transfer none): the name of tensor @i. */
const char *rg_weights_index_get_tensor (const RgWeightsIndex *self, guint i, guint *shard);

/** rg_weights_index_find: @shard: (out): the number of its file. Returns: whether a tensor of this name is listed. */
gboolean rg_weights_index_find (const RgWeightsIndex *self, const char *name, guint *shard);

G_END_DECLS
