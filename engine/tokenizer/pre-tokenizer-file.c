/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer-file.h"

/* The "pre_tokenizer" of a tokenizer.json:
 *
 *   {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true} | {"type": "Digits", "individual_digits": true}
 *   {"type": "Split", "pattern": {"String": " "} | {"Regex": "…"}, "behavior": "Isolated", "invert": false}
 *   {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always" | "first" | "never", "split": true}
 *   {"type": "Punctuation", "behavior": "Isolated"} | {"type": "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit"}
 *   {"type": "Sequence", "pretokenizers": […]} */

static void
append (RgTokenizerFile *file, RgSplitRule rule, RgSplitBehavior behavior, gboolean invert)
{
  RgSplitStage stage = { .rule = rule, .behavior = behavior, .invert = invert };

  g_array_append_val (file->tokenizer->stages, stage);
}

static gboolean
get_behavior (RgTokenizerFile *file, const char *path, RgConfigNeed need, RgSplitBehavior *behavior, GError **error)
{
  static const char *const names[] = {
    [RG_SPLIT_ISOLATED] = "Isolated",
    [RG_SPLIT_REMOVED] = "Removed",
    [RG_SPLIT_CONTIGUOUS] = "Contiguous",
    [RG_SPLIT_WITH_PREVIOUS] = "MergedWithPrevious",
    [RG_SPLIT_WITH_NEXT] = "MergedWithNext",
  };
  const char *name = names[*behavior];

  if (!rg_tokenizer_file_get_text (file, path, "behavior", need, 1, G_MAXSIZE, &name, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      {
        *behavior = (RgSplitBehavior) i;
        return TRUE;
      }

  return rg_tokenizer_file_unsupported (file, error, N_ ("behavior of a pre_tokenizer"), name);
}

static gboolean
add_byte_level (RgTokenizerFile *file, const char *path, GError **error)
{
  RgSplitStage stage = { .rewrite = RG_REWRITE_NONE };
  gboolean prefix_space = TRUE, regex = TRUE;

  if (!rg_tokenizer_file_get_flag (file, path, "add_prefix_space", &prefix_space, error) || !rg_tokenizer_file_get_flag (file, path, "use_regex", &regex, error))
    return FALSE;
  if (prefix_space)
    stage.rewrite = RG_REWRITE_PREFIX_SPACE;
  if (regex)
    stage.rule = RG_SPLIT_GPT2;
  g_array_append_val (file->tokenizer->stages, stage);
  file->tokenizer->byte_level = TRUE;

  return TRUE;
}

static gboolean
add_split (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *pattern = g_strconcat (path, ".pattern", NULL);
  RgSplitStage stage = { .rule = RG_SPLIT_TEXT };
  const char *regex = NULL;

  if (!get_behavior (file, path, RG_CONFIG_REQUIRED, &stage.behavior, error) ||
      !rg_tokenizer_file_get_flag (file, path, "invert", &stage.invert, error) ||
      !rg_tokenizer_file_get_text (file, pattern, "Regex", RG_CONFIG_OPTIONAL, 1, G_MAXSIZE, &regex, error))
    return FALSE;
  if (regex != NULL && !rg_split_rule_find (regex, &stage.rule))
    return rg_tokenizer_file_unsupported (file, error, N_ ("pattern of the pre_tokenizer Split"), regex);
  if (regex == NULL && !rg_tokenizer_file_get_text (file, pattern, "String", RG_CONFIG_REQUIRED, 1, RG_REPLACEMENT_MAX_LENGTH, &stage.text, error))
    return FALSE;
  g_array_append_val (file->tokenizer->stages, stage);

  return TRUE;
}

/* Older files have "add_prefix_space" in place of "prepend_scheme". */
static gboolean
add_metaspace (RgTokenizerFile *file, const char *path, GError **error)
{
  RgSplitStage stage = { .rule = RG_SPLIT_TEXT, .behavior = RG_SPLIT_WITH_NEXT, .text = "▁" };
  gboolean prefix = TRUE, split = TRUE;
  const char *scheme;

  if (!rg_tokenizer_file_get_flag (file, path, "add_prefix_space", &prefix, error))
    return FALSE;
  scheme = prefix ? "always" : "never";
  if (!rg_tokenizer_file_get_text (file, path, "replacement", RG_CONFIG_OPTIONAL, 1, 4, &stage.text, error) ||
      !rg_tokenizer_file_get_text (file, path, "prepend_scheme", RG_CONFIG_OPTIONAL, 1, G_MAXSIZE, &scheme, error) ||
      !rg_tokenizer_file_get_flag (file, path, "split", &split, error))
    return FALSE;
  if (strcmp (scheme, "always") == 0)
    stage.rewrite = RG_REWRITE_META_ALWAYS;
  else if (strcmp (scheme, "first") == 0)
    stage.rewrite = RG_REWRITE_META_FIRST;
  else if (strcmp (scheme, "never") == 0)
    stage.rewrite = RG_REWRITE_META;
  else
    return rg_tokenizer_file_unsupported (file, error, N_ ("prepend_scheme of the pre_tokenizer Metaspace"), scheme);
  if (!split)
    stage.rule = RG_SPLIT_NONE;
  g_array_append_val (file->tokenizer->stages, stage);

  return TRUE;
}

static gboolean
add_punctuation (RgTokenizerFile *file, const char *path, GError **error)
{
  RgSplitBehavior behavior = RG_SPLIT_ISOLATED;

  if (!get_behavior (file, path, RG_CONFIG_OPTIONAL, &behavior, error))
    return FALSE;
  append (file, RG_SPLIT_PUNCTUATION, behavior, FALSE);

  return TRUE;
}

static gboolean
add_digits (RgTokenizerFile *file, const char *path, GError **error)
{
  gboolean individual = FALSE;

  if (!rg_tokenizer_file_get_flag (file, path, "individual_digits", &individual, error))
    return FALSE;
  append (file, individual ? RG_SPLIT_DIGITS : RG_SPLIT_NUMBERS, RG_SPLIT_ISOLATED, FALSE);

  return TRUE;
}

static gboolean
add_stage (RgTokenizerFile *file, const char *path, const char *type, GError **error)
{
  /* Behind the byte alphabet a further rule would see other characters than it was made for. */
  if (file->tokenizer->byte_level)
    return rg_tokenizer_file_unsupported (file, error, N_ ("pre_tokenizer after ByteLevel"), type);
  if (strcmp (type, "ByteLevel") == 0)
    return add_byte_level (file, path, error);
  if (strcmp (type, "Split") == 0)
    return add_split (file, path, error);
  if (strcmp (type, "Metaspace") == 0)
    return add_metaspace (file, path, error);
  if (strcmp (type, "Punctuation") == 0)
    return add_punctuation (file, path, error);
  if (strcmp (type, "Digits") == 0)
    return add_digits (file, path, error);
  if (strcmp (type, "Whitespace") == 0)
    append (file, RG_SPLIT_WORDS, RG_SPLIT_REMOVED, TRUE);
  else if (strcmp (type, "WhitespaceSplit") == 0)
    append (file, RG_SPLIT_SPACES, RG_SPLIT_REMOVED, FALSE);
  else if (strcmp (type, "BertPreTokenizer") == 0)
    {
      append (file, RG_SPLIT_SPACES, RG_SPLIT_REMOVED, FALSE);
      append (file, RG_SPLIT_PUNCTUATION, RG_SPLIT_ISOLATED, FALSE);
    }
  else
    return rg_tokenizer_file_unsupported (file, error, N_ ("pre_tokenizer"), type);

  return TRUE;
}

gboolean
rg_tokenizer_file_read_pre_tokenizer (RgTokenizerFile *file, GError **error)
{
  return rg_tokenizer_file_each_stage (file, "pre_tokenizer", "pretokenizers", add_stage, error);
}
