/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/wav.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgSound) sound = rg_wav_parse (content, "fuzz", &error);
  static volatile float sum;

  g_assert ((sound == NULL) == (error != NULL));
  if (sound != NULL)
    {
      gsize n_samples;
      const float *samples = rg_sound_get_samples (sound, &n_samples);

      for (gsize i = 0; i < n_samples; i++)
        sum += samples[i];
    }

  return sound != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
