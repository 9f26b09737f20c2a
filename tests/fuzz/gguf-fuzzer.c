/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/gguf.h"
#include "tests/fuzz/fuzz.h"

static volatile double sum;

static void
touch_tensors (RgGguf *file)
{
  for (guint i = 0; i < rg_gguf_get_n_tensors (file); i++)
    {
      const RgStoredTensor *tensor = rg_gguf_get (file, i);
      gsize n = rg_stored_tensor_get_n_elements (tensor);
      g_autofree float *values = g_new (float, n);

      g_assert (rg_gguf_find (file, tensor->name) == tensor);
      if (rg_dtype_to_f32 (tensor->dtype, tensor->bytes, values, n))
        for (gsize j = 0; j < n; j++)
          sum += (double) values[j];
    }
}

/* Asks for a value in every way; where there is no answer, there must be an error. */
static void
ask (RgGguf *file, const char *key)
{
  g_autoptr (GArray) ints = NULL;
  g_autoptr (GArray) doubles = NULL;
  g_autoptr (GArray) strings = NULL;
  g_autofree char *string = NULL;
  GError *errors[7] = { NULL };
  gboolean done[7], boolean;
  gint64 whole;
  double number;

  done[0] = rg_gguf_get_int (file, key, RG_CONFIG_REQUIRED, -10, 10, &whole, &errors[0]);
  done[1] = rg_gguf_get_double (file, key, RG_CONFIG_REQUIRED, -10, 10, &number, &errors[1]);
  done[2] = rg_gguf_get_boolean (file, key, RG_CONFIG_REQUIRED, &boolean, &errors[2]);
  done[3] = rg_gguf_get_string (file, key, RG_CONFIG_REQUIRED, &string, &errors[3]);
  done[4] = rg_gguf_get_ints (file, key, RG_CONFIG_REQUIRED, G_MININT64, G_MAXINT64, 100, &ints, &errors[4]);
  done[5] = rg_gguf_get_doubles (file, key, RG_CONFIG_REQUIRED, -1e300, 1e300, 100, &doubles, &errors[5]);
  done[6] = rg_gguf_get_strings (file, key, RG_CONFIG_REQUIRED, 100, &strings, &errors[6]);
  g_assert (string == NULL || g_utf8_validate (string, -1, NULL));
  for (guint i = 0; strings != NULL && i < strings->len; i++)
    {
      const RgGgufString *element = &g_array_index (strings, RgGgufString, i);

      for (gsize j = 0; j < element->length; j++)
        sum += element->text[j];
    }
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_assert (done[i] == (errors[i] == NULL));
      g_clear_error (&errors[i]);
    }
}

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  static const char *const keys[] = { "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "u64", "i64", "f64", "a.u8", "a.i8", "a.u16", "a.i16", "a.u32", "a.i32", "a.f32", "a.bool", "a.string", "a.u64", "a.i64", "a.f64", "a.none", "a", "none" };
  /* A copy of exactly this size, so that the sanitizer sees a read behind its end. */
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = rg_gguf_new (content, "fuzz", &error);

  g_assert ((file == NULL) == (error != NULL));
  if (file == NULL)
    return FALSE;
  touch_tensors (file);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    ask (file, keys[i]);

  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
