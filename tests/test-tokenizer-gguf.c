/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/tokenizer-gguf.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "engine/error.h"
#include "tests/fixture.h"

/* Tokenizers from GGUF files: whole published vocabularies against the ids of their original tokenizers, and small ones
 * written here. What is wrong with hostile files, tests/corpus/tokenizer-gguf has. */

static RgTokenizer *
open_tokenizer (const char *name)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = path == NULL ? NULL : rg_gguf_open (path, &error);
  RgTokenizer *tokenizer = file == NULL ? NULL : rg_tokenizer_new_from_gguf (file, &error);

  g_assert_no_error (error);

  return tokenizer;
}

static JsonObject *
open_json (JsonParser *parser, const char *name)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return NULL;
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);

  return json_node_get_object (json_parser_get_root (parser));
}

static void
assert_ids (const RgTokenizer *tokenizer, const char *text, RgEncodeFlags flags, JsonArray *expected)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, flags);
  g_autoptr (GString) ours = g_string_new (NULL), theirs = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (ours, " %u", g_array_index (ids, guint32, i));
  for (guint i = 0; i < json_array_get_length (expected); i++)
    g_string_append_printf (theirs, " %d", (int) json_array_get_int_element (expected, i));
  g_test_message ("text: %s", text);
  g_assert_cmpstr (ours->str, ==, theirs->str);
}

/* What comes back must be the text itself, where the kind of vocabulary keeps all of it. */
static void
assert_round_trip (const RgTokenizer *tokenizer, const char *text)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, RG_ENCODE_DEFAULT);
  g_autofree char *decoded = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) ids->data, ids->len, FALSE);

  g_assert_cmpstr (decoded, ==, text);
}

static void
test_vectors (gconstpointer data)
{
  const char *vocabulary = data;
  g_autofree char *file = g_strdup_printf ("gguf-tokenizers/ggml-vocab-%s.gguf", vocabulary), *json = g_strdup_printf ("gguf-tokenizers/ggml-vocab-%s.json", vocabulary);
  g_autoptr (RgTokenizer) tokenizer = open_tokenizer (file);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = tokenizer == NULL ? NULL : open_json (parser, json);
  JsonArray *vectors;

  if (root == NULL)
    return;
  vectors = json_object_get_array_member (root, "vectors");
  g_assert_cmpuint (json_array_get_length (vectors), >=, 46);
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonObject *vector = json_array_get_object_element (vectors, i);
      const char *text = json_object_get_string_member (vector, "text");

      assert_ids (tokenizer, text, RG_ENCODE_DEFAULT, json_object_get_array_member (vector, "ids"));
      if (strcmp (vocabulary, "phi-3") == 0)
        assert_round_trip (tokenizer, text);
    }
}

/* The layout of the program that made the references: one more mark in front, and the rows end with one line end each. */
static char *
expand (const char *prompt, guint rows, guint cols)
{
  g_auto (GStrv) parts = g_strsplit (prompt, "<__media__>", 2);
  g_autoptr (GString) out = g_string_new (parts[0]);

  g_string_append (out, "<fake_token_around_image>");
  for (guint i = 0; i < rows * cols; i++)
    g_string_append_printf (out, "<fake_token_around_image><row_%u_col_%u><image><image><image><image>%s", i / cols + 1, i % cols + 1, i % cols + 1 == cols ? "\n" : "");
  g_string_append (out, "<fake_token_around_image><global-img><image><image><image><image><fake_token_around_image>");
  g_string_append (out, parts[1]);

  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
test_reference (gconstpointer data)
{
  g_autofree char *file = g_build_filename (data, "model.gguf", NULL), *json = g_build_filename (data, "reference.json", NULL);
  g_autoptr (RgTokenizer) tokenizer = open_tokenizer (file);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = tokenizer == NULL ? NULL : open_json (parser, json);
  gboolean upright = strcmp (data, "gguf-q4_K") == 0;
  g_autofree char *prompt = NULL;
  g_autoptr (GArray) ids = NULL;
  JsonArray *expected;
  guint32 image;

  if (root == NULL)
    return;
  expected = json_object_get_array_member (root, "prompt_ids");
  prompt = expand (json_object_get_string_member (root, "prompt"), upright ? 3 : 2, upright ? 2 : 3);
  ids = rg_tokenizer_encode (tokenizer, prompt, -1, RG_ENCODE_SPECIAL | RG_ENCODE_TEMPLATE);
  g_assert_true (rg_tokenizer_find (tokenizer, "<image>", &image));
  g_assert_true (rg_tokenizer_is_special (tokenizer, image));
  g_assert_cmpuint (ids->len, ==, json_array_get_length (expected));
  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);

      g_assert_cmpint (id == image ? -1 : (int) id, ==, json_array_get_int_element (expected, i));
    }
}

