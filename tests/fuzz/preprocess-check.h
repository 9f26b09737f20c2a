/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

#include "engine/encoder/preprocess.h"

/* Views beyond this size take long and show nothing new. */
#define MAX_SIDE 256

static inline RgImage *
preprocess_image_new (guint width, guint height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (3 * width * height), 3 * width * height);

  return rg_image_new (width, height, bytes);
}

static inline gboolean
preprocess_is_small (const RgPreprocessConfig *config)
{
  for (guint i = 0; i < config->n_steps; i++)
    if (config->steps[i].size > MAX_SIDE || config->steps[i].min_pixels > MAX_SIDE * MAX_SIDE)
      return FALSE;

  return TRUE;
}

/* A description that was accepted must do for any picture: it is seen, or refused with an error. */
static inline void
preprocess_see (const RgPreprocessConfig *config, guint width, guint height)
{
  g_autoptr (RgImage) image = preprocess_image_new (width, height);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgPixelValues) seen = rg_preprocess (config, image, NULL, NULL, &error);

  g_assert ((seen == NULL) == (error != NULL));
  for (gsize i = 0; seen != NULL && i < seen->n_values; i++)
    g_assert (isfinite (seen->values[i]));
}

/** preprocess_check: asserts that what a reader accepted can be done, to pictures of different shapes. */
static inline void
preprocess_check (const RgPreprocessConfig *config)
{
  if (!preprocess_is_small (config))
    return;
  preprocess_see (config, 1, 1);
  preprocess_see (config, 37, 11);
  preprocess_see (config, 3, 500);
}
