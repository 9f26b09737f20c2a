/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/error.h"
#include "engine/formats/json-file.h"
#include "engine/formats/map-file.h"
#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/tokenizer-private.h"

/* tokenizer.json (github.com/huggingface/tokenizers). The two long parts, model.vocab and model.merges, are read as they
 * stream by; everything else is short and is asked by path afterwards, because "type" may come last in an object:
 *
 *   {"added_tokens": [{"id": 4, "content": "<eos>", "normalized": false, "special": true, …}],
 *    "normalizer": null | {"type": "Lowercase"} | {"type": "Sequence", "normalizers": […]},
 *    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true},
 *    "decoder": {"type": "ByteLevel"},
 *    "model": {"type": "BPE", "vocab": {"!": 0, …}, "merges": ["Ġ t", …] | [["Ġ", "t"], …]}}
 *
 * "post_processor" adds special tokens around a text, which here is the chat template's work; "truncation" and "padding"
 * serve batches. They are passed over. */

#define MAX_FILE_BYTES (256 * 1024 * 1024)
#define MAX_ADDED_TOKENS 100000

/* Every piece takes some bytes of the file, so ids beyond its length leave more holes than a vocabulary has; a small file
 * could ask for a large table with them. A few holes are normal. */
#define SPARE_IDS 1024
#define MAX_STAGES 16

typedef struct
{
  RgTokenizer *tokenizer;
  RgJsonReader *json;
  RgConfig *config;
  const char *name;
  guint32 max_id;
  GPtrArray *merges; /* left, right, left, right … */
  gboolean have_vocabulary, have_merges;
} File;

static gboolean
unsupported (const File *file, GError **error, const char *part, const char *value)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (value);

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, "%s: the %s \"%s\" is not supported yet", file->name, part, excerpt);

  return FALSE;
}

/* Fails with "FILE: the WHAT "TEXT" IS WRONG (byte N)". */
static gboolean
malformed (const File *file, GError **error, const char *what, const char *text, const char *wrong)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (text);

  return rg_json_reader_fail (file->json, error, "the %s \"%s\" %s", what, excerpt, wrong);
}

/* --- the streamed parts ------------------------------------------------------------------------------------------- */

static gboolean
read_vocabulary (File *file, GError **error)
{
  g_autoptr (GString) piece = g_string_new (NULL);
  RgJsonEvent event;
  guint64 id;

  if (file->have_vocabulary)
    return rg_json_reader_fail (file->json, error, "model.vocab is given twice");
  file->have_vocabulary = TRUE;
  if (!rg_json_reader_expect (file->json, RG_JSON_OBJECT_BEGIN, "an object for model.vocab", error))
    return FALSE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_KEY)
    {
      g_string_assign (piece, rg_json_reader_get_text (file->json));
      if (!rg_json_reader_expect (file->json, RG_JSON_NUMBER, "a number in model.vocab", error))
        return FALSE;
      if (!rg_json_reader_get_uint (file->json, file->max_id, &id))
        return malformed (file, error, "piece", piece->str, "has an id that is no whole number or too large");
      if (!rg_tokenizer_add_piece (file->tokenizer, piece->str, (guint32) id))
        return malformed (file, error, "piece", piece->str, "or its id is given twice");
    }

  return event == RG_JSON_OBJECT_END;
}

static gboolean
add_merge_half (File *file, const char *text, gsize length)
{
  g_ptr_array_add (file->merges, g_string_chunk_insert_len (file->tokenizer->texts, text, (gssize) length));

  return length > 0;
}

/* "left right": byte-level pieces hold no space of their own. */
static gboolean
read_joined_merge (File *file, GError **error)
{
  const char *text = rg_json_reader_get_text (file->json), *space = strchr (text, ' ');

  if (space == NULL || strchr (space + 1, ' ') != NULL || !add_merge_half (file, text, (gsize) (space - text)) || !add_merge_half (file, space + 1, strlen (space + 1)))
    return malformed (file, error, "merge", text, "is not two pieces with a space between");

  return TRUE;
}

static gboolean
read_paired_merge (File *file, GError **error)
{
  for (guint i = 0; i < 2; i++)
    {
      if (!rg_json_reader_expect (file->json, RG_JSON_STRING, "two pieces in a merge", error))
        return FALSE;
      if (!add_merge_half (file, rg_json_reader_get_text (file->json), strlen (rg_json_reader_get_text (file->json))))
        return rg_json_reader_fail (file->json, error, "an empty piece in a merge");
    }

  return rg_json_reader_expect (file->json, RG_JSON_ARRAY_END, "two pieces in a merge", error);
}