/* --- small vocabularies ------------------------------------------------------------------------------------------- */

typedef struct
{
  GString *bytes;
  guint n_keys;
} Writer;

static void
put (GString *bytes, guint64 number, guint size)
{
  for (guint i = 0; i < size; i++)
    g_string_append_c (bytes, (char) (number >> 8 * i));
}

static void
put_string (GString *bytes, const char *text)
{
  put (bytes, strlen (text), 8);
  g_string_append (bytes, text);
}

static void
put_key (Writer *writer, const char *name, guint kind)
{
  g_autofree char *key = g_strconcat ("tokenizer.ggml.", name, NULL);

  writer->n_keys++;
  put_string (writer->bytes, key);
  put (writer->bytes, kind, 4);
}

static void
put_text (Writer *writer, const char *name, const char *text)
{
  put_key (writer, name, 8);
  put_string (writer->bytes, text);
}

static void
put_texts (Writer *writer, const char *name, const char *const *texts)
{
  put_key (writer, name, 9);
  put (writer->bytes, 8, 4);
  put (writer->bytes, g_strv_length ((char **) texts), 8);
  for (guint i = 0; texts[i] != NULL; i++)
    put_string (writer->bytes, texts[i]);
}

static void
put_numbers (Writer *writer, const char *name, const float *numbers, guint n, gboolean whole)
{
  put_key (writer, name, 9);
  put (writer->bytes, whole ? 5 : 6, 4);
  put (writer->bytes, n, 8);
  for (guint i = 0; i < n; i++)
    {
      guint32 bits = (guint32) (gint32) numbers[i];

      if (!whole)
        memcpy (&bits, &numbers[i], 4);
      put (writer->bytes, bits, 4);
    }
}

static RgTokenizer *
finish (Writer *writer)
{
  g_autoptr (GString) file = g_string_new ("GGUF");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) gguf = NULL;
  RgTokenizer *tokenizer;

  put (file, 3, 4);
  put (file, 0, 8);
  put (file, writer->n_keys, 8);
  g_string_append_len (file, writer->bytes->str, (gssize) writer->bytes->len);
  g_string_free (writer->bytes, TRUE);
  bytes = g_bytes_new (file->str, file->len);
  gguf = rg_gguf_new (bytes, "t.gguf", &error);
  g_assert_no_error (error);
  tokenizer = rg_tokenizer_new_from_gguf (gguf, &error);
  g_assert_no_error (error);

  return tokenizer;
}

static void
assert_pieces (const RgTokenizer *tokenizer, const char *text, RgEncodeFlags flags, const char *expected)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, flags);
  g_autoptr (GString) pieces = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (pieces, "%s%s", i > 0 ? "|" : "", rg_tokenizer_get_piece (tokenizer, g_array_index (ids, guint32, i)));
  g_assert_cmpstr (pieces->str, ==, expected);
}

