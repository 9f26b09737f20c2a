/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/tokenizer-gguf.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer-private.h"

#define KEY(name) "tokenizer.ggml." name

/* Of a piece that is put together from others; it bounds the work for each. */
#define MAX_PIECE 512

#define META "▁"

/* The numbers are the format's. */
typedef enum
{
  KIND_UNDEFINED,
  KIND_NORMAL,
  KIND_UNKNOWN,
  KIND_CONTROL,
  KIND_USER_DEFINED,
  KIND_UNUSED,
  KIND_BYTE,
} Kind;

typedef struct
{
  const RgGguf *file;
  RgTokenizer *tokenizer;
  GArray *tokens; /* RgGgufString */
  GArray *kinds;  /* gint64; NULL where all are normal */
  GArray *scores; /* double; NULL where there are none */
  GString *text;  /* the piece under work */
} Reader;

static void
reader_clear (Reader *reader)
{
  g_clear_pointer (&reader->tokens, g_array_unref);
  g_clear_pointer (&reader->kinds, g_array_unref);
  g_clear_pointer (&reader->scores, g_array_unref);
  g_clear_pointer (&reader->tokenizer, rg_tokenizer_free);
  g_string_free (reader->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static Kind
get_kind (const Reader *reader, guint32 id)
{
  return reader->kinds == NULL ? KIND_NORMAL : (Kind) g_array_index (reader->kinds, gint64, id);
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

static gboolean
check_length (const Reader *reader, const char *key, const GArray *values, GError **error)
{
  if (values == NULL || values->len == reader->tokens->len)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s has %u elements for %u tokens"), rg_gguf_get_name (reader->file), key, values->len, reader->tokens->len);

  return FALSE;
}

static gboolean
read_arrays (Reader *reader, GError **error)
{
  const RgGguf *file = reader->file;

  if (!rg_gguf_get_strings (file, KEY ("tokens"), RG_CONFIG_REQUIRED, RG_TOKENIZER_MAX_SIZE, &reader->tokens, error) ||
      !rg_gguf_get_ints (file, KEY ("token_type"), RG_CONFIG_OPTIONAL, KIND_UNDEFINED, KIND_BYTE, RG_TOKENIZER_MAX_SIZE, &reader->kinds, error) ||
      !rg_gguf_get_doubles (file, KEY ("scores"), RG_CONFIG_OPTIONAL, -G_MAXFLOAT, G_MAXFLOAT, RG_TOKENIZER_MAX_SIZE, &reader->scores, error))
    return FALSE;
  if (reader->tokens->len == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s is empty"), rg_gguf_get_name (file), KEY ("tokens"));
      return FALSE;
    }

  return check_length (reader, KEY ("token_type"), reader->kinds, error) && check_length (reader, KEY ("scores"), reader->scores, error);
}

static gboolean
fail_token (const Reader *reader, guint32 id, const char *wrong, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (reader->text->str, (gssize) MIN (reader->text->len, MAX_PIECE));
  g_autofree char *excerpt = rg_json_dup_excerpt (valid);

  /* Translators: file, number and text of a token, what is wrong with it. */
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: token %u \"%s\" %s"), rg_gguf_get_name (reader->file), id, excerpt, _ (wrong));

  return FALSE;
}

/* The token's text, as a C string, in @reader->text. */
static gboolean
take_text (Reader *reader, const RgGgufString *string, guint32 id, GError **error)
{
  g_string_truncate (reader->text, 0);
  g_string_append_len (reader->text, string->text, (gssize) string->length);

  /* A NUL is none of the characters that are valid in a text of known length. */
  return g_utf8_validate_len (string->text, string->length, NULL) || fail_token (reader, id, N_ ("is not valid UTF-8"), error);
}

/* The spelling of BERT's own vocabulary: what begins a word is bare, what continues one has "##". */
static void
respell (GString *text)
{
  if (g_str_has_prefix (text->str, META) && text->len > strlen (META))
    g_string_erase (text, 0, strlen (META));
  else if (text->str[0] != '[' || text->str[text->len - 1] != ']')
    g_string_prepend (text, "##");
}

/* A token without text leaves a hole: nothing can become it. */
static gboolean
add_pieces (Reader *reader, GError **error)
{
  gboolean bert = reader->tokenizer->model == RG_MODEL_WORD_PIECE;

  for (guint32 id = 0; id < reader->tokens->len; id++)
    {
      if (!take_text (reader, &g_array_index (reader->tokens, RgGgufString, id), id, error))
        return FALSE;
      if (reader->text->len == 0)
        continue;
      if (bert && (get_kind (reader, id) == KIND_NORMAL || get_kind (reader, id) == KIND_UNDEFINED))
        respell (reader->text);
      if (!rg_tokenizer_add_piece (reader->tokenizer, reader->text->str, id))
        return fail_token (reader, id, N_ ("is given twice"), error);
    }

  return TRUE;
}

/* Control tokens are only found where the program writes them, those that a user defined everywhere. */
static gboolean
add_added_tokens (Reader *reader, GError **error)
{
  for (guint32 id = 0; id < reader->tokens->len; id++)
    {
      const char *piece = rg_tokenizer_get_piece (reader->tokenizer, id);
      Kind kind = get_kind (reader, id);
      RgAddedToken token = { .content = piece, .id = id, .special = kind != KIND_USER_DEFINED };

      if (piece == NULL || (kind != KIND_UNKNOWN && kind != KIND_CONTROL && kind != KIND_USER_DEFINED))
        continue;
      token.length = strlen (piece);
      if (token.length > RG_ADDED_TOKEN_MAX_LENGTH || !rg_added_tokens_add (reader->tokenizer->raw, &token))
        {
          g_string_assign (reader->text, piece);
          return fail_token (reader, id, N_ ("is too long for a token of its kind"), error);
        }
    }

  return TRUE;
}

/* --- what stands around a text ------------------------------------------------------------------------------------ */

/* Looks an id up; absent, @id stays. */
static gboolean
get_id (const Reader *reader, const char *key, guint32 *id, GError **error)
{
  gint64 number = *id;

  if (!rg_gguf_get_int (reader->file, key, RG_CONFIG_OPTIONAL, 0, reader->tokens->len - 1, &number, error))
    return FALSE;
  *id = (guint32) number;

  return TRUE;
}

/* Appends the token under @key, or @fallback, to @out where @flag says so, or, absent, @add. */
static gboolean
add_around (const Reader *reader, const char *flag, gboolean add, const char *key, guint32 fallback, GArray *out, GError **error)
{
  guint32 id = fallback;

  if (!rg_gguf_get_boolean (reader->file, flag, RG_CONFIG_OPTIONAL, &add, error) || !get_id (reader, key, &id, error))
    return FALSE;
  if (!add)
    return TRUE;
  if (rg_tokenizer_get_piece (reader->tokenizer, id) == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s asks for a token, but %s names none"), rg_gguf_get_name (reader->file), flag, key);
      return FALSE;
    }
  g_array_append_val (out, id);

  return TRUE;
}

static gboolean
read_around (Reader *reader, gboolean bos, guint32 bos_id, gboolean eos, guint32 eos_id, GError **error)
{
  return add_around (reader, KEY ("add_bos_token"), bos, KEY ("bos_token_id"), bos_id, reader->tokenizer->before, error) &&
         add_around (reader, KEY ("add_eos_token"), eos, KEY ("eos_token_id"), eos_id, reader->tokenizer->after, error);
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

static void
normalize (Reader *reader, RgNormalization step)
{
  RgNormalizer normalizer = { .step = step, .text = META, .left = TRUE, .right = TRUE };

  g_array_append_val (reader->tokenizer->normalizers, normalizer);
}

static void
replace (Reader *reader, RgReplacePattern pattern, const char *content)
{
  RgNormalizer normalizer = { .step = RG_NORMALIZE_REPLACE, .replacement = { .pattern = pattern, .text = " ", .content = content } };

  g_array_append_val (reader->tokenizer->normalizers, normalizer);
}

static void
split (Reader *reader, RgSplitRule rule, RgSplitBehavior behavior)
{
  RgSplitStage stage = { .rule = rule, .behavior = behavior };

  if (rule != RG_SPLIT_NONE)
    g_array_append_val (reader->tokenizer->stages, stage);
}

/* --- gpt2 --------------------------------------------------------------------------------------------------------- */

/* What "pre" means. @first: a rule that cuts before; llama: words that are pieces are not merged, and a text begins with a
 * token of its own. */
typedef struct
{
  const char *name;
  RgSplitRule first, rule;
  gboolean nfc, llama;
} Pre;

static const Pre pres[] = {
  { "gpt-2", RG_SPLIT_NONE, RG_SPLIT_GPT2 },
  { "phi-2", RG_SPLIT_NONE, RG_SPLIT_GPT2 },
  { "smollm", RG_SPLIT_DIGITS, RG_SPLIT_GPT2 },
  { "starcoder", RG_SPLIT_DIGITS, RG_SPLIT_GPT2 },
  { "refact", RG_SPLIT_DIGITS, RG_SPLIT_GPT2 },
  { "command-r", RG_SPLIT_DIGITS, RG_SPLIT_GPT2 },
  { "qwen2", RG_SPLIT_NONE, RG_SPLIT_QWEN2, .nfc = TRUE },
  { "llama-bpe", RG_SPLIT_NONE, RG_SPLIT_LLAMA3, .llama = TRUE },
  { "llama3", RG_SPLIT_NONE, RG_SPLIT_LLAMA3, .llama = TRUE },
  { "llama-v3", RG_SPLIT_NONE, RG_SPLIT_LLAMA3, .llama = TRUE },
};

static gboolean
fail_unsupported (const Reader *reader, const char *key, const char *value, GError **error)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (value);

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: %s: “%s” is not supported"), rg_gguf_get_name (reader->file), key, excerpt);

  return FALSE;
}

static const Pre *
find_pre (const Reader *reader, GError **error)
{
  g_autofree char *name = NULL;

  if (!rg_gguf_get_string (reader->file, KEY ("pre"), RG_CONFIG_REQUIRED, &name, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (pres); i++)
    if (strcmp (name, pres[i].name) == 0)
      return &pres[i];
  fail_unsupported (reader, KEY ("pre"), name, error);

  return NULL;
}

static gboolean
fail_merge (const Reader *reader, guint i, const char *wrong, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (reader->text->str, (gssize) MIN (reader->text->len, MAX_PIECE));
  g_autofree char *excerpt = rg_json_dup_excerpt (valid);

  /* Translators: file, number and text of a merge, what is wrong with it. */
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: merge %u \"%s\" %s"), rg_gguf_get_name (reader->file), i, excerpt, _ (wrong));

  return FALSE;
}

