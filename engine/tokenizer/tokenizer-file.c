/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/map-file.h"
#include "engine/tokenizer/tokenizer-file.h"

/* tokenizer.json (github.com/huggingface/tokenizers). The two long parts, model.vocab and model.merges, are read as they
 * stream by; everything else is short and is asked by path afterwards, because "type" may come last in an object:
 *
 *   {"added_tokens": [{"id": 4, "content": "<eos>", "normalized": false, "special": true, …}],
 *    "normalizer": null | {"type": "Lowercase"} | {"type": "Sequence", "normalizers": […]},
 *    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true},
 *    "post_processor": {"type": "TemplateProcessing", …}, "decoder": {"type": "ByteLevel"},
 *    "model": {"type": "BPE", "unk_token": null, "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
 *              "ignore_merges": false, "vocab": {"!": 0, …}, "merges": ["Ġ t", …] | [["Ġ", "t"], …]} |
 *             {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
 *              "vocab": {"[PAD]": 0, …}} |
 *             {"type": "Unigram", "unk_id": 2, "byte_fallback": false, "vocab": [["<pad>", 0.0], …]}}
 *
 * "truncation" and "padding" serve batches and are passed over. */

#define MAX_FILE_BYTES (256 * 1024 * 1024)
#define MAX_ADDED_TOKENS 100000

/* Every piece takes some bytes of the file, so ids beyond its length leave more holes than a vocabulary has; a small file
 * could ask for a large table with them. A few holes are normal. */
#define SPARE_IDS 1024

/* A message says it, and a message that is translated cannot be put together from macros. */
G_STATIC_ASSERT (RG_ADDED_TOKEN_MAX_LENGTH == 256);

gboolean
rg_tokenizer_file_unsupported (const RgTokenizerFile *file, GError **error, const char *part, const char *value)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (value);

  /* Translators: file, a part of it, its value: "tokenizer.json", "decoder", "WordLevel". */
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: the %s \"%s\" is not supported yet"), file->name, _ (part), excerpt);

  return FALSE;
}

gboolean
rg_tokenizer_file_get_flag (const RgTokenizerFile *file, const char *path, const char *name, gboolean *value, GError **error)
{
  g_autofree char *full = g_strconcat (path, ".", name, NULL);

  return rg_config_get_boolean (file->config, full, RG_CONFIG_OPTIONAL, value, error);
}

gboolean
rg_tokenizer_file_get_text (const RgTokenizerFile *file, const char *path, const char *name, RgConfigNeed need, gsize min, gsize max, const char **value, GError **error)
{
  g_autofree char *full = g_strconcat (path, ".", name, NULL);
  const char *text = NULL;

  if (!rg_config_get_string (file->config, full, need, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (strlen (text) < min || strlen (text) > max)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: the text is %s"), file->name, full, text[0] == '\0' ? _ ("empty") : _ ("too long"));
      return FALSE;
    }
  *value = rg_tokenizer_keep_text (file->tokenizer, text);

  return TRUE;
}

gboolean
rg_tokenizer_file_each_stage (RgTokenizerFile *file, const char *path, const char *elements, RgStageFunc func, GError **error)
{
  g_autofree char *type_path = g_strconcat (path, ".type", NULL);
  g_autofree char *list = g_strconcat (path, ".", elements, NULL);
  const char *type;

  if (!rg_config_has (file->config, path))
    return TRUE;
  if (!rg_config_get_string (file->config, type_path, RG_CONFIG_REQUIRED, &type, error))
    return FALSE;
  if (strcmp (type, "Sequence") != 0)
    return func (file, path, type, error);
  for (guint i = 0; i < rg_config_get_length (file->config, list); i++)
    {
      g_autofree char *element = g_strdup_printf ("%s[%u]", list, i);

      if (i == RG_TOKENIZER_FILE_MAX_STAGES)
        {
          g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: %s has more than %d stages"), file->name, list, RG_TOKENIZER_FILE_MAX_STAGES);
          return FALSE;
        }
      if (!rg_tokenizer_file_each_stage (file, element, elements, func, error))
        return FALSE;
    }

  return TRUE;
}

/* Fails with "FILE: the WHAT "TEXT" IS WRONG (byte N)"; both are marked with N_(). */
static gboolean
malformed (const RgTokenizerFile *file, GError **error, const char *what, const char *text, const char *wrong)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (text);

  /* Translators: a part of the file, its text, what is wrong with it: "piece", "and", "or its id is given twice". */
  return rg_json_reader_fail (file->json, error, _ ("the %s \"%s\" %s"), _ (what), excerpt, _ (wrong));
}

