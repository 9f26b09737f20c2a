/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"
#include "engine/transformer/parameters.h"

/* The layers that blocks and whole stacks are made of, with their place in a model's table of parameters. A layer called NAME
 * in the part PREFIX is PREFIX.NAME.weight and, where it has one, PREFIX.NAME.bias in the file. */

G_BEGIN_DECLS

/**
 * RgNormKind:
 * @RG_NORM_LAYER: rg_layer_norm(), gain and bias
 * @RG_NORM_RMS: rg_rms_norm(), gain alone
 * @RG_NORM_RMS_FROM_ONE: the same, the file has by how much the gain is more than 1
 */
typedef enum
{
  RG_NORM_LAYER,
  RG_NORM_RMS,
  RG_NORM_RMS_FROM_ONE,
} RgNormKind;

/**
 * RgNorm:
 * @gain: 1 × D
 * @bias: 1 × D, 0 × 0 of a root-mean-square norm
 * @offset: of the gain
 */
typedef struct
{
  RgTensor gain, bias;
  float offset;
} RgNorm;

/** rg_norm_declare: as rg_parameters_declare(). */
void rg_norm_declare (RgNorm *self, RgNormKind kind, gsize width, RgParameters *parameters, const char *prefix, const char *name);

/** rg_norm_forward: @x: R × D. Returns: R × D. */
RgTensor *rg_norm_forward (RgPass *pass, RgNorm *self, RgTensor *x, float epsilon);

/** rg_norm_forward_factor: as rg_norm_forward(), for linear maps alone: see rg_pass_factor(). */
RgTensor *rg_norm_forward_factor (RgPass *pass, RgNorm *self, RgTensor *x, float epsilon);

/**
 * rg_linear_declare: as rg_parameters_declare().
 * @rows: D_out
 * @cols: D_in
 * @scale: standard deviation of the weights that training begins with; biases begin as 0
 */
void rg_linear_declare (RgLinear *self, gsize rows, gsize cols, gboolean bias, float scale, RgParameters *parameters, const char *prefix, const char *name);

/** rg_linear_forward: @residual: (nullable): see rg_linear(). Returns: R × D_out. */
RgTensor *rg_linear_forward (RgPass *pass, RgLinear *self, RgTensor *x, RgTensor *residual);

G_END_DECLS
