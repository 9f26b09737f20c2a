/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess-file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/preprocess-check.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autofree char *text = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config;
  gboolean accepted = rg_preprocess_config_parse (&config, "fuzz", text, n, &error);

  g_assert (accepted == (error == NULL));
  g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
  if (accepted)
    preprocess_check (&config);

  return accepted;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
