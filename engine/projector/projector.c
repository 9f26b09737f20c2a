/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/projector/projector.h"

#define NORM_EPSILON 1e-5f

void
rg_projector_declare (RgProjector *self, gsize vision_width, gsize text_width, guint n_patches, RgParameters *parameters)
{
  rg_parameters_declare (parameters, &self->up_weight, text_width, vision_width, RG_INIT_NORMAL, 0.02f, RG_PARAMETER_MATRIX, "projector.up_proj.weight");
  rg_parameters_declare (parameters, &self->up_bias, 1, text_width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "projector.up_proj.bias");
  rg_parameters_declare (parameters, &self->down_weight, text_width, text_width, RG_INIT_NORMAL, 0.02f, RG_PARAMETER_MATRIX, "projector.down_proj.weight");
  rg_parameters_declare (parameters, &self->down_bias, 1, text_width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "projector.down_proj.bias");
  rg_parameters_declare (parameters, &self->norm_gain, 1, text_width, RG_INIT_CONSTANT, 1, RG_PARAMETER_VECTOR, "projector.norm.weight");
  rg_parameters_declare (parameters, &self->norm_bias, 1, text_width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "projector.norm.bias");
  rg_parameters_declare (parameters, &self->places, n_patches, text_width, RG_INIT_PLACES, 0.5f, RG_PARAMETER_VECTOR, "projector.position_embedding.weight");
  rg_parameters_declare (parameters, &self->null_key, 1, text_width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "projector.null_key.weight");
}

RgTensor *
rg_projector_forward (RgPass *pass, RgProjector *self, RgTensor *x)
{
  x = rg_activate (pass, rg_linear (pass, x, &self->up_weight, &self->up_bias, NULL), RG_ACTIVATION_GELU_TANH); /* (N · P) × D_text */
  x = rg_linear (pass, x, &self->down_weight, &self->down_bias, NULL);

  return rg_layer_norm (pass, x, &self->norm_gain, &self->norm_bias, NORM_EPSILON);
}

RgTensor *
rg_projector_remember (RgPass *pass, RgProjector *self, RgTensor *tokens, guint n_images)
{
  return rg_prepend_row (pass, rg_add_repeated (pass, tokens, &self->places), &self->null_key, n_images);
}
