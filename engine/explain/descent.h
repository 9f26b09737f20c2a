/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Back through a stack of layers, for several scores of an answer at once: derivatives with respect to what went into each layer,
 * and relevancy (see RgAttentionWalk) on the way. What all layers compute would be too much to be kept, so only what goes into
 * each of them is; on the way back a layer is run again from that (Chen et al., “Training Deep Nets with Sublinear Memory Cost”,
 * 2016), once for all scores, and what it computed is forgotten before the next.
 *
 * With L layers, R rows, D columns and S scores it takes 4 (L + 1 + S) R D bytes, and in the pass what one layer computes and its
 * derivatives: about 8 R · (3 D + attention's and the MLP's width), and 4 H R² for probabilities where that is at most
 * %RG_DESCENT_MOST_KEPT. */

G_BEGIN_DECLS

/** RG_DESCENT_MOST_KEPT: bytes of a layer's probabilities; of more rows they are computed again, block by block. */
#define RG_DESCENT_MOST_KEPT ((gsize) 256 << 20)

/**
 * RgDescentFunc: runs some layers of the stack.
 * @walk: (nullable): where the pass records
 *
 * Returns: (transfer none) (nullable): R × D; %NULL if cancelled
 */
typedef RgTensor *(*RgDescentFunc) (RgPass *pass, const RgStretch *stretch, RgAttentionWalk *walk, gpointer data);

typedef struct _RgDescent RgDescent;

/** RgDescentFollowFunc: called after each layer for each of the scores, when @mean of it is there, in this order. */
typedef void (*RgDescentFollowFunc) (RgDescent *descent, guint layer, guint score, gpointer data);

/**
 * RgDescent:
 * @answer: borrowed; its pass is used, and reset again and again
 * @n_layers: L
 * @n_heads: H
 * @n_rows: R
 * @width: D
 * @n_scores: S
 * @run: called with @data
 * @follow, @mean: (nullable): called with @follow_data, and R × R of the caller's for RgAttentionWalk.mean; may change @gradients
 * @rows: owned: (1 + L) × R × D: what went into each layer, and what came out in the end
 * @gradients: owned: S × R × D: of each score with respect to the rows where the descent is; zeros at first
 * @relevancy: owned: S × R, likewise
 */
struct _RgDescent
{
  const RgExplained *answer;
  guint n_layers, n_heads;
  gsize n_rows, width;
  guint n_scores;
  RgDescentFunc run;
  gpointer data;
  RgDescentFollowFunc follow;
  gpointer follow_data;
  float *mean;
  float *rows;
  float *gradients;
  double *relevancy;
};

/**
 * rg_descent_begin: runs the stack forward.
 * @self: (inout): with everything up to @data; to be cleared
 *
 * Returns: %FALSE if cancelled
 */
gboolean rg_descent_begin (RgDescent *self);
void rg_descent_clear (RgDescent *self);

/** rg_descent_get_end: Returns: (transfer none): in the pass, what came out in the end, which wants derivatives; R × D */
RgTensor *rg_descent_get_end (const RgDescent *self);

/**
 * rg_descent_go_back: from the end to the beginning. @gradients and @relevancy are of the end before, and of what went into the
 *   first layer afterwards. Notes S runs of the answer, spread over the layers.
 *
 * Returns: %FALSE if cancelled
 */
gboolean rg_descent_go_back (RgDescent *self);

/**
 * rg_descent_run_layer: runs a layer once more, without derivatives.
 * @mean: (out caller-allocates): R × R probabilities of its attention, the mean over heads
 *
 * Returns: %FALSE if cancelled
 */
gboolean rg_descent_run_layer (RgDescent *self, guint layer, float *mean);

/**
 * rg_descent_differentiate: one backward pass over what is recorded, which may be gone back through again.
 * @last: the newest of its nodes
 * @y: (nullable): what was made in the end, of which @dy are the derivatives; %NULL where they are there already
 * @x: that wants derivatives
 * @dx: (out caller-allocates): as large as @x; may be @dy
 */
void rg_descent_differentiate (RgPass *pass, RgNode *last, RgTensor *y, const float *dy, RgTensor *x, float *dx);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgDescent, rg_descent_clear)

G_END_DECLS
