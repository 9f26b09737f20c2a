/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/npy.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgNpy) npy = rg_npy_parse (content, "fuzz", &error);
  static volatile float sum;

  g_assert ((npy == NULL) == (error != NULL));
  for (gsize i = 0; npy != NULL && i < npy->n_values; i++)
    sum += npy->values[i];

  return npy != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
