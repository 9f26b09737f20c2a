/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer-file.h"

/* The "post_processor" of a tokenizer.json: which special tokens stand around a text.
 *
 *   {"type": "TemplateProcessing",
 *    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, …],
 *    "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}, …}}
 *   {"type": "BertProcessing" | "RobertaProcessing", "cls": ["[CLS]", 101], "sep": ["[SEP]", 102]}
 *   {"type": "ByteLevel"}: nothing | {"type": "Sequence", "processors": […]}
 *
 * "pair", for two texts, is passed over. */

#define MAX_TOKENS 64

static gboolean
check_id (RgTokenizerFile *file, const char *path, gint64 id, GError **error)
{
  if (rg_tokenizer_get_piece (file->tokenizer, (guint32) id) != NULL)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: no piece has the id %lld"), file->name, path, (long long) id);

  return FALSE;
}

/* The ids of the special token that the template calls by its name. */
static gboolean
append_special (RgTokenizerFile *file, const char *path, const char *name, GArray *out, GError **error)
{
  g_autofree char *ids_path = g_strdup_printf ("%s.special_tokens.%s.ids", path, name);
  g_autoptr (GArray) ids = NULL;

  if (strlen (name) > RG_ADDED_TOKEN_MAX_LENGTH)
    return rg_tokenizer_file_unsupported (file, error, N_ ("template with the part"), name);
  if (!rg_config_get_ints (file->config, ids_path, RG_CONFIG_REQUIRED, 0, file->max_id, MAX_TOKENS, &ids, error))
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = (guint32) g_array_index (ids, gint64, i);

      if (!check_id (file, ids_path, id, error))
        return FALSE;
      g_array_append_val (out, id);
    }

  return TRUE;
}

static gboolean
check_n_tokens (RgTokenizerFile *file, guint n, GError **error)
{
  if (n <= MAX_TOKENS)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: the post_processor puts more than %d tokens around a text"), file->name, MAX_TOKENS);

  return FALSE;
}

/* Puts @before and @after around what earlier processors put there. */
static gboolean
wrap (RgTokenizerFile *file, const GArray *before, const GArray *after, GError **error)
{
  RgTokenizer *tokenizer = file->tokenizer;

  g_array_prepend_vals (tokenizer->before, before->data, before->len);
  g_array_append_vals (tokenizer->after, after->data, after->len);

  return check_n_tokens (file, tokenizer->before->len + tokenizer->after->len, error);
}

static gboolean
read_template (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *single = g_strconcat (path, ".single", NULL);
  g_autoptr (GArray) before = g_array_new (FALSE, FALSE, sizeof (guint32)), after = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n = rg_config_get_length (file->config, single), n_texts = 0;

  if (!check_n_tokens (file, n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *token_path = g_strdup_printf ("%s[%u].SpecialToken.id", single, i);
      g_autofree char *text_path = g_strdup_printf ("%s[%u].Sequence.id", single, i);
      const char *name = NULL, *text = NULL;

      if (!rg_config_get_string (file->config, token_path, RG_CONFIG_OPTIONAL, &name, error))
        return FALSE;
      if (name == NULL && !rg_config_get_string (file->config, text_path, RG_CONFIG_REQUIRED, &text, error))
        return FALSE;
      if (name != NULL && !append_special (file, path, name, n_texts == 0 ? before : after, error))
        return FALSE;
      if (text != NULL && (strcmp (text, "A") != 0 || n_texts++ > 0))
        return rg_tokenizer_file_unsupported (file, error, N_ ("template for a single text with the part"), text);
    }
  if (n_texts == 1)
    return wrap (file, before, after, error);
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: the text \"A\" is missing"), file->name, single);

  return FALSE;
}

static gboolean
read_pair (RgTokenizerFile *file, const char *path, const char *name, GArray *out, GError **error)
{
  g_autofree char *id_path = g_strdup_printf ("%s.%s[1]", path, name);
  gint64 id;
  guint32 token;

  if (!rg_config_get_int (file->config, id_path, RG_CONFIG_REQUIRED, 0, file->max_id, &id, error) || !check_id (file, id_path, id, error))
    return FALSE;
  token = (guint32) id;
  g_array_append_val (out, token);

  return TRUE;
}

static gboolean
read_processor (RgTokenizerFile *file, const char *path, const char *type, GError **error)
{
  g_autoptr (GArray) before = g_array_new (FALSE, FALSE, sizeof (guint32)), after = g_array_new (FALSE, FALSE, sizeof (guint32));

  if (strcmp (type, "ByteLevel") == 0)
    return TRUE;
  if (strcmp (type, "TemplateProcessing") == 0)
    return read_template (file, path, error);
  if (strcmp (type, "BertProcessing") == 0 || strcmp (type, "RobertaProcessing") == 0)
    return read_pair (file, path, "cls", before, error) && read_pair (file, path, "sep", after, error) && wrap (file, before, after, error);

  return rg_tokenizer_file_unsupported (file, error, N_ ("post_processor"), type);
}

gboolean
rg_tokenizer_file_read_post_processor (RgTokenizerFile *file, GError **error)
{
  return rg_tokenizer_file_each_stage (file, "post_processor", "processors", read_processor, error);
}
