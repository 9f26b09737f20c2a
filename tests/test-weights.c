/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/weights-index.h"
#include "engine/formats/weights.h"
#include "tests/fixture.h"

#define INDEX "model.safetensors.index.json"
#define FIRST "model-00001-of-00002.safetensors"
#define SECOND "model-00002-of-00002.safetensors"

/* A folder with one file a test may write by name; all are removed behind it. */
typedef struct
{
  char *folder;
} Folder;

static void
set_up (Folder *folder, gconstpointer data)
{
  folder->folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_assert_nonnull (folder->folder);
}

static void
tear_down (Folder *folder, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (folder->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder->folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder->folder), ==, 0);
  g_free (folder->folder);
}

static void
put_text (Folder *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A file with one byte under each of the names, which are single letters: their own. */
static void
put_tensors (Folder *folder, const char *name, const char *letters)
{
  g_autofree char *path = g_build_filename (folder->folder, name, NULL);
  g_autofree RgStoredTensor *tensors = g_new0 (RgStoredTensor, strlen (letters));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; letters[i] != '\0'; i++)
    {
      g_ptr_array_add (names, g_strndup (letters + i, 1));
      tensors[i] = (RgStoredTensor){ names->pdata[i], RG_DTYPE_U8, 1, { 1 }, letters + i, 1 };
    }
  rg_safetensors_write (path, tensors, (guint) strlen (letters), NULL, &error);
  g_assert_no_error (error);
}

static RgWeights *
open_in (Folder *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder->folder, name, NULL);

  return rg_weights_open (path, error);
}

static void
check_letters (RgWeights *weights, const char *letters)
{
  g_assert_cmpuint (rg_weights_get_n_tensors (weights), ==, strlen (letters));
  for (guint i = 0; letters[i] != '\0'; i++)
    {
      const char name[2] = { letters[i], '\0' };
      const RgStoredTensor *tensor = rg_weights_find (weights, name);

      g_assert_nonnull (tensor);
      g_assert_true (tensor == rg_weights_get (weights, i));
      g_assert_cmpmem (tensor->bytes, tensor->n_bytes, name, 1);
    }
}

/* --- what is read -------------------------------------------------------------------------------------------------- */

static void
test_one_file (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) by_name = NULL;
  g_autoptr (RgWeights) by_folder = NULL;

  put_tensors (folder, "model.safetensors", "ab");
  by_name = open_in (folder, "model.safetensors", &error);
  g_assert_no_error (error);
  check_letters (by_name, "ab");
  g_assert_null (rg_weights_get_gguf (by_name));
  g_assert_null (rg_weights_find (by_name, "c"));

  /* The index of other files does not matter where there is the one file. */
  put_text (folder, INDEX, "{}");
  by_folder = open_in (folder, ".", &error);
  g_assert_no_error (error);
  check_letters (by_folder, "ab");
}

static void
test_shards (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) by_name = NULL;
  g_autoptr (RgWeights) by_folder = NULL;
  RgWeights *first;

  put_tensors (folder, SECOND, "cd");
  put_tensors (folder, FIRST, "abx");
  put_text (folder, INDEX, "{\"metadata\":{\"total_size\":4},\"weight_map\":{\"a\":\"" FIRST "\",\"d\":\"" SECOND "\",\"c\":\"" SECOND "\",\"b\":\"" FIRST "\"}}");
  by_name = open_in (folder, INDEX, &error);
  g_assert_no_error (error);
  check_letters (by_name, "abcd");
  /* What the index does not list is no part of the model. */
  g_assert_null (rg_weights_find (by_name, "x"));

  first = open_in (folder, ".", &error);
  g_assert_no_error (error);
  by_folder = rg_weights_ref (first);
  rg_weights_unref (first);
  check_letters (by_folder, "abcd");
}

