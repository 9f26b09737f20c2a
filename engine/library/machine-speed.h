/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/library/model-description.h"

/* What this machine does in a second, measured once and kept with its date, and what follows from that for a model. */

G_BEGIN_DECLS

/**
 * RgMachineSpeed: 0 where nothing was measured.
 * @flops: floating-point operations a second in a matrix product of 1024 × 3072 × 768, in single precision
 * @fast_flops: the same in %RG_PRECISION_FAST
 * @bytes: read a second in a product with a vector, which is what a word costs
 * @measured_at: seconds since 1970
 */
typedef struct
{
  double flops, fast_flops, bytes;
  gint64 measured_at;
} RgMachineSpeed;

/**
 * rg_machine_speed_measure:
 *
 * What the file in the user's cache says, or, where there is none of this processor, a measurement of about half a second, which
 * is then kept there. For a background thread.
 */
RgMachineSpeed rg_machine_speed_measure (GCancellable *cancellable);

/**
 * RgFit: how a model would run here; an estimate. NaN or 0: nothing is known.
 * @see_seconds: to look at a large picture: the encoder's products and those of the image tokens
 * @words_per_second: at three words to four tokens, every token reading all of the language model's weights; NaN where it only encodes
 */
typedef struct
{
  guint64 memory_bytes, available_bytes;
  double see_seconds, words_per_second;
} RgFit;

/** rg_fit_estimate: Any thread. */
RgFit rg_fit_estimate (const RgModelDescription *model, const RgMachineSpeed *speed);

/** rg_fit_round: Returns: @value to two digits: an estimate has no more, and a small model's seconds are not 0. Any thread. */
double rg_fit_round (double value);

G_END_DECLS