/* --- the streamed parts ------------------------------------------------------------------------------------------- */

static gboolean
add_piece (RgTokenizerFile *file, const char *piece, guint32 id, GError **error)
{
  if (piece[0] == '\0')
    return rg_json_reader_fail (file->json, error, _ ("an empty piece in model.vocab"));
  if (!rg_tokenizer_add_piece (file->tokenizer, piece, id))
    return malformed (file, error, N_ ("piece"), piece, N_ ("or its id is given twice"));

  return TRUE;
}

static gboolean
read_pieces_with_ids (RgTokenizerFile *file, GError **error)
{
  g_autoptr (GString) piece = g_string_new (NULL);
  RgJsonEvent event;
  guint64 id;

  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_KEY)
    {
      g_string_assign (piece, rg_json_reader_get_text (file->json));
      if (!rg_json_reader_expect (file->json, RG_JSON_NUMBER, N_ ("a number in model.vocab"), error))
        return FALSE;
      if (!rg_json_reader_get_uint (file->json, file->max_id, &id))
        return malformed (file, error, N_ ("piece"), piece->str, N_ ("has an id that is no whole number or too large"));
      if (!add_piece (file, piece->str, (guint32) id, error))
        return FALSE;
    }

  return event == RG_JSON_OBJECT_END;
}

/* Behind "[": PIECE, SCORE "]"; ids are places. */
static gboolean
read_scored_piece (RgTokenizerFile *file, GError **error)
{
  GArray *scores = file->tokenizer->scores;
  g_autofree char *piece = NULL;
  double score;

  if (!rg_json_reader_expect (file->json, RG_JSON_STRING, N_ ("a piece and its score in model.vocab"), error))
    return FALSE;
  piece = g_strdup (rg_json_reader_get_text (file->json));
  if (!rg_json_reader_expect (file->json, RG_JSON_NUMBER, N_ ("a piece and its score in model.vocab"), error))
    return FALSE;
  score = g_ascii_strtod (rg_json_reader_get_text (file->json), NULL);
  if (!isfinite (score))
    return malformed (file, error, N_ ("score of the piece"), piece, N_ ("in model.vocab is out of range"));
  if (scores->len > file->max_id)
    return malformed (file, error, N_ ("piece"), piece, N_ ("is one too many in model.vocab"));
  if (!add_piece (file, piece, scores->len, error))
    return FALSE;
  g_array_append_val (scores, score);

  return rg_json_reader_expect (file->json, RG_JSON_ARRAY_END, N_ ("a piece and its score in model.vocab"), error);
}

static gboolean
read_scored_pieces (RgTokenizerFile *file, GError **error)
{
  RgJsonEvent event;

  file->have_scores = TRUE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_ARRAY_BEGIN)
    if (!read_scored_piece (file, error))
      return FALSE;
  if (event == RG_JSON_ERROR || event == RG_JSON_ARRAY_END)
    return event == RG_JSON_ARRAY_END;

  return rg_json_reader_fail (file->json, error, _ ("model.vocab must hold pairs of a piece and its score"));
}

static gboolean
read_vocabulary (RgTokenizerFile *file, GError **error)
{
  RgJsonEvent event;

  if (file->have_vocabulary)
    return rg_json_reader_fail (file->json, error, _ ("model.vocab is given twice"));
  file->have_vocabulary = TRUE;
  event = rg_json_reader_next (file->json, error);
  if (event == RG_JSON_OBJECT_BEGIN)
    return read_pieces_with_ids (file, error);
  if (event == RG_JSON_ARRAY_BEGIN)
    return read_scored_pieces (file, error);

  return event == RG_JSON_ERROR ? FALSE : rg_json_reader_fail (file->json, error, _ ("expected an object or an array for model.vocab"));
}

static gboolean
add_merge_half (RgTokenizerFile *file, const char *text, gsize length)
{
  g_ptr_array_add (file->merges, g_string_chunk_insert_len (file->tokenizer->texts, text, (gssize) length));

  return length > 0;
}