/* "left right": byte-level pieces hold no space. */
static gboolean
add_merge (Reader *reader, const RgGgufString *merge, guint rank, GError **error)
{
  const RgTokenizer *tokenizer = reader->tokenizer;
  guint32 left, right, merged;
  gboolean known;
  char *space;

  g_string_truncate (reader->text, 0);
  g_string_append_len (reader->text, merge->text, (gssize) merge->length);
  space = strchr (reader->text->str, ' ');
  if (space == NULL || space == reader->text->str || space[1] == '\0')
    return fail_merge (reader, rank, N_ ("is not two pieces with a space between"), error);
  *space = '\0';
  known = rg_tokenizer_find (tokenizer, reader->text->str, &left) && rg_tokenizer_find (tokenizer, space + 1, &right);
  g_string_erase (reader->text, space - reader->text->str, 1);
  if (!known || !rg_tokenizer_find (tokenizer, reader->text->str, &merged))
    return fail_merge (reader, rank, N_ ("needs a piece that the vocabulary lacks"), error);
  rg_bpe_add (tokenizer->bpe, left, right, rank, merged);

  return TRUE;
}

static gboolean
read_gpt2 (Reader *reader, GError **error)
{
  RgTokenizer *tokenizer = reader->tokenizer;
  const Pre *pre = find_pre (reader, error);
  g_autoptr (GArray) merges = NULL;

  if (pre == NULL || !rg_gguf_get_strings (reader->file, KEY ("merges"), RG_CONFIG_REQUIRED, RG_TOKENIZER_MAX_SIZE, &merges, error))
    return FALSE;
  for (guint i = 0; i < merges->len; i++)
    if (!add_merge (reader, &g_array_index (merges, RgGgufString, i), i, error))
      return FALSE;
  tokenizer->byte_level = tokenizer->decoder.byte_level = TRUE;
  tokenizer->whole_words = pre->llama;
  if (pre->nfc)
    normalize (reader, RG_NORMALIZE_NFC);
  split (reader, pre->first, RG_SPLIT_ISOLATED);
  split (reader, pre->rule, RG_SPLIT_ISOLATED);

  return read_around (reader, pre->llama, RG_NO_TOKEN, FALSE, RG_NO_TOKEN, error);
}

