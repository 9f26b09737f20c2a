/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/vision-encoder.h"

#include <math.h>

/* The first kernel covers its stride twice, the others overlap by one pixel. */
static guint
stem_kernel (guint i)
{
  return i == 0 ? 4 : 3;
}

guint
rg_vision_config_n_patches (const RgVisionConfig *config)
{
  guint side = config->image_size / config->patch_size;

  return side * side;
}

void
rg_vision_encoder_declare (RgVisionEncoder *self, const RgVisionConfig *config, RgParameters *parameters)
{
  gsize d = config->block.width, channels = 3;

  for (guint i = 0; i < config->n_stem; i++)
    {
      gsize window = (gsize) stem_kernel (i) * stem_kernel (i) * channels;

      channels = config->stem[i];
      /* He et al., 2015: keeps the size of the signal through the stem. */
      rg_parameters_declare (parameters, &self->stem_weight[i], channels, window, RG_INIT_NORMAL, sqrtf (2.0f / window), RG_PARAMETER_MATRIX, "vision_model.stem.%u.weight", i);
      rg_parameters_declare (parameters, &self->stem_bias[i], 1, channels, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "vision_model.stem.%u.bias", i);
    }

  for (guint i = 0; i < config->n_residual; i++)
    {
      rg_parameters_declare (parameters, &self->residual_weight[i], channels, 9 * channels, RG_INIT_NORMAL, sqrtf (0.5f / (9 * channels)), RG_PARAMETER_MATRIX, "vision_model.residual.%u.weight", i);
      rg_parameters_declare (parameters, &self->residual_bias[i], 1, channels, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "vision_model.residual.%u.bias", i);
    }

  rg_parameters_declare (parameters, &self->patch_weight, d, channels, RG_INIT_NORMAL, sqrtf (1.0f / channels), RG_PARAMETER_MATRIX, "vision_model.patch_embedding.weight");
  rg_parameters_declare (parameters, &self->patch_bias, 1, d, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "vision_model.patch_embedding.bias");
  rg_parameters_declare (parameters, &self->places, rg_vision_config_n_patches (config), d, RG_INIT_PLACES, 0.5f, RG_PARAMETER_VECTOR, "vision_model.position_embedding.weight");

  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("vision_model.layers.%u", i);

      rg_block_declare (&self->layers[i], &config->block, &rg_block_names, parameters, prefix);
    }

  rg_norm_declare (&self->norm, config->block.norm, d, parameters, "vision_model", "norm");
}

/* GELU before every convolution but the first, so that the residual ones add to what they read. */
static RgTensor *
stem_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *x, guint n_images)
{
  RgConvolution convolution = { .n_images = n_images, .height = config->image_size, .width = config->image_size, .stride = 2, .padding = 1 };

  for (guint i = 0; i < config->n_stem; i++)
    {
      convolution.kernel = stem_kernel (i);
      x = rg_convolution (pass, i > 0 ? rg_activate (pass, x, RG_ACTIVATION_GELU_TANH) : x, &self->stem_weight[i], &self->stem_bias[i], NULL, &convolution); /* … × C_i */
      convolution.height = convolution.width = rg_convolution_out (&convolution, convolution.width);
    }

  convolution.kernel = 3;
  convolution.stride = 1;
  for (guint i = 0; i < config->n_residual; i++)
    x = rg_convolution (pass, rg_activate (pass, x, RG_ACTIVATION_GELU_TANH), &self->residual_weight[i], &self->residual_bias[i], x, &convolution); /* (N · P) × C_last */

  return rg_linear (pass, rg_activate (pass, x, RG_ACTIVATION_GELU_TANH), &self->patch_weight, &self->patch_bias, NULL); /* (N · P) × D */
}

RgTensor *
rg_vision_encoder_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, guint n_images, const guint *offsets, RgLayerFunc each_layer, gpointer data)
{
  double n_steps = config->n_layers + 1;
  RgBlockRun run = { .n_segments = n_images, .offsets = offsets };
  RgTensor *x = stem_forward (pass, self, config, pixels, n_images); /* (N · P) × D */

  x = rg_add_repeated (pass, x, &self->places);

  for (guint i = 0; i < config->n_layers; i++)
    {
      if (rg_pass_is_cancelled (pass) || (each_layer != NULL && !each_layer ((i + 1) / n_steps, data)))
        return NULL;

      x = rg_block_forward (pass, &self->layers[i], &config->block, x, &run); /* (N · P) × D */
    }

  return rg_norm_forward (pass, &self->norm, x, config->block.epsilon);
}
