/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/layer.h"

void
rg_norm_declare (RgNorm *self, RgNormKind kind, gsize width, RgParameters *parameters, const char *prefix, const char *name)
{
  *self = (RgNorm){ .offset = kind == RG_NORM_RMS_FROM_ONE ? 1 : 0 };
  rg_parameters_declare (parameters, &self->gain, 1, width, RG_INIT_CONSTANT, 1 - self->offset, RG_PARAMETER_VECTOR, "%s.%s.weight", prefix, name);
  if (kind == RG_NORM_LAYER)
    rg_parameters_declare (parameters, &self->bias, 1, width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s.bias", prefix, name);
}

RgTensor *
rg_norm_forward (RgPass *pass, RgNorm *self, RgTensor *x, float epsilon)
{
  if (self->bias.cols == 0)
    return rg_rms_norm (pass, x, &self->gain, self->offset, epsilon);

  return rg_layer_norm (pass, x, &self->gain, &self->bias, epsilon);
}

RgTensor *
rg_norm_forward_factor (RgPass *pass, RgNorm *self, RgTensor *x, float epsilon)
{
  return self->bias.cols == 0 ? rg_norm_forward (pass, self, x, epsilon) : rg_layer_norm_factor (pass, x, &self->gain, &self->bias, epsilon);
}

void
rg_linear_declare (RgLinear *self, gsize rows, gsize cols, gboolean bias, float scale, RgParameters *parameters, const char *prefix, const char *name)
{
  *self = (RgLinear){ 0 };
  rg_parameters_declare (parameters, &self->weight, rows, cols, RG_INIT_NORMAL, scale, RG_PARAMETER_MATRIX, "%s.%s.weight", prefix, name);
  if (bias)
    rg_parameters_declare (parameters, &self->bias, 1, rows, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.%s.bias", prefix, name);
}

RgTensor *
rg_linear_forward (RgPass *pass, RgLinear *self, RgTensor *x, RgTensor *residual)
{
  return rg_linear (pass, x, &self->weight, rg_linear_get_bias (self), residual);
}