/* --- llama -------------------------------------------------------------------------------------------------------- */

static int
compare_scores (gconstpointer a, gconstpointer b, gpointer scores)
{
  double left = g_array_index ((GArray *) scores, double, *(const guint32 *) a), right = g_array_index ((GArray *) scores, double, *(const guint32 *) b);

  return (left < right) - (left > right);
}

/* The ids of what can be merged to, best score first. */
static GArray *
order_pieces (const Reader *reader)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 id = 0; id < reader->tokens->len; id++)
    if (rg_tokenizer_get_piece (reader->tokenizer, id) != NULL && (get_kind (reader, id) == KIND_NORMAL || get_kind (reader, id) == KIND_UNDEFINED))
      g_array_append_val (order, id);
  g_array_sort_with_data (order, compare_scores, reader->scores);

  return order;
}

/* SentencePiece joins any two neighbours that are a piece together: every way to halve a piece is a merge to it. */
static void
add_halves (Reader *reader, guint32 id, guint rank)
{
  const char *piece = rg_tokenizer_get_piece (reader->tokenizer, id);
  guint32 left, right;

  for (const char *middle = g_utf8_next_char (piece); *middle != '\0'; middle = g_utf8_next_char (middle))
    {
      g_string_truncate (reader->text, 0);
      g_string_append_len (reader->text, piece, middle - piece);
      if (rg_tokenizer_find (reader->tokenizer, middle, &right) && rg_tokenizer_find (reader->tokenizer, reader->text->str, &left))
        rg_bpe_add (reader->tokenizer->bpe, left, right, rank, id);
    }
}

