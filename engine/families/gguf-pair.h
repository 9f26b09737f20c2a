/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/families/family.h"
#include "engine/formats/gguf.h"

/* Models as the programs around llama.cpp keep them: a language model in one GGUF file, the vision encoder and the projector in
 * a second one, "mmproj" (github.com/ggml-org/ggml, docs/gguf.md; github.com/ggml-org/llama.cpp, gguf-py/gguf/constants.py).
 *
 *   general.architecture        "llama" or "qwen2vl"; of the second file "clip"
 *   ARCH.block_count, embedding_length, feed_forward_length, attention.head_count, attention.head_count_kv,
 *   ARCH.attention.layer_norm_rms_epsilon, rope.freq_base, context_length
 *   ARCH.rope.dimension_sections   of qwen2vl: pairs of a head for each axis of positions
 *   clip.projector_type         which family: "idefics3", "mlp" (LLaVA 1.5), "qwen2vl_merger", "qwen2.5vl_merger"
 *   clip.vision.image_size, patch_size, block_count, embedding_length, feed_forward_length, attention.head_count,
 *   clip.vision.attention.layer_norm_epsilon, projector.scale_factor, feature_layer, spatial_merge_size, n_wa_pattern, window_size
 *
 * The families are those of the folders; the parts have other names. Queries and keys of "llama" files are put so that a pair to
 * be turned stands side by side (RgBlockConfig.rotary_pairs). */

G_BEGIN_DECLS

/**
 * rg_gguf_pair_read:
 * @text: the language model
 * @vision: the second file
 * @config: (out): all but what the tokenizer knows
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, %RG_ERROR_SHAPE (the files are not for each other) or %RG_ERROR_UNSUPPORTED, with the
 *   kind of language model or projector
 */
gboolean rg_gguf_pair_read (RgModelConfig *config, const RgGguf *text, const RgGguf *vision, GError **error);

/** rg_gguf_pair_get_token_width: Returns: how wide the image tokens are that the file @vision makes; 0 where it does not say. */
guint rg_gguf_pair_get_token_width (const RgGguf *vision);

G_END_DECLS
