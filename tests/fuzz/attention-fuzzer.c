/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/calibration.h"
#include "tests/fuzz/fuzz.h"

/* attention.json of a model with three layers of four heads. */
gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  static const RgTextConfig config = { .n_layers = 3, .block = { .n_heads = 4 } };
  g_autofree char *text = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  RgCalibration calibration;
  gboolean done = rg_calibration_parse (&calibration, &config, text, n, &error);
  double sum = 0;

  g_assert (done == (error == NULL));
  for (guint i = 0; done && i < calibration.n_heads; i++)
    {
      g_assert (calibration.heads[i].layer < config.n_layers && calibration.heads[i].head < config.block.n_heads);
      g_assert (calibration.heads[i].weight >= 0);
      sum += calibration.heads[i].weight;
    }
  g_assert (!done || (sum > 0.999 && sum < 1.001 && calibration.n_heads <= RG_CALIBRATION_HEADS && calibration.floor >= 0));

  return done;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