/* Rules of llama 3: three digits together, a word that is a piece stays whole, a token of the beginning. */
static void
test_pre (void)
{
  static const char *const tokens[] = { "1", "2", "12", "122", "a", "b", "Ġ", "ab", "<s>", NULL };
  static const char *const merges[] = { "1 2", NULL };
  static const float kinds[] = { 1, 1, 1, 1, 1, 1, 1, 1, 3 };
  static const struct
  {
    const char *pre, *pieces;
  } cases[] = {
    { "llama-bpe", "<s>|ab|122|12" },
    { "gpt-2", "a|b|12|2|12" },
    { "smollm", "a|b|1|2|2|1|2" },
    { "qwen2", "a|b|1|2|2|1|2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Writer writer = { g_string_new (NULL) };
      g_autoptr (RgTokenizer) tokenizer = NULL;

      put_text (&writer, "model", "gpt2");
      put_text (&writer, "pre", cases[i].pre);
      put_texts (&writer, "tokens", tokens);
      put_texts (&writer, "merges", merges);
      put_numbers (&writer, "token_type", kinds, G_N_ELEMENTS (kinds), TRUE);
      put_key (&writer, "bos_token_id", 4);
      put (writer.bytes, 8, 4);
      tokenizer = finish (&writer);
      assert_pieces (tokenizer, "ab12212", RG_ENCODE_TEMPLATE, cases[i].pieces);
      assert_pieces (tokenizer, "<s>a<s>", RG_ENCODE_SPECIAL, "<s>|a|<s>");
      assert_pieces (tokenizer, "1<s>", RG_ENCODE_DEFAULT, "1");
    }
}

/* The best score first, and of equal ones the leftmost; a control token never grows out of text. */
static void
test_scores (void)
{
  static const char *const tokens[] = { "<unk>", "<s>", "</s>", "▁", "a", "b", "c", "ab", "bc", "aa", "<", "s", ">", "s>", "▁a", "ba", "cb", NULL };
  static const float kinds[] = { 2, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  static const float scores[] = { 0, 0, 0, -9, -9, -9, -9, -2, -1, -3, -9, -9, -9, -1, -4, -5, -5 };
  Writer writer = { g_string_new (NULL) };
  g_autoptr (RgTokenizer) tokenizer = NULL;

  put_text (&writer, "model", "llama");
  put_texts (&writer, "tokens", tokens);
  put_numbers (&writer, "token_type", kinds, G_N_ELEMENTS (kinds), TRUE);
  put_numbers (&writer, "scores", scores, G_N_ELEMENTS (scores), FALSE);
  tokenizer = finish (&writer);
  assert_pieces (tokenizer, "abc", RG_ENCODE_DEFAULT, "▁a|bc");
  assert_pieces (tokenizer, "aaa", RG_ENCODE_DEFAULT, "▁|aa|a");
  assert_pieces (tokenizer, "cba", RG_ENCODE_DEFAULT, "▁|cb|a");
  assert_pieces (tokenizer, "ab", RG_ENCODE_TEMPLATE, "<s>|▁|ab");
  assert_pieces (tokenizer, "b<s>", RG_ENCODE_DEFAULT, "▁|b|<|s>");
  assert_pieces (tokenizer, "b<s>", RG_ENCODE_SPECIAL, "▁|b|<s>");
  assert_pieces (tokenizer, "x", RG_ENCODE_DEFAULT, "▁|<unk>");
}

static void
test_unigram (void)
{
  static const char *const tokens[] = { "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁a", "ab", NULL };
  static const float kinds[] = { 3, 3, 2, 1, 1, 1, 1, 1 };
  static const float scores[] = { 0, 0, 0, -2, -3, -3, -2, -3.5f };
  Writer writer = { g_string_new (NULL) };
  g_autoptr (RgTokenizer) tokenizer = NULL;

  put_text (&writer, "model", "t5");
  put_texts (&writer, "tokens", tokens);
  put_numbers (&writer, "token_type", kinds, G_N_ELEMENTS (kinds), TRUE);
  put_numbers (&writer, "scores", scores, G_N_ELEMENTS (scores), FALSE);
  tokenizer = finish (&writer);
  assert_pieces (tokenizer, "  a   ab ", RG_ENCODE_TEMPLATE, "▁a|▁a|b|</s>");
  assert_pieces (tokenizer, "xa", RG_ENCODE_DEFAULT, "▁|<unk>|a");
  assert_round_trip (tokenizer, "a ab");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/tokenizer-gguf/vectors/bert-bge", "bert-bge", test_vectors);
  g_test_add_data_func ("/tokenizer-gguf/vectors/phi-3", "phi-3", test_vectors);
  g_test_add_data_func ("/tokenizer-gguf/reference/f32", "gguf-f32", test_reference);
  g_test_add_data_func ("/tokenizer-gguf/reference/q8_0", "gguf-q8_0", test_reference);
  g_test_add_data_func ("/tokenizer-gguf/reference/q4_K", "gguf-q4_K", test_reference);
  g_test_add_func ("/tokenizer-gguf/pre", test_pre);
  g_test_add_func ("/tokenizer-gguf/scores", test_scores);
  g_test_add_func ("/tokenizer-gguf/unigram", test_unigram);

  return g_test_run ();
}
