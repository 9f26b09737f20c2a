/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/formats/gguf.h"
#include "tests/fixture.h"

/* Files that another program wrote. */

static void
check_finite (RgGguf *file)
{
  for (guint i = 0; i < rg_gguf_get_n_tensors (file); i++)
    {
      const RgStoredTensor *tensor = rg_gguf_get (file, i);
      gsize n = rg_stored_tensor_get_n_elements (tensor);
      g_autofree float *values = g_new (float, n);

      g_assert_true (rg_dtype_to_f32 (tensor->dtype, tensor->bytes, values, n));
      for (gsize j = 0; j < n; j++)
        g_assert_true (isfinite (values[j]) && fabsf (values[j]) < 100);
    }
}

static RgGguf *
open_fixture (const char *folder, const char *file)
{
  g_autofree char *name = g_build_filename (folder, file, NULL);
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  RgGguf *gguf = path == NULL ? NULL : rg_gguf_open (path, &error);

  g_assert_no_error (error);

  return gguf;
}

static void
test_fixture (gconstpointer data)
{
  g_autoptr (RgGguf) model = open_fixture (data, "model.gguf");
  g_autoptr (RgGguf) mmproj = open_fixture (data, "mmproj.gguf");
  g_autoptr (GArray) tokens = NULL;
  g_autoptr (GArray) mean = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *architecture = NULL;
  g_autofree char *projector = NULL;
  gint64 width = 0;

  if (model == NULL || mmproj == NULL)
    return;
  g_assert_true (rg_gguf_get_string (model, "general.architecture", RG_CONFIG_REQUIRED, &architecture, &error));
  g_assert_cmpstr (architecture, ==, "llama");
  g_assert_true (rg_gguf_get_int (model, "llama.embedding_length", RG_CONFIG_REQUIRED, 1, 65536, &width, &error));
  g_assert_true (rg_gguf_get_strings (model, "tokenizer.ggml.tokens", RG_CONFIG_REQUIRED, 1 << 22, &tokens, &error));
  g_assert_cmpuint (rg_gguf_find (model, "token_embd.weight")->shape[0], ==, tokens->len);
  g_assert_cmpuint (rg_gguf_find (model, "token_embd.weight")->shape[1], ==, width);
  check_finite (model);

  g_assert_true (rg_gguf_get_string (mmproj, "clip.projector_type", RG_CONFIG_REQUIRED, &projector, &error));
  g_assert_cmpstr (projector, ==, "idefics3");
  g_assert_true (rg_gguf_get_doubles (mmproj, "clip.vision.image_mean", RG_CONFIG_REQUIRED, 0, 1, 3, &mean, &error));
  g_assert_cmpuint (mean->len, ==, 3);
  g_assert_cmpuint (rg_gguf_find (mmproj, "v.patch_embd.weight")->n_dims, ==, 4);
  g_assert_cmpuint (rg_gguf_find (mmproj, "v.patch_embd.weight")->shape[1], ==, 3);
  check_finite (mmproj);
  g_assert_no_error (error);
}

/* A file without tensors that ends with its keys. */
static void
test_vocabulary (gconstpointer data)
{
  g_autoptr (RgGguf) file = open_fixture ("gguf-tokenizers", data);

  if (file == NULL)
    return;
  g_assert_cmpuint (rg_gguf_get_n_tensors (file), ==, 0);
  g_assert_cmpuint (rg_gguf_get_length (file, "tokenizer.ggml.tokens"), >, 30000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/gguf-fixture/f32", "gguf-f32", test_fixture);
  g_test_add_data_func ("/gguf-fixture/q8_0", "gguf-q8_0", test_fixture);
  g_test_add_data_func ("/gguf-fixture/q4_K", "gguf-q4_K", test_fixture);
  g_test_add_data_func ("/gguf-fixture/bert", "ggml-vocab-bert-bge.gguf", test_vocabulary);
  g_test_add_data_func ("/gguf-fixture/phi-3", "ggml-vocab-phi-3.gguf", test_vocabulary);

  return g_test_run ();
}