/* Pieces of equal score are of equal rank: of them, the leftmost pair of a text is joined first. */
static gboolean
add_scored_merges (Reader *reader, GError **error)
{
  g_autoptr (GArray) order = order_pieces (reader);
  guint rank = 0;

  for (guint i = 0; i < order->len; i++)
    {
      guint32 *ids = &g_array_index (order, guint32, i);

      if (strlen (rg_tokenizer_get_piece (reader->tokenizer, ids[0])) > MAX_PIECE)
        {
          g_string_assign (reader->text, rg_tokenizer_get_piece (reader->tokenizer, ids[0]));
          return fail_token (reader, ids[0], N_ ("is too long for a token of its kind"), error);
        }
      if (i > 0 && compare_scores (ids - 1, ids, reader->scores) != 0)
        rank++;
      add_halves (reader, ids[0], rank);
    }

  return TRUE;
}

static gboolean
require_scores (const Reader *reader, GError **error)
{
  if (reader->scores != NULL)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s is missing, which this kind of tokenizer needs"), rg_gguf_get_name (reader->file), KEY ("scores"));

  return FALSE;
}

static gboolean
read_llama (Reader *reader, GError **error)
{
  RgTokenizer *tokenizer = reader->tokenizer;
  gboolean prefix = TRUE;

  tokenizer->unknown = 0;
  if (!require_scores (reader, error) || !add_scored_merges (reader, error) ||
      !rg_gguf_get_boolean (reader->file, KEY ("add_space_prefix"), RG_CONFIG_OPTIONAL, &prefix, error) ||
      !get_id (reader, KEY ("unknown_token_id"), &tokenizer->unknown, error))
    return FALSE;
  tokenizer->byte_fallback = tokenizer->fuse_unknown = TRUE;
  tokenizer->decoder = (RgPieceDecoder){ .byte_fallback = TRUE, .meta = META, .meta_content = " ", .strip = prefix ? 1 : 0 };
  if (prefix)
    normalize (reader, RG_NORMALIZE_PREPEND);
  replace (reader, RG_REPLACE_TEXT, META);

  return read_around (reader, TRUE, 1, FALSE, 2, error);
}

/* --- bert --------------------------------------------------------------------------------------------------------- */

