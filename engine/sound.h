/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/types.h"

/* A sound: samples of one channel, −1 … 1. Immutable and reference counted, for any thread. */

G_BEGIN_DECLS

/** RG_SOUND_MIN_RATE, RG_SOUND_MAX_RATE: samples a second. */
#define RG_SOUND_MIN_RATE 4000
#define RG_SOUND_MAX_RATE 192000

/** RG_SOUND_MAX_SECONDS: no sound is longer. */
#define RG_SOUND_MAX_SECONDS 300

/**
 * rg_sound_new:
 * @rate: samples a second
 * @samples: (transfer full) (array length=n): at least one, all finite, of no more than %RG_SOUND_MAX_SECONDS
 *
 * Returns: (transfer full)
 */
RgSound *rg_sound_new (guint rate, float *samples, gsize n) G_GNUC_WARN_UNUSED_RESULT;
RgSound *rg_sound_ref (RgSound *self);
void rg_sound_unref (RgSound *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSound, rg_sound_unref)

guint rg_sound_get_rate (const RgSound *self);

/** rg_sound_get_samples: Returns: (transfer none) (array length=n). */
const float *rg_sound_get_samples (const RgSound *self, gsize *n);

/**
 * rg_sound_resample: the same sound at another rate, what lies above half of the lower rate left out: a sinc of 32 zero crossings
 * on either side in a Hann window (Smith and Gossett, “A flexible sampling-rate conversion method”, 1984)
 *
 * Returns: (transfer full): a reference on @self where it has this rate
 */
RgSound *rg_sound_resample (RgSound *self, guint rate) G_GNUC_WARN_UNUSED_RESULT;

/** rg_sound_is_file: Returns: whether @bytes begin like a file that holds a sound (WAV, see formats/wav.h). */
gboolean rg_sound_is_file (GBytes *bytes);

/**
 * rg_sound_read_picture:
 * @bytes: the content of such a file
 * @name: (nullable): what to call it in an error message
 *
 * Any thread. Returns: (transfer full) (nullable): how it looks, see rg_mel_picture(), with the sound; %NULL with %RG_ERROR_FORMAT,
 *   %RG_ERROR_UNSUPPORTED, %RG_ERROR_LIMIT or %G_IO_ERROR_CANCELLED
 */
RgImage *rg_sound_read_picture (GBytes *bytes, const char *name, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
