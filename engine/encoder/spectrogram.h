/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/sound.h"

/* The log-mel spectrogram: what an encoder of sound reads in place of pixels. Every hop the sound goes through a window, its
 * frequencies' powers are added up in bands as wide as the ear hears them, and their logarithms taken. The arithmetic is that of
 * Whisper's feature extractor (Radford et al., “Robust speech recognition via large-scale weak supervision”, 2022):
 *
 *   frames   Hann window (periodic) of n_fft samples around every hop, the sound mirrored at its ends
 *   power    |DFT|², n_fft / 2 + 1 frequencies
 *   bands    triangles on Slaney's mel scale from 0 to half the rate, each of area 1
 *   values   log₁₀, at least the largest less 8, plus 4, by 4
 */

G_BEGIN_DECLS

/**
 * RgMelConfig:
 * @rate: samples a second
 * @n_fft: of a window, even
 * @hop: samples from one frame to the next
 * @n_bins: bands
 */
typedef struct
{
  guint rate, n_fft, hop, n_bins;
} RgMelConfig;

/** rg_mel_config_default: that of nearly all Whispers: 16 kHz, 400, 160, 80. */
RgMelConfig rg_mel_config_default (void);

/** rg_mel_config_count_frames: Returns: of a sound of @n samples at the configuration's rate, the last one cut short. */
gsize rg_mel_config_count_frames (const RgMelConfig *config, gsize n);

/** rg_mel_filters_new: Returns: (transfer full): (n_fft / 2 + 1) × n_bins weights of the bands. */
double *rg_mel_filters_new (const RgMelConfig *config) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_mel_spectrogram:
 * @sound: at the configuration's rate
 * @n_frames: silence behind the sound, or the end of it left out, makes it so many
 * @values: (out caller-allocates): n_frames × n_bins, low bands first
 *
 * Any thread. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_mel_spectrogram (const RgMelConfig *config, const RgSound *sound, gsize n_frames, GCancellable *cancellable, float *values, GError **error);

/**
 * rg_mel_draw:
 * @values: n_frames × n_bins
 * @frame_width: pixels across of a frame; of all of them at most 65535
 *
 * Returns: (transfer full): a picture of @sound, which it carries, see rg_image_get_sound(): from left to right, low bands at the bottom
 */
RgImage *rg_mel_draw (const float *values, gsize n_frames, guint n_bins, guint frame_width, RgSound *sound) G_GNUC_WARN_UNUSED_RESULT;

/** rg_mel_picture: the same of all of @sound, as rg_mel_config_default() hears it; a short one is stretched. Returns: (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED. */
RgImage *rg_mel_picture (RgSound *sound, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
