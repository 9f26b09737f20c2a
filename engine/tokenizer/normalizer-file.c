/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/tokenizer/tokenizer-file.h"

/* The "normalizer" of a tokenizer.json:
 *
 *   {"type": "NFC"} | {"type": "Prepend", "prepend": "▁"} | {"type": "Strip", "strip_left": true, "strip_right": true}
 *   {"type": "Replace", "pattern": {"String": " "} | {"Regex": "\\s+"}, "content": "▁"}
 *   {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}
 *   {"type": "Sequence", "normalizers": […]} */

static void
append (RgTokenizerFile *file, RgNormalization step)
{
  RgNormalizer normalizer = { .step = step };

  g_array_append_val (file->tokenizer->normalizers, normalizer);
}

static gboolean
add_prepend (RgTokenizerFile *file, const char *path, GError **error)
{
  RgNormalizer normalizer = { .step = RG_NORMALIZE_PREPEND };

  if (!rg_tokenizer_file_get_text (file, path, "prepend", RG_CONFIG_REQUIRED, 0, RG_REPLACEMENT_MAX_LENGTH, &normalizer.text, error))
    return FALSE;
  g_array_append_val (file->tokenizer->normalizers, normalizer);

  return TRUE;
}

static gboolean
add_strip (RgTokenizerFile *file, const char *path, GError **error)
{
  RgNormalizer normalizer = { .step = RG_NORMALIZE_STRIP, .left = TRUE, .right = TRUE };

  if (!rg_tokenizer_file_get_flag (file, path, "strip_left", &normalizer.left, error) || !rg_tokenizer_file_get_flag (file, path, "strip_right", &normalizer.right, error))
    return FALSE;
  g_array_append_val (file->tokenizer->normalizers, normalizer);

  return TRUE;
}

static gboolean
add_replace (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *pattern = g_strconcat (path, ".pattern", NULL);
  RgNormalizer normalizer = { .step = RG_NORMALIZE_REPLACE };
  const char *regex = NULL;

  if (!rg_tokenizer_file_get_text (file, path, "content", RG_CONFIG_REQUIRED, 0, RG_REPLACEMENT_MAX_LENGTH, &normalizer.replacement.content, error) ||
      !rg_tokenizer_file_get_text (file, pattern, "Regex", RG_CONFIG_OPTIONAL, 1, G_MAXSIZE, &regex, error))
    return FALSE;
  if (regex != NULL && !rg_replacement_find (&normalizer.replacement, regex))
    return rg_tokenizer_file_unsupported (file, error, N_ ("pattern of the normalizer Replace"), regex);
  if (regex == NULL && !rg_tokenizer_file_get_text (file, pattern, "String", RG_CONFIG_REQUIRED, 1, RG_REPLACEMENT_MAX_LENGTH, &normalizer.replacement.text, error))
    return FALSE;
  g_array_append_val (file->tokenizer->normalizers, normalizer);

  return TRUE;
}

/* Accents are stripped as the case is, unless the file says otherwise. */
static gboolean
add_bert (RgTokenizerFile *file, const char *path, GError **error)
{
  gboolean clean = TRUE, han = TRUE, lowercase = TRUE, strip;

  if (!rg_tokenizer_file_get_flag (file, path, "clean_text", &clean, error) ||
      !rg_tokenizer_file_get_flag (file, path, "handle_chinese_chars", &han, error) ||
      !rg_tokenizer_file_get_flag (file, path, "lowercase", &lowercase, error))
    return FALSE;
  strip = lowercase;
  if (!rg_tokenizer_file_get_flag (file, path, "strip_accents", &strip, error))
    return FALSE;
  if (clean)
    append (file, RG_NORMALIZE_CLEAN);
  if (han)
    append (file, RG_NORMALIZE_ISOLATE_HAN);
  if (strip)
    {
      append (file, RG_NORMALIZE_NFD);
      append (file, RG_NORMALIZE_STRIP_NON_SPACING);
    }
  if (lowercase)
    append (file, RG_NORMALIZE_LOWERCASE);

  return TRUE;
}

static gboolean
add_normalizer (RgTokenizerFile *file, const char *path, const char *type, GError **error)
{
  static const struct
  {
    const char *type;
    RgNormalization step;
  } plain[] = {
    { "Lowercase", RG_NORMALIZE_LOWERCASE },
    { "NFC", RG_NORMALIZE_NFC },
    { "NFD", RG_NORMALIZE_NFD },
    { "NFKC", RG_NORMALIZE_NFKC },
    { "NFKD", RG_NORMALIZE_NFKD },
    { "StripAccents", RG_NORMALIZE_STRIP_ACCENTS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (strcmp (type, plain[i].type) == 0)
      {
        append (file, plain[i].step);
        return TRUE;
      }
  if (strcmp (type, "Prepend") == 0)
    return add_prepend (file, path, error);
  if (strcmp (type, "Strip") == 0)
    return add_strip (file, path, error);
  if (strcmp (type, "Replace") == 0)
    return add_replace (file, path, error);
  if (strcmp (type, "BertNormalizer") == 0)
    return add_bert (file, path, error);

  return rg_tokenizer_file_unsupported (file, error, N_ ("normalizer"), type);
}

gboolean
rg_tokenizer_file_read_normalizer (RgTokenizerFile *file, GError **error)
{
  return rg_tokenizer_file_each_stage (file, "normalizer", "normalizers", add_normalizer, error);
}