/* "left right": byte-level pieces hold no space of their own. */
static gboolean
read_joined_merge (RgTokenizerFile *file, GError **error)
{
  const char *text = rg_json_reader_get_text (file->json), *space = strchr (text, ' ');

  if (space == NULL || strchr (space + 1, ' ') != NULL || !add_merge_half (file, text, (gsize) (space - text)) || !add_merge_half (file, space + 1, strlen (space + 1)))
    return malformed (file, error, N_ ("merge"), text, N_ ("is not two pieces with a space between"));

  return TRUE;
}

static gboolean
read_paired_merge (RgTokenizerFile *file, GError **error)
{
  for (guint i = 0; i < 2; i++)
    {
      if (!rg_json_reader_expect (file->json, RG_JSON_STRING, N_ ("two pieces in a merge"), error))
        return FALSE;
      if (!add_merge_half (file, rg_json_reader_get_text (file->json), strlen (rg_json_reader_get_text (file->json))))
        return rg_json_reader_fail (file->json, error, _ ("an empty piece in a merge"));
    }

  return rg_json_reader_expect (file->json, RG_JSON_ARRAY_END, N_ ("two pieces in a merge"), error);
}

static gboolean
read_merges (RgTokenizerFile *file, GError **error)
{
  RgJsonEvent event;

  if (file->have_merges)
    return rg_json_reader_fail (file->json, error, _ ("model.merges is given twice"));
  file->have_merges = TRUE;
  if (!rg_json_reader_expect (file->json, RG_JSON_ARRAY_BEGIN, N_ ("an array for model.merges"), error))
    return FALSE;
  while ((event = rg_json_reader_next (file->json, error)) == RG_JSON_STRING || event == RG_JSON_ARRAY_BEGIN)
    if (!(event == RG_JSON_STRING ? read_joined_merge (file, error) : read_paired_merge (file, error)))
      return FALSE;
  if (event == RG_JSON_ERROR || event == RG_JSON_ARRAY_END)
    return event == RG_JSON_ARRAY_END;

  return rg_json_reader_fail (file->json, error, _ ("model.merges must hold strings or pairs of strings"));
}

