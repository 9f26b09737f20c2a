/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer-file.h"

/* The "decoder" of a tokenizer.json:
 *
 *   {"type": "ByteLevel"} | {"type": "WordPiece", "prefix": "##", "cleanup": true} | {"type": "BPEDecoder", "suffix": "</w>"}
 *   {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}
 *   {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
 *                                     {"type": "ByteFallback"}, {"type": "Fuse"},
 *                                     {"type": "Strip", "content": " ", "start": 1, "stop": 0}]} */

#define MAX_STRIP 16

static gboolean
read_word_piece (RgTokenizerFile *file, const char *path, GError **error)
{
  RgPieceDecoder *decoder = &file->tokenizer->decoder;

  decoder->words = decoder->cleanup = TRUE;
  decoder->prefix = "##";

  return rg_tokenizer_file_get_text (file, path, "prefix", RG_CONFIG_OPTIONAL, 1, RG_REPLACEMENT_MAX_LENGTH, &decoder->prefix, error) &&
         rg_tokenizer_file_get_flag (file, path, "cleanup", &decoder->cleanup, error);
}

static gboolean
read_metaspace (RgTokenizerFile *file, const char *path, GError **error)
{
  RgPieceDecoder *decoder = &file->tokenizer->decoder;
  gboolean prefix = TRUE;
  const char *scheme;

  decoder->meta = "▁";
  decoder->meta_content = " ";
  if (!rg_tokenizer_file_get_flag (file, path, "add_prefix_space", &prefix, error))
    return FALSE;
  scheme = prefix ? "always" : "never";
  if (!rg_tokenizer_file_get_text (file, path, "replacement", RG_CONFIG_OPTIONAL, 1, 4, &decoder->meta, error) ||
      !rg_tokenizer_file_get_text (file, path, "prepend_scheme", RG_CONFIG_OPTIONAL, 1, G_MAXSIZE, &scheme, error))
    return FALSE;
  decoder->first_meta = strcmp (scheme, "never") != 0;

  return TRUE;
}

static gboolean
read_replace (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *pattern = g_strconcat (path, ".pattern", NULL);
  RgPieceDecoder *decoder = &file->tokenizer->decoder;

  return rg_tokenizer_file_get_text (file, pattern, "String", RG_CONFIG_REQUIRED, 1, RG_REPLACEMENT_MAX_LENGTH, &decoder->meta, error) &&
         rg_tokenizer_file_get_text (file, path, "content", RG_CONFIG_REQUIRED, 0, RG_REPLACEMENT_MAX_LENGTH, &decoder->meta_content, error);
}

static gboolean
read_strip (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *start_path = g_strconcat (path, ".start", NULL), *stop_path = g_strconcat (path, ".stop", NULL);
  const char *content = " ";
  gint64 start = 0, stop = 0;

  if (!rg_tokenizer_file_get_text (file, path, "content", RG_CONFIG_OPTIONAL, 1, 4, &content, error) ||
      !rg_config_get_int (file->config, start_path, RG_CONFIG_OPTIONAL, 0, MAX_STRIP, &start, error) ||
      !rg_config_get_int (file->config, stop_path, RG_CONFIG_OPTIONAL, 0, 0, &stop, error))
    return FALSE;
  if (strcmp (content, " ") != 0)
    return rg_tokenizer_file_unsupported (file, error, N_ ("content of the decoder Strip"), content);
  file->tokenizer->decoder.strip = (guint) start;

  return TRUE;
}

static gboolean
read_suffix (RgTokenizerFile *file, const char *path, GError **error)
{
  file->tokenizer->decoder.suffix = "</w>";

  return rg_tokenizer_file_get_text (file, path, "suffix", RG_CONFIG_OPTIONAL, 1, RG_REPLACEMENT_MAX_LENGTH, &file->tokenizer->decoder.suffix, error);
}

/* Pieces stand for text one way or the other, not two. */
static gboolean
read_decoder (RgTokenizerFile *file, const char *path, const char *type, GError **error)
{
  RgPieceDecoder *decoder = &file->tokenizer->decoder;
  gboolean taken = decoder->byte_level || decoder->words || decoder->meta != NULL || decoder->suffix != NULL;

  if (strcmp (type, "ByteFallback") == 0)
    decoder->byte_fallback = TRUE;
  else if (strcmp (type, "Strip") == 0)
    return read_strip (file, path, error);
  else if (strcmp (type, "Fuse") != 0)
    {
      if (taken)
        return rg_tokenizer_file_unsupported (file, error, N_ ("decoder behind another"), type);
      if (strcmp (type, "WordPiece") == 0)
        return read_word_piece (file, path, error);
      if (strcmp (type, "Metaspace") == 0)
        return read_metaspace (file, path, error);
      if (strcmp (type, "Replace") == 0)
        return read_replace (file, path, error);
      if (strcmp (type, "BPEDecoder") == 0)
        return read_suffix (file, path, error);
      if (strcmp (type, "ByteLevel") != 0)
        return rg_tokenizer_file_unsupported (file, error, N_ ("decoder"), type);
      decoder->byte_level = TRUE;
    }

  return TRUE;
}

/* What the model's pieces mean where the file does not say it. */
static void
set_default (RgTokenizer *tokenizer)
{
  RgPieceDecoder *decoder = &tokenizer->decoder;

  if (tokenizer->model == RG_MODEL_WORD_PIECE)
    *decoder = (RgPieceDecoder){ .words = TRUE, .cleanup = TRUE, .prefix = tokenizer->prefix };
  else if (tokenizer->byte_level)
    decoder->byte_level = TRUE;
  else
    *decoder = (RgPieceDecoder){ .byte_fallback = tokenizer->byte_fallback, .meta = "▁", .meta_content = " ", .first_meta = TRUE };
}

gboolean
rg_tokenizer_file_read_decoder (RgTokenizerFile *file, GError **error)
{
  RgTokenizer *tokenizer = file->tokenizer;

  if (!rg_tokenizer_file_each_stage (file, "decoder", "decoders", read_decoder, error))
    return FALSE;
  if (!rg_config_has (file->config, "decoder"))
    set_default (tokenizer);
  if (tokenizer->suffix[0] != '\0' && tokenizer->decoder.suffix == NULL && tokenizer->decoder.meta == NULL)
    tokenizer->decoder.suffix = tokenizer->suffix;

  if (tokenizer->decoder.byte_level == tokenizer->byte_level)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: one of pre_tokenizer and decoder is ByteLevel, the other is not"), file->name);

  return FALSE;
}
