/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/sound.h"

/* Sound files of Microsoft's RIFF (WAVE), all numbers little-endian:
 *
 *   "RIFF"  u32 size of the rest  "WAVE"
 *   chunks: four letters, u32 size, so many bytes, and one more where they are odd
 *     "fmt "  u16 format: 1 whole numbers, 3 floating point, 0xFFFE: see the extension
 *             u16 channels  u32 samples a second  u32 bytes a second  u16 bytes of all channels  u16 bits of a sample
 *             extension: u16 its size  u16 valid bits  u32 loudspeakers  16 bytes, of which the first two are the format
 *     "data"  the samples, channel by channel at each moment; 8 bits have no sign, 16, 24 and 32 have
 */

G_BEGIN_DECLS

/** rg_wav_is: Returns: whether @bytes begin like such a file. */
gboolean rg_wav_is (GBytes *bytes);

/**
 * rg_wav_parse:
 * @name: (nullable): what to call it in an error message
 *
 * Returns: (transfer full) (nullable): the mean of its channels; %NULL with %RG_ERROR_FORMAT (no such file, damaged, cut short),
 *   %RG_ERROR_UNSUPPORTED (compressed samples) or %RG_ERROR_LIMIT (too long)
 */
RgSound *rg_wav_parse (GBytes *bytes, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