static gboolean
read_model (RgTokenizerFile *file, GError **error)
{
  RgJsonEvent event;

  if (!rg_json_reader_expect (file->json, RG_JSON_OBJECT_BEGIN, N_ ("an object for model"), error))
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
read_document (RgTokenizerFile *file, GError **error)
{
  static const char *const kept[] = { "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", NULL };
  RgJsonEvent event;

  if (!rg_json_reader_expect (file->json, RG_JSON_OBJECT_BEGIN, N_ ("an object"), error))
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

/* --- the model ---------------------------------------------------------------------------------------------------- */

/* What changes the result and is not done here must be off. */
static gboolean
read_bpe (RgTokenizerFile *file, GError **error)
{
  RgTokenizer *tokenizer = file->tokenizer;
  const char *prefix = "";
  double dropout = 0;

  if (!rg_config_get_double (file->config, "model.dropout", RG_CONFIG_OPTIONAL, 0, 1, &dropout, error) ||
      !rg_tokenizer_file_get_text (file, "model", "continuing_subword_prefix", RG_CONFIG_OPTIONAL, 0, G_MAXSIZE, &prefix, error) ||
      !rg_tokenizer_file_get_text (file, "model", "end_of_word_suffix", RG_CONFIG_OPTIONAL, 0, RG_REPLACEMENT_MAX_LENGTH, &tokenizer->suffix, error) ||
      !rg_tokenizer_file_get_flag (file, "model", "byte_fallback", &tokenizer->byte_fallback, error) ||
      !rg_tokenizer_file_get_flag (file, "model", "ignore_merges", &tokenizer->whole_words, error) ||
      !rg_tokenizer_file_get_flag (file, "model", "fuse_unk", &tokenizer->fuse_unknown, error))
    return FALSE;
  if (dropout > 0)
    return rg_tokenizer_file_unsupported (file, error, N_ ("model option"), "dropout");
  if (prefix[0] != '\0')
    return rg_tokenizer_file_unsupported (file, error, N_ ("model option"), "continuing_subword_prefix");
  if (tokenizer->byte_fallback && tokenizer->byte_level)
    return rg_tokenizer_file_unsupported (file, error, N_ ("model option with ByteLevel"), "byte_fallback");

  return TRUE;
}

static gboolean
read_word_piece (RgTokenizerFile *file, GError **error)
{
  RgTokenizer *tokenizer = file->tokenizer;
  gint64 max_characters = tokenizer->max_characters;

  tokenizer->prefix = "##";
  if (!rg_tokenizer_file_get_text (file, "model", "continuing_subword_prefix", RG_CONFIG_OPTIONAL, 0, RG_REPLACEMENT_MAX_LENGTH, &tokenizer->prefix, error) ||
      !rg_config_get_int (file->config, "model.max_input_chars_per_word", RG_CONFIG_OPTIONAL, 1, RG_WORD_PIECE_MAX_CHARACTERS, &max_characters, error))
    return FALSE;
  tokenizer->max_characters = (guint) max_characters;

  return TRUE;
}

static gboolean
read_unigram (RgTokenizerFile *file, GError **error)
{
  return rg_tokenizer_file_get_flag (file, "model", "byte_fallback", &file->tokenizer->byte_fallback, error);
}

static gboolean
read_model_options (RgTokenizerFile *file, GError **error)
{
  static const struct
  {
    const char *type;
    RgTokenizerModel model;
    gboolean (*read) (RgTokenizerFile *, GError **);
  } models[] = {
    { "BPE", RG_MODEL_BPE, read_bpe },
    { "WordPiece", RG_MODEL_WORD_PIECE, read_word_piece },
    { "Unigram", RG_MODEL_UNIGRAM, read_unigram },
  };
  const char *type = "BPE";

  if (!rg_config_get_string (file->config, "model.type", RG_CONFIG_OPTIONAL, &type, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      if (strcmp (type, models[i].type) != 0)
        continue;
      file->tokenizer->model = models[i].model;
      if (models[i].model != RG_MODEL_BPE && file->tokenizer->byte_level)
        return rg_tokenizer_file_unsupported (file, error, N_ ("model with ByteLevel"), type);
      return models[i].read (file, error);
    }

  return rg_tokenizer_file_unsupported (file, error, N_ ("model"), type);
}

/* Whether the vocabulary has the form that the model asks for. */
static gboolean
check_vocabulary (RgTokenizerFile *file, GError **error)
{
  RgTokenizerModel model = file->tokenizer->model;

  if (!file->have_vocabulary || (model == RG_MODEL_BPE && !file->have_merges))
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: model.vocab or model.merges is missing"), file->name);
  else if (file->have_scores != (model == RG_MODEL_UNIGRAM))
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: model.vocab: expected %s"), file->name, model == RG_MODEL_UNIGRAM ? _ ("an array of pieces and scores") : _ ("an object of pieces and ids"));
  else
    return TRUE;

  return FALSE;
}

static gboolean
build_unknown (RgTokenizerFile *file, GError **error)
{
  gint64 id = file->tokenizer->unknown;
  const char *unknown = NULL;

  if (file->tokenizer->model == RG_MODEL_UNIGRAM)
    {
      if (!rg_config_get_int (file->config, "model.unk_id", RG_CONFIG_OPTIONAL, 0, MAX ((gint64) file->tokenizer->scores->len, 1) - 1, &id, error))
        return FALSE;
      file->tokenizer->unknown = (guint32) id;
      return TRUE;
    }
  if (!rg_config_get_string (file->config, "model.unk_token", RG_CONFIG_OPTIONAL, &unknown, error))
    return FALSE;
  if (unknown == NULL || rg_tokenizer_find (file->tokenizer, unknown, &file->tokenizer->unknown))
    return TRUE;

  return malformed (file, error, N_ ("unknown token"), unknown, N_ ("is not in the vocabulary"));
}

static gboolean
build_merges (RgTokenizerFile *file, GError **error)
{
  g_autoptr (GString) merged = g_string_new (NULL);

  for (guint i = 0; i + 1 < file->merges->len; i += 2)
    {
      const char *left = file->merges->pdata[i], *right = file->merges->pdata[i + 1];
      guint32 ids[3];

      g_string_assign (merged, left);
      g_string_append (merged, right);
      if (!rg_tokenizer_find (file->tokenizer, left, ids) || !rg_tokenizer_find (file->tokenizer, right, ids + 1) || !rg_tokenizer_find (file->tokenizer, merged->str, ids + 2))
        return malformed (file, error, N_ ("merge to"), merged->str, N_ ("needs a piece that the vocabulary lacks"));
      rg_bpe_add (file->tokenizer->bpe, ids[0], ids[1], i / 2, ids[2]);
    }

  return TRUE;
}

/* --- added tokens ------------------------------------------------------------------------------------------------- */

/* Makes sure that the piece of an added token is the vocabulary's; those behind the model's own are added to it. */
static gboolean
add_content (RgTokenizerFile *file, const char *content, guint32 id, GError **error)
{
  const char *piece = rg_tokenizer_get_piece (file->tokenizer, id);
  guint32 other;

  if (piece == NULL ? rg_tokenizer_find (file->tokenizer, content, &other) : strcmp (piece, content) != 0)
    return malformed (file, error, N_ ("added token"), content, N_ ("or its id belongs to another piece"));
  if (piece == NULL)
    rg_tokenizer_add_piece (file->tokenizer, content, id);

  return TRUE;
}

static gboolean
add_token (RgTokenizerFile *file, const char *path, GError **error)
{
  g_autofree char *id_path = g_strconcat (path, ".id", NULL), *content_path = g_strconcat (path, ".content", NULL);
  g_autoptr (GString) spelling = NULL;
  RgAddedToken token = { 0 };
  gboolean normalized;
  const char *content;
  gint64 id;

  if (!rg_config_get_int (file->config, id_path, RG_CONFIG_REQUIRED, 0, file->max_id, &id, error) ||
      !rg_config_get_string (file->config, content_path, RG_CONFIG_REQUIRED, &content, error) ||
      !rg_tokenizer_file_get_flag (file, path, "special", &token.special, error) ||
      !rg_tokenizer_file_get_flag (file, path, "single_word", &token.single_word, error) ||
      !rg_tokenizer_file_get_flag (file, path, "lstrip", &token.strip_left, error) ||
      !rg_tokenizer_file_get_flag (file, path, "rstrip", &token.strip_right, error))
    return FALSE;
  normalized = !token.special;
  if (!rg_tokenizer_file_get_flag (file, path, "normalized", &normalized, error) || !add_content (file, content, (guint32) id, error))
    return FALSE;
  spelling = normalized ? rg_tokenizer_normalize (file->tokenizer, content, strlen (content)) : g_string_new (content);
  token.content = spelling->str;
  token.length = spelling->len;
  token.id = (guint32) id;
  if (token.length == 0 || token.length > RG_ADDED_TOKEN_MAX_LENGTH || !rg_added_tokens_add (normalized ? file->tokenizer->normalized : file->tokenizer->raw, &token))
    return malformed (file, error, N_ ("added token"), content, N_ ("is empty, given twice or longer than 256 bytes"));

  return TRUE;
}

static gboolean
build_added_tokens (RgTokenizerFile *file, GError **error)
{
  guint n = rg_config_get_length (file->config, "added_tokens");

  if (n > MAX_ADDED_TOKENS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: %u added tokens, at most %d are expected"), file->name, n, MAX_ADDED_TOKENS);
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

static gboolean
check_n_stages (const RgTokenizerFile *file, GError **error)
{
  const RgTokenizer *tokenizer = file->tokenizer;

  if (tokenizer->stages->len <= RG_TOKENIZER_FILE_MAX_STAGES && tokenizer->normalizers->len <= RG_TOKENIZER_FILE_MAX_STAGES)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: the normalizer or the pre_tokenizer has more than %d stages"), file->name, RG_TOKENIZER_FILE_MAX_STAGES);

  return FALSE;
}

RgTokenizer *
rg_tokenizer_new_from_json (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (RgTokenizer) tokenizer = rg_tokenizer_new ();
  g_autoptr (RgJsonReader) json = rg_json_reader_new (name, text, length);
  g_autoptr (RgConfig) config = rg_config_new (name);
  g_autoptr (GPtrArray) merges = g_ptr_array_new ();
  RgTokenizerFile file = { tokenizer, json, config, name, (guint32) MIN (length + SPARE_IDS, RG_TOKENIZER_MAX_SIZE) - 1, merges };

  if (!read_document (&file, error) || !rg_tokenizer_file_read_normalizer (&file, error) || !check_n_stages (&file, error) ||
      !rg_tokenizer_file_read_pre_tokenizer (&file, error) || !check_n_stages (&file, error) ||
      !read_model_options (&file, error) || !check_vocabulary (&file, error) || !rg_tokenizer_file_read_decoder (&file, error) ||
      !build_merges (&file, error) || !build_added_tokens (&file, error) || !build_unknown (&file, error) ||
      !rg_tokenizer_file_read_post_processor (&file, error) || !rg_tokenizer_complete (tokenizer, name, error))
    return NULL;

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
