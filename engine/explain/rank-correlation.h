/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * rg_rank_correlation: whether two lists of numbers have the same order (Spearman, 1904): the correlation of their ranks, equal
 *   values sharing the mean of theirs.
 * @a, @b: @n values each, none of them NaN
 *
 * Returns: −1 … 1; 0 where all values of a list are equal, which has no order
 */
double rg_rank_correlation (const float *a, const float *b, gsize n);

G_END_DECLS
