/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a sound to what an encoder reads: its spectrogram, as long as the model was trained on. */
#include "engine/encoder/preprocess.h"

#include <glib/gi18n.h>

#include "engine/error.h"

static gboolean
check_sound (const RgPreprocessConfig *config, RgSound *sound, GError **error)
{
  guint limit = (guint64) config->image_size * config->mel.hop / config->mel.rate;
  gsize n;

  if (sound == NULL)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("This model listens: it needs a sound (a WAV file), not a picture."));
      return FALSE;
    }

  rg_sound_get_samples (sound, &n);
  if (n <= (guint64) limit * rg_sound_get_rate (sound))
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("This sound lasts %.1f seconds, but the model hears %u at a time; please cut it."), n / (double) rg_sound_get_rate (sound), limit);

  return FALSE;
}

/* One tile whose cells are columns: an image token has heard all bands of its frames. What lies behind the sound is padding. */
static RgPatchGrid *
build_grid (const RgPreprocessConfig *config, RgImage *image, RgImage *view, gsize n_samples)
{
  double width = rg_image_get_width (view), height = rg_image_get_height (view);
  const RgTile tile = {
    .view = view,
    .rows = 1,
    .cols = config->image_size / config->patch_size,
    .content = { 0, 0, MIN (rg_mel_config_count_frames (&config->mel, n_samples), width), height },
    .source = { 0, 0, rg_image_get_width (image), rg_image_get_height (image) },
  };

  return rg_patch_grid_new (&tile, 1, rg_image_get_width (image), rg_image_get_height (image));
}

RgPixelValues *
_rg_preprocess_sound (const RgPreprocessConfig *config, RgImage *image, GCancellable *cancellable, GError **error)
{
  RgSound *sound = rg_image_get_sound (image);
  g_autoptr (RgPixelValues) out = g_new0 (RgPixelValues, 1);
  g_autoptr (RgSound) heard = NULL;
  g_autoptr (RgImage) view = NULL;
  gsize n_samples;

  if (!check_sound (config, sound, error))
    return NULL;

  heard = rg_sound_resample (sound, config->mel.rate);
  rg_sound_get_samples (heard, &n_samples);
  out->n_views = 1;
  out->width = config->image_size;
  out->height = config->mel.n_bins;
  out->n_values = (gsize) out->width * out->height;
  out->values = g_new (float, out->n_values);
  if (!rg_mel_spectrogram (&config->mel, heard, out->width, cancellable, out->values, error))
    return NULL;

  view = rg_mel_draw (out->values, out->width, out->height, 1, heard);
  out->grid = build_grid (config, image, view, n_samples);

  return g_steal_pointer (&out);
}
