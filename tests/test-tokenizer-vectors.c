/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <string.h>

#include "engine/tokenizer/detokenizer.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/fixture.h"

/* The tokenizers of the open models against the ids and texts that another implementation makes of the same strings. Three
 * small ones are part of the repository, in tests/fixtures; the others lie beside the checkout. */

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* json-glib ends "control\0char" at the NUL. */
static gsize
length_of (const char *text)
{
  return strcmp (text, "control") == 0 ? strlen ("control") + 1 + strlen ("char") : strlen (text);
}

static const char *
bytes_of (const char *text)
{
  return strcmp (text, "control") == 0 ? "control\0char" : text;
}

static void
assert_ids (const RgTokenizer *tokenizer, const char *text, gsize n, RgEncodeFlags flags, JsonArray *expected)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, (gssize) n, flags);
  g_autoptr (GString) ours = g_string_new (NULL), theirs = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (ours, " %s", rg_tokenizer_get_piece (tokenizer, g_array_index (ids, guint32, i)));
  for (guint i = 0; i < json_array_get_length (expected); i++)
    g_string_append_printf (theirs, " %s", rg_tokenizer_get_piece (tokenizer, (guint32) json_array_get_int_element (expected, i)));
  g_assert_cmpstr (ours->str, ==, theirs->str);
  g_assert_cmpuint (ids->len, ==, json_array_get_length (expected));
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpint (g_array_index (ids, guint32, i), ==, json_array_get_int_element (expected, i));
}

/* The ids' text as it comes, each part of it whole. */
static char *
stream (const RgTokenizer *tokenizer, JsonArray *ids, gboolean skip_special)
{
  g_autoptr (RgDetokenizer) detokenizer = rg_detokenizer_new (tokenizer, skip_special);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (ids); i++)
    {
      const char *part = rg_detokenizer_push (detokenizer, (guint32) json_array_get_int_element (ids, i));

      g_assert_true (g_utf8_validate (part, -1, NULL));
      g_string_append (text, part);
    }
  g_string_append (text, rg_detokenizer_flush (detokenizer));

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The reference runs in JavaScript, whose decoder and trim() drop a byte order mark at the beginning; the original does not.
 * We show a NUL as U+FFFD. */
static void
assert_text (const RgTokenizer *tokenizer, const char *text, JsonArray *ids, gboolean skip_special, const char *expected)
{
  g_autofree char *decoded = stream (tokenizer, ids, skip_special);
  g_autofree char *wanted = g_strdup (expected);

  if (g_str_has_prefix (text, BYTE_ORDER_MARK))
    for (guint i = 0; i < 2; i++)
      {
        char *side = i == 0 ? decoded : wanted;
        gsize skipped = g_str_has_prefix (side, BYTE_ORDER_MARK) ? strlen (BYTE_ORDER_MARK) : 0;

        memmove (side, side + skipped, strlen (side) - skipped + 1);
        g_strchug (side);
      }
  if (strcmp (text, "control") == 0 && g_strstr_len (decoded, -1, "\xef\xbf\xbd") != NULL)
    *strstr (decoded, "\xef\xbf\xbd") = '\0';
  g_assert_cmpstr (decoded, ==, wanted);
}

static void
assert_vector (const RgTokenizer *tokenizer, JsonObject *vector)
{
  const char *text = json_object_get_string_member (vector, "text");
  JsonArray *ids = json_object_get_array_member (vector, "ids"), *all = json_object_get_array_member (vector, "ids_with_special");

  g_test_message ("text: %s", text);
  assert_ids (tokenizer, bytes_of (text), length_of (text), RG_ENCODE_SPECIAL, ids);
  assert_ids (tokenizer, bytes_of (text), length_of (text), RG_ENCODE_SPECIAL | RG_ENCODE_TEMPLATE, all);
  assert_text (tokenizer, text, ids, FALSE, json_object_get_string_member (vector, "decoded"));
  assert_text (tokenizer, text, all, TRUE, json_object_get_string_member (vector, "decoded_skip_special"));
}

