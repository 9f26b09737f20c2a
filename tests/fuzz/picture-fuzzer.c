/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz.h"
#include "ui/image-decoder.h"

/* A picture from anywhere: our own walk through its container, and how gdk-pixbuf is held. */
gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_decoder_load_bytes (content, "fuzz", NULL, &error);
  static volatile guint sum;

  g_assert ((image == NULL) == (error != NULL));
  if (image != NULL)
    {
      const guint8 *pixels = rg_image_get_pixels (image);

      for (gsize i = 0; i < (gsize) 3 * rg_image_get_width (image) * rg_image_get_height (image); i++)
        sum += pixels[i];
    }

  return image != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