/* Such files do not say it, but only know lower case without accents. */
static gboolean
read_bert (Reader *reader, GError **error)
{
  static const RgNormalization steps[] = { RG_NORMALIZE_CLEAN, RG_NORMALIZE_ISOLATE_HAN, RG_NORMALIZE_NFD, RG_NORMALIZE_STRIP_NON_SPACING, RG_NORMALIZE_LOWERCASE };
  RgTokenizer *tokenizer = reader->tokenizer;
  guint32 cls = 101, sep = 102;

  tokenizer->unknown = 100;
  if (!get_id (reader, KEY ("unknown_token_id"), &tokenizer->unknown, error) ||
      !get_id (reader, KEY ("bos_token_id"), &cls, error) || !get_id (reader, KEY ("eos_token_id"), &sep, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    normalize (reader, steps[i]);
  split (reader, RG_SPLIT_SPACES, RG_SPLIT_REMOVED);
  split (reader, RG_SPLIT_PUNCTUATION, RG_SPLIT_ISOLATED);
  tokenizer->prefix = "##";
  tokenizer->decoder = (RgPieceDecoder){ .words = TRUE, .cleanup = TRUE, .prefix = "##" };

  /* The separator's key is misspelled in the format. */
  return add_around (reader, KEY ("add_bos_token"), TRUE, KEY ("cls_token_id"), cls, tokenizer->before, error) &&
         add_around (reader, KEY ("add_sep_token"), TRUE, KEY ("seperator_token_id"), sep, tokenizer->after, error);
}

/* --- t5 ----------------------------------------------------------------------------------------------------------- */

static gboolean
read_t5 (Reader *reader, GError **error)
{
  RgSplitStage stage = { .rewrite = RG_REWRITE_META_ALWAYS, .rule = RG_SPLIT_TEXT, .behavior = RG_SPLIT_WITH_NEXT, .text = META };
  RgTokenizer *tokenizer = reader->tokenizer;
  gboolean prefix = TRUE, trim = TRUE;

  tokenizer->unknown = 2;
  if (rg_gguf_get_length (reader->file, KEY ("precompiled_charsmap")) > 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: normalizing a text by %s is not supported"), rg_gguf_get_name (reader->file), KEY ("precompiled_charsmap"));
      return FALSE;
    }
  if (!require_scores (reader, error) ||
      !rg_gguf_get_boolean (reader->file, KEY ("add_space_prefix"), RG_CONFIG_OPTIONAL, &prefix, error) ||
      !rg_gguf_get_boolean (reader->file, KEY ("remove_extra_whitespaces"), RG_CONFIG_OPTIONAL, &trim, error) ||
      !get_id (reader, KEY ("unknown_token_id"), &tokenizer->unknown, error))
    return FALSE;
  g_array_append_vals (tokenizer->scores, reader->scores->data, reader->scores->len);
  if (trim)
    {
      normalize (reader, RG_NORMALIZE_STRIP);
      replace (reader, RG_REPLACE_SPACES, " ");
    }
  if (!prefix)
    stage.rewrite = RG_REWRITE_META;
  g_array_append_val (tokenizer->stages, stage);
  tokenizer->decoder = (RgPieceDecoder){ .meta = META, .meta_content = " ", .first_meta = prefix };

  return read_around (reader, FALSE, RG_NO_TOKEN, TRUE, 1, error);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static gboolean
check_unknown (const Reader *reader, GError **error)
{
  guint32 unknown = reader->tokenizer->unknown;

  if (unknown == RG_NO_TOKEN || rg_tokenizer_get_piece (reader->tokenizer, unknown) != NULL)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: no token has the number %u"), rg_gguf_get_name (reader->file), KEY ("unknown_token_id"), unknown);

  return FALSE;
}

static gboolean
read_model (Reader *reader, GError **error)
{
  static const struct
  {
    const char *name;
    RgTokenizerModel model;
    gboolean (*read) (Reader *reader, GError **error);
  } models[] = {
    { "gpt2", RG_MODEL_BPE, read_gpt2 },
    { "llama", RG_MODEL_BPE, read_llama },
    { "bert", RG_MODEL_WORD_PIECE, read_bert },
    { "t5", RG_MODEL_UNIGRAM, read_t5 },
  };
  g_autofree char *name = NULL;

  if (!rg_gguf_get_string (reader->file, KEY ("model"), RG_CONFIG_REQUIRED, &name, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (strcmp (name, models[i].name) == 0)
      {
        reader->tokenizer->model = models[i].model;
        return read_arrays (reader, error) && add_pieces (reader, error) && add_added_tokens (reader, error) &&
               models[i].read (reader, error) && check_unknown (reader, error);
      }

  return fail_unsupported (reader, KEY ("model"), name, error);
}

RgTokenizer *
rg_tokenizer_new_from_gguf (const RgGguf *file, GError **error)
{
  g_auto (Reader) reader = { .file = file, .tokenizer = rg_tokenizer_new (), .text = g_string_new (NULL) };

  if (!read_model (&reader, error) || !rg_tokenizer_complete (reader.tokenizer, rg_gguf_get_name (file), error))
    return NULL;

  return g_steal_pointer (&reader.tokenizer);
}