/* The reference only sees valid text. Where the vocabulary has all bytes, bytes that are not UTF-8 are kept; decoded, they
 * are the same as the repaired text. */
static void
assert_broken (const RgTokenizer *tokenizer, JsonObject *vector)
{
  JsonArray *bytes = json_object_get_array_member (vector, "bytes"), *ids = json_object_get_array_member (vector, "ids_of_lossy_text");
  const char *lossy = json_object_get_string_member (vector, "lossy_text");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) ours = NULL;
  g_autofree char *decoded = NULL, *wanted = NULL;

  for (guint i = 0; i < json_array_get_length (bytes); i++)
    g_string_append_c (text, (char) json_array_get_int_element (bytes, i));
  assert_ids (tokenizer, lossy, strlen (lossy), RG_ENCODE_SPECIAL, ids);
  ours = rg_tokenizer_encode (tokenizer, text->str, (gssize) text->len, RG_ENCODE_SPECIAL);
  decoded = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) ours->data, ours->len, FALSE);
  wanted = stream (tokenizer, ids, FALSE);
  g_assert_cmpstr (decoded, ==, wanted);
}

/* The same trim() is the reference's normalizer Strip, which SigLIP has: there the mark is gone before it can be unknown. */
static gboolean
is_trimmed (const RgTokenizer *tokenizer, JsonObject *vector)
{
  guint32 id;

  return g_str_has_prefix (json_object_get_string_member (vector, "text"), BYTE_ORDER_MARK) && rg_tokenizer_find (tokenizer, "<unk>", &id) && !rg_tokenizer_find (tokenizer, "<0xEF>", &id);
}

static void
compare (const char *folder)
{
  g_autofree char *tokenizer_path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autofree char *vectors_path = g_build_filename (folder, "reference", "tokenizer_vectors.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgTokenizer) tokenizer = rg_tokenizer_new_from_file (tokenizer_path, &error);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *vectors, *broken;
  guint n_equal = 0;

  g_assert_no_error (error);
  json_parser_load_from_file (parser, vectors_path, &error);
  g_assert_no_error (error);
  vectors = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "vectors");
  broken = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "invalid_utf8");
  g_assert_cmpuint (json_array_get_length (vectors), >, 100);
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    if (!is_trimmed (tokenizer, json_array_get_object_element (vectors, i)))
      {
        assert_vector (tokenizer, json_array_get_object_element (vectors, i));
        n_equal++;
      }
  for (guint i = 0; i < json_array_get_length (broken); i++)
    assert_broken (tokenizer, json_array_get_object_element (broken, i));
  g_test_message ("%u of %u texts and %u broken ones equal", n_equal, json_array_get_length (vectors), json_array_get_length (broken));
  g_assert_cmpuint (n_equal + 1, >=, json_array_get_length (vectors));
}

static void
test_kept (gconstpointer data)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "fixtures", data, NULL);

  compare (folder);
}

static void
test_beside (gconstpointer data)
{
  g_autofree char *folder = fixture_path (data);

  if (folder != NULL)
    compare (folder);
}

int
main (int argc, char **argv)
{
  static const char *const kept[] = { "bert", "llava", "siglip" };
  static const char *const beside[] = { "bert", "blip-captioning", "blip-vqa", "clip", "idefics3", "llava", "mllama", "paligemma", "qwen2-vl", "siglip", "vit-gpt2", "whisper" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autofree char *name = g_strconcat ("/tokenizer-vectors/kept/", kept[i], NULL);

      g_test_add_data_func (name, kept[i], test_kept);
    }
  for (guint i = 0; i < G_N_ELEMENTS (beside); i++)
    {
      g_autofree char *name = g_strconcat ("/tokenizer-vectors/fixture/", beside[i], NULL);

      g_test_add_data_func (name, beside[i], test_beside);
    }

  return g_test_run ();
}
