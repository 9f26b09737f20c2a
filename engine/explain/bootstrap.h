/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RgInterval: a mean and how far it can be trusted.
 * @n: measured values
 * @mean: of them; NaN where there are none
 * @low, @high: 95 % of the means of samples drawn from the same groups lie between them
 */
typedef struct
{
  guint n;
  double mean, low, high;
} RgInterval;

/**
 * rg_bootstrap: the percentile bootstrap (Efron, 1979) of a mean.
 * @values: @n values; NaN for what was not measured
 * @groups: @n numbers, those of one group one behind the other: values that belong together, such as two words of one picture,
 *   are drawn together
 * @n_draws: samples to draw, for example 1000
 * @seed: the same seed, the same interval
 */
RgInterval rg_bootstrap (const double *values, const guint *groups, gsize n, guint n_draws, guint64 seed);

G_END_DECLS
