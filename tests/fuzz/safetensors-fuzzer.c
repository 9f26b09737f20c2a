/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/safetensors.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  /* A copy of exactly this size, so that the sanitizer sees a read behind its end. */
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgSafetensors) file = rg_safetensors_new (content, "fuzz", &error);
  static volatile float sum;

  g_assert ((file == NULL) == (error != NULL));
  for (guint i = 0; file != NULL && i < rg_safetensors_get_n_tensors (file); i++)
    {
      const RgStoredTensor *tensor = rg_safetensors_get (file, i);
      gsize n_elements = rg_stored_tensor_get_n_elements (tensor);
      g_autofree float *values = g_new (float, MAX (n_elements, 1));

      g_assert (rg_safetensors_find (file, tensor->name) == tensor);
      if (rg_dtype_to_f32 (tensor->dtype, tensor->bytes, values, n_elements))
        for (gsize j = 0; j < n_elements; j++)
          sum += values[j];
    }
  if (file != NULL)
    rg_safetensors_get_metadata (file, "format");

  return file != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