/* As in a cache that keeps each file once and links to it. */
static void
test_links (Folder *folder, gconstpointer data)
{
  g_autofree char *link = g_build_filename (folder->folder, FIRST, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = NULL;

  put_tensors (folder, "0a1b2c", "ab");
  g_assert_cmpint (symlink ("0a1b2c", link), ==, 0);
  put_text (folder, INDEX, "{\"weight_map\":{\"a\":\"" FIRST "\",\"b\":\"" FIRST "\"}}");
  weights = open_in (folder, ".", &error);
  g_assert_no_error (error);
  check_letters (weights, "ab");
}

/* Known by how it begins, not by its name. */
static void
test_gguf (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "corpus", "gguf", "valid-types", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = rg_weights_open (path, &error);
  RgGguf *file;

  g_assert_no_error (error);
  file = rg_weights_get_gguf (weights);
  g_assert_nonnull (file);
  g_assert_cmpuint (rg_weights_get_n_tensors (weights), ==, rg_gguf_get_n_tensors (file));
  for (guint i = 0; i < rg_gguf_get_n_tensors (file); i++)
    {
      const RgStoredTensor *tensor = rg_gguf_get (file, i);

      g_assert_true (rg_weights_get (weights, i) == tensor);
      g_assert_true (rg_weights_find (weights, tensor->name) == tensor);
    }
}

/* --- what is refused ------------------------------------------------------------------------------------------------ */

#define DAMAGED "This model’s file is damaged or incomplete: download it again."

/* Two shards, "ab" and "cd", and an index; the second shard may be cut short or hold other tensors. */
static const struct
{
  const char *index;
  const char *second; /* its tensors; %NULL: there is no such file */
  const char *message;
  guint n_missing; /* bytes at the second shard's end */
} refusals[] = {
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"c\":\"" SECOND "\"}}", NULL, SECOND ": cannot be opened: No such file or directory", 0 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"e\":\"" SECOND "\"}}", "cd", INDEX ": tensor e is listed in " SECOND ", which has no such tensor", 0 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"c\":\"" FIRST "\",\"d\":\"" SECOND "\"}}", "cd", INDEX ": tensor c is listed in " FIRST ", but it is in " SECOND, 0 },
  { "{\"weight_map\":{\"a\":\"" SECOND "\",\"b\":\"" FIRST "\"}}", "cd", INDEX ": tensor a is listed in " SECOND ", but it is in " FIRST, 0 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"c\":\"" SECOND "\"}}", "ac", INDEX ": tensor a is listed in " FIRST ", but it is in " SECOND, 0 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"c\":\"" SECOND "\"}}", "cd", SECOND ": tensor d: data offset 2, expected a whole number up to 1", 1 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"c\":\"" SECOND "\"}}", "cd", SECOND ": a header of", 20 },
  { "{\"weight_map\":{\"a\":\"" FIRST "\",\"a\":\"" SECOND "\"}}", "cd", INDEX ": tensor a is listed twice", 0 },
  { "{\"weight_map\":{\"a\":\"../" FIRST "\"}}", "cd", INDEX ": \"../" FIRST "\" is no name of a file in the model's folder", 0 },
  { "{\"weight_map\":{\"a\":\"/etc/passwd\"}}", "cd", INDEX ": \"/etc/passwd\" is no name of a file in the model's folder", 0 },
  { "{\"weight_map\":{\"a\":\"C:model\"}}", "cd", INDEX ": \"C:model\" is no name of a file in the model's folder", 0 },
  { "{\"weight_map\":{}}", "cd", INDEX ": weight_map lists no tensors", 0 },
  { "{\"weight_map\":{},\"weight_map\":{\"a\":\"" FIRST "\"}}", "cd", INDEX ": two members named weight_map", 0 },
  { "{\"weight_map\":{\"a\":\"" INDEX "\"}}", "cd", INDEX ": a header of", 0 },
};

