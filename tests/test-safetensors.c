/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "tests/fixture.h"

typedef struct
{
  char *folder;
  char *path;
} Folder;

static void
set_up (Folder *folder, gconstpointer data)
{
  folder->folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_assert_nonnull (folder->folder);
  folder->path = g_build_filename (folder->folder, "model.safetensors", NULL);
}

static void
tear_down (Folder *folder, gconstpointer data)
{
  g_remove (folder->path);
  /* Fails where a temporary file was left behind. */
  g_assert_cmpint (g_rmdir (folder->folder), ==, 0);
  g_free (folder->path);
  g_free (folder->folder);
}

static const float floats[6] = { 0, 1, -2.5f, 3e30f, INFINITY, 1e-40f };
static const guint8 bytes[3] = { 7, 8, 9 };

static void
write_sample (const char *path, GHashTable *metadata)
{
  const RgStoredTensor tensors[] = {
    { "flags", RG_DTYPE_U8, 1, { 3 }, bytes, 3 },
    { "w \"é\"", RG_DTYPE_F32, 2, { 2, 3 }, floats, sizeof floats },
    { "scalar", RG_DTYPE_F32, 0, { 0 }, floats + 1, 4 },
    { "none", RG_DTYPE_F32, 2, { 0, 5 }, NULL, 0 },
  };
  g_autoptr (GError) error = NULL;

  rg_safetensors_write (path, tensors, G_N_ELEMENTS (tensors), metadata, &error);
  g_assert_no_error (error);
}

static void
test_round_trip (Folder *folder, gconstpointer data)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;
  const RgStoredTensor *tensor;

  g_hash_table_insert (metadata, (gpointer) "format", (gpointer) "pt");
  g_hash_table_insert (metadata, (gpointer) "lines", (gpointer) "a\nb\\");
  write_sample (folder->path, metadata);
  file = rg_safetensors_open (folder->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rg_safetensors_get_n_tensors (file), ==, 4);
  g_assert_cmpstr (rg_safetensors_get_metadata (file, "format"), ==, "pt");
  g_assert_cmpstr (rg_safetensors_get_metadata (file, "lines"), ==, "a\nb\\");
  g_assert_null (rg_safetensors_get_metadata (file, "other"));
  g_assert_null (rg_safetensors_find (file, "other"));

  tensor = rg_safetensors_find (file, "w \"é\"");
  g_assert_nonnull (tensor);
  g_assert_cmpint (tensor->dtype, ==, RG_DTYPE_F32);
  g_assert_cmpuint (tensor->n_dims, ==, 2);
  g_assert_cmpuint (tensor->shape[0], ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 3);
  g_assert_cmpmem (tensor->bytes, tensor->n_bytes, floats, sizeof floats);
  g_assert_cmpuint (GPOINTER_TO_SIZE (tensor->bytes) % sizeof (float), ==, 0);
  tensor = rg_safetensors_find (file, "scalar");
  g_assert_cmpuint (rg_stored_tensor_get_n_elements (tensor), ==, 1);
  g_assert_cmpmem (tensor->bytes, tensor->n_bytes, floats + 1, 4);
  tensor = rg_safetensors_find (file, "none");
  g_assert_cmpuint (rg_stored_tensor_get_n_elements (tensor), ==, 0);
  tensor = rg_safetensors_get (file, 3);
  g_assert_cmpstr (tensor->name, ==, "flags");
  g_assert_cmpmem (tensor->bytes, tensor->n_bytes, bytes, 3);
}

