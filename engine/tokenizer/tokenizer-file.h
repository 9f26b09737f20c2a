/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/json-file.h"
#include "engine/tokenizer/tokenizer-private.h"

/* A tokenizer.json while it is read. Its parts are read by files of their own: normalizer-file.c, pre-tokenizer-file.c,
 * decoder-file.c and post-processor-file.c; all errors name the file and the key. */

G_BEGIN_DECLS

/** RG_TOKENIZER_FILE_MAX_STAGES: of a normalizer, a pre_tokenizer, a decoder, a post_processor. */
#define RG_TOKENIZER_FILE_MAX_STAGES 16

typedef struct
{
  RgTokenizer *tokenizer;
  RgJsonReader *json;
  RgConfig *config; /* everything but the vocabulary and the merges */
  const char *name;
  guint32 max_id;
  GPtrArray *merges; /* left, right, left, right … */
  gboolean have_vocabulary, have_merges, have_scores;
} RgTokenizerFile;

/** RgStageFunc: takes the stage of kind @type at @path. Returns: %FALSE with the error set. */
typedef gboolean (*RgStageFunc) (RgTokenizerFile *file, const char *path, const char *type, GError **error);

/**
 * rg_tokenizer_file_each_stage:
 * @path: of a stage: "normalizer"
 * @elements: what a Sequence calls its stages: "normalizers"
 *
 * Calls @func for the stage, or in order for those of a Sequence, nested ones included. None is none.
 *
 * Returns: %FALSE with %RG_ERROR_LIMIT, or what @func gave
 */
gboolean rg_tokenizer_file_each_stage (RgTokenizerFile *file, const char *path, const char *elements, RgStageFunc func, GError **error);

/** rg_tokenizer_file_unsupported: sets %RG_ERROR_UNSUPPORTED: "FILE: the PART "VALUE" is not supported yet"; @part is marked with N_(). Returns: %FALSE. */
gboolean rg_tokenizer_file_unsupported (const RgTokenizerFile *file, GError **error, const char *part, const char *value);

/** rg_tokenizer_file_get_flag: reads the boolean @path.@name; where it is absent, @value stays. Returns: %FALSE with %RG_ERROR_FORMAT. */
gboolean rg_tokenizer_file_get_flag (const RgTokenizerFile *file, const char *path, const char *name, gboolean *value, GError **error);

/**
 * rg_tokenizer_file_get_text:
 * @value: (out): lives as long as the tokenizer; where it is absent, it stays what it was
 * @min: in bytes
 * @max: in bytes
 *
 * Reads the text @path.@name. Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_tokenizer_file_get_text (const RgTokenizerFile *file, const char *path, const char *name, RgConfigNeed need, gsize min, gsize max, const char **value, GError **error);

/* Each reads one part into the tokenizer. Returns: %FALSE with the error set. */
gboolean rg_tokenizer_file_read_normalizer (RgTokenizerFile *file, GError **error);
gboolean rg_tokenizer_file_read_pre_tokenizer (RgTokenizerFile *file, GError **error);

/** rg_tokenizer_file_read_decoder: to be called after the model was read: where there is no decoder, the model's own is taken. */
gboolean rg_tokenizer_file_read_decoder (RgTokenizerFile *file, GError **error);

/** rg_tokenizer_file_read_post_processor: to be called after the vocabulary and the added tokens were read. */
gboolean rg_tokenizer_file_read_post_processor (RgTokenizerFile *file, GError **error);

G_END_DECLS
