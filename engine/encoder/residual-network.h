/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"
#include "engine/transformer/parameters.h"

/* A residual network (He et al., “Deep residual learning”, 2016), the CNN that most others are measured against:
 *
 *   pixel values  (S · S) × 3
 *   stem          7 × 7 convolution of stride 2, then the largest of each 3 × 3 at stride 2: (S/4 · S/4) × C
 *   stages        of units y = activation (x + convolutions (x)); each stage but the first halves the sides
 *   cells         (s · s) × D, what the last stage gives
 *
 * Behind every convolution stands a batch norm (Ioffe and Szegedy, 2015). Once training is over it multiplies and adds the same
 * everywhere, so it is folded into the convolution's weights when they are loaded. */

G_BEGIN_DECLS

#define RG_MAX_STAGES 8
#define RG_MAX_UNITS 64

/**
 * RgResidualConfig:
 * @stem: channels after the stem
 * @widths: channels after each stage
 * @depths: units of each stage, up to %RG_MAX_UNITS
 * @bottleneck: units are 1 × 1, 3 × 3, 1 × 1, a quarter as wide inside; otherwise 3 × 3, 3 × 3
 * @halve_first: whether the first stage halves the sides, too
 * @halve_narrow: whether a bottleneck halves them in its first convolution, as the paper has it, not in its second
 */
typedef struct
{
  guint stem;
  guint n_stages, widths[RG_MAX_STAGES], depths[RG_MAX_STAGES];
  gboolean bottleneck, halve_first, halve_narrow;
  RgActivation activation;
} RgResidualConfig;

/** RgResidualNetwork: immutable once folded, for any thread, each with a pass of its own. */
typedef struct _RgResidualNetwork RgResidualNetwork;

/**
 * rg_residual_network_new: declares the weights under the names of Hugging Face's files
 * @parameters: (transfer none): to be bound, writable, before rg_residual_network_fold()
 * @prefix: of all names
 *
 * Returns: (transfer full)
 */
RgResidualNetwork *rg_residual_network_new (const RgResidualConfig *config, RgParameters *parameters, const char *prefix) G_GNUC_WARN_UNUSED_RESULT;
void rg_residual_network_free (RgResidualNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgResidualNetwork, rg_residual_network_free)

/**
 * rg_residual_network_fold: makes its own copies of the bound weights, batch norms folded in; the parameters may go
 *
 * Returns: %FALSE where a variance is negative
 */
gboolean rg_residual_network_fold (RgResidualNetwork *self);

/**
 * RgResidualRun:
 * @height, @width: of the picture in pixels
 * @stages: (out caller-allocates) (nullable): what each stage gave
 * @stem, @embedded: (out) (nullable): what the stem's convolution gave, and its pooling
 * @rows, @cols: (out): of the cells
 */
typedef struct
{
  gsize height, width;
  RgTensor **stages, **stem, **embedded;
  gsize rows, cols;
} RgResidualRun;

/** rg_residual_network_forward: @pixels: (height · width) × 3. Returns: (transfer none) (nullable): the cells; %NULL if cancelled. */
RgTensor *rg_residual_network_forward (RgPass *pass, RgResidualNetwork *self, RgTensor *pixels, RgResidualRun *run);

G_END_DECLS