/* The layout, spelled out: what other readers will see. */
static void
test_layout (Folder *folder, gconstpointer data)
{
  static const char header[] = "{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]}}      ";
  const RgStoredTensor tensors[] = {
    { "a", RG_DTYPE_U8, 1, { 3 }, bytes, 3 },
    { "b", RG_DTYPE_F32, 1, { 1 }, floats + 1, 4 },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize n;

  rg_safetensors_write (folder->path, tensors, 2, NULL, &error);
  g_assert_no_error (error);
  g_file_get_contents (folder->path, &content, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (header) % 8, ==, 0);
  g_assert_cmpuint (n, ==, 8 + strlen (header) + 7);
  g_assert_cmpmem (content, 8, ((const guint8[]){ (guint8) strlen (header), 0, 0, 0, 0, 0, 0, 0 }), 8);
  g_assert_cmpmem (content + 8, strlen (header), header, strlen (header));
  g_assert_cmpmem (content + 8 + strlen (header), 7, "\x00\x00\x80\x3f\x07\x08\x09", 7);
}

/* The tensors outlive the name they were opened under, and a file that is written over. */
static void
test_replace_while_open (Folder *folder, gconstpointer data)
{
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (RgSafetensors) other = NULL;
  const RgStoredTensor one = { "x", RG_DTYPE_U8, 1, { 1 }, "y", 1 };

  write_sample (folder->path, NULL);
  file = rg_safetensors_open (folder->path, NULL);
  other = rg_safetensors_ref (file);
  g_assert_true (rg_safetensors_write (folder->path, &one, 1, NULL, NULL));
  rg_safetensors_unref (g_steal_pointer (&file));
  g_assert_cmpmem (rg_safetensors_find (other, "flags")->bytes, 3, bytes, 3);
}

/* A disk that is full, played by a limit on the size of files. */
static void
test_disk_full (Folder *folder, gconstpointer data)
{
  g_autofree guint8 *zeros = g_malloc0 (100000);
  const RgStoredTensor large = { "large", RG_DTYPE_U8, 1, { 100000 }, zeros, 100000 };
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit old, small;

  write_sample (folder->path, NULL);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = (struct rlimit){ 50000, old.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (rg_safetensors_write (folder->path, &large, 1, NULL, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_FILE_ERROR);
  g_assert_nonnull (strstr (error->message, "model.safetensors: cannot be written"));

  file = rg_safetensors_open (folder->path, NULL);
  g_assert_nonnull (file);
  g_assert_nonnull (rg_safetensors_find (file, "flags"));
}

static void
test_no_such_folder (void)
{
  const RgStoredTensor one = { "x", RG_DTYPE_U8, 1, { 1 }, "y", 1 };
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (rg_safetensors_write ("/nonexistent/folder/x", &one, 1, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  file = rg_safetensors_open ("/nonexistent/x.safetensors", &error);
  g_assert_null (file);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "x.safetensors: cannot be opened"));
}

/* Neither a folder nor a pipe without a writer keeps the reader waiting. */
static void
test_no_file (Folder *folder, gconstpointer data)
{
  g_autoptr (RgSafetensors) file = rg_safetensors_open (folder->folder, NULL);

  g_assert_null (file);
  g_assert_cmpint (mkfifo (folder->path, 0600), ==, 0);
  file = rg_safetensors_open (folder->path, NULL);
  g_assert_null (file);
}

typedef struct
{
  const char *header;
  gsize n_data;
  int code;
  const char *message;
} Refusal;

/* tests/corpus says which files are refused; here, for a few, what the person is told. */
static const Refusal refusals[] = {
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 8, RG_ERROR_FORMAT, "tensor a: data offset 16, expected a whole number up to 8, the bytes that are there; the file may be cut off" },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, RG_ERROR_FORMAT, "tensor a: its shape and type do not fit the 8 bytes it has" },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, RG_ERROR_FORMAT, "tensor a begins behind bytes that belong to no tensor" },
  { "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[7,8]}}", 8, RG_ERROR_FORMAT, "tensor b overlaps another one" },
  { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}", 8, RG_ERROR_FORMAT, "tensor a is there twice" },
  { "{}", 3, RG_ERROR_FORMAT, "3 bytes at its end belong to no tensor" },
  { "{\"a\\n\":{\"dtype\":\"Q9\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, RG_ERROR_UNSUPPORTED, "tensor a� has the unknown type \"Q9\"" },
};

static void
test_refusal (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autoptr (GBytes) file_bytes = NULL;
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;
  guint64 length = GUINT64_TO_LE (strlen (refusal->header));

  g_byte_array_append (content, (const guint8 *) &length, 8);
  g_byte_array_append (content, (const guint8 *) refusal->header, (guint) strlen (refusal->header));
  for (gsize i = 0; i < refusal->n_data; i++)
    g_byte_array_append (content, (const guint8 *) "", 1);
  file_bytes = g_byte_array_free_to_bytes (g_steal_pointer (&content));
  file = rg_safetensors_new (file_bytes, "f", &error);
  g_assert_null (file);
  g_assert_error (error, RG_ERROR, refusal->code);
  if (strstr (error->message, refusal->message) == NULL)
    g_error ("\"%s\" does not contain \"%s\"", error->message, refusal->message);
  g_assert_true (g_str_has_prefix (error->message, "f: "));
}