static gboolean
read_merges (File *file, GError **error)
{
  RgJsonEvent event;

  if (file->have_merges)
    return rg_json_reader_fail (file->json, error, "model.merges is given twice");
  file->have_merges = TRUE;
  if (!rg_json_reader_expect (file->json, RG_JSON_ARRAY_BEGIN, "an array for model.merges", error))
    return FALSE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_STRING || event == RG_JSON_ARRAY_BEGIN)
    if (!(event == RG_JSON_STRING ? read_joined_merge (file, error) : read_paired_merge (file, error)))
      return FALSE;
  if (event == RG_JSON_ERROR || event == RG_JSON_ARRAY_END)
    return event == RG_JSON_ARRAY_END;

  return rg_json_reader_fail (file->json, error, "model.merges must hold strings or pairs of strings");
}

static gboolean
read_model (File *file, GError **error)
{
  RgJsonEvent event;

  if (!rg_json_reader_expect (file->json, RG_JSON_OBJECT_BEGIN, "an object for model", error))
    return FALSE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_KEY)
    {
      const char *key = rg_json_reader_get_text (file->json);
      g_autofree char *path = g_strconcat ("model.", key, NULL);
      gboolean good;

      if (strcmp (key, "vocab") == 0)
        good = read_vocabulary (file, error);
      else if (strcmp (key, "merges") == 0)
        good = read_merges (file, error);
      else
        good = rg_config_add (file->config, file->json, path, error);
      if (!good)
        return FALSE;
    }

  return event == RG_JSON_OBJECT_END;
}

static gboolean
read_document (File *file, GError **error)
{
  static const char *const kept[] = { "added_tokens", "normalizer", "pre_tokenizer", "decoder", NULL };
  RgJsonEvent event;

  if (!rg_json_reader_expect (file->json, RG_JSON_OBJECT_BEGIN, "an object", error))
    return FALSE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_KEY)
    {
      g_autofree char *key = g_strdup (rg_json_reader_get_text (file->json));
      gboolean good;

      if (strcmp (key, "model") == 0)
        good = read_model (file, error);
      else if (g_strv_contains (kept, key))
        good = rg_config_add (file->config, file->json, key, error);
      else
        {
          event = rg_json_reader_next (file->json, error);
          good = event != RG_JSON_ERROR && rg_json_reader_skip (file->json, event, error);
        }
      if (!good)
        return FALSE;
    }

  return event == RG_JSON_OBJECT_END && rg_json_reader_next (file->json, error) == RG_JSON_END;
}

/* --- the stages --------------------------------------------------------------------------------------------------- */

