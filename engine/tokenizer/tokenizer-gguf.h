/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/gguf.h"
#include "engine/tokenizer/tokenizer.h"

/* The tokenizer in a GGUF file's values (github.com/ggml-org/ggml, docs/gguf.md), all named tokenizer.ggml.…:
 *
 *   model             "gpt2": byte-level BPE; "llama": SentencePiece BPE; "bert": WordPiece; "t5": Unigram
 *   pre               of gpt2: which rule cuts words: "gpt-2", "smollm", "qwen2", "llama-bpe" …
 *   tokens            string[n]: id → piece; those of bert begin a word with "▁" in place of having no "##"
 *   scores            f32[n]: of llama, the order of merges; of t5, log probabilities
 *   token_type        i32[n]: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
 *   merges            string[]: of gpt2: "left right"
 *   bos_token_id …    what is put around a text where add_bos_token, add_eos_token, add_sep_token say so
 *   add_space_prefix  of llama: a text begins with "▁"
 *
 * The result is the tokenizer that a tokenizer.json of the same model makes, with the same spelling of pieces. */

G_BEGIN_DECLS

/**
 * rg_tokenizer_new_from_gguf:
 *
 * Any thread. @file may go afterwards.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT (arrays of different length, ids out of range, a piece
 *   twice), %RG_ERROR_LIMIT, or %RG_ERROR_UNSUPPORTED that names the model or the rule
 */
RgTokenizer *rg_tokenizer_new_from_gguf (const RgGguf *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