/* The header must end within the file, to the byte. */
static void
test_cut_off (void)
{
  g_autoptr (GBytes) content = g_bytes_new_static ("\x03\0\0\0\0\0\0\0{}", 10);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgSafetensors) file = rg_safetensors_new (content, "f", &error);

  g_assert_null (file);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, "f: a header of 3 bytes is announced, the file has 10; it is cut off or no safetensors file");
}

/* Every half there is, against the definition in double precision. */
static void
test_f16 (void)
{
  g_autofree guint16 *halves = g_new (guint16, 65536);
  g_autofree float *values = g_new (float, 65536);

  for (guint i = 0; i < 65536; i++)
    halves[i] = GUINT16_TO_LE ((guint16) i);
  g_assert_true (rg_dtype_to_f32 (RG_DTYPE_F16, halves, values, 65536));
  for (guint i = 0; i < 65536; i++)
    {
      guint exponent = (i >> 10) & 31, mantissa = i & 1023;
      double expected = exponent == 31 ? (mantissa == 0 ? INFINITY : NAN) : exponent == 0 ? ldexp (mantissa, -24)
                                                                                          : ldexp (1024 + mantissa, (int) exponent - 25);

      if (isnan (expected))
        g_assert_true (isnan (values[i]));
      else
        g_assert_true ((double) values[i] == expected * (i >= 0x8000 ? -1 : 1));
      g_assert_cmpint (signbit (values[i]) != 0, ==, i >= 0x8000);
    }
}

static void
test_bf16 (void)
{
  /* At an odd address, as files may have them. */
  static const guint8 stored[] = { 0xaa, 0x80, 0x3f, 0x20, 0xc0, 0x80, 0x7f, 0x01, 0x00 };
  float values[4];

  g_assert_true (rg_dtype_to_f32 (RG_DTYPE_BF16, stored + 1, values, 4));
  g_assert_true (values[0] == 1 && values[1] == -2.5f && isinf (values[2]) && values[3] == 0x1p-133f);
  g_assert_false (rg_dtype_to_f32 (RG_DTYPE_I64, stored, values, 1));
}

static void
test_dtype_names (void)
{
  for (guint i = 0; i < RG_N_DTYPES; i++)
    {
      RgDtype dtype;

      g_assert_true (rg_dtype_from_name (rg_dtype_get_name ((RgDtype) i), &dtype));
      g_assert_cmpint (dtype, ==, (int) i);
    }
}

static void
test_fixture (gconstpointer data)
{
  g_autofree char *name = g_strconcat (data, "/model.safetensors", NULL);
  g_autofree char *path = fixture_path (name);
  g_autoptr (RgSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  file = rg_safetensors_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rg_safetensors_get_metadata (file, "format"), ==, "pt");
  g_assert_cmpuint (rg_safetensors_get_n_tensors (file), >, 50);
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { "bert", "blip-vqa", "clip", "idefics3", "llava", "mllama", "paligemma", "qwen2-vl", "resnet", "siglip", "vit-gpt2", "whisper" };

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/safetensors/round-trip", Folder, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/safetensors/layout", Folder, NULL, set_up, test_layout, tear_down);
  g_test_add ("/safetensors/replace-while-open", Folder, NULL, set_up, test_replace_while_open, tear_down);
  g_test_add ("/safetensors/disk-full", Folder, NULL, set_up, test_disk_full, tear_down);
  g_test_add ("/safetensors/no-file", Folder, NULL, set_up, test_no_file, tear_down);
  g_test_add_func ("/safetensors/no-such-folder", test_no_such_folder);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *name = g_strdup_printf ("/safetensors/refusal/%u", i);

      g_test_add_data_func (name, refusals + i, test_refusal);
    }
  g_test_add_func ("/safetensors/cut-off", test_cut_off);
  g_test_add_func ("/dtype/f16", test_f16);
  g_test_add_func ("/dtype/bf16", test_bf16);
  g_test_add_func ("/dtype/names", test_dtype_names);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *name = g_strconcat ("/safetensors/fixture/", folders[i], NULL);

      g_test_add_data_func (name, folders[i], test_fixture);
    }

  return g_test_run ();
}