/* Calls @add for the stage at @path, or in order for those of a Sequence, whose elements are under @path.@elements. */
static gboolean
add_stages (File *file, const char *path, const char *part, const char *elements, gboolean (*add) (File *, const char *, const char *, GError **), GError **error)
{
  g_autofree char *type_path = g_strconcat (path, ".type", NULL);
  g_autofree char *list = g_strconcat (path, ".", elements, NULL);
  const char *type;

  if (!rg_config_has (file->config, path))
    return TRUE;
  if (!rg_config_get_string (file->config, type_path, RG_CONFIG_REQUIRED, &type, error))
    return FALSE;
  if (strcmp (type, "Sequence") != 0)
    return add (file, path, type, error);
  for (guint i = 0; i < rg_config_get_length (file->config, list); i++)
    {
      g_autofree char *element = g_strdup_printf ("%s[%u]", list, i);

      if (i == MAX_STAGES)
        {
          g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, "%s: the %s has more than %d stages", file->name, part, MAX_STAGES);
          return FALSE;
        }
      if (!add_stages (file, element, part, elements, add, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
add_normalization (File *file, const char *path, const char *type, GError **error)
{
  RgNormalization step;

  if (strcmp (type, "Lowercase") == 0)
    step = RG_NORMALIZE_LOWERCASE;
  else if (strcmp (type, "NFC") == 0)
    step = RG_NORMALIZE_NFC;
  else
    return unsupported (file, error, "normalizer", type);
  g_array_append_val (file->tokenizer->normalizations, step);

  return TRUE;
}

static gboolean
get_flag (File *file, const char *path, const char *name, gboolean *value, GError **error)
{
  g_autofree char *full = g_strconcat (path, ".", name, NULL);

  return rg_config_get_boolean (file->config, full, RG_CONFIG_OPTIONAL, value, error);
}

static gboolean
add_split_stage (File *file, const char *path, const char *type, GError **error)
{
  RgSplitStage stage = { FALSE, RG_SPLIT_NONE };
  gboolean regex = TRUE, individual = FALSE, last = file->tokenizer->stages->len > 0 && g_array_index (file->tokenizer->stages, RgSplitStage, file->tokenizer->stages->len - 1).rule == RG_SPLIT_GPT2;

  /* Behind the byte alphabet a further rule would see other characters than it was made for. */
  if (last)
    return unsupported (file, error, "pre_tokenizer after ByteLevel", type);
  if (strcmp (type, "ByteLevel") == 0)
    {
      stage.prefix_space = TRUE;
      if (!get_flag (file, path, "add_prefix_space", &stage.prefix_space, error) || !get_flag (file, path, "use_regex", &regex, error))
        return FALSE;
      if (!regex)
        return unsupported (file, error, "pre_tokenizer", "ByteLevel without use_regex");
      stage.rule = RG_SPLIT_GPT2;
    }
  else if (strcmp (type, "Digits") == 0)
    {
      if (!get_flag (file, path, "individual_digits", &individual, error))
        return FALSE;
      stage.rule = individual ? RG_SPLIT_DIGITS : RG_SPLIT_NUMBERS;
    }
  else
    return unsupported (file, error, "pre_tokenizer", type);
  g_array_append_val (file->tokenizer->stages, stage);

  return TRUE;
}

static gboolean
check_decoder (File *file, const char *path, const char *type, GError **error)
{
  return strcmp (type, "ByteLevel") == 0 ? TRUE : unsupported (file, error, "decoder", type);
}

static gboolean
build_stages (File *file, GError **error)
{
  const GArray *stages = file->tokenizer->stages;

  if (!add_stages (file, "normalizer", "normalizer", "normalizers", add_normalization, error) ||
      !add_stages (file, "pre_tokenizer", "pre_tokenizer", "pretokenizers", add_split_stage, error) ||
      !add_stages (file, "decoder", "decoder", "decoders", check_decoder, error))
    return FALSE;
  if (stages->len > MAX_STAGES || file->tokenizer->normalizations->len > MAX_STAGES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, "%s: more than %d stages", file->name, MAX_STAGES);
      return FALSE;
    }

  return stages->len > 0 && g_array_index (stages, RgSplitStage, stages->len - 1).rule == RG_SPLIT_GPT2 ? TRUE : unsupported (file, error, "model", "BPE without ByteLevel");
}

/* --- the model ---------------------------------------------------------------------------------------------------- */

/* What changes the result and is not done here must be off. */
static gboolean
check_model (File *file, GError **error)
{
  static const char *const flags[] = { "byte_fallback", "ignore_merges" };
  static const char *const texts[] = { "continuing_subword_prefix", "end_of_word_suffix" };
  const char *type = "BPE";

  if (!rg_config_get_string (file->config, "model.type", RG_CONFIG_OPTIONAL, &type, error))
    return FALSE;
  if (strcmp (type, "BPE") != 0)
    return unsupported (file, error, "model", type);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      gboolean on = FALSE;

      if (!get_flag (file, "model", flags[i], &on, error))
        return FALSE;
      if (on)
        return unsupported (file, error, "model option", flags[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = g_strconcat ("model.", texts[i], NULL);
      const char *text = "";

      if (!rg_config_get_string (file->config, path, RG_CONFIG_OPTIONAL, &text, error))
        return FALSE;
      if (text[0] != '\0')
        return unsupported (file, error, "model option", texts[i]);
    }

  return TRUE;
}

static gboolean
build_unknown (File *file, GError **error)
{
  const char *unknown = NULL;

  if (!rg_config_get_string (file->config, "model.unk_token", RG_CONFIG_OPTIONAL, &unknown, error) ||
      !get_flag (file, "model", "fuse_unk", &file->tokenizer->fuse_unknown, error))
    return FALSE;
  if (unknown == NULL || rg_tokenizer_find (file->tokenizer, unknown, &file->tokenizer->unknown))
    return TRUE;

  return malformed (file, error, "unknown token", unknown, "is not in the vocabulary");
}

static gboolean
build_merges (File *file, GError **error)
{
  g_autoptr (GString) merged = g_string_new (NULL);

  for (guint i = 0; i + 1 < file->merges->len; i += 2)
    {
      const char *left = file->merges->pdata[i], *right = file->merges->pdata[i + 1];
      guint32 ids[3];

      g_string_assign (merged, left);
      g_string_append (merged, right);
      if (!rg_tokenizer_find (file->tokenizer, left, ids) || !rg_tokenizer_find (file->tokenizer, right, ids + 1) || !rg_tokenizer_find (file->tokenizer, merged->str, ids + 2))
        return malformed (file, error, "merge to", merged->str, "needs a piece that the vocabulary lacks");
      rg_bpe_add (file->tokenizer->bpe, ids[0], ids[1], i / 2, ids[2]);
    }

  return TRUE;
}

static void
build_bytes (RgTokenizer *tokenizer)
{
  for (guint byte = 0; byte < 256; byte++)
    {
      char spelling[8] = { 0 };

      g_unichar_to_utf8 (rg_byte_to_char ((guint8) byte), spelling);
      if (!rg_tokenizer_find (tokenizer, spelling, tokenizer->byte_ids + byte))
        tokenizer->byte_ids[byte] = RG_NO_TOKEN;
    }
}

/* --- added tokens ------------------------------------------------------------------------------------------------- */

static gboolean
add_token (File *file, const char *path, GError **error)
{
  g_autofree char *id_path = g_strconcat (path, ".id", NULL), *content_path = g_strconcat (path, ".content", NULL);
  gboolean special = FALSE, normalized = TRUE, flags[3] = { FALSE, FALSE, FALSE };
  static const char *const names[] = { "single_word", "lstrip", "rstrip" };
  g_autoptr (GString) spelling = NULL;
  const char *content, *piece;
  gint64 id;
  guint32 other;

  if (!rg_config_get_int (file->config, id_path, RG_CONFIG_REQUIRED, 0, file->max_id, &id, error) ||
      !rg_config_get_string (file->config, content_path, RG_CONFIG_REQUIRED, &content, error) ||
      !get_flag (file, path, "special", &special, error))
    return FALSE;
  normalized = !special;
  if (!get_flag (file, path, "normalized", &normalized, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (!get_flag (file, path, names[i], flags + i, error))
        return FALSE;
      if (flags[i])
        return unsupported (file, error, "added token option", names[i]);
    }
  piece = rg_tokenizer_get_piece (file->tokenizer, (guint32) id);
  if ((piece == NULL && rg_tokenizer_find (file->tokenizer, content, &other)) || (piece != NULL && strcmp (piece, content) != 0))
    return malformed (file, error, "added token", content, "or its id belongs to another piece");
  if (piece == NULL)
    rg_tokenizer_add_piece (file->tokenizer, content, (guint32) id);
  spelling = normalized ? rg_tokenizer_normalize (file->tokenizer, content, strlen (content)) : g_string_new (content);
  if (spelling->len == 0 || spelling->len > RG_ADDED_TOKEN_MAX_LENGTH || !rg_added_tokens_add (normalized ? file->tokenizer->normalized : file->tokenizer->raw, spelling->str, (guint32) id, special))
    return malformed (file, error, "added token", content, "is empty, given twice or longer than " G_STRINGIFY (RG_ADDED_TOKEN_MAX_LENGTH) " bytes");

  return TRUE;
}

static gboolean
build_added_tokens (File *file, GError **error)
{
  guint n = rg_config_get_length (file->config, "added_tokens");

  if (n > MAX_ADDED_TOKENS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, "%s: %u added tokens, at most %d are expected", file->name, n, MAX_ADDED_TOKENS);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("added_tokens[%u]", i);

      if (!add_token (file, path, error))
        return FALSE;
    }

  return TRUE;
}

RgTokenizer *
rg_tokenizer_new_from_json (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (RgTokenizer) tokenizer = rg_tokenizer_new ();
  g_autoptr (RgJsonReader) json = rg_json_reader_new (name, text, length);
  g_autoptr (RgConfig) config = rg_config_new (name);
  g_autoptr (GPtrArray) merges = g_ptr_array_new ();
  File file = { tokenizer, json, config, name, (guint32) MIN (length + SPARE_IDS, RG_TOKENIZER_MAX_SIZE) - 1, merges };

  if (!read_document (&file, error) || !check_model (&file, error) || !build_stages (&file, error))
    return NULL;
  if (!file.have_vocabulary || !file.have_merges)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, "%s: model.vocab or model.merges is missing", name);
      return NULL;
    }
  if (!build_merges (&file, error) || !build_added_tokens (&file, error) || !build_unknown (&file, error))
    return NULL;
  build_bytes (tokenizer);

  return g_steal_pointer (&tokenizer);
}

RgTokenizer *
rg_tokenizer_new_from_file (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, MAX_FILE_BYTES, error);
  gsize length;
  const char *text;

  if (content == NULL)
    return NULL;
  text = g_bytes_get_data (content, &length);

  return rg_tokenizer_new_from_json (name, text, length, error);
}