static void
test_refusal (Folder *folder, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *second = g_build_filename (folder->folder, SECOND, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = NULL;
  GStatBuf status;

  put_tensors (folder, FIRST, "ab");
  put_text (folder, INDEX, refusals[i].index);
  if (refusals[i].second != NULL)
    {
      put_tensors (folder, SECOND, refusals[i].second);
      g_assert_cmpint (g_stat (second, &status), ==, 0);
      g_assert_cmpint (truncate (second, status.st_size - refusals[i].n_missing), ==, 0);
    }
  weights = open_in (folder, ".", &error);
  g_assert_null (weights);
  g_assert_nonnull (error);
  if (strstr (error->message, refusals[i].message) == NULL)
    g_error ("\"%s\" does not contain \"%s\"", error->message, refusals[i].message);
  /* First of all what can be done, where that is anything. */
  g_assert_cmpint (g_str_has_prefix (error->message, DAMAGED), ==, g_error_matches (error, RG_ERROR, RG_ERROR_FORMAT));
}

static void
test_no_weights (Folder *folder, gconstpointer data)
{
  g_autofree char *name = g_path_get_basename (folder->folder);
  g_autofree char *message = g_strconcat (name, ": there is neither model.safetensors nor " INDEX " in this folder", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = rg_weights_open (folder->folder, &error);

  g_assert_null (weights);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpstr (error->message, ==, message);
  g_clear_error (&error);

  weights = open_in (folder, INDEX, &error);
  g_assert_null (weights);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);

  put_text (folder, "model.gguf", "GGUF");
  weights = open_in (folder, "model.gguf", &error);
  g_assert_null (weights);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, DAMAGED " model.gguf: the header:"));
}

/* As many shards as there may be, and one more. */
static void
test_many_shards (void)
{
  for (guint n = 1024; n <= 1025; n++)
    {
      g_autoptr (GString) text = g_string_new ("{\"weight_map\":{");
      g_autoptr (RgWeightsIndex) index = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < n; i++)
        g_string_append_printf (text, "%s\"%u\":\"s%u\"", i == 0 ? "" : ",", i, i);
      g_string_append (text, "}}");
      index = rg_weights_index_parse ("i", text->str, text->len, &error);
      if (n == 1024)
        {
          guint shard = 0;

          g_assert_no_error (error);
          g_assert_cmpuint (rg_weights_index_get_n_shards (index), ==, n);
          g_assert_true (rg_weights_index_find (index, "1023", &shard));
          g_assert_cmpstr (rg_weights_index_get_shard (index, shard), ==, "s1023");
          g_assert_false (rg_weights_index_find (index, "1024", &shard));
        }
      else
        g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
    }
}

static void
test_fixture (gconstpointer data)
{
  g_autofree char *path = fixture_path (data);
  g_autoptr (RgWeights) weights = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  weights = rg_weights_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rg_weights_get_n_tensors (weights), >, 10);
  g_assert_true ((rg_weights_get_gguf (weights) != NULL) == g_str_has_suffix (data, ".gguf"));
}

int
main (int argc, char **argv)
{
  static const char *const fixtures[] = { "idefics3", "blip-vqa", "gguf-q4_K/model.gguf", "gguf-q4_K/mmproj.gguf" };

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/weights/one-file", Folder, NULL, set_up, test_one_file, tear_down);
  g_test_add ("/weights/shards", Folder, NULL, set_up, test_shards, tear_down);
  g_test_add ("/weights/links", Folder, NULL, set_up, test_links, tear_down);
  g_test_add_func ("/weights/gguf", test_gguf);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *name = g_strdup_printf ("/weights/refusal/%u", i);

      g_test_add (name, Folder, GUINT_TO_POINTER (i), set_up, test_refusal, tear_down);
    }
  g_test_add ("/weights/no-weights", Folder, NULL, set_up, test_no_weights, tear_down);
  g_test_add_func ("/weights/many-shards", test_many_shards);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *name = g_strconcat ("/weights/fixture/", fixtures[i], NULL);

      g_test_add_data_func (name, fixtures[i], test_fixture);
    }

  return g_test_run ();
}
