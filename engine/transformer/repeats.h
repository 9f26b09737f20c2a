/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"

/* Rows that are alike, as those of a word that stands in many places of a batch: what is made of each by itself need be made only once. */

G_BEGIN_DECLS

/**
 * RgRepeats: which of R rows are alike.
 * @n_rows: R
 * @n: how many are not: U
 * @firsts: U numbers of rows, rising: where each comes first
 * @kinds: R numbers below U: which of those each row is
 */
typedef struct
{
  gsize n_rows, n;
  const guint32 *firsts, *kinds;
} RgRepeats;

/**
 * rg_repeats_find:
 * @ids: @n ids below @n_ids; rows with the same are alike
 *
 * Returns: (transfer none): lives until the pass is reset
 */
const RgRepeats *rg_repeats_find (RgPass *pass, const guint32 *ids, gsize n, gsize n_ids);

/** rg_repeats_choose: @x: R rows. Returns: U × cols, each of them once. Backward, the derivatives go to the first that are alike. */
RgTensor *rg_repeats_choose (RgPass *pass, const RgRepeats *self, RgTensor *x);

/**
 * rg_repeats_spread: the other way, forward and backward
 * @y: what was made of the chosen rows, U × cols, and nobody else reads; see rg_pass_forget()
 *
 * Returns: R × cols
 */
RgTensor *rg_repeats_spread (RgPass *pass, const RgRepeats *self, RgTensor *y);

G_END_DECLS
