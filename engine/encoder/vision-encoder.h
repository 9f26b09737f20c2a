/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/block.h"

/* The vision encoder: a small convolutional stem that turns pixels into patches, positions, then transformer blocks that
 * let the patches see one another (a ViT, Dosovitskiy et al., 2021, with the early convolutions of Xiao et al., 2021).
 *
 *   pixel values  (N · S · S) × 3
 *   stem          convolutions of stride 2: (N · S/2 · S/2) × C₁ …, the last at patch resolution,
 *                 then residual ones of stride 1, through which a patch sees the whole of a small object
 *   patches       (N · P) × D, P = (S / patch_size)²
 */

G_BEGIN_DECLS

#define RG_MAX_STEM 4
#define RG_MAX_RESIDUAL 8
#define RG_MAX_LAYERS 64

/**
 * RgVisionConfig:
 * @image_size: S, side of the square input in pixels
 * @patch_size: side of a patch in pixels, 2 to the power of @n_stem
 * @stem: channels after each convolution of stride 2
 * @n_residual: residual convolutions that follow, with the channels of the last
 */
typedef struct
{
  guint image_size, patch_size;
  guint n_stem, stem[RG_MAX_STEM];
  guint n_residual;
  guint n_layers;
  RgBlockConfig block;
} RgVisionConfig;

typedef struct
{
  RgTensor stem_weight[RG_MAX_STEM], stem_bias[RG_MAX_STEM];                 /* C_out × (k · k · C_in), 1 × C_out */
  RgTensor residual_weight[RG_MAX_RESIDUAL], residual_bias[RG_MAX_RESIDUAL]; /* C_last × (9 · C_last), 1 × C_last */
  RgTensor patch_weight, patch_bias;                                         /* D × C_last, 1 × D */
  RgTensor places;                                                           /* P × D */
  RgBlock layers[RG_MAX_LAYERS];
  RgNorm norm;
} RgVisionEncoder;

/** rg_vision_config_n_patches: Returns: P, patches of one picture. */
guint rg_vision_config_n_patches (const RgVisionConfig *config);

void rg_vision_encoder_declare (RgVisionEncoder *self, const RgVisionConfig *config, RgParameters *parameters);

/**
 * RgLayerFunc: called after each layer, with a fraction of the work, 0 … 1.
 * Returns: %FALSE to stop
 */
typedef gboolean (*RgLayerFunc) (double fraction, gpointer data);

/**
 * rg_vision_encoder_forward:
 * @pixels: (N · S · S) × 3, normalised pixel values
 * @offsets: N + 1 row numbers of the patches, 0, P, 2P …; must live as long as the pass records
 * @each_layer: (nullable): progress
 *
 * Returns: (N · P) × D; %NULL if cancelled or stopped
 */
RgTensor *rg_vision_encoder_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, guint n_images, const guint *offsets, RgLayerFunc each_layer, gpointer data);

G_END_DECLS
