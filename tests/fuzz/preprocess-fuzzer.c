/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/encoder/preprocess-file.h"
#include "tests/fuzz/fuzz.h"

/* Views beyond this size take long and show nothing new. */
#define MAX_SIDE 256

static RgImage *
image_new (guint width, guint height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (3 * width * height), 3 * width * height);

  return rg_image_new (width, height, bytes);
}

static gboolean
is_small (const RgPreprocessConfig *config)
{
  for (guint i = 0; i < config->n_steps; i++)
    if (config->steps[i].size > MAX_SIDE || config->steps[i].min_pixels > MAX_SIDE * MAX_SIDE)
      return FALSE;

  return TRUE;
}

/* A description that was accepted must do for any picture: it is seen, or refused with an error. */
static void
see (const RgPreprocessConfig *config, guint width, guint height)
{
  g_autoptr (RgImage) image = image_new (width, height);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgPixelValues) seen = rg_preprocess (config, image, NULL, NULL, &error);

  g_assert ((seen == NULL) == (error != NULL));
  for (gsize i = 0; seen != NULL && i < seen->n_values; i++)
    g_assert (isfinite (seen->values[i]));
}

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autofree char *text = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config;
  gboolean accepted = rg_preprocess_config_parse (&config, "fuzz", text, n, &error);

  g_assert (accepted == (error == NULL));
  g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
  if (accepted && is_small (&config))
    {
      see (&config, 1, 1);
      see (&config, 37, 11);
      see (&config, 3, 500);
    }

  return accepted;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
